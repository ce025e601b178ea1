"""Loans changed outright: created, replaced and deleted through circulation, given other due dates or remarks."""

import re
from typing import Any, Final

from octavo.catalogue.loans import LOAN
from octavo.errors import Invalid, NotFound, refuse
from octavo.rules.check_out import CHECKED_OUT
from octavo.rules.notice_events import LOAN_CHANGED, MANUAL_DUE_DATE_CHANGE
from octavo.rules.queue import open_recall, requested_by_another
from octavo.rules.transitions import CLOSED, ITEM, OPEN, may_become
from octavo.services.check_out import full_name, is_valid_proxy
from octavo.services.circulation_rules import known_rules
from octavo.services.desk import AtDesk, Queue, acted, parsed, status_now, touched
from octavo.store import circulation as store
from octavo.store import records
from octavo.store.circulation import Changes, Patch, Situation, Wanted
from octavo.store.loans import no_such_loan
from octavo.store.occasions import Occasion
from octavo.store.sessions import delete_sessions
from octavo.store.tx import Tx
from octavo_models.circulation import AddInfo, ChangeDueDate, EndSessions
from octavo_models.inventory import Item
from octavo_models.loan import Loan
from octavo_models.scalars import LOOSE_UUID
from octavo_models.user import Proxy

_LOST: Final = ("Declared lost", "Claimed returned", "Aged to lost")
_NOT_FOR_NEW_LOANS: Final = ("Missing", "Declared lost")
_REMARKS: Final = ("patronInfoAdded", "staffInfoAdded")
_ACTION_TYPES: Final = ("Check-out", "Check-in")
_STORED: Final = frozenset(field.alias or name for name, field in Loan.model_fields.items())


def known_form(loan_id: str) -> str:
    """Return a loan's id as it is stored. Raises NotFound where it cannot be one."""
    if not _is_uuid(loan_id):
        raise no_such_loan(loan_id[:100])
    return loan_id.lower()


def stored_part(document: Any) -> Any:
    """Return what of a loan as circulation shows it belongs to the stored loan."""
    if not isinstance(document, dict):
        return document
    return {name: value for name, value in document.items() if name in _STORED}


async def create_loan(tx: Tx, loan: Loan) -> str:
    """Create a loan outright and return its id; an open one takes the item. Raises Invalid."""
    _check_status(loan)
    at_desk, found = await _locked(tx, loan)
    await _check_named(tx, loan)
    item = at_desk.item
    if item is None:
        raise refuse(f"No item with ID {loan.item_id} could be found", itemId=loan.item_id)
    if loan.status.name == OPEN:
        _check_free(loan, item, found)
    _check_patron(loan, at_desk, found)
    is_open = loan.status.name == OPEN
    made = records.stamped(tx, LOAN, loan.model_copy(update={"item_status": CHECKED_OUT}) if is_open else loan)
    taken = Patch(loan.item_id, {"status": status_now(tx, CHECKED_OUT)}) if is_open else None
    async with records.translated(LOAN, made):
        told = (Occasion(LOAN_CHANGED, made.user_id, loan_id=made.id),) if is_open else ()
        await store.write(tx, Changes(new_loan=(made.id or "", made.to_wire()), item=taken, occasions=told))
    return made.id or ""


