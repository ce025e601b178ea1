"""What time alone ends: requests that have waited too long, memberships, visits to the desk. The work of timers."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

import orjson

from octavo.errors import Unavailable
from octavo.rules.queue import status_once_expired
from octavo.rules.visits import SETTING, length_of_visit
from octavo.services.cancel_hold import close, lock_standing
from octavo.store import bulk
from octavo.store import requests as requests_store
from octavo.store import sessions as sessions_store
from octavo.store import users as users_store
from octavo.store.settings import load_setting
from octavo.store.tx import Tx
from octavo_models.request import Request

#: Opens a transaction on one tenant's records; each one that is left commits.
Begin = Callable[[], AbstractAsyncContextManager[Tx]]

#: How many requests one run closes at most (as FOLIO's does).
MOST_REQUESTS: Final = 150

log = logging.getLogger("octavo.timers")


async def expire_requests(begin: Begin, most: int = MOST_REQUESTS) -> int:
    """Close the requests of a tenant that have waited too long, at most some, each in its own transaction; return how many.

    One that cannot be closed is told to the log and stays as it is; the others are closed all the same.
    """
    async with begin() as tx:
        waiting = await requests_store.load_expired(tx)
    closed = 0
    for request_id in waiting:
        closed += await _expire_alone(begin, request_id)
        if closed == most:
            break
    return closed


async def _expire_alone(begin: Begin, request_id: str) -> bool:
    try:
        async with begin() as tx, bulk.attempt(tx):
            return await expire_request(tx, request_id)
    except Unavailable:
        raise
    except Exception as failure:  # noqa: BLE001 - one request that cannot be closed stops no other
        # The failure's text may name people; its type and the id are enough to find it.
        log.error("request %s has expired and cannot be closed (%s)", request_id, type(failure).__name__)  # noqa: TRY400
        return False


async def expire_request(tx: Tx, request_id: str) -> bool:
    """Close a request if it has waited too long; tell whether it had."""
    standing = await lock_standing(tx, request_id)
    if standing is None:
        return False
    request = Request.from_wire(standing.request)
    status = status_once_expired(
        request.status, request.request_expiration_date, request.hold_shelf_expiration_date, tx.now
    )
    if status is None:
        return False
    await close(tx, standing, status, {})
    return True


async def expire_users(tx: Tx) -> int:
    """Make users whose membership is over inactive; return how many. Workers that remember them are told."""
    ended = await users_store.deactivate_expired(tx)
    if ended:
        await users_store.announce(tx)
    return ended


async def end_idle_sessions(tx: Tx) -> int:
    """End the visits of patrons who have done nothing at the desk for as long as the library says; return how many records."""
    value = await load_setting(tx, SETTING)
    return await sessions_store.delete_idle_sessions(tx, tx.now - length_of_visit(orjson.loads(value) if value else None))
