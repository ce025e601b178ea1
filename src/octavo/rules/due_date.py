"""When a loan is due: at check-out, after a renewal, after a recall (FOLIO mod-circulation).

What becomes of a due date on which the library is closed is in `closed_library`.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from octavo.errors import Invalid, Violation
from octavo.rules.periods import BadPeriod, PeriodFault, later
from octavo_models.policies import (
    FixedDueDateSchedule,
    LoanPolicy,
    LoansPolicy,
    Period,
    QueueSettings,
    RecallSettings,
    RenewalsPolicy,
)

ROLLING = "rolling"
FIXED = "fixed"


@dataclass(frozen=True)
class LoanTerms:
    """A loan policy with the schedules it refers to.

    schedule: of `loansPolicy.fixedDueDateScheduleId`. renewal_schedule: of
    `renewalsPolicy.alternateFixedDueDateScheduleId`.
    """

    policy: LoanPolicy
    schedule: FixedDueDateSchedule | None = None
    renewal_schedule: FixedDueDateSchedule | None = None

    @property
    def loans(self) -> LoansPolicy:
        """Return the part of the policy about lending, empty where there is none."""
        return self.policy.loans_policy or LoansPolicy()

    @property
    def renewals(self) -> RenewalsPolicy:
        """Return the part of the policy about renewing, empty where there is none."""
        return self.policy.renewals_policy or RenewalsPolicy()

    @property
    def holds(self) -> QueueSettings:
        """Return the part of the policy about waiting holds, empty where there is none."""
        requests = self.policy.request_management
        return (requests and requests.holds) or QueueSettings()

    @property
    def recalls(self) -> RecallSettings:
        """Return the part of the policy about recalls, empty where there is none."""
        requests = self.policy.request_management
        return (requests and requests.recalls) or RecallSettings()

    @property
    def profile(self) -> str:
        """Return `rolling`, `fixed`, or whatever else the policy says, in lower case."""
        return (self.loans.profile_id or "").lower()

    @property
    def renewal_limit(self) -> FixedDueDateSchedule | None:
        """Return the schedule that limits renewals."""
        if not self.renewals.different_period:
            return self.schedule
        if self.profile == FIXED:
            return self.renewal_schedule
        return self.renewal_schedule or self.schedule

    def violation(self, message: str, code: str | None = None) -> Violation:
        """Return a violation that names the policy."""
        parameters = (("loanPolicyId", self.policy.id), ("loanPolicyName", self.policy.name))
        return Violation(message, parameters, code)


@dataclass(frozen=True)
class CheckOutDueDate:
    """When a new loan is due, and whether waiting holds made it shorter."""

    at: datetime
    changed_by_hold: bool = False


_Wording = tuple[str, str | None]

_CHECK_OUT_FAULTS: dict[PeriodFault, _Wording] = {
    PeriodFault.MISSING: ("the loan period in the loan policy is not recognised", None),
    PeriodFault.INTERVAL: ('the interval "{}" in the loan policy is not recognised', None),
    PeriodFault.DURATION: ('the duration "{}" in the loan policy is invalid', None),
}
_RENEWAL_FAULTS: dict[PeriodFault, _Wording] = {
    PeriodFault.MISSING: (
        "the loan period in the loan policy is not recognised",
        "LOAN_POLICY_RENEWAL_PERIOD_NOT_RECOGNIZED",
    ),
    PeriodFault.INTERVAL: (
        'the interval "{}" in the loan policy is not recognised',
        "LOAN_POLICY_RENEWAL_PERIOD_INTERVAL_NOT_RECOGNIZED",
    ),
    PeriodFault.DURATION: (
        'the duration "{}" in the loan policy is invalid',
        "LOAN_POLICY_RENEWAL_PERIOD_DURATION_INVALID",
    ),
}
_UNKNOWN_PROFILE = 'profile "{}" in the loan policy is not recognised'


def due_in_schedule(schedule: FixedDueDateSchedule | None, instant: datetime) -> datetime | None:
    """Return the due date of the first entry that covers an instant, None where no entry does."""
    entries = schedule.schedules if schedule else []
    return next((entry.due for entry in entries if entry.start <= instant <= entry.to), None)


def check_out_due_date(terms: LoanTerms, loan_date: datetime, zone: ZoneInfo, *, hold_waiting: bool) -> CheckOutDueDate:
    """Return when a loan made at `loan_date` is due. Raises Invalid.

    hold_waiting: a hold `Open - Not yet filled` for this item, or for its title without an item, is queued.
    """
    _require_known_profile(terms, None)
    alternate = terms.holds.alternate_checkout_loan_period if hold_waiting else None
    if terms.profile == FIXED and alternate is None:
        return CheckOutDueDate(_limit_at_check_out(terms, loan_date))
    due = _after(terms, loan_date, alternate or terms.loans.period, zone, _CHECK_OUT_FAULTS)
    if terms.schedule is not None or terms.profile == FIXED:
        due = min(due, _limit_at_check_out(terms, loan_date))
    return CheckOutDueDate(due, changed_by_hold=alternate is not None and terms.profile == ROLLING)


def renewal_due_date(
    terms: LoanTerms, due_date: datetime, now: datetime, zone: ZoneInfo, *, hold_first: bool
) -> datetime:
    """Return when a loan due at `due_date` and renewed now is due. Raises Invalid.

    hold_first: the first request for this item, or for its title without an item, is a hold.
    Whether the date is later than the old one is not checked here.
    """
    _require_known_profile(terms, "LOAN_POLICY_PROFILE_NOT_RECOGNIZED")
    if terms.profile == FIXED:
        return _fixed_renewal(terms, now)
    start = _renew_from(terms, due_date, now)
    due = _after(terms, start, _renewal_period(terms, hold_first=hold_first), zone, _RENEWAL_FAULTS)
    if terms.renewal_limit is None:
        return due
    limit = due_in_schedule(terms.renewal_limit, start)
    if limit is None:
        raise Invalid(
            terms.violation(
                "renewal date falls outside of date ranges in the loan policy",
                "RENEWAL_DATE_OUTSIDE_LOAN_POLICY_DATE_RANGES",
            )
        )
    return min(due, limit)


def recall_due_date(
    terms: LoanTerms, loan_date: datetime, due_date: datetime, now: datetime, zone: ZoneInfo
) -> datetime:
    """Return when a loan is due once somebody recalls the item. Raises Invalid with every bad period.

    The later of the guaranteed loan period's end and the recall's own date; an overdue loan, or one that
    is due before the recall's date, keeps its own unless the policy lets recalls extend overdue loans.
    A loan is shortened once: whoever calls this leaves loans alone that were recalled before.
    """
    recalls = terms.recalls
    overdue = due_date < now
    extends = recalls.allow_recalls_to_extend_overdue_loans
    key, interval = "recallReturnInterval", recalls.recall_return_interval
    if overdue and extends and recalls.alternate_recall_return_interval is not None:
        key, interval = "alternateRecallReturnInterval", recalls.alternate_recall_return_interval
    asked, guaranteed = _recall_dates(
        terms, zone,
        (key, interval, now),
        ("minimumGuaranteedLoanPeriod", recalls.minimum_guaranteed_loan_period, loan_date),
    )  # fmt: skip
    wanted = asked or now
    if not extends and (overdue or wanted > due_date):
        return due_date
    return max(wanted, guaranteed or wanted)


def _recall_dates(
    terms: LoanTerms, zone: ZoneInfo, *parts: tuple[str, Period | None, datetime]
) -> list[datetime | None]:
    found: list[datetime | None] = []
    violations: list[Violation] = []
    for key, period, start in parts:
        try:
            found.append(None if period is None else later(start, period, zone))
        except BadPeriod as bad:
            word = "not recognized" if bad.fault is PeriodFault.INTERVAL else "invalid"
            violations.append(terms.violation(f'the {bad.fault} "{bad.shown}" in "{key}" is {word}'))
    if violations:
        raise Invalid(*violations)
    return found


def _require_known_profile(terms: LoanTerms, code: str | None) -> None:
    if terms.profile not in (ROLLING, FIXED):
        raise Invalid(terms.violation(_UNKNOWN_PROFILE.format(terms.loans.profile_id or ""), code))


def _limit_at_check_out(terms: LoanTerms, loan_date: datetime) -> datetime:
    limit = due_in_schedule(terms.schedule, loan_date)
    if limit is None:
        raise Invalid(terms.violation("loan date falls outside of the date ranges in the loan policy"))
    return limit


def _fixed_renewal(terms: LoanTerms, now: datetime) -> datetime:
    due = due_in_schedule(terms.renewal_limit, now)
    if due is None:
        raise Invalid(
            terms.violation(
                "renewal date falls outside of date ranges in fixed loan policy",
                "RENEWAL_DATE_OUTSIDE_FIXED_LOAN_POLICY_DATE_RANGES",
            )
        )
    return due


def _renew_from(terms: LoanTerms, due_date: datetime, now: datetime) -> datetime:
    starts = {"CURRENT_DUE_DATE": due_date, "SYSTEM_DATE": now}
    start = starts.get(terms.renewals.renew_from_id or "")
    if start is None:
        raise Invalid(terms.violation("cannot determine when to renew from", "LOAN_POLICY_RENEW_FROM_NOT_RECOGNIZED"))
    return start


def _renewal_period(terms: LoanTerms, *, hold_first: bool) -> Period | None:
    if hold_first and terms.holds.alternate_renewal_loan_period is not None:
        return terms.holds.alternate_renewal_loan_period
    return terms.renewals.period if terms.renewals.different_period else terms.loans.period


def _after(
    terms: LoanTerms, start: datetime, period: Period | None, zone: ZoneInfo, faults: dict[PeriodFault, _Wording]
) -> datetime:
    try:
        return later(start, period, zone)
    except BadPeriod as bad:
        message, code = faults[bad.fault]
        raise Invalid(terms.violation(message.format(bad.shown), code)) from None
