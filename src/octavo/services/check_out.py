"""Lend an item to a patron (FOLIO mod-circulation, check-out by barcode)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from octavo.catalogue.loans import LOAN
from octavo.catalogue.sessions import PATRON_ACTION_SESSION
from octavo.errors import refuse
from octavo.rules import check_out as rules
from octavo.rules.blocks import Action
from octavo.rules.check_out import CHECKED_OUT, Borrower, CheckOutDecision, ItemToLend, Proxy
from octavo.rules.circulation_rules import Match
from octavo.rules.closed_library import settle
from octavo.rules.due_date import LoanTerms, check_out_due_date, due_in_schedule
from octavo.rules.notice_events import CHECK_OUT
from octavo.rules.overrides import Overrides
from octavo.rules.patron_status import PatronStatus, patron_status
from octavo.rules.queue import hold_waiting, next_in_line, open_recall, requested_by_another
from octavo.rules.transitions import loan_status_after
from octavo.rules.use_at_location import in_use, is_for_use_at_location
from octavo.services.circulation_rules import known_rules
from octavo.services.desk import (
    AtDesk,
    Queue,
    calendars_of,
    item_becomes,
    loan_type_of,
    overrides_of,
    parsed,
    place_of,
    recalled_due_date,
    terms_of,
    wire_instant,
)
from octavo.services.patron_blocks import blocks_of
from octavo.store import circulation as store
from octavo.store import records
from octavo.store.calendars import CalendarsOf
from octavo.store.circulation import Changes, Patch, Situation, Wanted
from octavo.store.occasions import Occasion
from octavo.store.tx import Tx
from octavo_models.circulation import CheckOutByBarcode, CheckOutDryRun, CheckOutPolicies
from octavo_models.inventory import Item
from octavo_models.loan import Loan, LoanStatus
from octavo_models.session import PatronActionSession
from octavo_models.user import Proxy as ProxyRelation
from octavo_models.user import User

FILLED = "Closed - Filled"
#: A check-out that is only tried takes place nowhere; what no service point's calendar says does not matter then.
_ANY_DESK = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class CheckedOut:
    """A loan just made: its id, and the document that circulation shows."""

    loan_id: str
    document: bytes


@dataclass(frozen=True)
class _Due:
    """When the loan is due and what has changed that."""

    at: datetime
    marks: dict[str, Any]
    recalled: bool = False


@dataclass(frozen=True)
class _Case:
    """Everything that is known when a check-out is decided."""

    asked: CheckOutByBarcode
    at_desk: AtDesk
    found: Situation
    queue: Queue
    terms: LoanTerms | None
    overrides: Overrides
    loan_date: datetime


async def check_out(tx: Tx, asked: CheckOutByBarcode, permissions: frozenset[str] = frozenset()) -> CheckedOut:
    """Lend an item and return the loan. Raises Invalid with every refusal.

    permissions: those of the caller, which decide what may be overridden.
    """
    case = await _load(tx, asked, permissions)
    return await _lend(tx, case, rules.check_out(_facts(tx, case)))


async def try_check_out(tx: Tx, asked: CheckOutDryRun, permissions: frozenset[str] = frozenset()) -> CheckOutPolicies:
    """Return under which policies an item would be lent, and lend nothing. Raises Invalid with every refusal."""
    case = await _load(tx, CheckOutByBarcode(**dict(asked), service_point_id=_ANY_DESK), permissions)
    rules.check_out(_facts(tx, case))
    loan, overdue, lost, notice = (case.at_desk.policy_id(letter) or "" for letter in "loin")
    return CheckOutPolicies(
        loan_policy_id=loan, overdue_fine_policy_id=overdue, lost_item_policy_id=lost, patron_notice_policy_id=notice
    )


async def _load(tx: Tx, asked: CheckOutByBarcode, permissions: frozenset[str]) -> _Case:
    known = known_rules()
    desk = await store.lock_desk_by_barcode(tx, known.digests, asked.item_barcode or "", asked.user_barcode)
    at_desk = AtDesk(desk, known)
    loan_date = asked.loan_date or tx.now
    found = await store.load_situation(tx, _wanted(asked, at_desk, calendars_of(asked.service_point_id, loan_date, tx.now)))
    overrides = overrides_of(asked.override_blocks, permissions)
    return _Case(asked, at_desk, found, Queue.of(found.queue), _terms(asked, at_desk, found), overrides, loan_date)


def _terms(asked: CheckOutByBarcode, at_desk: AtDesk, found: Situation) -> LoanTerms | None:
    match, forced = at_desk.match("l"), asked.force_loan_policy_id
    if match and forced and found.loan_policy is None:
        message = f"Loan policy {forced} could not be found"
        raise refuse(message, forceLoanPolicyId=forced)
    return terms_of(found, match)


def _rule(case: _Case) -> Match | None:
    """Return the line of the rules that chose the loan policy; there is none where the policy was asked for by its id."""
    return None if case.asked.force_loan_policy_id else case.at_desk.match("l")


def _wanted(asked: CheckOutByBarcode, at_desk: AtDesk, calendars: CalendarsOf) -> Wanted:
    patron, item, match = at_desk.patron, at_desk.item, at_desk.match("l")
    chosen = match.policy_id if match else None
    return Wanted(
        item_id=item.id if item else None,
        holdings_record_id=item.holdings_record_id if item else None,
        material_type_id=item.material_type_id if item else None,
        user_id=patron.id if patron else None,
        loan_policy_id=(asked.force_loan_policy_id or chosen) if match else None,
        proxy_barcode=asked.proxy_user_barcode,
        same_material_type=item.material_type_id if item and match and match.material_type else None,
        same_loan_type=loan_type_of(item) if item and match and match.loan_type else None,
        calendars=calendars,
    )


def _facts(tx: Tx, case: _Case) -> rules.CheckOut:
    asked, patron, item = case.asked, case.at_desk.patron, case.at_desk.item
    return rules.CheckOut(
        loan_date=case.loan_date,
        service_point_id=asked.service_point_id,
        user_barcode=asked.user_barcode or "",
        item_barcode=asked.item_barcode or "",
        user=_borrower(case, patron, tx.now) if patron else None,
        item=_item(case, item, patron) if item else None,
        proxy_barcode=asked.proxy_user_barcode,
        proxy=_proxy(case, tx.now),
        terms=case.terms,
        rule=_rule(case),
        loans_under_limit=case.found.loans_counted,
        overrides=case.overrides,
    )


def _borrower(case: _Case, patron: User, now: datetime) -> Borrower:
    blocks, overrides = blocks_of(case.found.standing, now), case.overrides
    violations = (
        *blocks.manual_violations(Action.BORROWING, overrides),
        *blocks.automated_violations(Action.BORROWING, overrides),
    )
    return Borrower(full_name(patron), _status(patron, now), violations)


def full_name(user: User) -> str:
    """Return a user's name as `Last, First`."""
    personal = user.personal
    if personal is None:
        return ""
    return f"{personal.last_name}, {personal.first_name}" if personal.first_name else personal.last_name


