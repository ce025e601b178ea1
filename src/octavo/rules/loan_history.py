"""When closed loans forget who borrowed the item, as the setting `loan_history` says it (FOLIO mod-circulation)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from octavo.rules.periods import BadPeriod, later
from octavo_models.policies import Period
from octavo_models.record import OpenPart
from octavo_models.scalars import Flag

#: The name of the setting.
SETTING: Final = "loan_history"

LOAN_PERIOD, NEVER = "loanClosedPeriodNotPassed", "neverAnonymizeLoans"
FEES_OPEN, FEES_PERIOD = "feesAndFinesOpen", "intervalAfterFeesAndFinesCloseNotPassed"
NEVER_WITH_FEES = "neverAnonymizeLoansWithFeesAndFines"

ClosingWay = Literal["immediately", "interval", "never"]


class ClosingType(OpenPart):
    """How loans, and those with fees or fines, are treated once they are closed."""

    loan: ClosingWay = "never"
    fee_fine: ClosingWay | None = None


class LoanHistory(OpenPart):
    """The value of the setting. treat_enabled: loans with fees or fines are treated as `fee_fine` says."""

    closing_type: ClosingType = ClosingType()
    loan: Period | None = None
    fee_fine: Period | None = None
    treat_enabled: Flag = False


@dataclass(frozen=True)
class ClosedLoan:
    """What decides about a closed loan.

    fees_closed_at: when the last of its accounts was closed. opted_out: its borrower wants no history.
    """

    id: str
    closed_at: datetime | None
    has_fees: bool = False
    has_open_fees: bool = False
    fees_closed_at: datetime | None = None
    opted_out: bool = False


def read_setting(value: Any) -> LoanHistory:
    """Return the setting; without one, or with one that nobody can read, no loan forgets anything."""
    try:
        return LoanHistory.from_wire(value) if isinstance(value, dict) else LoanHistory()
    except ValidationError:
        return LoanHistory()


def reason_to_remember(setting: LoanHistory, loan: ClosedLoan, now: datetime, zone: ZoneInfo) -> str | None:
    """Return why a loan does not forget its borrower yet, None where it does.

    Borrowers who want no history are forgotten with the return, unless there were fees; for those the setting counts.
    """
    if loan.opted_out and not loan.has_fees:
        return None
    if setting.treat_enabled and loan.has_fees:
        return _because_of_fees(setting, loan, now, zone)
    way = setting.closing_type.loan
    if way == "immediately":
        return None
    if way == "never":
        return NEVER
    return None if _passed(loan.closed_at, setting.loan, now, zone) else LOAN_PERIOD


def _because_of_fees(setting: LoanHistory, loan: ClosedLoan, now: datetime, zone: ZoneInfo) -> str | None:
    way = setting.closing_type.fee_fine
    if way == "immediately":
        return FEES_OPEN if loan.has_open_fees else None
    if way == "interval":
        passed = not loan.has_open_fees and _passed(loan.fees_closed_at, setting.fee_fine, now, zone)
        return None if passed else FEES_PERIOD
    return NEVER_WITH_FEES


def _passed(start: datetime | None, period: Period | None, now: datetime, zone: ZoneInfo) -> bool:
    if start is None:
        return False
    try:
        return later(start, period, zone) < now
    except BadPeriod:
        return False
