"""Placing a request on an item or a title: a page, a hold or a recall."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from octavo.catalogue.requests import REQUEST
from octavo.errors import NotFound
from octavo.rules.blocks import Action
from octavo.rules.calendar import calendar_of
from octavo.rules.closed_library import Place
from octavo.rules.due_date import LoanTerms
from octavo.rules.notice_events import ITEM_RECALLED, PLACED
from octavo.rules.overrides import Overrides
from octavo.rules.periods import end_of_day
from octavo.rules.queue import NOT_YET_FILLED, TITLE
from octavo.rules.request_types import AVAILABLE, HOLD, PAGE, RECALL, type_for_patron
from octavo.rules.requests import ITEM, Circumstances, NewRequest, Requester, check_form, check_request
from octavo.services.account import NO_ACCOUNT, NO_ITEM
from octavo.services.desk import acted, item_becomes, recalled_due_date
from octavo.services.queue import repair
from octavo.services.request_facts import Copy, Facts, gather, queued
from octavo.store import circulation, records
from octavo.store.account import load_hold_view
from octavo.store.circulation import Changes, Patch
from octavo.store.occasions import Occasion
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.account import HoldRequest
from octavo_models.calendar import Calendar
from octavo_models.loan import Loan
from octavo_models.new_request import RequestDraft
from octavo_models.policies import FixedDueDateSchedule, LoanPolicy
from octavo_models.request import (
    Request,
    RequestCallNumber,
    RequestInstance,
    RequestItem,
    RequestPerson,
    RequestSearchIndex,
)
from octavo_models.scalars import parse_instant


@dataclass(frozen=True)
class Chosen:
    """A request that may be made: the draft completed, and the copy it is for, None for a hold of a title."""

    draft: RequestDraft
    copy: Copy | None


async def create_request(tx: Tx, draft: RequestDraft, overrides: Overrides) -> str:
    """Place a request as staff or another system asks for it and return its id. Raises BadRequest, Invalid."""
    is_title = draft.request_level == TITLE
    facts = await gather(
        tx,
        draft.requester_id,
        Target(None if is_title else draft.item_id, draft.instance_id),
        proxy_user_id=draft.proxy_user_id,
        pickup_id=draft.pickup_service_point_id,
    )
    complete = _completed(draft, facts)
    asked = asked_for(complete, overrides)
    check_form(asked, title_level_requests=facts.title_level)
    copy = _copy_for(complete, facts)
    check_request(asked, circumstances(asked, facts, copy))
    return await place(tx, Chosen(complete, copy), facts)


async def hold_item(tx: Tx, patron_id: str, item_id: str, wish: HoldRequest) -> bytes:
    """Place a patron's own request on an item and return it as the patron sees it. Raises NotFound, Invalid.

    The type is the first of the request policy that fits the item's status.
    """
    facts = await gather(tx, patron_id, Target(item_id), pickup_id=wish.pickup_location_id)
    copy = facts.copy(item_id)
    if facts.requester is None:
        raise NotFound(NO_ACCOUNT)
    if copy is None:
        raise NotFound(NO_ITEM)
    kind = type_for_patron(item_id, copy.status, copy.policy.request_types)
    draft = patron_draft(patron_id, wish, kind, copy)
    asked = asked_for(draft)
    check_request(asked, circumstances(asked, facts, copy))
    return await load_hold_view(tx, await place(tx, Chosen(draft, copy), facts))


def patron_draft(patron_id: str, wish: HoldRequest, request_type: str, copy: Copy) -> RequestDraft:
    """Return the request that a patron's wish comes to on one copy."""
    return RequestDraft(
        request_level=ITEM,
        request_type=request_type,
        request_date=wish.request_date,
        requester_id=patron_id,
        instance_id=copy.holdings["instanceId"],
        holdings_record_id=copy.holdings["id"],
        item_id=copy.id,
        pickup_service_point_id=wish.pickup_location_id,
        request_expiration_date=wish.expiration_date,
        patron_comments=wish.patron_comments,
    )


