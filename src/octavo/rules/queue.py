"""What the requests waiting for an item mean for loans of it.

A queue is the open requests of the item, or of its instance where title level requests are on, by position.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from octavo.rules.request_types import HOLD, RECALL

NOT_YET_FILLED = "Open - Not yet filled"
AWAITING_PICKUP = "Open - Awaiting pickup"
UNFILLED = "Closed - Unfilled"
PICKUP_EXPIRED = "Closed - Pickup expired"
TITLE = "Title"


@dataclass(frozen=True)
class Queued:
    """An open request. A title level request has an item only once one was found for it.

    suspended: its patron does not want it yet, so that it is passed over.
    """

    id: str
    requester_id: str
    request_type: str
    request_level: str = "Item"
    status: str = NOT_YET_FILLED
    item_id: str | None = None
    suspended: bool = False


def status_once_expired(
    status: str, expires: datetime | None, shelf_expires: datetime | None, now: datetime
) -> str | None:
    """Return the status of a request that has waited too long, None for one that has not.

    expires: until when its patron wants it. shelf_expires: until when its item waits for the patron.
    """
    ends = {NOT_YET_FILLED: (expires, UNFILLED), AWAITING_PICKUP: (shelf_expires, PICKUP_EXPIRED)}
    until, closed = ends.get(status, (None, None))
    return closed if until is not None and until < now else None


def hold_waiting(queue: Sequence[Queued], item_id: str) -> bool:
    """Tell whether a hold that this item could fill shortens a new loan of it."""
    return any(
        request.request_type == HOLD and request.status == NOT_YET_FILLED and request.item_id in (None, item_id)
        for request in queue
        if not request.suspended
    )


def next_in_line(queue: Sequence[Queued], item_id: str, user_id: str | None = None) -> Queued | None:
    """Return the request that this item would fill next: the first for it, or for any item of its title.

    user_id: who is about to take the item; where nobody else comes first, it fills even what they have suspended.
    """
    fitting = [request for request in queue if request.item_id == item_id or _any_item_will_do(request)]
    active = (request for request in fitting if not request.suspended)
    own = (request for request in fitting if user_id is not None and request.requester_id == user_id)
    return next(active, None) or next(own, None)


def hold_first(queue: Sequence[Queued], item_id: str) -> bool:
    """Tell whether a hold is the first request that concerns a renewal of this item."""
    first = next_in_line(queue, item_id)
    return first is not None and first.request_type == HOLD


def open_recall(queue: Sequence[Queued], item_id: str) -> Queued | None:
    """Return the first recall of this item."""
    return next((one for one in queue if one.request_type == RECALL and one.item_id == item_id), None)


def requested_by_another(queue: Sequence[Queued], item_id: str, user_id: str) -> bool:
    """Tell whether somebody else comes first for this item."""
    first = next_in_line(queue, item_id, user_id)
    return first is not None and first.requester_id != user_id


def _any_item_will_do(request: Queued) -> bool:
    return request.request_type == HOLD and request.request_level == TITLE and request.item_id is None
