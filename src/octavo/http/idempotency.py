"""Idempotency-Key: the same POST sent again under the same key is answered again, not done again."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Final

from octavo.errors import BadRequest, Invalid, Problem, Unavailable, Violation
from octavo.http.call import Call, Reply
from octavo.http.routes import Handler
from octavo.store import replays
from octavo.store.replays import Kept

HEADER: Final = "idempotency-key"
_LONGEST_KEY = 255


async def once(call: Call, handler: Handler, render: Callable[[Problem], Reply]) -> Reply:
    """Serve a call that has a key, or replay the answer that the key already has; the key and the change commit together.

    render: how this side of the server prints a refusal, which is replayed as it was first printed.
    Log-ins are never kept: their answers are secrets.
    """
    key = call.headers[HEADER]
    if call.method != "POST" or not call.caller.user_id:
        return await handler(call)
    if not 0 < len(key) <= _LONGEST_KEY:
        raise BadRequest("Idempotency-Key must have 1 to 255 characters")
    digest = sha256(f"{call.method} {call.path} {sorted(call.query.items())}\n".encode() + call.body).hexdigest()
    try:
        return await _first_or_kept(call, handler, key, digest)
    except Unavailable:
        raise
    except Problem as problem:
        reply = render(problem)
        if not isinstance(problem, KeyReused):
            await _keep_refusal(call, key, digest, reply)
        raise


class KeyReused(Invalid):
    """The key was used for another request."""

    def __init__(self) -> None:
        super().__init__(Violation("Idempotency-Key was used for another request", (("Idempotency-Key", "reused"),)))


async def _first_or_kept(call: Call, handler: Handler, key: str, digest: str) -> Reply:
    async with call.transaction() as tx:
        kept = await replays.claim(tx, key, digest)
        if kept:
            return _replayed(kept, digest)
        reply = await handler(replace(call, joined=tx))
        await replays.keep(tx, key, _kept(reply, digest))
        return reply


async def _keep_refusal(call: Call, key: str, digest: str, reply: Reply) -> None:
    async with call.read() as tx:
        await replays.keep(tx, key, _kept(reply, digest))


def _kept(reply: Reply, digest: str) -> Kept:
    body = reply.body if reply.kept is None else reply.kept
    return Kept(digest, reply.status, reply.content_type, dict(reply.headers), body)


def _replayed(kept: Kept, digest: str) -> Reply:
    if kept.digest != digest:
        raise KeyReused
    return Reply(kept.status, kept.body, kept.content_type, {**kept.headers, "Idempotent-Replayed": "true"})