def _status(user: User, now: datetime) -> PatronStatus:
    return patron_status(user.active, user.expiration_date, now)


def _item(case: _Case, item: Item, patron: User | None) -> ItemToLend:
    return ItemToLend(
        case.found.title or "",
        case.found.material_type or "",
        item.status.name,
        has_open_loan=case.found.loan is not None,
        requested_by_another=bool(
            patron and requested_by_another(case.queue.requests, item.id or "", patron.id or "")
        ),
    )


def _proxy(case: _Case, now: datetime) -> Proxy | None:
    user = parsed(User, case.found.proxy)
    if user is None:
        return None
    relation, patron = parsed(ProxyRelation, case.found.proxy_relation), case.at_desk.patron
    return Proxy(
        _status(user, now),
        relationship_valid=relation is not None and is_valid_proxy(relation, now),
        is_borrower=patron is not None and patron.id == user.id,
    )


def is_valid_proxy(relation: ProxyRelation, now: datetime) -> bool:
    """Tell whether somebody may act for another now."""
    active = (relation.status or "active").lower() == "active"
    return active and (relation.expiration_date is None or relation.expiration_date > now)


async def _lend(tx: Tx, case: _Case, decision: CheckOutDecision) -> CheckedOut:
    patron, item = case.at_desk.patron, case.at_desk.item
    assert patron and item and case.terms, "a check-out without patron, item or policy is refused"  # noqa: S101, PT018
    filled = next_in_line(case.queue.requests, item.id or "", patron.id)
    due = _due(case, patron, decision, tx.now, left=[one for one in case.queue.requests if one is not filled])
    loan = records.stamped(tx, LOAN, _loan(case, patron, item, decision, due, tx.now))
    session = records.stamped(
        tx,
        PATRON_ACTION_SESSION,
        PatronActionSession(
            session_id=str(uuid4()), patron_id=patron.id or "", loan_id=loan.id or "", action_type="Check-out"
        ),
    )
    changes = Changes(
        new_loan=(loan.id or "", loan.to_wire()),
        item=Patch(item.id or "", {"status": item_becomes(tx, item.status.name, CHECKED_OUT)}, ("inTransitDestinationServicePointId",)),
        requests=case.queue.closed(filled.id, status=FILLED) if filled else (),
        session=(session.id or "", session.to_wire()),
        occasions=(Occasion(CHECK_OUT, patron.id, loan_id=loan.id, session_id=session.id),),
        unscheduled_requests=(filled.id,) if filled else (),
    )
    async with records.translated(LOAN, loan):
        return CheckedOut(loan.id or "", await store.write_lent(tx, changes, due.marks))


