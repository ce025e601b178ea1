"""Why something cannot be done, in words for patrons; what has none here is told in FOLIO's words."""

from collections.abc import Iterable
from typing import Final

from octavo.errors import Invalid, Problem, Violation
from octavo.page.shared.languages import Reader


def _(message: str) -> str:
    """Mark a message to be translated."""
    return message


#: A block that the library itself has put into words.
_AUTOMATED: Final = "USER_IS_BLOCKED_AUTOMATICALLY"

#: By the code of the refusal.
BY_CODE: Final = {
    "USER_IS_INACTIVE_OR_EXPIRED": _("Your card has expired. Please see the desk."),
    "USER_STATUS_CANNOT_BE_DETERMINED": _("Your card cannot be checked now. Please see the desk."),
    "USER_IS_BLOCKED_MANUALLY": _("There is a block on your card. Please see the desk."),
    "USER_IS_BLOCKED_AUTOMATICALLY": _("You have reached a limit of overdue items or charges."),
    "RENEWAL_BLOCKED_BY_REMINDER_FEES": _("Reminders have been sent for this loan, so it cannot be renewed."),
    "ITEM_NOT_LOANABLE": _("This item cannot be borrowed any more."),
    "RENEWAL_BLOCKED_BY_RECALL": _("It has been recalled for another reader."),
    "ITEM_AGED_TO_LOST_NOT_RENEWABLE": _("It counts as lost. Please see the desk."),
    "ITEM_DECLARED_LOST_NOT_RENEWABLE": _("It has been declared lost. Please see the desk."),
    "ITEM_CLAIMED_RETURNED_NOT_RENEWABLE": _("You told us that you have returned it; we are looking for it."),
    "LOAN_RENEWAL_LIMIT_REACHED": _("It has been renewed as often as is allowed."),
    "LOAN_NOT_RENEWABLE": _("Loans of this kind are not renewed."),
    "RENEWAL_BLOCKED_BY_HOLD_REQUEST": _("Another reader is waiting for it."),
    "RENEWAL_WOULD_NOT_CHANGE_DUE_DATE": _("Renewing it now would not give you more time."),
    "RENEWAL_DATE_OUTSIDE_LOAN_POLICY_DATE_RANGES": _("It cannot be renewed beyond the end of the loan period."),
    "RENEWAL_DATE_OUTSIDE_FIXED_LOAN_POLICY_DATE_RANGES": _("It cannot be renewed beyond the end of the loan period."),
    "CALENDAR_TIMETABLE_ABSENT": _("The opening hours for the new due date are not known yet."),
    "CALENDAR_OPEN_PERIODS_NOT_FOUND": _("The opening hours for the new due date are not known yet."),
    "REQUEST_BEING_FILLED": _("It is on its way to you already."),
    "REQUEST_NOT_SUSPENDABLE": _("Only holds can be suspended."),
    "SUSPENSION_DAY_NOT_ALLOWED": _("Please choose a day after today, within a year."),
    "DAY_NEEDED": _("Please choose a day."),
    "REQUEST_ALREADY_CLOSED": _("This hold is over already."),
    "HOLD_AND_RECALL_TLR_NOT_ALLOWED_PAGEABLE_AVAILABLE_ITEM_FOUND": _("A copy is on the shelf; ask for that one."),
    "CANNOT_FIND_VALID_REQUEST_FOR_ITEM": _("This item cannot be requested."),
    "REQUESTER_ALREADY_HAS_THIS_ITEM_ON_LOAN": _("You have it on loan."),
    "ITEM_ALREADY_REQUESTED": _("You are waiting for it already."),
    "ITEM_OF_THIS_INSTANCE_ALREADY_REQUESTED": _("You are waiting for a copy of it already."),
    "INSTANCE_ALREADY_REQUESTED": _("You are waiting for it already."),
    "REQUESTER_ALREADY_HAS_LOAN_FOR_ONE_OF_INSTANCES_ITEMS": _("You have a copy of it on loan."),
    "REQUEST_NOT_ALLOWED_FOR_PATRON_TITLE_COMBINATION": _("Your card does not allow a hold on this title."),
    "REQUEST_NOT_ALLOWED_FOR_PATRON_ITEM_COMBINATION": _("Your card does not allow a hold on this item."),
    "SERVICE_POINT_IS_NOT_PICKUP_LOCATION": _("It cannot be picked up there."),
    "REQUEST_PICKUP_SERVICE_POINT_IS_NOT_ALLOWED": _("It cannot be picked up there."),
}


#: By FOLIO's own text, where a refusal has no code.
BY_MESSAGE: Final = {
    "Inactive users cannot make requests": _("Your card has expired. Please see the desk."),
    "This requester already has an open request for an item of this instance": _(
        "You are waiting for a copy of it already."
    ),
    "There are no items for this instance": _("There is no copy that could be kept for you."),
    "There are no holdings for this instance": _("There is no copy that could be kept for you."),
    "Cannot create page TLR for this instance ID - no pageable available items found": _(
        "There is no copy that could be kept for you."
    ),
    "Request has no loan or recallable item": _("There is no copy that could be kept for you."),
}


def told(reader: Reader, refused: Iterable[Violation] | Problem) -> list[str]:
    """Return the reasons of a refusal in the reader's language, each once."""
    if isinstance(refused, Problem):
        refused = refused.violations if isinstance(refused, Invalid) else (Violation(refused.text),)
    return list(dict.fromkeys(_told(reader, violation) for violation in refused))


def _told(reader: Reader, violation: Violation) -> str:
    if violation.code == _AUTOMATED and violation.message:
        return violation.message
    known = BY_CODE.get(violation.code or "") or BY_MESSAGE.get(violation.message)
    return reader.gettext(known) if known else violation.message
