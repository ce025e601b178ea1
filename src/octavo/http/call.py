"""What a handler gets and gives: one call, one reply. Nothing here knows which framework carries them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from octavo.auth.caller import Caller
from octavo.http.parameters import QueryParameters
from octavo.store.tx import Store, Tx

JSON = "application/json"
TEXT = "text/plain"


@dataclass(frozen=True)
class Reply:
    """An answer: status, body, and headers beyond the content type."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_header(self, name: str, value: str) -> "Reply":
        """Return the same answer with one more header."""
        return replace(self, headers={**self.headers, name: value})


def ok(document: bytes | Any, status: int = 200) -> Reply:
    """Answer with a JSON document, given as bytes or as something to print as JSON."""
    return Reply(status, document if isinstance(document, bytes) else orjson.dumps(document))


def created(document: bytes, location: str) -> Reply:
    """Answer 201 with the stored record and where it is."""
    return Reply(201, document, headers={"Location": location})


NO_CONTENT = Reply(204, content_type="")


@dataclass(frozen=True)
class Call:
    """One request, already authenticated: who asks, what for, and the store to serve it from."""

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

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """Read (or do one atomic statement) without opening a transaction."""
        if self.joined:
            yield self.joined
            return
        async with self.store.read(self.caller.tenant, self.now, self.caller.user_id or None) as tx:
            yield tx

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Do several statements entirely or not at all."""
        if self.joined:
            yield self.joined
            return
        async with self.store.transaction(self.caller.tenant, self.now, self.caller.user_id or None) as tx:
            yield tx
