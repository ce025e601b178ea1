"""Take an item back, or pass it over the desk (FOLIO mod-circulation, check-in by barcode)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from octavo.catalogue.sessions import CHECK_IN, PATRON_ACTION_SESSION
from octavo.errors import refuse
from octavo.rules import check_in as rules
from octavo.rules import notice_events
from octavo.rules.check_in import Destination, Home, Waiting
from octavo.rules.lost_item import LOST_AND_PAID
from octavo.rules.queue import Queued, next_in_line
from octavo.rules.use_at_location import returned as returned_for_use
from octavo.services.circulation_rules import known_rules
from octavo.services.desk import (
    AtDesk,
    Queue,
    acted,
    calendars_of,
    item_becomes,
    parsed,
    place_of,
    remembered,
    wire_instant,
)
from octavo.services.settle import Ending, settle, settle_paid
from octavo.store import circulation as store
from octavo.store import records
from octavo.store.circulation import Changes, Patch, Situation, Wanted
from octavo.store.inventory import refresh_requests_of_items
from octavo.store.loans import CheckedIn, load_checked_in
from octavo.store.occasions import Occasion
from octavo.store.tx import Tx
from octavo_models.circulation import CheckInByBarcode
from octavo_models.inventory import Item
from octavo_models.loan import Loan
from octavo_models.location import Location, ServicePoint
from octavo_models.policies import OverdueFinePolicy
from octavo_models.scalars import format_instant
from octavo_models.session import CheckIn, PatronActionSession


@dataclass(frozen=True)
class CheckInResult:
    """What the desk is told, and whether the item had only been used in the house."""

    answer: CheckedIn
    in_house_use: bool


@dataclass(frozen=True)
class _Case:
    """Everything that is known when an item comes in. filled: the request that the item fills."""

    asked: CheckInByBarcode
    item: Item
    location: Location | None
    found: Situation
    queue: Queue
    filled: Queued | None
    service_point_id: str
    action: str
    actor: str

    @property
    def item_id(self) -> str:
        return self.item.id or ""


async def check_in(tx: Tx, asked: CheckInByBarcode) -> CheckInResult:
    """Close the item's loan, if it has one, and send the item where it goes next. Raises Invalid."""
    actor, service_point_id = _complete(tx, asked)
    known = known_rules()
    at_desk = AtDesk(await store.lock_desk_by_barcode(tx, known.digests, asked.item_barcode or ""), known)
    item = at_desk.item
    if item is None:
        message = f"No item with barcode {asked.item_barcode} exists"
        raise refuse(message, "ITEM_BARCODE_NOT_FOUND", itemBarcode=asked.item_barcode)
    found = await store.load_situation(tx, _wanted(tx, item, service_point_id))
    _refuse_intellectual(asked, item, found)
    queue = Queue.of(found.queue)
    filled = next_in_line(queue.requests, item.id or "")
    action = rules.action_for(item.status.name, asked.claimed_returned_resolution)
    case = _Case(asked, item, at_desk.location, found, queue, filled, service_point_id, action, actor)
    return await _receive(tx, case)


def _complete(tx: Tx, asked: CheckInByBarcode) -> tuple[str, str]:
    """Return who checks in and where. Raises Invalid for the first thing that is missing."""
    if tx.actor is None:
        raise refuse("No logged-in user present", userId=None)
    if not asked.item_barcode:
        raise refuse("Checkin request must have an item barcode", itemBarcode=asked.item_barcode)
    if not asked.service_point_id:
        raise refuse("Checkin request must have a service point id", servicePointId=asked.service_point_id)
    if asked.check_in_date is None:
        raise refuse("Checkin request must have an check in date", checkInDate=None)
    return tx.actor, asked.service_point_id


def _wanted(tx: Tx, item: Item, service_point_id: str) -> Wanted:
    return Wanted(
        item.id, item.holdings_record_id, item.material_type_id,
        service_point_id=service_point_id,
        calendars=calendars_of(service_point_id, tx.now),
    )  # fmt: skip


def _refuse_intellectual(asked: CheckInByBarcode, item: Item, found: Situation) -> None:
    if item.status.name == rules.INTELLECTUAL_ITEM:
        raise refuse(
            f"{found.title} ({found.material_type}) (Barcode: {asked.item_barcode}) has the item status "
            f"{item.status.name} and cannot be checked in",
            itemBarcode=asked.item_barcode,
        )


async def _receive(tx: Tx, case: _Case) -> CheckInResult:
    home = Home(
        case.location.primary_service_point if case.location else None,
        frozenset(case.location.service_point_ids if case.location else ()),
    )
    goes = rules.destination(case.service_point_id, home, _waiting(case))
    loan = parsed(Loan, case.found.loan)
    closed = _closed(tx, case, loan, goes) if loan else None
    check_in_record = records.stamped(tx, CHECK_IN, _record(tx, case))
    session = _session(tx, case, loan)
    changes = Changes(
        loan=(closed.id or "", closed.to_wire()) if closed else None,
        item=_item_change(tx, case, goes),
        requests=_requests_changed(tx, case, goes),
        session=session,
        check_in=(check_in_record.id or "", check_in_record.to_wire()),
        occasions=_occasions(case, loan, goes, session),
        unscheduled_loans=(loan.id or "",) if loan else (),
    )
    await store.write(tx, changes)
    if case.filled and case.filled.item_id is None:
        await refresh_requests_of_items(tx, [case.item_id])  # it had no item until now
    await _settle(tx, case, closed, session[0] if session else None)
    filled_id = case.filled.id if case.filled else None
    loan_id = loan.id if loan else None
    served = case.service_point_id in home.serving or case.service_point_id == home.primary
    return CheckInResult(
        await load_checked_in(tx, case.item_id, loan_id, filled_id, case.service_point_id),
        in_house_use=case.item.status.name == rules.AVAILABLE and not case.queue and served,
    )


