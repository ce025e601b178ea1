"""When an item counts as lost, what that costs, and what is given back once it turns up (FOLIO mod-circulation)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from octavo.rules.money import ZERO, rounded
from octavo.rules.periods import BadPeriod, later
from octavo_models.fees import AUTOMATIC_TYPES, LOST_ITEM_ACTUAL_COST, LOST_ITEM_FEE, LOST_ITEM_PROCESSING_FEE
from octavo_models.loan import AgedToLostDelayedBilling, Loan
from octavo_models.policies import FeePeriod, LostItemFeePolicy, Period

LOST_AND_PAID = "Lost and paid"
#: Items with these statuses neither age to lost nor are they declared lost again.
AGED_TO_LOST, DECLARED_LOST, CLAIMED_RETURNED = "Aged to lost", "Declared lost", "Claimed returned"
#: The types of accounts that keep the loan of a lost item open.
LOST_FEES = tuple(AUTOMATIC_TYPES[one] for one in (LOST_ITEM_FEE, LOST_ITEM_ACTUAL_COST, LOST_ITEM_PROCESSING_FEE))

_SET_COST, _ACTUAL_COST, _CHARGE = "anotherCost", "actualCost", "Charge"
_MONTHS_IN_YEAR = 12
_NEVER = datetime.max.replace(tzinfo=UTC)


class Loss(StrEnum):
    """How an item got lost, in the words of its status."""

    DECLARED = DECLARED_LOST
    AGED = AGED_TO_LOST


@dataclass(frozen=True)
class LostCharges:
    """What a lost item costs. actual_cost: staff find out what the item itself costs."""

    set_cost: Decimal
    processing_fee: Decimal
    actual_cost: bool

    def __bool__(self) -> bool:
        """Tell whether anything is to pay."""
        return self.actual_cost or self.set_cost > ZERO or self.processing_fee > ZERO

    @property
    def fees(self) -> dict[str, Decimal]:
        """Return the amounts to charge at once, by the id of their type."""
        fees = {LOST_ITEM_FEE: self.set_cost, LOST_ITEM_PROCESSING_FEE: self.processing_fee}
        return {type_id: amount for type_id, amount in fees.items() if amount > ZERO}


def charges(policy: LostItemFeePolicy | None, loss: Loss) -> LostCharges:
    """Return what a lost item costs under a policy; without one it costs nothing."""
    if policy is None:
        return LostCharges(ZERO, ZERO, actual_cost=False)
    item = policy.charge_amount_item
    kind, amount = (item.charge_type, item.amount) if item else (None, None)
    processed = policy.charge_amount_item_patron if loss is Loss.DECLARED else policy.charge_amount_item_system
    return LostCharges(
        rounded(amount or ZERO) if kind == _SET_COST else ZERO,
        rounded(policy.lost_item_processing_fee or ZERO) if processed else ZERO,
        actual_cost=kind == _ACTUAL_COST,
    )


def ages_to_lost(policy: LostItemFeePolicy, loan: Loan, now: datetime, zone: ZoneInfo) -> AgedToLostDelayedBilling | None:
    """Return when an overdue item is billed that is given up now, None where it is not given up yet."""
    recalled = loan.due_date_changed_by_recall is True
    overdue = policy.recalled_item_aged_lost_overdue if recalled else policy.item_aged_lost_overdue
    billed = policy.patron_billed_after_recalled_item_aged_lost if recalled else policy.patron_billed_after_aged_lost
    if loan.due_date is None:
        return None
    lost_at = after(loan.due_date, overdue, zone)
    if lost_at is None or lost_at >= now:
        return None
    return AgedToLostDelayedBilling(
        lost_item_has_been_billed=False,
        date_lost_item_should_be_billed=after(now, billed, zone) or now,
        aged_to_lost_date=now,
    )


def lost_at(loan: Loan) -> datetime | None:
    """Return when the item of a loan got lost."""
    billing = loan.aged_to_lost_delayed_billing
    return loan.declared_lost_date or (billing.aged_to_lost_date if billing else None)


def given_back(policy: LostItemFeePolicy | None, loan: Loan, now: datetime, zone: ZoneInfo) -> frozenset[str]:
    """Return the types of fees that are cancelled, and refunded, when a lost item turns up."""
    if policy is None or not in_time(policy, loan, now, zone):
        return frozenset()
    types = {AUTOMATIC_TYPES[LOST_ITEM_FEE], AUTOMATIC_TYPES[LOST_ITEM_ACTUAL_COST]}
    if policy.returned_lost_item_processing_fee:
        types.add(AUTOMATIC_TYPES[LOST_ITEM_PROCESSING_FEE])
    return frozenset(types)


def fines_overdue(policy: LostItemFeePolicy | None, loan: Loan, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a lost item that turns up costs an overdue fine as well."""
    return policy is not None and policy.lost_item_returned == _CHARGE and in_time(policy, loan, now, zone)


def in_time(policy: LostItemFeePolicy, loan: Loan, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a lost item turns up before its refund period is over; without a period it always does."""
    lost = lost_at(loan)
    end = after(lost, policy.fees_fines_shall_refunded, zone) if lost else None
    return end is None or now <= end


def after(start: datetime, period: FeePeriod | None, zone: ZoneInfo) -> datetime | None:
    """Return the instant one period after another, None where there is no period; one beyond all time never ends."""
    if period is None or not period.duration or period.interval_id is None:
        return None
    years = period.interval_id == "Years"
    duration, interval = (period.duration * _MONTHS_IN_YEAR, "Months") if years else (period.duration, period.interval_id)
    try:
        return later(start, Period(duration=duration, interval_id=interval), zone)
    except BadPeriod:
        return _NEVER