def _completed(draft: RequestDraft, facts: Facts) -> RequestDraft:
    """Fill in what older clients leave out: they name the item alone."""
    if draft.request_level or draft.instance_id or draft.holdings_record_id or not draft.item_id:
        return draft.model_copy(update={"request_level": draft.request_level or ITEM})
    copy = facts.copy(draft.item_id)
    named = {"holdings_record_id": copy.holdings["id"], "instance_id": copy.holdings["instanceId"]} if copy else {}
    return draft.model_copy(update={"request_level": ITEM, **named})


def _copy_for(draft: RequestDraft, facts: Facts) -> Copy | None:
    """Return the copy that a request is for: the one it names, or the best one for the title."""
    if draft.request_level == ITEM:
        return facts.copy(draft.item_id)
    found = {PAGE: facts.pageable, RECALL: facts.recallable}.get(draft.request_type)
    return next(iter(found()), None) if found else None


def asked_for(draft: RequestDraft, overrides: Overrides | None = None) -> NewRequest:
    """Return what the rules ask about the request itself."""
    return NewRequest(
        request_type=draft.request_type,
        request_level=draft.request_level or ITEM,
        fulfillment_preference=draft.fulfillment_preference,
        status=draft.status,
        id=draft.id,
        instance_id=draft.instance_id,
        holdings_record_id=draft.holdings_record_id,
        item_id=draft.item_id,
        requester_id=draft.requester_id,
        proxy_user_id=draft.proxy_user_id,
        request_date=draft.request_date,
        pickup_service_point_id=draft.pickup_service_point_id,
        overrides=overrides or Overrides(),
    )


def circumstances(asked: NewRequest, facts: Facts, copy: Copy | None) -> Circumstances:
    """Return what the rules ask about everything around a request."""
    return Circumstances(
        instance_exists=asked.instance_id == facts.instance_id,
        requester=_requester(asked, facts),
        item=copy.for_rules() if copy else None,
        title=None if asked.is_for_item else facts.title(),
        pickup_exists=facts.pickup is not None,
        pickup_location=facts.pickup is not None and facts.pickup.get("pickupLocation") is True,
        proxy_valid=facts.proxy_valid,
        title_level_requests=facts.title_level,
        queue=tuple(queued(request) for request in facts.queue(asked.item_id)),
    )


def _requester(asked: NewRequest, facts: Facts) -> Requester | None:
    if facts.requester is None:
        return None
    return Requester(
        facts.requester.get("patronGroup"),
        facts.requester_status,
        tuple(facts.blocks.automated_violations(Action.REQUESTING, asked.overrides)),
        tuple(facts.blocks.manual_violations(Action.REQUESTING, asked.overrides)),
    )


async def place(tx: Tx, chosen: Chosen, facts: Facts) -> str:
    """Store a request that the rules allow, with what follows from it for item and loan; return its id."""
    draft, copy = chosen.draft, chosen.copy
    queue = facts.queue(copy.id if copy else None)
    await repair(tx, queue)
    request = records.stamped(tx, REQUEST, _stored(draft, copy, facts).model_copy(update={"position": len(queue) + 1}))
    changes = effects(tx, draft.request_type, copy, facts) if copy else Changes()
    told = Occasion(PLACED[draft.request_type], draft.requester_id, request_id=request.id)
    made = (request.id or "", request.to_wire())
    async with records.translated(REQUEST, request):
        await circulation.write(tx, replace(changes, new_request=made, occasions=(*changes.occasions, told)))
    return request.id or ""


def _stored(draft: RequestDraft, copy: Copy | None, facts: Facts) -> Request:
    expires = draft.request_expiration_date
    sent = draft.model_dump(
        include={
            "id", "request_level", "request_type", "request_date", "patron_comments", "requester_id", "proxy_user_id",
            "instance_id", "fulfillment_preference", "delivery_address_type_id", "pickup_service_point_id", "tags",
        }
    )  # fmt: skip
    return Request.model_validate(
        {
            **sent,
            "id": draft.id or str(uuid4()),
            "status": NOT_YET_FILLED,
            "item_id": copy.id if copy else None,
            "holdings_record_id": copy.holdings["id"] if copy else None,
            "request_expiration_date": end_of_day(expires, facts.zone) if expires else None,
            **_kept_for_searching(copy, facts),
        },
        by_name=True,
    )


