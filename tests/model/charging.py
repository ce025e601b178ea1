"""Charges: fines, lost item fees, and what is paid, waived, transferred, refunded and cancelled (see `world`)."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from model.world import CHARGING_DESK, CLOSED, HOMES, LOST, OPEN, Charge, Loan, Refused, Unknown, World

ITEM_FEE, PROCESSING_FEE, FINE = "Lost item fee", "Lost item processing fee", "Overdue fine"
LOST_FEES = (ITEM_FEE, PROCESSING_FEE)
LOSS = {ITEM_FEE: Decimal(30), PROCESSING_FEE: Decimal(5)}
#: How long fees of a lost item are given back.
REFUND_PERIOD = timedelta(weeks=2)
#: What a day of delay costs and the most that it costs, and the same for a recalled loan.
FINES = {False: (1, 10), True: (2, 12)}
_VERBS = {"pay": "Paid", "waive": "Waived", "transfer": "Transferred"}


def charge(world: World, key: str, patron: str, amount: int) -> None:
    """Charge a patron for something that has nothing to do with a loan."""
    world.charges[key] = Charge(key, patron, "damage", Decimal(amount), Decimal(amount))


def charge_loss(world: World, loan: Loan) -> None:
    for kind, amount in LOSS.items():
        _charge(world, loan, kind, amount)


def _charge(world: World, loan: Loan, kind: str, amount: Decimal) -> None:
    number = sum(one.kind == kind for one in world.charges_of(loan)) + 1
    key = f"{loan.key} {kind} {number}"
    world.charges[key] = Charge(key, loan.patron, kind, amount, amount, loan.key)


def fine(world: World, loan: Loan, due: datetime) -> None:
    """Charge for a delay, where anybody charges for the location of the item."""
    days = ceil((world.now - due) / timedelta(days=1))
    a_day, most = FINES[loan.recalled is True]
    if days > 0 and HOMES[world.items[loan.item].home] == CHARGING_DESK:
        _charge(world, loan, FINE, Decimal(min(days * a_day, most)))


def turns_up_in_time(world: World, loan: Loan) -> bool:
    """Tell whether the fees of a lost item are still given back."""
    return loan.lost_at is None or world.now <= loan.lost_at + REFUND_PERIOD


def give_back(world: World, loan: Loan, reason: str) -> None:
    """Refund and cancel the latest of each fee for the loss of an item."""
    latest = {one.kind: one for one in world.charges_of(loan) if one.kind in LOST_FEES}
    for one in latest.values():
        if one.status == OPEN or one.paid_left + one.moved_left > 0:
            one.paid_left = one.moved_left = Decimal(0)
            one.status, one.payment, one.remaining = CLOSED, reason, Decimal(0)


def act(world: World, verb: str, charge: str, amount: str) -> None:
    """Pay, waive, transfer or refund some of a charge."""
    owed = _found(world, charge)
    parts = Decimal(amount)
    if parts <= 0:
        raise Refused("Amount must be positive")
    if verb == "refund":
        _refund(owed, parts)
        return
    if owed.status == CLOSED and owed.remaining == 0:
        raise Refused("Fee/fine is already closed")
    if parts > owed.remaining:
        raise Refused("Requested amount exceeds remaining amount")
    owed.remaining -= parts
    extent = "fully" if owed.remaining == 0 else "partially"
    owed.status, owed.payment = CLOSED if owed.remaining == 0 else OPEN, f"{_VERBS[verb]} {extent}"
    if verb == "pay":
        owed.paid, owed.paid_left = owed.paid + parts, owed.paid_left + parts
    if verb == "transfer":
        owed.moved, owed.moved_left = owed.moved + parts, owed.moved_left + parts
    _close_if_paid(world, owed)


def _refund(owed: Charge, amount: Decimal) -> None:
    if amount > owed.paid_left + owed.moved_left:
        raise Refused("Refund amount must be greater than zero and less than or equal to Selected amount")
    from_paid = min(owed.paid_left, amount)
    from_moved = amount - from_paid
    full = from_moved == owed.moved if from_moved else from_paid == owed.paid
    owed.paid_left, owed.moved_left = owed.paid_left - from_paid, owed.moved_left - from_moved
    owed.remaining, owed.status = owed.remaining + amount, OPEN
    owed.payment = "Refunded fully" if full else "Refunded partially"


def cancel_charge(world: World, charge: str) -> None:
    """Cancel what remains of a charge."""
    owed = _found(world, charge)
    if owed.status == CLOSED:
        raise Refused("Fee/fine is already closed")
    owed.status, owed.payment, owed.remaining = CLOSED, "Cancelled as error", Decimal(0)
    _close_if_paid(world, owed)


def _found(world: World, charge: str) -> Charge:
    if charge not in world.charges:
        raise Unknown
    return world.charges[charge]


def _close_if_paid(world: World, owed: Charge) -> None:
    """Close the loan of a lost item for which nothing is owed any more; one not billed yet stays."""
    loan = world.loans.get(owed.loan or "")
    if loan is None or loan.status == CLOSED or world.items[loan.item].status not in LOST:
        return
    unbilled = loan.bill_at is not None and not loan.billed
    if unbilled or any(one.status == OPEN and one.kind in LOST_FEES for one in world.charges_of(loan)):
        return
    loan.status = CLOSED
    world.items[loan.item].status = loan.item_status = "Lost and paid"
    loan.note("closedLoan")