async def _settle(tx: Tx, case: _Case, closed: Loan | None, session_id: str | None) -> None:
    """Fine an overdue return, and give back the fees of a lost item; what the library itself found costs nothing."""
    if closed is None:
        if case.item.status.name == LOST_AND_PAID:
            await settle_paid(tx, case.item, case.service_point_id)
        return
    found_by_library = case.action == rules.RESOLUTIONS["Found by library"]
    policy = None if found_by_library else remembered(OverdueFinePolicy, case.found.overdue_fine_policy)
    returned = case.asked.check_in_date or tx.now
    reason: Final = "Cancelled item returned"
    await settle(tx, Ending(closed, case.item, returned, case.service_point_id, reason, policy, session_id))


def _waiting(case: _Case) -> Waiting | None:
    if case.filled is None:
        return None
    document = case.queue.document(case.filled.id)
    return Waiting(document["fulfillmentPreference"], document.get("pickupServicePointId"))


def _closed(tx: Tx, case: _Case, loan: Loan, goes: Destination) -> Loan:
    returned = case.asked.check_in_date or tx.now
    return acted(
        tx,
        loan,
        case.action,
        return_date=wire_instant(returned),
        system_return_date=tx.now,
        checkin_service_point_id=case.service_point_id,
        item_status=goes.item_status,
        for_use_at_location=returned_for_use(tx.now) if loan.for_use_at_location else None,
    )


def _item_change(tx: Tx, case: _Case, goes: Destination) -> Patch:
    fields: dict[str, Any] = {
        "lastCheckIn": {
            "dateTime": format_instant(tx.now),
            "servicePointId": case.service_point_id,
            "staffMemberId": case.actor,
        }
    }
    if goes.item_status != case.item.status.name:
        fields["status"] = item_becomes(tx, case.item.status.name, goes.item_status)
    destination = "inTransitDestinationServicePointId"
    if goes.service_point_id is None:
        return Patch(case.item_id, fields, (destination,))
    return Patch(case.item_id, {**fields, destination: goes.service_point_id})


def _requests_changed(tx: Tx, case: _Case, goes: Destination) -> tuple[Patch, ...]:
    if case.filled is None or goes.request_status is None:
        return ()
    fields: dict[str, Any] = {
        "status": goes.request_status,
        "itemId": case.item_id,
        "holdingsRecordId": case.item.holdings_record_id,
    }
    if not goes.on_hold_shelf:
        return case.queue.begun(case.filled.id, fields, without=("holdShelfExpirationDate",))
    if case.filled.status != goes.request_status:
        fields |= _hold_shelf(tx, case)
    return case.queue.begun(case.filled.id, fields)


def _hold_shelf(tx: Tx, case: _Case) -> dict[str, str]:
    """Return until when the item waits for its patron, as a field of the request; empty where there is no limit."""
    service_point = remembered(ServicePoint, case.found.service_point)
    if service_point is None:
        return {}
    period, management = service_point.hold_shelf_expiry_period, service_point.hold_shelf_closed_library_date_management
    expires = rules.hold_shelf_expiration(tx.now, period, management, place_of(case.found))
    return {"holdShelfExpirationDate": format_instant(expires)} if expires else {}


def _occasions(
    case: _Case, loan: Loan | None, goes: Destination, session: tuple[str, bytes] | None
) -> tuple[Occasion, ...]:
    """Return what there is to tell: the borrower of the return, the next reader of the item on the hold shelf."""
    told = []
    if loan is not None and session is not None:
        told.append(Occasion(notice_events.CHECK_IN, loan.user_id, loan_id=loan.id, session_id=session[0]))
    if case.filled and goes.on_hold_shelf and case.filled.status != goes.request_status:
        told.append(Occasion(notice_events.AVAILABLE, case.filled.requester_id, request_id=case.filled.id))
    return tuple(told)


def _session(tx: Tx, case: _Case, loan: Loan | None) -> tuple[str, bytes] | None:
    if loan is None or loan.user_id is None:
        return None
    session = records.stamped(
        tx,
        PATRON_ACTION_SESSION,
        PatronActionSession(
            session_id=case.asked.session_id or str(uuid4()),
            patron_id=loan.user_id,
            loan_id=loan.id or "",
            action_type="Check-in",
        ),
    )
    return session.id or "", session.to_wire()


def _record(tx: Tx, case: _Case) -> CheckIn:
    return CheckIn(
        occurred_date_time=tx.now,
        item_id=case.item_id,
        item_status_prior_to_check_in=case.item.status.name,
        request_queue_size=len(case.queue),
        item_location_id=case.item.effective_location_id,
        service_point_id=case.service_point_id,
        performed_by_user_id=case.actor,
    )
