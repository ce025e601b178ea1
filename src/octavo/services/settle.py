"""What the end of a loan, or of its period, costs: fines for the delay; fees of a lost item that are given back."""

from dataclasses import dataclass
from datetime import datetime

from octavo.rules import lost_item as lost
from octavo.rules.lost_item import AGED_TO_LOST, CLAIMED_RETURNED, DECLARED_LOST, LOST_AND_PAID
from octavo.rules.notice_events import AGED_FINE_ADJUSTED, OVERDUE_FINE_RENEWED, OVERDUE_FINE_RETURNED
from octavo.rules.overdue_fine import Overdue, may_fine, overdue_fine
from octavo.rules.transitions import CLOSED, OPEN
from octavo.services.charges import Case, Telling, charge, load_case
from octavo.services.desk import parsed
from octavo.services.lost_item import give_back
from octavo.store import lost_items as store
from octavo.store.tx import Tx
from octavo_models.fee_actions import CancellationReason
from octavo_models.fees import OVERDUE_FINE
from octavo_models.inventory import Item
from octavo_models.loan import Loan
from octavo_models.policies import OverdueFinePolicy


@dataclass(frozen=True)
class Ending:
    """A loan that was returned or renewed: as it is now, but with the due date that it had, and its item as it was.

    at: until when the item was overdue. reason: why fees of a lost item are cancelled. policy: the loan's overdue fine
    policy, None where a delay costs nothing this time. session_id: of the visit to the desk that this belongs to.
    """

    loan: Loan
    item: Item
    at: datetime
    service_point_id: str | None
    reason: CancellationReason
    policy: OverdueFinePolicy | None
    session_id: str | None = None


async def settle(tx: Tx, ending: Ending) -> None:
    """Charge the fine for an overdue loan, and give back the fees of a lost item. Most loans need no statement."""
    was_lost = _was_lost(ending)
    if not was_lost and not _may_be_fined(ending):
        return
    case = await load_case(tx, ending.loan, ending.item, ending.service_point_id)
    if was_lost:
        types = lost.given_back(case.lost_item_policy, ending.loan, tx.now, case.zone)
        event = AGED_FINE_ADJUSTED if _has_aged(ending) else None
        await give_back(tx, case, ending.reason, types, event)
        if not lost.fines_overdue(case.lost_item_policy, ending.loan, tx.now, case.zone):
            return
    if _may_be_fined(ending):
        await _fine(tx, ending, case)


async def settle_paid(tx: Tx, item: Item, service_point_id: str) -> None:
    """Give back the fees of a lost item that turns up after they have been paid and its loan has been closed."""
    loan = parsed(Loan, await store.load_paid_loan(tx, item.id or ""))
    if loan is not None and item.status.name == LOST_AND_PAID:
        await settle(tx, Ending(loan, item, tx.now, service_point_id, "Cancelled item returned", None))


def _was_lost(ending: Ending) -> bool:
    status = ending.item.status.name
    if status == CLAIMED_RETURNED:
        return lost.lost_at(ending.loan) is not None
    return status in (DECLARED_LOST, AGED_TO_LOST) or (status == LOST_AND_PAID and ending.loan.status.name == CLOSED)


def _has_aged(ending: Ending) -> bool:
    return ending.loan.status.name == CLOSED and ending.loan.aged_to_lost_delayed_billing is not None


def _may_be_fined(ending: Ending) -> bool:
    due = ending.loan.due_date
    return ending.policy is not None and may_fine(ending.policy) and due is not None and due < ending.at


async def _fine(tx: Tx, ending: Ending, case: Case) -> None:
    """Charge the overdue fine; nobody is charged where nobody charges for the location."""
    due, policy, lent_under = ending.loan.due_date, ending.policy, case.loan_policy
    if due is None or policy is None or case.owner is None or case.borrower is None:
        return
    grace = lent_under.loans_policy.grace_period if lent_under and lent_under.loans_policy else None
    overdue = Overdue(due, ending.at, recalled=ending.loan.due_date_changed_by_recall is True, grace=grace)
    amount = overdue_fine(policy, overdue, case.open_at)
    if amount > 0:
        event = OVERDUE_FINE_RENEWED if ending.loan.status.name == OPEN else OVERDUE_FINE_RETURNED
        await charge(tx, case, case.owner, {OVERDUE_FINE: amount}, Telling(event, ending.session_id))
