"""Which type of request fits an item: Page, Hold or Recall."""

from collections.abc import Mapping, Sequence

from octavo.errors import refuse

PAGE, HOLD, RECALL = "Page", "Hold", "Recall"
AVAILABLE = "Available"

_PAGE = frozenset({PAGE})
_HOLD = frozenset({HOLD})
_WAIT = frozenset({HOLD, RECALL})
_ALL = frozenset({PAGE, HOLD, RECALL})
_NONE: frozenset[str] = frozenset()

#: The types that an item's status allows (FOLIO mod-circulation). A status not listed allows holds.
BY_ITEM_STATUS: Mapping[str, frozenset[str]] = {
    AVAILABLE: _PAGE,
    "Restricted": _ALL,
    "Checked out": _WAIT,
    "Awaiting pickup": _WAIT,
    "Awaiting delivery": _WAIT,
    "In transit": _WAIT,
    "Paged": _WAIT,
    "On order": _WAIT,
    "In process": _WAIT,
    "Missing": _HOLD,
    "Declared lost": _NONE,
    "Claimed returned": _NONE,
    "Withdrawn": _NONE,
    "Lost and paid": _NONE,
    "Aged to lost": _NONE,
    "Intellectual item": _NONE,
    "In process (non-requestable)": _NONE,
    "Long missing": _NONE,
    "Unavailable": _NONE,
    "Unknown": _NONE,
}

#: The types among which a patron's own hold on an item is chosen (FOLIO mod-patron). Others allow holds.
FOR_PATRON_BY_ITEM_STATUS: Mapping[str, frozenset[str]] = {
    AVAILABLE: _PAGE,
    "Checked out": _WAIT,
    "Awaiting pickup": _WAIT,
    "In transit": _WAIT,
    "Paged": _WAIT,
    "On order": _WAIT,
    "In process": _WAIT,
    "Missing": _HOLD,
}


def types_for_status(item_status: str) -> frozenset[str]:
    """Return the types of request that an item's status allows."""
    return BY_ITEM_STATUS.get(item_status, _HOLD)


def type_for_patron(item_id: str, item_status: str, policy_types: Sequence[str]) -> str:
    """Return the type of a patron's own hold on an item: the policy's first that fits. Raises Invalid."""
    fitting = FOR_PATRON_BY_ITEM_STATUS.get(item_status, _HOLD)
    for kind in policy_types:
        if kind in fitting:
            return kind
    raise refuse("Cannot find a valid request type for this item", "CANNOT_FIND_VALID_REQUEST_FOR_ITEM", itemId=item_id)
