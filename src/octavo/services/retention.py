"""Let records be forgotten once the setting `retention` says so: the work of a timer."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson

from octavo.errors import Unavailable
from octavo.rules.retention import SETTING, forgets_before
from octavo.services.expire import Begin
from octavo.services.one_by_one import one_by_one
from octavo.store.locale import load_entry, zone_of
from octavo.store.remembering import BEFORE_ALL
from octavo.store.retention import RETAINED, Retained
from octavo.store.settings import load_setting
from octavo.store.tx import Tx

#: How many records are forgotten in one transaction.
BATCH: Final = 500
#: How many batches of one kind a run deals with, at most.
MOST_BATCHES: Final = 200

log = logging.getLogger("octavo.timers")


async def forget_by_time(begin: Begin) -> int:
    """Let everything be forgotten that has been kept for long enough; return how many records.

    Each batch is a transaction. What a run does not get to, a later one does, as what is forgotten is not found again.
    """
    async with begin() as tx:
        value = await load_setting(tx, SETTING)
        _, locale = await load_entry(tx)
    setting, zone = orjson.loads(value) if value else None, zone_of(locale)
    forgotten = 0
    for name, kind in RETAINED.items():
        before = forgets_before(setting, name, tx.now, zone)
        if before is not None:
            forgotten += await _forget_kind(begin, kind, before)
    return forgotten


async def _forget_kind(begin: Begin, kind: Retained, before: datetime) -> int:
    forgotten, last = 0, BEFORE_ALL
    for _ in range(MOST_BATCHES):
        async with begin() as tx:
            found = await kind.find(tx, before, last, BATCH)
        if found:
            forgotten += await _forget(begin, kind, [record_id for _, record_id in found])
        if len(found) < BATCH:
            break
        last = found[-1]
    return forgotten


async def _forget(begin: Begin, kind: Retained, ids: Sequence[str]) -> int:
    """Forget all at once, or else one by one, so that one bad record stops no other."""

    async def forget(tx: Tx, record_id: str) -> bool:
        return await kind.forget(tx, [record_id]) > 0

    try:
        async with begin() as tx:
            return await kind.forget(tx, ids)
    except Unavailable:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever it was, each record gets its chance
        log.warning("%d records are forgotten one by one (%s)", len(ids), type(failure).__name__)
        return await one_by_one(begin, ids, forget)
