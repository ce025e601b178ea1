"""Let closed requests forget who wanted the item: one, some, or those whose time has come (FOLIO mod-circulation)."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

from octavo.errors import Invalid, refuse, storage_violation
from octavo.rules.request_anonymisation import SETTING, forgets_before, read_setting
from octavo.services.cancel_hold import no_such_request
from octavo.services.expire import Begin
from octavo.store import anonymise_requests as store
from octavo.store.locale import load_entry, zone_of
from octavo.store.settings import load_setting
from octavo.store.tx import Tx
from octavo_models.answers import AnonymizedRequest, AnonymizedRequests, NotAnonymizedRequests
from octavo_models.scalars import LOOSE_UUID

INVALID, UNKNOWN, OPEN = "invalidRequestIds", "requestNotFound", "requestNotClosed"
_REASONS: Final = (INVALID, UNKNOWN, OPEN)

#: How many requests forget in one transaction.
BATCH: Final = 500
#: How many batches one run of the timer deals with, at most; and how many for a caller who is told of each request.
MOST_BATCHES: Final = 200
MOST_BATCHES_TOLD: Final = 20


async def anonymise_request(tx: Tx, request_id: str) -> AnonymizedRequest:
    """Let one closed request forget. Raises NotFound, and Invalid where it is open or the id is none."""
    if not _is_uuid(request_id):
        raise refuse("invalidRequestId", requestId=request_id)
    result = await store.anonymise_requests(tx, [request_id])
    if result.unknown:
        raise no_such_request(request_id)
    if result.still_open:
        raise refuse(OPEN, requestId=request_id)
    return AnonymizedRequest(request_id=request_id.lower(), anonymized=True)


async def anonymise_requests(tx: Tx, request_ids: list[str]) -> AnonymizedRequests:
    """Let the closed ones among some requests forget; say why others did not. Raises Invalid."""
    valid = list(dict.fromkeys(request_id.lower() for request_id in request_ids if _is_uuid(request_id)))
    if not valid:
        raise Invalid(storage_violation("Please provide valid requestIds", "requestIds", f"[{', '.join(request_ids)}]"))
    result = await store.anonymise_requests(tx, valid)
    left = {
        INVALID: [request_id for request_id in request_ids if not _is_uuid(request_id)],
        UNKNOWN: result.unknown,
        OPEN: result.still_open,
    }
    return AnonymizedRequests(
        anonymized_requests=result.done,
        not_anonymized_requests=[
            NotAnonymizedRequests(reason=reason, request_ids=left[reason]) for reason in _REASONS if left[reason]
        ],
    )


async def anonymise_requests_by_time(begin: Begin) -> dict[str, Any]:
    """Let a tenant's closed requests forget as the setting says; return which did, in wire form."""
    done = [request_id async for batch in _batches(begin, MOST_BATCHES_TOLD) for request_id in batch]
    return {"anonymizedRequests": done}


async def count_anonymised_requests(begin: Begin) -> int:
    """Let a tenant's closed requests forget, and return how many did."""
    return sum([len(batch) async for batch in _batches(begin, MOST_BATCHES)])


async def _batches(begin: Begin, most: int) -> AsyncIterator[list[str]]:
    """Let requests forget whose time has come; yield the ids of each batch, a transaction.

    What a run does not get to, a later one does.
    """
    async with begin() as tx:
        value = await load_setting(tx, SETTING)
        _, locale = await load_entry(tx)
    before = forgets_before(read_setting(orjson.loads(value) if value else None), tx.now, zone_of(locale))
    if before is None:
        return
    for _ in range(most):
        async with begin() as tx:
            batch = await store.anonymise_closed(tx, before, BATCH)
        yield batch
        if len(batch) < BATCH:
            break


def _is_uuid(text: str) -> bool:
    return re.fullmatch(LOOSE_UUID, text, re.ASCII) is not None
