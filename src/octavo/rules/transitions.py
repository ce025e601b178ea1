"""Which changes of state are allowed: one table each for loans, items, requests and accounts.

Every service that changes a state asks here for the new one. What staff write by hand (an item's status in the
catalogue, a loan that is replaced outright) is theirs to choose.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OPEN, CLOSED = "Open", "Closed"

Table = Mapping[str, frozenset[str]]


class ImpossibleChange(RuntimeError):  # noqa: N818 - a mistake of ours, never of a caller's
    """A change of state that no table has: the service that wanted it is wrong, and nothing of it is written."""


def _table(entries: Mapping[str, str | tuple[str, ...]]) -> Table:
    return MappingProxyType({state: frozenset((to,) if isinstance(to, str) else to) for state, to in entries.items()})


_MADE: Final[Mapping[str | None, str]] = {None: OPEN}
_STAYS_OPEN: Final[Mapping[str | None, str]] = {OPEN: OPEN}
_CLOSES: Final[Mapping[str | None, str]] = {OPEN: CLOSED}
_AS_IT_IS: Final[Mapping[str | None, str]] = {OPEN: OPEN, CLOSED: CLOSED}

#: Loan: the status that an action leaves, by the one that it finds; a loan that is just being made has none.
LOAN: Mapping[str, Mapping[str | None, str]] = MappingProxyType(
    {
        "checkedout": _MADE,
        "checkedOutThroughOverride": _MADE,
        "renewed": _STAYS_OPEN,
        "renewedThroughOverride": _STAYS_OPEN,
        "recallrequested": _STAYS_OPEN,
        "holdrequested": _STAYS_OPEN,
        "dueDateChanged": _STAYS_OPEN,
        "declaredLost": _STAYS_OPEN,
        "claimedReturned": _STAYS_OPEN,
        "itemAgedToLost": _STAYS_OPEN,
        "reminderFee": _STAYS_OPEN,
        "patronInfoAdded": _AS_IT_IS,
        "staffInfoAdded": _AS_IT_IS,
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
ITEM: Table = _table(
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

_OPEN_REQUESTS = ("Open - Not yet filled", "Open - Awaiting pickup", "Open - In transit", "Open - Awaiting delivery")
_CLOSED_REQUESTS = ("Closed - Filled", "Closed - Cancelled", "Closed - Unfilled", "Closed - Pickup expired")

#: Request: a closed one stays as it is. The keys are all statuses, in the order in which messages list them.
REQUEST: Table = _table(
    dict.fromkeys(_OPEN_REQUESTS, (*_OPEN_REQUESTS, *_CLOSED_REQUESTS)) | dict.fromkeys(_CLOSED_REQUESTS, ())
)

#: Account: a closed one is opened again by a refund alone.
ACCOUNT: Table = _table({OPEN: (OPEN, CLOSED), CLOSED: (OPEN,)})


def may_become(table: Table, before: str, after: str) -> bool:
    """Tell whether a record may change from one status to another; staying as it is is no change."""
    return before == after or after in table.get(before, frozenset())


def changed(table: Table, before: str, after: str) -> str:
    """Return the status that a record changes to. Raises ImpossibleChange."""
    if not may_become(table, before, after):
        raise ImpossibleChange(f"{before} cannot become {after}")
    return after


def loan_status_after(action: str, before: str | None) -> str:
    """Return a loan's status after an action. Raises ImpossibleChange where the loan's status does not allow it."""
    after = LOAN[action].get(before and before.capitalize())
    if after is None:
        raise ImpossibleChange(f"a loan that is {before} cannot be {action}")
    return after
