"""What a handler gets and gives: one call, one reply. Nothing here knows which framework carries them."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from octavo.auth.caller import Caller
from octavo.http.parameters import QueryParameters
from octavo.store.tx import Store, Tx

JSON = "application/json"
TEXT = "text/plain"
HTML = "text/html; charset=utf-8"


@dataclass(slots=True)
class Reply:
    """An answer: status, body, and headers beyond the content type. Nobody changes one.

    stream: the body in pieces, sent one by one as they come; closed when the client has gone. kept: what is answered
    under the same Idempotency-Key again, where the body holds a secret that is shown once.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncGenerator[bytes, None] | None = None
    kept: bytes | None = None

    def with_header(self, name: str, value: str) -> "Reply":
        """Return the same answer with one more header."""
        return Reply(self.status, self.body, self.content_type, {**self.headers, name: value}, self.stream, self.kept)


def ok(document: bytes | Any, status: int = 200) -> Reply:
    """Answer with a JSON document, given as bytes or as something to print as JSON."""
    return Reply(status, document if isinstance(document, bytes) else orjson.dumps(document))


def created(document: bytes, location: str) -> Reply:
    """Answer 201 with the stored record and where it is."""
    return Reply(201, document, headers={"Location": location})


NO_CONTENT = Reply(204, content_type="")


@dataclass(slots=True, eq=False)
class Call:
    """One request, already authenticated: who asks, what for, and the store to serve it from. Nobody changes one."""

    method: str
    path: str
    parameters: Mapping[str, str]
    query: QueryParameters
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    store: Store
    clock: Callable[[], datetime]
    now: datetime
    joined: Tx | None = None
    address: str = ""

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """Read (or do one atomic statement) without opening a transaction."""
        if self.joined:
            return nullcontext(self.joined)
        work = self.store.read if self.method == "GET" else self.store.write
        return work(self.caller.tenant, self.now, self.caller.user_id or None)

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Do several statements entirely or not at all."""
        if self.joined:
            return nullcontext(self.joined)
        return self.store.transaction(self.caller.tenant, self.now, self.caller.user_id or None)