def _due(case: _Case, patron: User, decision: CheckOutDecision, now: datetime, left: list[Any]) -> _Due:
    """Return when the loan is due; `left` are the requests that still wait once this patron's is filled."""
    terms, item = case.terms, case.at_desk.item
    assert terms and item, "a check-out without item or policy is refused"  # noqa: S101, PT018
    if decision.due_date is not None:
        return _Due(decision.due_date, {})
    place, item_id = place_of(case.found), item.id or ""
    computed = check_out_due_date(
        terms, case.loan_date, place.zone, hold_waiting=hold_waiting(case.queue.requests, item_id)
    )
    settled = settle(
        computed.at, terms, place,
        started=case.loan_date,
        limit=due_in_schedule(terms.schedule, case.loan_date),
        patron_expires=patron.expiration_date,
    )  # fmt: skip
    marks = {
        "dueDateChangedByHold": computed.changed_by_hold,
        "dueDateChangedByNearExpireUser": settled.changed_by_near_expire_user,
    }
    due = _Due(settled.at, {name: True for name, set_ in marks.items() if set_})
    if open_recall(left, item_id) is None:
        return due
    return replace(due, at=recalled_due_date(terms, place, case.loan_date, due.at, now), recalled=True)


def _loan(case: _Case, patron: User, item: Item, decision: CheckOutDecision, due: _Due, now: datetime) -> Loan:
    proxy, at_desk = parsed(User, case.found.proxy), case.at_desk
    return Loan(
        user_id=patron.id,
        proxy_user_id=proxy.id if proxy else None,
        item_id=item.id or "",
        item_effective_location_id_at_check_out=item.effective_location_id,
        loan_date=wire_instant(case.loan_date),
        due_date=due.at,
        status=LoanStatus(name=loan_status_after(decision.action, None)),
        action=decision.action,
        action_comment=decision.action_comment,
        item_status=CHECKED_OUT,
        loan_policy_id=case.terms.policy.id if case.terms else None,
        overdue_fine_policy_id=at_desk.policy_id("o"),
        lost_item_policy_id=at_desk.policy_id("i"),
        checkout_service_point_id=case.asked.service_point_id,
        patron_group_id_at_checkout=patron.patron_group,
        due_date_changed_by_recall=True if due.recalled else None,
        is_dcb=False,
        for_use_at_location=in_use(now) if case.terms and is_for_use_at_location(case.terms.policy) else None,
    )
