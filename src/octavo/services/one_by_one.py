"""The way timers work through records: each in a transaction of its own, so that one bad record stops no other."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from octavo.errors import Unavailable
from octavo.services.expire import Begin
from octavo.store import bulk
from octavo.store.tx import Tx

#: With how many records one run deals at most; the next run goes on from there.
MOST: Final = 500

log = logging.getLogger("octavo.timers")

#: Does what is to be done about a record, named by its id, and tells whether anything was.
Work = Callable[[Tx, str], Awaitable[bool]]


async def one_by_one(begin: Begin, ids: Sequence[str], work: Work) -> int:
    """Do the work for each record, and return for how many there was any.

    A record that cannot be dealt with stays as it is and is tried again by the next run; it counts for nothing.
    """
    done = 0
    for record_id in ids:
        done += await _alone(begin, record_id, work)
        if done == MOST:
            break
    return done


async def _alone(begin: Begin, record_id: str, work: Work) -> bool:
    try:
        async with begin() as tx, bulk.attempt(tx):
            return await work(tx, record_id)
    except Unavailable:
        raise
    except Exception as failure:  # noqa: BLE001 - one record that cannot be dealt with stops no other
        # The failure's text may name people; its type and the id are enough to find it.
        log.error("%s: %s stays as it is (%s)", work.__name__, record_id, type(failure).__name__)  # noqa: TRY400
        return False
