"""What staff decide about a lost item whose cost they had to find out: bill it, or not (FOLIO mod-feesfines)."""

from octavo.catalogue.actual_cost import ACTUAL_COST_RECORD
from octavo.catalogue.loans import LOAN
from octavo.errors import NotFound
from octavo.rules.fee_actions import Refused
from octavo.rules.money import rounded
from octavo.services.charges import charge, load_case
from octavo.services.desk import parsed
from octavo.services.expire import Begin
from octavo.services.lost_item import CANCELLED
from octavo.services.one_by_one import one_by_one
from octavo.services.paid_loans import close_paid_loans
from octavo.store import circulation, records
from octavo.store import lost_items as store
from octavo.store.loans import no_such_loan
from octavo.store.tx import Tx
from octavo_models.actual_cost import ActualCostBill, ActualCostDecision, ActualCostRecord
from octavo_models.fees import LOST_ITEM_ACTUAL_COST, Owner
from octavo_models.inventory import Item

OPEN, BILLED, EXPIRED = "Open", "Billed", "Expired"


async def cancel(tx: Tx, asked: ActualCostDecision) -> bytes:
    """Bill nothing; where nothing else is owed the loan closes. Return the record. Raises Refused."""
    record, _ = await _lock_open(tx, asked.actual_cost_record_id)
    document = await _save(tx, record, asked, status=CANCELLED)
    await close_paid_loans(tx, [record.loan.id])
    return document


async def bill(tx: Tx, asked: ActualCostBill) -> bytes:
    """Charge the patron what the item costs, and return the record. Raises Refused, NotFound."""
    record, item = await _lock_open(tx, asked.actual_cost_record_id)
    loan = await records.load(tx, LOAN, record.loan.id)
    if item is None:
        raise no_such_loan(record.loan.id)
    case = await load_case(tx, loan, item, asked.service_point_id)
    if case.borrower is None:
        raise Refused(f"User {record.user.id} does not exist")
    fee = record.fee_fine
    amount = rounded(asked.amount)
    (account,) = await charge(tx, case, Owner(id=fee.owner_id, owner=fee.owner), {LOST_ITEM_ACTUAL_COST: amount})
    billed = fee.model_copy(update={"account_id": account.id, "billed_amount": amount})
    return await _save(tx, record, asked, status=BILLED, fee_fine=billed)


async def _lock_open(tx: Tx, record_id: str) -> tuple[ActualCostRecord, Item | None]:
    """Lock the item of an open record, then the record, and return both. Raises Refused."""
    try:
        loan_id = (await records.load(tx, ACTUAL_COST_RECORD, record_id)).loan.id
    except NotFound:
        raise Refused(f"Actual cost record {record_id} was not found") from None
    _, item = await circulation.lock_item_of_loan(tx, loan_id)
    record = await records.lock(tx, ACTUAL_COST_RECORD, record_id)
    if record.status != OPEN:
        raise Refused(f"Actual cost record {record_id} is already {record.status}")
    return record, parsed(Item, item)


async def _save(tx: Tx, record: ActualCostRecord, asked: ActualCostDecision, **fields: object) -> bytes:
    notes = {
        "additional_info_for_staff": asked.additional_info_for_staff,
        "additional_info_for_patron": asked.additional_info_for_patron,
    }
    return await records.save(tx, ACTUAL_COST_RECORD, record.model_copy(update={**notes, **fields}))


async def expire_actual_costs(begin: Begin) -> int:
    """Let the records expire about which nobody has decided in time; return of how many loans."""
    async with begin() as tx:
        loans = await store.load_expired_costs(tx)
    return await one_by_one(begin, loans, expire_one)


async def expire_one(tx: Tx, loan_id: str) -> bool:
    """Let the open actual cost records of a loan expire; where nothing else is owed the loan closes."""
    await circulation.lock_item_of_loan(tx, loan_id)
    await store.close_actual_costs(tx, loan_id, EXPIRED)
    await close_paid_loans(tx, [loan_id])
    return True
