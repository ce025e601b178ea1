"""What policies and due date schedules must keep by themselves (mod-circulation-storage, mod-feesfines)."""

from collections.abc import Iterator
from decimal import Decimal

from octavo.errors import Invalid, Violation, raise_all, refuse, storage_violation
from octavo_models.policies import (
    DateRange,
    FixedDueDateSchedule,
    LoanPolicy,
    LoansPolicy,
    LostItemFeePolicy,
    OverdueFinePolicy,
    Period,
    RenewalsPolicy,
)
from octavo_models.scalars import format_instant


def check_loan_policy(policy: LoanPolicy) -> None:
    """Refuse a loan policy whose profile, renewals and schedules contradict each other; the first contradiction counts."""
    _check_alternate_schedule(policy)
    _check_schedule(policy)
    if _is_fixed(policy) and policy.renewable:
        _check_fixed_renewal(policy)


def _check_alternate_schedule(policy: LoanPolicy) -> None:
    renewals = policy.renewals_policy or RenewalsPolicy()
    schedule = renewals.alternate_fixed_due_date_schedule_id
    different = policy.renewable and bool(renewals.different_period)
    missing = different and _is_fixed(policy) and schedule is None
    superfluous = not different and schedule is not None
    if missing or superfluous:
        profile = policy.loans_policy.profile_id if policy.loans_policy else None
        message = (
            f"Alternate fixed due date cannot be {_shown(schedule)} if renewable is {_shown(policy.renewable)}, "
            f"different period is {_shown(renewals.different_period)} and profile is {_shown(profile)}"
        )
        raise Invalid(storage_violation(message, "alternateFixedDueDateScheduleId", _shown(schedule)))


def _check_schedule(policy: LoanPolicy) -> None:
    loans = policy.loans_policy
    if loans is None or loans.fixed_due_date_schedule_id is not None:
        return
    if _is_fixed(policy) or not policy.loanable:
        message = f"Fixed due date cannot be null if loanable is {_shown(policy.loanable)} and profile is of type fixed"
        raise Invalid(storage_violation(message, "fixedDueDateScheduleId", "null"))


def _check_fixed_renewal(policy: LoanPolicy) -> None:
    holds = policy.request_management.holds if policy.request_management else None
    if holds and holds.renew_items_with_request and holds.alternate_renewal_loan_period:
        message = "Alternate Renewal Loan Period for Holds is not allowed for policies with Fixed profile"
        raise _period_refused(message, "alternateRenewalLoanPeriod", holds.alternate_renewal_loan_period)
    renewals = policy.renewals_policy
    if renewals and renewals.different_period and renewals.period:
        message = "Period in RenewalsPolicy is not allowed for policies with Fixed profile"
        raise _period_refused(message, "period", renewals.period)


def _period_refused(message: str, key: str, period: Period) -> Invalid:
    return Invalid(storage_violation(message, key, f"{period.duration} {period.interval_id}"))


def _is_fixed(policy: LoanPolicy) -> bool:
    return ((policy.loans_policy or LoansPolicy()).profile_id or "").lower() == "fixed"


def _shown(value: object) -> str:
    """Print a value as FOLIO's messages do."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_schedule(schedule: FixedDueDateSchedule) -> None:
    """Refuse date ranges that end before they start, or whose loans would be due before the range ends."""
    raise_all(violation for dates in schedule.schedules for violation in _bad_range(dates))


def _bad_range(dates: DateRange) -> Iterator[Violation]:
    message = "Unable to save fixed loan date. Date range not valid"
    if dates.start > dates.due:
        yield storage_violation(f"{message} from date after due date", "from", format_instant(dates.start))
    elif dates.start > dates.to:
        yield storage_violation(f"{message} from date after to date", "from", format_instant(dates.start))
    elif dates.to > dates.due:
        yield storage_violation(f"{message} to date after due date", "to", format_instant(dates.to))


def check_overdue_fine_policy(policy: OverdueFinePolicy) -> None:
    """Refuse fines that would pay the patron."""
    raise_all(_negative_fines(policy))


def _negative_fines(policy: OverdueFinePolicy) -> Iterator[Violation]:
    for key, fine in (("overdueFine", policy.overdue_fine), ("overdueRecallFine", policy.overdue_recall_fine)):
        quantity = fine.quantity if fine else None
        if quantity is not None and quantity < 0:
            yield Violation("Quantity must not be negative.", ((f"{key}.quantity", _money(quantity)),))


def check_lost_item_fee_policy(policy: LostItemFeePolicy) -> None:
    """Refuse a processing fee that would pay the patron."""
    fee = policy.lost_item_processing_fee
    if fee is not None and fee < 0:
        message = "The value must greater than or equal to 0"
        raise refuse(message, lostItemProcessingFee=_money(fee))


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
