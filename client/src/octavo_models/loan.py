"""A loan: an item in the hands of a patron, and what has happened to it since (FOLIO loan-storage 7.4)."""

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from octavo_models.record import Endpoint, OpenPart, OpenRecord, Part, Record
from octavo_models.scalars import Flag, FreeId, Instant, LooseUuid, Text, Uuid, Whole, malformed

_MONTH_AND_DAY = r"-(?P<month>0?[1-9]|1[0-2])(?:-(?P<day>0?[1-9]|[12]\d|3[01]))?"
_WEEK = r"-W(?:0?[1-9]|[1-4]\d|5[0-3])(?:-[1-7])?"
_DATE = rf"(?P<year>[+-]?\d{{1,9}})(?:{_MONTH_AND_DAY}|-(?P<ordinal>\d{{3}})|{_WEEK})?"
_TIME = r"(?:[01]?\d|2[0-3])(?::[0-5]?\d(?::[0-5]?\d)?)?(?:[.,]\d+)?"
_OFFSET = r"(?:[Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
_DATE_TEXT = re.compile(rf"(?:{_DATE}(?:[Tt](?:{_TIME})?{_OFFSET}?)?|[Tt]{_TIME}{_OFFSET}?)", re.ASCII)


def is_date_text(value: str) -> bool:
    """Tell whether FOLIO's lenient ISO 8601 parser reads a text: also `2017`, `2017-060`, `2017-W10` and `T10:00`."""
    match = _DATE_TEXT.fullmatch(value)
    return match is not None and _is_in_calendar(match)


def _is_in_calendar(match: re.Match[str]) -> bool:
    leap = isleap(int(match["year"] or 1))
    if match["ordinal"]:
        return 1 <= int(match["ordinal"]) <= 365 + leap
    _, days = monthrange(2000 if leap else 2001, int(match["month"] or 1))
    return int(match["day"] or 1) <= days


def _date_text(name: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not is_date_text(value):
            raise malformed(f"{name} must be a date time (in RFC3339 format)")
        return value

    return check


class LoanStatus(Part):
    """Whether the loan is open; the usual names are `Open` and `Closed`."""

    name: Text | None = None


class AgedToLostDelayedBilling(OpenPart):
    """When an overdue item was given up, and when its patron will be billed for it."""

    lost_item_has_been_billed: Flag | None = None
    date_lost_item_should_be_billed: Instant | None = None
    aged_to_lost_date: Instant | None = None


class LastFeeBilled(Part):
    """The last reminder fee: which reminder it was, and when."""

    number: Whole | None = None
    date: Instant | None = None


class Reminders(Part):
    """Reminder fees billed for the loan."""

    last_fee_billed: LastFeeBilled | None = None


class ForUseAtLocation(OpenPart):
    """Where an item is that may be used in the reading room only."""

    status: Literal["In use", "Held", "Returned"] | None = None
    status_date: Instant | None = None
    hold_shelf_expiration_date: Instant | None = None


class Loan(Record):
    """An item lent to a patron.

    `user_id` is absent once the loan is anonymised. `loan_date` and `return_date` are kept as they were
    written, all other dates are instants. A loan without status is open.
    """

    user_id: FreeId | None = None
    proxy_user_id: LooseUuid | None = None
    item_id: FreeId
    item_effective_location_id_at_check_out: Uuid | None = None
    status: LoanStatus = Field(default_factory=lambda: LoanStatus(name="Open"))
    loan_date: Annotated[Text, AfterValidator(_date_text("loan date"))]
    due_date: Instant | None = None
    return_date: Annotated[Text, AfterValidator(_date_text("return date"))] | None = None
    system_return_date: Instant | None = None
    action: Text
    action_comment: Text | None = None
    item_status: Text | None = None
    renewal_count: Whole | None = None
    loan_policy_id: FreeId | None = None
    checkout_service_point_id: LooseUuid | None = None
    checkin_service_point_id: LooseUuid | None = None
    patron_group_id_at_checkout: FreeId | None = None
    due_date_changed_by_recall: Flag | None = None
    is_dcb: Flag | None = None
    declared_lost_date: Instant | None = None
    claimed_returned_date: Instant | None = None
    overdue_fine_policy_id: LooseUuid | None = None
    lost_item_policy_id: LooseUuid | None = None
    aged_to_lost_delayed_billing: AgedToLostDelayedBilling | None = None
    reminders: Reminders | None = None
    for_use_at_location: ForUseAtLocation | None = None


class LoanHistoryEntry(OpenRecord):
    """One change of a loan: what was done (I, U or D), and the loan after it."""

    operation: Literal["I", "U", "D"]
    loan: Loan
    created_date: Text
    creation_date: Text | None = None


LOANS = Endpoint(Loan, "/loan-storage/loans", many="loans")
LOAN_HISTORY = Endpoint(LoanHistoryEntry, "/loan-storage/loan-history", many="loansHistory")
