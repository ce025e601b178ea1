"""Locks that keep two check-outs of one patron apart, with the answers of mod-circulation-storage.

What is not there is answered with 200 and nothing; a bad parameter with 422 and text.
"""

import re
from datetime import timedelta

from octavo.errors import BadRequest, Unavailable
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, TEXT, Call, Reply, ok
from octavo.http.parameters import read_int
from octavo.http.routes import Route
from octavo.store import check_out_locks as store
from octavo.store.pages import Page
from octavo.web.records import envelope
from octavo_models.check_out_lock import CheckOutLock, CheckOutLockRequest
from octavo_models.scalars import LOOSE_UUID

_PATH = "/check-out-lock-storage"
_ONE = f"{_PATH}/{{lockId}}"
_MANY = "checkoutLocks"
_NOTHING = Reply(200, content_type="")


async def take_lock(call: Call) -> Reply:
    """Lock a patron's check-outs."""
    asked = read_body(CheckOutLockRequest, call.body)
    async with call.read() as tx:
        lock = await store.take(tx, asked.user_id, timedelta(milliseconds=asked.ttl_ms))
    if lock is None:
        raise Unavailable("Unable to acquire lock")
    return ok(lock.to_wire(), 201)


async def list_locks(call: Call) -> Reply:
    """List locks; as in FOLIO, without a limit none."""
    user_id = call.query.get("userId")
    if user_id is not None and not _is_id(user_id):
        return Reply(422, b"Invalid Parameters", TEXT)
    async with call.read() as tx:
        found = await store.find_all(tx, user_id, read_int(call.query, "offset", 0), read_int(call.query, "limit", 0))
    return envelope(_MANY, Page([lock.to_wire() for lock in found], len(found))) if found else _NOTHING


async def read_lock(call: Call) -> Reply:
    """Read a lock."""
    async with call.read() as tx:
        lock = await store.find(tx, _lock_id(call))
    return ok(lock.to_wire()) if lock else _NOTHING


async def release_lock(call: Call) -> Reply:
    """Let a patron's check-outs go on."""
    async with call.read() as tx:
        await store.release(tx, _lock_id(call))
    return NO_CONTENT


def _is_id(text: str) -> bool:
    return re.fullmatch(LOOSE_UUID, text, re.ASCII) is not None


def _lock_id(call: Call) -> str:
    lock_id = call.parameters["lockId"]
    if not _is_id(lock_id):
        raise BadRequest("Invalid lock id")
    return lock_id


ROUTES: tuple[Route, ...] = (
    Route("POST", _PATH, "check-out-lock-storage.item.post", take_lock, "Lock a patron's check-outs", 1,
          body=CheckOutLockRequest, answer=CheckOutLock, success=201, errors=(400, 422, 503)),
    Route("GET", _PATH, "check-out-lock-storage.collection.get", list_locks, "List locked check-outs", 1,
          answer=CheckOutLock, many=_MANY, query=("userId", "offset", "limit"), errors=(400, 422), forms=((200, None), (422, TEXT))),
    Route("GET", _ONE, "check-out-lock-storage.item.get", read_lock, "Read one lock of a check-out", 1,
          answer=CheckOutLock, errors=(400,), forms=((200, None),)),
    Route("DELETE", _ONE, "check-out-lock-storage.item.delete", release_lock, "Let a patron's check-outs go on", 1,
          success=204, errors=(400,)),
)  # fmt: skip