async def replace_loan(tx: Tx, loan_id: str, loan: Loan) -> None:
    """Replace a loan. Raises NotFound, Invalid.

    The mark of a recall stays only while a recall is open, or the due date is the same. What circulation does
    not show (the item's status, the patron's group) is kept, so that a loan may be sent back as it was shown.
    """
    _check_status(loan)
    at_desk, found = await _locked(tx, loan)
    before = await _lock(tx, loan_id)
    await _check_named(tx, loan)
    item = at_desk.item
    if item is None:
        raise refuse(f"No item with ID {loan.item_id} could be found", itemId=loan.item_id)
    if loan.status.name == CLOSED and loan.checkin_service_point_id is None:
        raise refuse("A Closed loan must have a Checkin Service Point", id=loan_id)
    moved = loan.due_date != before.due_date
    if moved and item.status.name in _LOST:
        raise refuse(f"item is {item.status.name}", itemId=loan.item_id)
    if moved and open_recall(Queue.of(found.queue).requests, loan.item_id) is None:
        loan = loan.model_copy(update={"due_date_changed_by_recall": False if loan.due_date_changed_by_recall else None})
    status = _item_status_after(before, loan, item)
    kept = {
        "id": loan_id,
        "metadata": before.metadata,
        "item_status": status,
        "patron_group_id_at_checkout": loan.patron_group_id_at_checkout or before.patron_group_id_at_checkout,
    }
    made = touched(tx, loan.model_copy(update=kept))
    moves = status != item.status.name
    item_change = Patch(item.id or "", {"status": status_now(tx, status)}) if moves else None
    async with records.translated(LOAN, made):
        await store.write(tx, _replaced(loan_id, made, item_change, moved=moved))


def _replaced(loan_id: str, made: Loan, item_change: Patch | None, *, moved: bool) -> Changes:
    """Return the changes of a replaced loan; notices of another due date are planned anew, of a closed loan not at all."""
    is_open = made.status.name == OPEN
    told = (Occasion(LOAN_CHANGED, made.user_id, loan_id=loan_id),) if moved and is_open else ()
    void = (loan_id,) if moved or not is_open else ()
    return Changes(loan=(loan_id, made.to_wire()), item=item_change, occasions=told, unscheduled_loans=void)


def _item_status_after(before: Loan, after: Loan, item: Item) -> str:
    """Return the status of an item once its loan is replaced: closing gives it back, opening takes it."""
    if before.status.name == CLOSED and after.status.name == OPEN:
        return CHECKED_OUT
    if before.status.name == OPEN and after.status.name == CLOSED and item.status.name == CHECKED_OUT:
        return "Available"
    return item.status.name


async def delete_loan(tx: Tx, loan_id: str) -> None:
    """Delete a loan. Raises NotFound."""
    try:
        await records.delete(tx, LOAN, loan_id)
    except NotFound:
        raise no_such_loan(loan_id) from None


async def change_due_date(tx: Tx, loan_id: str, asked: ChangeDueDate) -> None:
    """Give an open loan another due date. Raises NotFound, Invalid."""
    due_date = asked.due_date
    if due_date is None:
        raise refuse("A new due date is required in order to change the due date", dueDate=None)
    stored, item_document = await store.lock_item_of_loan(tx, loan_id)
    before = parsed(Loan, stored)
    if before is None:
        raise no_such_loan(loan_id)
    found = await store.load_situation(tx, Wanted(_uuid_or_none(before.item_id), None, None))
    loan, item = parsed(Loan, found.loan), parsed(Item, item_document)
    if loan is None or loan.id != loan_id:
        raise refuse("Loan is closed", loanId=loan_id)
    if item and item.status.name in _LOST:
        raise refuse(f"item is {item.status.name}", itemId=item.id)
    changes: dict[str, Any] = {"due_date": due_date, "reminders": None}
    if open_recall(Queue.of(found.queue).requests, loan.item_id) is None:
        changes["due_date_changed_by_recall"] = None
    changed = acted(tx, loan, "dueDateChanged", **changes)
    told = Occasion(MANUAL_DUE_DATE_CHANGE, loan.user_id, loan_id=loan_id)
    await store.write(
        tx, Changes(loan=(loan_id, changed.to_wire()), occasions=(told,), unscheduled_loans=(loan_id,))
    )


async def add_info(tx: Tx, loan_id: str, asked: AddInfo) -> None:
    """Attach a remark to a loan. Raises NotFound, Invalid."""
    if asked.action not in _REMARKS:
        raise refuse("Unsupported action", action=asked.action)
    loan = await _lock(tx, loan_id)
    await records.save(tx, LOAN, acted(tx, loan, asked.action, action_comment=asked.action_comment))


async def _lock(tx: Tx, loan_id: str) -> Loan:
    try:
        return await records.lock(tx, LOAN, loan_id)
    except NotFound:
        raise no_such_loan(loan_id) from None


