"""What the storage of requests does beyond storing (mod-circulation-storage)."""

from collections.abc import Iterable
from datetime import datetime

from octavo.catalogue.requests import REQUEST
from octavo.catalogue.requests_checks import check_request
from octavo.errors import Invalid, storage_violation
from octavo.rules.queue import AWAITING_PICKUP, PICKUP_EXPIRED
from octavo.services.desk import touched
from octavo.store import places, records
from octavo.store.tx import Tx
from octavo_models.request import Request

_GIVEN_UP = frozenset({PICKUP_EXPIRED, "Closed - Cancelled"})


async def replace_request(tx: Tx, request_id: str, request: Request, if_match: str | None) -> bytes:
    """Replace a stored request; one whose item was waiting and is not fetched any more gets the time of that."""
    stored = await records.lock(tx, REQUEST, request_id)
    return await records.replace(tx, REQUEST, request_id, _given_up(stored, request, tx.now), if_match)


async def replace_requests(tx: Tx, requests: Iterable[Request]) -> None:
    """Replace requests all at once, so that they can change places; those that are not stored count for nothing.

    Raises Invalid, for two in the same place without saying which.
    """
    sent = {_id_of(request): request for request in requests}
    for request in sent.values():
        check_request(request)
    before = await places.take_places_away(tx, sent)
    stored = [Request.model_validate_json(document) for document in before.values()]
    if not stored:
        return
    changed = [_replaced(tx, before, sent[_id_of(before)]) for before in stored]
    unnamed = changed[0].model_copy(update={"item_id": None, "position": None})
    async with records.translated(REQUEST, unnamed):
        await places.replace_placeless(tx, before, {_id_of(request): request.to_wire() for request in changed})


def _replaced(tx: Tx, before: Request, after: Request) -> Request:
    return touched(tx, _given_up(before, after, tx.now).model_copy(update={"metadata": before.metadata}))


def _id_of(request: Request) -> str:
    if request.id is None:
        raise Invalid(storage_violation("must not be null", "requests.id", None))
    return request.id


def _given_up(before: Request, after: Request, now: datetime) -> Request:
    """Return a request as it is to be stored: with the time at which its patron gave up an item that was waiting."""
    given_up = before.status == AWAITING_PICKUP and after.status in _GIVEN_UP
    closed = now if given_up else before.awaiting_pickup_request_closed_date
    return after.model_copy(update={"awaiting_pickup_request_closed_date": closed})