def _kept_for_searching(copy: Copy | None, facts: Facts) -> dict[str, Any]:
    """Return the copies of titles, names and places that FOLIO keeps in a request."""
    instance = facts.instance or {}
    return {
        "instance": RequestInstance(title=instance.get("title"), identifiers=instance.get("identifiers", [])),
        "item": item_kept(copy) if copy else None,
        "requester": person_kept(facts.requester),
        "proxy": person_kept(facts.proxy),
        "search_index": search_index(copy.item if copy else {}, facts.pickup),
    }


def item_kept(copy: Copy) -> RequestItem:
    """Return what a request keeps of its item."""
    location = copy.location or {}
    return RequestItem(
        barcode=copy.item.get("barcode"),
        item_effective_location_id=location.get("id"),
        item_effective_location_name=location.get("name"),
        retrieval_service_point_id=copy.retrieval_point["id"],
        retrieval_service_point_name=copy.retrieval_point["name"],
    )


def person_kept(user: dict[str, Any] | None) -> RequestPerson | None:
    """Return what a request keeps of a user."""
    if user is None:
        return None
    personal = user.get("personal", {})
    return RequestPerson(
        first_name=personal.get("firstName"),
        last_name=personal.get("lastName"),
        middle_name=personal.get("middleName"),
        barcode=user.get("barcode"),
        patron_group=user.get("patronGroup"),
    )


def search_index(item: dict[str, Any], pickup: dict[str, Any] | None) -> RequestSearchIndex:
    """Return the values by which requests are sorted."""
    number = item.get("effectiveCallNumberComponents")
    parts = {key: number.get(key) for key in ("callNumber", "prefix", "suffix")} if number else None
    return RequestSearchIndex(
        call_number_components=RequestCallNumber.from_wire(parts) if parts else None,
        shelving_order=item.get("effectiveShelvingOrder"),
        pickup_service_point_name=pickup.get("name") if pickup else None,
    )


def effects(tx: Tx, request_type: str, copy: Copy, facts: Facts) -> Changes:
    """Return what a new request changes: an available item is paged, a loan is told of the hold or recalled."""
    if request_type == PAGE and copy.status == AVAILABLE:
        return Changes(item=Patch(copy.id, {"status": item_becomes(tx, copy.status, "Paged")}))
    if copy.loan is None or request_type not in (HOLD, RECALL):
        return Changes()
    loan = Loan.from_wire(copy.loan)
    if request_type == RECALL:
        return _recall(_recalled(tx, loan, copy, facts))
    return Changes(loan=(copy.loan["id"], acted(tx, loan, "holdrequested").to_wire()))


def _recall(recalled: Loan) -> Changes:
    """Return what a recall changes of a loan; its borrower is told."""
    loan_id = recalled.id or ""
    told = Occasion(ITEM_RECALLED, recalled.user_id, loan_id=loan_id)
    return Changes(loan=(loan_id, recalled.to_wire()), occasions=(told,), unscheduled_loans=(loan_id,))


def _recalled(tx: Tx, loan: Loan, copy: Copy, facts: Facts) -> Loan:
    told = acted(tx, loan, "recallrequested", reminders=None)
    if loan.due_date_changed_by_recall or loan.due_date is None or copy.loan_policy is None:
        return told
    schedule = FixedDueDateSchedule.from_wire(copy.schedule) if copy.schedule else None
    terms = LoanTerms(LoanPolicy.from_wire(copy.loan_policy), schedule)
    lent_at = Place(facts.zone, calendar_of(Calendar.from_wire(calendar) for calendar in copy.calendars))
    due = recalled_due_date(terms, lent_at, parse_instant(loan.loan_date), loan.due_date, tx.now)
    return told.model_copy(update={"due_date": due, "due_date_changed_by_recall": True})
