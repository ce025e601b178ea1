"""What the storage of requests does beyond storing (mod-circulation-storage)."""

from octavo.catalogue.requests import REQUEST
from octavo.store import records
from octavo.store.tx import Tx
from octavo_models.request import Request

_AWAITING_PICKUP = "Open - Awaiting pickup"
_GIVEN_UP = frozenset({"Closed - Pickup expired", "Closed - Cancelled"})


async def replace_request(tx: Tx, request_id: str, request: Request, if_match: str | None) -> bytes:
    """Replace a stored request; one whose item was waiting and is not fetched any more gets the time of that."""
    stored = await records.lock(tx, REQUEST, request_id)
    given_up = stored.status == _AWAITING_PICKUP and request.status in _GIVEN_UP
    closed = tx.now if given_up else stored.awaiting_pickup_request_closed_date
    changed = request.model_copy(update={"awaiting_pickup_request_closed_date": closed})
    return await records.replace(tx, REQUEST, request_id, changed, if_match)
