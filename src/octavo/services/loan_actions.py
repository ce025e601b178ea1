"""What staff find out about a lent item: it is lost, claimed to have been returned, or missing (FOLIO mod-circulation)."""

from dataclasses import dataclass
from typing import Any

from octavo.catalogue.loans import LOAN
from octavo.errors import refuse
from octavo.rules.check_out import CHECKED_OUT
from octavo.rules.lost_item import (
    AGED_TO_LOST,
    CLAIMED_RETURNED,
    DECLARED_LOST,
    LOST_AND_PAID,
    LOST_FEES,
    Loss,
    lost_at,
)
from octavo.rules.transitions import OPEN
from octavo.services.charges import load_case
from octavo.services.desk import acted, item_becomes, parsed
from octavo.services.lost_item import charge_loss, give_back
from octavo.store import circulation as store
from octavo.store import records
from octavo.store.circulation import Changes, Patch
from octavo.store.loans import no_such_loan
from octavo.store.occasions import Occasion
from octavo.store.tx import Tx
from octavo_models.circulation import ClaimItemReturned, DeclareItemLost, DeclareMissing
from octavo_models.inventory import Item
from octavo_models.loan import Loan

MISSING = "Missing"


@dataclass(frozen=True)
class Lent:
    """An open loan and its item, both locked."""

    loan: Loan
    item: Item


async def declare_item_lost(tx: Tx, loan_id: str, asked: DeclareItemLost) -> None:
    """Declare the item of an open loan lost and charge for it. Raises NotFound, Invalid.

    Where nothing is to pay the loan closes at once. What was charged for an earlier loss of the item is given back: it had
    aged to lost, or its patron claimed after a first declaration to have returned it.
    """
    if not asked.service_point_id:
        raise refuse("A service point is required for item to be declared lost", servicePointId=asked.service_point_id)
    lent = await lock_lent(tx, loan_id)
    if lent.item.status.name == DECLARED_LOST:
        raise refuse("The item is already declared lost", itemId=lent.item.id)
    since = asked.declared_lost_date_time or tx.now
    changes: dict[str, Any] = {"declared_lost_date": since, "aged_to_lost_delayed_billing": None}
    lost = await change(tx, lent, "declaredLost", DECLARED_LOST, action_comment=asked.comment, **changes)
    case = await load_case(tx, lost.loan, lost.item, asked.service_point_id)
    if lost_at(lent.loan) is not None:
        await give_back(tx, case, "Cancelled item declared lost", frozenset(LOST_FEES))
    if not await charge_loss(tx, case, Loss.DECLARED, since):
        await close_as_paid(tx, lost)


async def claim_item_returned(tx: Tx, loan_id: str, asked: ClaimItemReturned) -> None:
    """Note that the patron claims to have returned the item. Raises NotFound, Invalid."""
    claimed_at = asked.item_claimed_returned_date_time
    if claimed_at is None:
        raise refuse("Item claimed returned date is a required field", itemClaimedReturnedDateTime=None)
    lent = await lock_lent(tx, loan_id)
    comment = asked.comment
    await change(tx, lent, "claimedReturned", CLAIMED_RETURNED, action_comment=comment, claimed_returned_date=claimed_at)


async def declare_missing(tx: Tx, loan_id: str, asked: DeclareMissing) -> None:
    """Give up an item that its patron claims to have returned, and close the loan. Raises NotFound, Invalid."""
    if not asked.comment:
        raise refuse("Comment is a required field", comment=asked.comment)
    lent = await lock_lent(tx, loan_id)
    if lent.item.status.name != CLAIMED_RETURNED:
        raise refuse("Item is not Claimed returned", itemId=lent.item.id)
    await change(tx, lent, "markedMissing", MISSING, action_comment=asked.comment)


async def lock_lent(tx: Tx, loan_id: str) -> Lent:
    """Lock the item of an open loan, then the loan, and return both. Raises NotFound, Invalid."""
    known, document = await store.lock_item_of_loan(tx, loan_id)
    if known is None:
        raise no_such_loan(loan_id)
    loan, item = await records.lock(tx, LOAN, loan_id), parsed(Item, document)
    if (loan.status.name or "").capitalize() != OPEN:
        raise refuse("Loan is closed", loanId=loan_id)
    if item is None:
        raise refuse(f"No item with ID {loan.item_id} could be found", itemId=loan.item_id)
    return Lent(loan, item)


async def change(
    tx: Tx, lent: Lent, action: str, item_status: str, told: tuple[Occasion, ...] = (), **fields: Any
) -> Lent:
    """Write what an action makes of a loan and the status of its item; return both as they now are.

    Notices about its due date are void: there is nothing left to remind of.
    """
    loan = acted(tx, lent.loan, action, **fields, item_status=item_status)
    item_change = Patch(lent.item.id or "", {"status": item_becomes(tx, _as_lent(lent.item), item_status)})
    written = (loan.id or "", loan.to_wire())
    void = (loan.id or "",)
    await store.write(tx, Changes(loan=written, item=item_change, occasions=told, unscheduled_loans=void))
    status = lent.item.status.model_copy(update={"name": item_status, "date": tx.now})
    return Lent(loan, lent.item.model_copy(update={"status": status}))


def _as_lent(item: Item) -> str:
    """Return the status of an item on loan; whatever else was written over it by hand, it is checked out."""
    status = item.status.name
    return status if status in (DECLARED_LOST, AGED_TO_LOST, CLAIMED_RETURNED) else CHECKED_OUT


async def close_as_paid(tx: Tx, lent: Lent) -> None:
    """Close the loan of a lost item for which nothing is to pay."""
    await change(tx, lent, "closedLoan", LOST_AND_PAID)
