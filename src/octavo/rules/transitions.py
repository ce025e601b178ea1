"""Which changes of state are allowed: one table each for loans, items, requests and accounts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OPEN, CLOSED = "Open", "Closed"

_Table = Mapping[str, frozenset[str]]


def _table(entries: Mapping[str, str | tuple[str, ...]]) -> _Table:
    return MappingProxyType({state: frozenset((to,) if isinstance(to, str) else to) for state, to in entries.items()})


_STAYS_OPEN: Final = (OPEN, OPEN)
_CLOSES: Final = (OPEN, CLOSED)

#: Loan: what an action needs and leaves as the loan's status; a loan that is just being made has none.
LOAN: Mapping[str, tuple[str | None, str]] = MappingProxyType(
    {
        "checkedout": (None, OPEN),
        "checkedOutThroughOverride": (None, OPEN),
        "renewed": _STAYS_OPEN,
        "renewedThroughOverride": _STAYS_OPEN,
        "recallrequested": _STAYS_OPEN,
        "holdrequested": _STAYS_OPEN,
        "dueDateChanged": _STAYS_OPEN,
        "declaredLost": _STAYS_OPEN,
        "claimedReturned": _STAYS_OPEN,
        "itemAgedToLost": _STAYS_OPEN,
        "reminderFee": _STAYS_OPEN,
        "patronInfoAdded": _STAYS_OPEN,
        "staffInfoAdded": _STAYS_OPEN,
        "heldForUseAtLocation": _STAYS_OPEN,
        "pickedUpForUseAtLocation": _STAYS_OPEN,
        "checkedin": _CLOSES,
        "checkedInReturnedByPatron": _CLOSES,
        "checkedInFoundByLibrary": _CLOSES,
        "markedMissing": _CLOSES,
        "closedLoan": _CLOSES,
    }
)

_RETURNED = ("Available", "Awaiting pickup", "Awaiting delivery", "In transit")
_ON_THE_SHELF = ("Checked out", *_RETURNED)

#: Item: to which statuses circulation may move an item. Cataloguers may set any status by hand.
ITEM: _Table = _table(
    {
        "Available": (*_ON_THE_SHELF, "Paged"),
        "Paged": _ON_THE_SHELF,
        "Awaiting pickup": _ON_THE_SHELF,
        "Awaiting delivery": _ON_THE_SHELF,
        "In transit": _ON_THE_SHELF,
        "Missing": _ON_THE_SHELF,
        "Restricted": _ON_THE_SHELF,
        "On order": _ON_THE_SHELF,
        "Order closed": _ON_THE_SHELF,
        "In process": _ON_THE_SHELF,
        "In process (non-requestable)": _ON_THE_SHELF,
        "Lost and paid": _ON_THE_SHELF,
        "Withdrawn": _ON_THE_SHELF,
        "Long missing": _ON_THE_SHELF,
        "Unavailable": _ON_THE_SHELF,
        "Unknown": _ON_THE_SHELF,
        "Checked out": (*_RETURNED, "Declared lost", "Claimed returned", "Aged to lost", "Lost and paid"),
        "Declared lost": (*_RETURNED, "Checked out", "Claimed returned", "Lost and paid"),
        "Aged to lost": (*_RETURNED, "Checked out", "Declared lost", "Claimed returned", "Lost and paid"),
        "Claimed returned": (*_RETURNED, "Declared lost", "Missing"),
        "Intellectual item": (),
    }
)

_NOT_YET_FILLED, _AWAITING_PICKUP = "Open - Not yet filled", "Open - Awaiting pickup"
_IN_TRANSIT, _AWAITING_DELIVERY = "Open - In transit", "Open - Awaiting delivery"
_FILLED, _CANCELLED = "Closed - Filled", "Closed - Cancelled"
_UNFILLED, _PICKUP_EXPIRED = "Closed - Unfilled", "Closed - Pickup expired"

#: Request: what may follow a status. The keys are all statuses, in the order in which messages list them.
REQUEST: _Table = _table(
    {
        _NOT_YET_FILLED: (_AWAITING_PICKUP, _IN_TRANSIT, _AWAITING_DELIVERY, _FILLED, _CANCELLED, _UNFILLED),
        _AWAITING_PICKUP: (_NOT_YET_FILLED, _IN_TRANSIT, _FILLED, _CANCELLED, _PICKUP_EXPIRED),
        _IN_TRANSIT: (_NOT_YET_FILLED, _AWAITING_PICKUP, _FILLED, _CANCELLED),
        _AWAITING_DELIVERY: (_NOT_YET_FILLED, _FILLED, _CANCELLED),
        _FILLED: (),
        _CANCELLED: (),
        _UNFILLED: (),
        _PICKUP_EXPIRED: (),
    }
)

#: Account: a closed one is opened again by a refund alone.
ACCOUNT: _Table = _table({OPEN: (OPEN, CLOSED), CLOSED: (OPEN,)})


def may_become(table: _Table, before: str, after: str) -> bool:
    """Tell whether a record may change from one status to another; staying as it is is no change."""
    return before == after or after in table.get(before, frozenset())


def loan_status_after(action: str, before: str | None) -> str | None:
    """Return a loan's status after an action, None where the loan's status does not allow it."""
    needed, after = LOAN[action]
    return after if before == needed else None
