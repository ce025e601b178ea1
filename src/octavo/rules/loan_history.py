"""When closed loans forget who borrowed the item, as the setting `loan_history` says it (FOLIO mod-circulation)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from octavo.rules.periods import BadPeriod, earlier, later
from octavo_models.policies import Period
from octavo_models.record import OpenPart
from octavo_models.scalars import Flag

#: The name of the setting.
SETTING: Final = "loan_history"

LOAN_PERIOD, NEVER = "loanClosedPeriodNotPassed", "neverAnonymizeLoans"
FEES_OPEN, FEES_PERIOD = "feesAndFinesOpen", "intervalAfterFeesAndFinesCloseNotPassed"
NEVER_WITH_FEES = "neverAnonymizeLoansWithFeesAndFines"

#: Later than every instant.
FOREVER: Final = datetime.max.replace(tzinfo=UTC)

# By how much the way back by a period may end before the last instant from which the way forth is over: months are
# unequal, and clocks are set.
_ASTRAY: Final = {"Months": timedelta(days=4), "Weeks": timedelta(days=1), "Days": timedelta(days=1)}

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

    closed_at: when the item came back; None where the loan was closed without it. fees_closed_at: when the last of its accounts was closed. opted_out: its borrower wants no history.
    """

    id: str
    closed_at: datetime | None
    has_fees: bool = False
    has_open_fees: bool = False
    fees_closed_at: datetime | None = None
    opted_out: bool = False


@dataclass(frozen=True)
class MayBeDue:
    """Among which loans those are to be found that may forget now; others need not be looked at.

    closed_until: until when they were closed at the latest, FOREVER where that does not count, None where none is due.
    charged: whether that is so for loans with fees or fines, too. fees_until: for loans with fees that are treated by
    themselves, until when the last of them was closed, likewise.
    """

    closed_until: datetime | None
    charged: bool
    fees_until: datetime | None


def read_setting(value: Any) -> LoanHistory:
    """Return the setting; without one, or with one that nobody can read, no loan forgets anything."""
    try:
        return LoanHistory.from_wire(value) if isinstance(value, dict) else LoanHistory()
    except ValidationError:
        return LoanHistory()


def may_be_due(setting: LoanHistory, now: datetime, zone: ZoneInfo) -> MayBeDue:
    """Return among which loans those are that forget now, of borrowers who have decided nothing; a few more may be.

    Whether one does is what `reason_to_remember` says.
    """
    apart, ways = setting.treat_enabled, setting.closing_type
    return MayBeDue(
        closed_until=_until(ways.loan, setting.loan, now, zone),
        charged=not apart,
        fees_until=_until(ways.fee_fine, setting.fee_fine, now, zone) if apart else None,
    )


def _until(way: ClosingWay | None, period: Period | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    if way == "immediately":
        return FOREVER
    if way != "interval" or period is None or period.duration <= 0:
        return None
    try:
        return earlier(now, period, zone) + _ASTRAY.get(period.interval_id, timedelta())
    except BadPeriod:
        return None


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
