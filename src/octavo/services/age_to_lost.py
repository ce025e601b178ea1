"""Overdue items that are given up, and later billed: the work of timers (FOLIO mod-circulation)."""

from typing import Final

from octavo.catalogue.policies import LOST_ITEM_FEE_POLICY
from octavo.errors import Invalid, NotFound
from octavo.rules import notice_events
from octavo.rules.lost_item import AGED_TO_LOST, CLAIMED_RETURNED, DECLARED_LOST, Loss, ages_to_lost, lost_at
from octavo.services.charges import load_case
from octavo.services.desk import touched
from octavo.services.expire import Begin
from octavo.services.loan_actions import Lent, change, close_as_paid, lock_lent
from octavo.services.lost_item import charge_loss
from octavo.services.one_by_one import one_by_one
from octavo.store import circulation, records
from octavo.store import lost_items as store
from octavo.store.circulation import Changes
from octavo.store.locale import load_entry, zone_of
from octavo.store.occasions import Occasion
from octavo.store.tx import Tx

#: Items with these statuses do not age.
SPARED: Final = (CLAIMED_RETURNED, AGED_TO_LOST, DECLARED_LOST)


async def age_to_lost(begin: Begin) -> int:
    """Give up the items that are overdue for too long; return how many."""
    async with begin() as tx:
        overdue = await store.load_overdue(tx, SPARED)
    return await one_by_one(begin, overdue, age_one)


async def charge_aged_to_lost(begin: Begin) -> int:
    """Bill the patrons of items given up some time ago; return how many loans that was."""
    async with begin() as tx:
        unbilled = await store.load_unbilled(tx, AGED_TO_LOST)
    return await one_by_one(begin, unbilled, charge_one)


async def age_one(tx: Tx, loan_id: str) -> bool:
    """Give up the item of a loan if it is overdue for too long; tell whether it was."""
    lent = await _still_open(tx, loan_id)
    if lent is None or lent.item.status.name in SPARED or lent.loan.lost_item_policy_id is None:
        return False
    policy = await records.load(tx, LOST_ITEM_FEE_POLICY, lent.loan.lost_item_policy_id)
    _, locale = await load_entry(tx)
    billing = ages_to_lost(policy, lent.loan, tx.now, zone_of(locale))
    if billing is None:
        return False
    told = (Occasion(notice_events.AGED_TO_LOST, lent.loan.user_id, loan_id=loan_id),)
    await change(tx, lent, "itemAgedToLost", AGED_TO_LOST, told, aged_to_lost_delayed_billing=billing)
    return True


async def charge_one(tx: Tx, loan_id: str) -> bool:
    """Bill the patron of a loan whose item was given up, if that is to be done by now; tell whether it was."""
    lent = await _still_open(tx, loan_id)
    if lent is None or not _is_to_bill(tx, lent):
        return False
    billed = await _mark_billed(tx, lent)
    case = await load_case(tx, billed.loan, billed.item, billed.loan.checkout_service_point_id)
    if not await charge_loss(tx, case, Loss.AGED, lost_at(billed.loan) or tx.now):
        await close_as_paid(tx, billed)
    return True


async def _still_open(tx: Tx, loan_id: str) -> Lent | None:
    """Lock a loan and its item; None where the loan has been closed or deleted meanwhile."""
    try:
        return await lock_lent(tx, loan_id)
    except (Invalid, NotFound):
        return None


def _is_to_bill(tx: Tx, lent: Lent) -> bool:
    billing = lent.loan.aged_to_lost_delayed_billing
    if lent.item.status.name != AGED_TO_LOST or billing is None or billing.lost_item_has_been_billed:
        return False
    return billing.date_lost_item_should_be_billed is not None and billing.date_lost_item_should_be_billed <= tx.now


async def _mark_billed(tx: Tx, lent: Lent) -> Lent:
    billing = lent.loan.aged_to_lost_delayed_billing
    marked = billing.model_copy(update={"lost_item_has_been_billed": True}) if billing else None
    loan = touched(tx, lent.loan.model_copy(update={"aged_to_lost_delayed_billing": marked}))
    await circulation.write(tx, Changes(loan=(loan.id or "", loan.to_wire())))
    return Lent(loan, lent.item)
