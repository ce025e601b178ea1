"""The names of what patrons are told of, as notice policies and scheduled notices write them."""

from typing import Final

CHECK_OUT, CHECK_IN, RENEWED = "Check out", "Check in", "Renewed"
MANUAL_DUE_DATE_CHANGE, ITEM_RECALLED = "Manual due date change", "Item recalled"
DUE_DATE, REMINDER, AGED_TO_LOST = "Due date", "Due date - with reminder fee", "Aged to lost"

PAGING_REQUEST, HOLD_REQUEST, RECALL_REQUEST = "Paging request", "Hold request", "Recall request"
AVAILABLE, REQUEST_CANCELLATION = "Available", "Request cancellation"
HOLD_EXPIRATION, REQUEST_EXPIRATION = "Hold expiration", "Request expiration"
TITLE_REQUEST_EXPIRATION = "Title level request expiration"
#: Ours alone: a loan was entered, or dates have changed, so that what is to be sent of them is planned anew.
LOAN_CHANGED, REQUEST_CHANGED = "Loan changed", "Request changed"

OVERDUE_FINE_RETURNED, OVERDUE_FINE_RENEWED = "Overdue fine returned", "Overdue fine renewed"
AGED_FINE_CHARGED = "Aged to lost - fine charged"
AGED_FINE_ADJUSTED = "Aged to lost & item returned - fine adjusted"
AGED_FINE_REPLACED = "Aged to lost & item replaced - fine adjusted"

#: The event of a new request, by its type.
PLACED: Final = {"Page": PAGING_REQUEST, "Hold": HOLD_REQUEST, "Recall": RECALL_REQUEST}
#: After these the due date is what it has become, and notices about it are planned anew.
DUE_DATE_SET: Final = frozenset({CHECK_OUT, RENEWED, MANUAL_DUE_DATE_CHANGE, ITEM_RECALLED, LOAN_CHANGED})
#: A visit to the desk is told of as a whole.
OF_A_VISIT: Final = frozenset({CHECK_OUT, CHECK_IN})
OF_CHARGES: Final = frozenset(
    {OVERDUE_FINE_RETURNED, OVERDUE_FINE_RENEWED, AGED_FINE_CHARGED, AGED_FINE_ADJUSTED, AGED_FINE_REPLACED}
)
OF_REQUESTS: Final = frozenset({HOLD_EXPIRATION, REQUEST_EXPIRATION, TITLE_REQUEST_EXPIRATION})