async def end_sessions(tx: Tx, asked: EndSessions) -> None:
    """End the visits of patrons to the desk. Raises Invalid for the first one that is not complete."""
    ended: list[tuple[str, str]] = []
    for session in asked.end_sessions:
        if not session.patron_id:
            raise refuse("End patron session request must have patron id", patronId=session.patron_id)
        if not session.action_type:
            raise refuse("End patron session request must have action type", actionType=session.action_type)
        if session.action_type not in _ACTION_TYPES:
            raise refuse("Invalid patron action type value", actionType=session.action_type)
        ended.append((session.patron_id, session.action_type))
    await delete_sessions(tx, ended)


def _check_status(loan: Loan) -> None:
    if loan.status.name not in (OPEN, CLOSED):
        raise refuse('Loan status must be "Open" or "Closed"', status=loan.status.name)
    if loan.status.name == OPEN and loan.user_id is None:
        raise refuse("Open loan must have a user ID", userId=None)


async def _locked(tx: Tx, loan: Loan) -> tuple[AtDesk, Situation]:
    known = known_rules()
    item_id, user_id = _uuid_or_none(loan.item_id), _uuid_or_none(loan.user_id)
    at_desk = AtDesk(await store.lock_desk_by_id(tx, known.digests, item_id, user_id), known)
    item = at_desk.item
    holdings, material = (item.holdings_record_id, item.material_type_id) if item else (None, None)
    return at_desk, await store.load_situation(tx, Wanted(item_id, holdings, material, user_id=user_id))


async def _check_named(tx: Tx, loan: Loan) -> None:
    """Refuse a loan that names a service point or a proxy that does not exist."""
    checkout, checkin = loan.checkout_service_point_id, loan.checkin_service_point_id
    named = await store.load_named(tx, loan.user_id, loan.proxy_user_id, checkout, checkin)
    if checkin and not named.checkin_service_point:
        raise refuse("Check In Service Point does not exist", checkinServicePointId=checkin)
    if checkout and not named.checkout_service_point:
        raise refuse("Check Out Service Point does not exist", checkoutServicePointId=checkout)
    relation = parsed(Proxy, named.proxy_relation)
    if loan.proxy_user_id and (relation is None or not is_valid_proxy(relation, tx.now)):
        raise refuse("proxyUserId is not valid", proxyUserId=loan.proxy_user_id)


def _check_free(loan: Loan, item: Item, found: Situation) -> None:
    """Refuse a new loan of an item that is lent, or that cannot be."""
    if item.status.name == CHECKED_OUT:
        raise refuse("Item is already checked out", itemId=loan.item_id)
    if item.status.name in _NOT_FOR_NEW_LOANS or not may_become(ITEM, item.status.name, CHECKED_OUT):
        raise _with_status(item, found, "loan cannot be created")


def _with_status(item: Item, found: Situation, consequence: str) -> Invalid:
    title, material, status = found.title, found.material_type, item.status.name
    message = f"{title} ({material}) (Barcode: {item.barcode}) has the item status {status}, {consequence}"
    return refuse(message, itemId=item.id)


def _check_patron(loan: Loan, at_desk: AtDesk, found: Situation) -> None:
    """Refuse a loan to somebody unknown, or of an item that somebody else waits for."""
    patron, item = at_desk.patron, at_desk.item
    if loan.user_id and patron is None:
        raise refuse("user is not found", userId=loan.user_id)
    if loan.status.name != OPEN or patron is None or item is None:
        return
    if requested_by_another(Queue.of(found.queue).requests, loan.item_id, patron.id or ""):
        raise refuse(
            f"{found.title} (Barcode: {item.barcode}) cannot be checked out to user {full_name(patron)}"
            " because it has been requested by another patron",
            userId=loan.user_id,
        )


def _uuid_or_none(value: str | None) -> str | None:
    return value if value is not None and _is_uuid(value) else None


def _is_uuid(text: str) -> bool:
    return re.fullmatch(LOOSE_UUID, text, re.ASCII) is not None
