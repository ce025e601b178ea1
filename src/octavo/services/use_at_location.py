"""Items that stay in the house: put on the shelf until their patron comes back, and picked up there (FOLIO mod-circulation)."""

import re

from octavo.catalogue.policies import LOAN_POLICY
from octavo.errors import BadRequest, refuse
from octavo.rules import use_at_location as rules
from octavo.services.circulation_rules import known_rules
from octavo.services.desk import AtDesk, acted, calendars_of, parsed, place_of
from octavo.store import bulk
from octavo.store import circulation as store
from octavo.store.circulation import Changes, Wanted
from octavo.store.loans import load_shown_loan
from octavo.store.tx import Tx
from octavo_models.circulation import HoldForUseAtLocation, PickupForUseAtLocation
from octavo_models.loan import ForUseAtLocation, Loan
from octavo_models.location import ServicePoint
from octavo_models.policies import LoanPolicy
from octavo_models.scalars import LOOSE_UUID


async def hold_for_use(tx: Tx, asked: HoldForUseAtLocation) -> bytes:
    """Put a lent item on the shelf and return its loan. Raises Invalid, BadRequest."""
    if not asked.item_barcode:
        message = "Request to put item on hold shelf must have an item barcode"
        raise refuse(message, itemBarcode=asked.item_barcode)
    loan = await _open_loan(tx, asked.item_barcode)
    if loan is None:
        raise BadRequest(f"No open loan found for the item barcode. ({asked.item_barcode})")
    _refuse_other_loans(loan, asked.item_barcode)
    return await _mark(tx, loan, rules.HELD_ACTION, await _held(tx, loan))


async def pick_up_for_use(tx: Tx, asked: PickupForUseAtLocation) -> bytes:
    """Give a patron the item that waits on the shelf and return its loan. Raises Invalid, BadRequest."""
    if not asked.item_barcode:
        message = "Request to pick up from hold shelf must have an item barcode"
        raise refuse(message, itemBarcode=asked.item_barcode)
    if not asked.user_barcode:
        message = "Request to pick up from hold shelf must have a user barcode"
        raise refuse(message, userBarcode=asked.user_barcode)
    loan = await _open_loan(tx, asked.item_barcode, asked.user_barcode)
    if loan is None:
        raise BadRequest(f"No open loan found for item barcode ({asked.item_barcode}) and user ({asked.user_barcode})")
    _refuse_other_loans(loan, asked.item_barcode)
    return await _mark(tx, loan, rules.PICKED_UP_ACTION, rules.in_use(tx.now))


async def _open_loan(tx: Tx, item_barcode: str, user_barcode: str | None = None) -> Loan | None:
    """Return the open loan of an item, to the patron where one is named, locked together with the item."""
    known = known_rules()
    at_desk = AtDesk(await store.lock_desk_by_barcode(tx, known.digests, item_barcode, user_barcode), known)
    if at_desk.item is None:
        return None
    loan = parsed(Loan, (await store.load_situation(tx, Wanted(at_desk.item.id, None, None))).loan)
    if loan is None or user_barcode is None:
        return loan
    return loan if at_desk.patron and at_desk.patron.id == loan.user_id else None


async def _held(tx: Tx, loan: Loan) -> ForUseAtLocation:
    lent_at = loan.checkout_service_point_id
    wanted = Wanted(None, None, None, service_point_id=lent_at, calendars=calendars_of(lent_at, tx.now))
    found = await store.load_situation(tx, wanted)
    desk = parsed(ServicePoint, found.service_point)
    management = desk.hold_shelf_closed_library_date_management if desk else "Keep_the_current_due_date"
    return rules.held(await _policy(tx, loan), management, place_of(found), tx.now)


async def _policy(tx: Tx, loan: Loan) -> LoanPolicy | None:
    policy_id = loan.loan_policy_id
    if policy_id is None or not re.fullmatch(LOOSE_UUID, policy_id, re.ASCII):
        return None
    return parsed(LoanPolicy, (await bulk.find(tx, LOAN_POLICY, [policy_id])).get(policy_id.lower()))


def _refuse_other_loans(loan: Loan, item_barcode: str) -> None:
    if loan.for_use_at_location is None:
        raise BadRequest(f"The loan is open but is not for use at location, item barcode ({item_barcode})")


async def _mark(tx: Tx, loan: Loan, action: str, mark: ForUseAtLocation) -> bytes:
    marked = acted(tx, loan, action, for_use_at_location=mark)
    loan_id = marked.id or ""
    await store.write(tx, Changes(loan=(loan_id, marked.to_wire())))
    return await load_shown_loan(tx, loan_id)
