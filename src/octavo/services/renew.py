"""Renew a patron's loan (FOLIO mod-circulation). What may be renewed and until when is in `rules.renewal`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from octavo.errors import refuse
from octavo.rules import renewal as rules
from octavo.rules.blocks import Action
from octavo.rules.notice_events import RENEWED
from octavo.rules.overrides import Overrides
from octavo.rules.patron_status import patron_status
from octavo.rules.queue import hold_first, open_recall
from octavo.rules.renewal import LoanToRenew, Renewal, RenewalTerms, Renewer
from octavo.services.circulation_rules import known_rules
from octavo.services.desk import (
    AtDesk,
    Queue,
    acted,
    calendars_of,
    item_becomes,
    overrides_of,
    parsed,
    place_of,
    remembered,
    terms_of,
    wire_instant,
)
from octavo.services.patron_blocks import PatronBlocks, blocks_of
from octavo.services.settle import Ending, settle
from octavo.store import circulation as store
from octavo.store.circulation import Changes, Patch, Situation, Wanted
from octavo.store.loans import load_shown_loan
from octavo.store.occasions import Occasion
from octavo.store.tx import Tx
from octavo_models.circulation import OverrideBlocks, RenewByBarcode, RenewById
from octavo_models.inventory import Item
from octavo_models.loan import Loan
from octavo_models.policies import OverdueFinePolicy
from octavo_models.user import User

_NO_OVERRIDES = Overrides()


@dataclass(frozen=True)
class Renewed:
    """A renewed loan: its id, and the document that circulation shows."""

    loan_id: str
    document: bytes


@dataclass(frozen=True)
class _Asked:
    """Whose loan of which item is to be renewed, as the answer's parameters name them."""

    item_key: str
    item_value: str
    user_key: str
    user_value: str
    overrides: Overrides
    service_point_id: str | None = None


async def renew(
    tx: Tx,
    *,
    user_id: str,
    item_id: str,
    blocks: OverrideBlocks | None = None,
    permissions: frozenset[str] = frozenset(),
    service_point_id: str | None = None,
) -> Renewed:
    """Renew the loan of an item by a patron, found by their ids. Raises Invalid with every reason."""
    known = known_rules()
    at_desk = AtDesk(await store.lock_desk_by_id(tx, known.digests, item_id, user_id), known)
    asked = _Asked("itemId", item_id, "userId", user_id, overrides_of(blocks, permissions), service_point_id)
    if at_desk.item is None:
        raise refuse(f"No item with ID {item_id} exists", itemId=item_id)
    return await _renew(tx, asked, at_desk, at_desk.item)


async def renew_by_id(tx: Tx, asked: RenewById, permissions: frozenset[str]) -> Renewed:
    """Renew a loan as a desk asks for it, by ids."""
    if not asked.item_id:
        raise refuse("Renewal request must have an item ID", itemId=asked.item_id)
    if not asked.user_id:
        raise refuse("Renewal request must have a user ID", userId=asked.user_id)
    return await renew(
        tx,
        user_id=asked.user_id,
        item_id=asked.item_id,
        blocks=asked.override_blocks,
        permissions=permissions,
        service_point_id=asked.service_point_id,
    )


async def renew_by_barcode(tx: Tx, asked: RenewByBarcode, permissions: frozenset[str]) -> Renewed:
    """Renew a loan as a desk asks for it, by barcodes."""
    item_barcode, user_barcode = asked.item_barcode, asked.user_barcode
    if not item_barcode:
        raise refuse(
            "Renewal request must have an item barcode", "RENEWAL_REQUEST_ITEM_BARCODE_REQUIRED", itemBarcode=item_barcode
        )
    if not user_barcode:
        raise refuse(
            "Renewal request must have a user barcode", "RENEWAL_REQUEST_USER_BARCODE_REQUIRED", userBarcode=user_barcode
        )
    known = known_rules()
    at_desk = AtDesk(await store.lock_desk_by_barcode(tx, known.digests, item_barcode, user_barcode), known)
    if at_desk.item is None:
        raise refuse(f"No item with barcode {item_barcode} exists", "ITEM_BARCODE_NOT_FOUND", itemBarcode=item_barcode)
    if at_desk.patron is None:
        raise refuse("user is not found", "USER_NOT_FOUND", userBarcode=user_barcode)
    overrides = overrides_of(asked.override_blocks, permissions)
    named = _Asked("itemBarcode", item_barcode, "userBarcode", user_barcode, overrides, asked.service_point_id)
    return await _renew(tx, named, at_desk, at_desk.item)


async def _renew(tx: Tx, asked: _Asked, at_desk: AtDesk, item: Item) -> Renewed:
    patron = at_desk.patron
    found = await store.load_situation(
        tx,
        Wanted(
            item.id, item.holdings_record_id, item.material_type_id,
            user_id=patron.id if patron else None,
            loan_policy_id=at_desk.policy_id("l"),
            calendars=calendars_of(None, tx.now),
        ),
    )  # fmt: skip
    loan = parsed(Loan, found.loan)
    if loan is None:
        raise refuse("Item is not on loan", None, **{asked.item_key: asked.item_value})
    if patron is None or not is_borrower(loan, patron):
        raise refuse(
            "Cannot renew item checked out to different user",
            "ITEM_CHECKED_OUT_TO_DIFFERENT_USER",
            **{asked.user_key: asked.user_value},
        )
    renewal = decided(blocks_of(found.standing, tx.now), at_desk, found, loan, asked.overrides)
    await _save(tx, loan, item, renewal)
    await _settle(tx, asked, found, loan, item)
    marks = {"dueDateChangedByNearExpireUser": True} if renewal.changed_by_near_expire_user else {}
    shown = await load_shown_loan(tx, loan.id or "", {"dueDate": wire_instant(renewal.due_date), **marks})
    return Renewed(loan.id or "", shown)


def is_borrower(loan: Loan, patron: User) -> bool:
    """Tell whether a loan is a patron's."""
    return loan.user_id == patron.id


def decided(
    blocks: PatronBlocks, at_desk: AtDesk, found: Situation, loan: Loan, overrides: Overrides = _NO_OVERRIDES
) -> Renewal:
    """Return what becomes of a loan of the item, or raise Invalid with every reason at once; nothing is changed."""
    patron, item, now = at_desk.patron, at_desk.item, blocks.now
    terms = terms_of(found, at_desk.match("l"))
    assert terms, "patron and item are known, so rules apply"  # noqa: S101
    assert patron, "as above"  # noqa: S101
    assert item, "as above"  # noqa: S101
    violations = (
        *blocks.manual_violations(Action.RENEWING, overrides),
        *blocks.automated_violations(Action.RENEWING, overrides),
    )
    renewer = Renewer(patron_status(patron.active, patron.expiration_date, now), patron.expiration_date, violations)
    renewal_terms = RenewalTerms(terms, place_of(found), overrides, reminders_allow_renewal=_reminders_allow(found))
    return rules.renew(_to_renew(loan, item, Queue.of(found.queue), now), renewer, renewal_terms, now)


def _reminders_allow(found: Situation) -> bool:
    policy = remembered(OverdueFinePolicy, found.overdue_fine_policy)
    reminders = policy.reminder_fees_policy if policy else None
    return reminders is None or reminders.allow_renewal_of_items_with_reminder_fees is not False


def _to_renew(loan: Loan, item: Item, queue: Queue, now: datetime) -> LoanToRenew:
    recall = open_recall(queue.requests, item.id or "")
    billed = loan.reminders.last_fee_billed if loan.reminders else None
    return LoanToRenew(
        item.id or "",
        item.status.name,
        loan.due_date or now,
        loan.renewal_count or 0,
        recall.id if recall else None,
        hold_first(queue.requests, item.id or ""),
        (billed.number or 0) if billed else 0,
    )


async def _save(tx: Tx, loan: Loan, item: Item, renewal: Renewal) -> None:
    changes: dict[str, Any] = {
        "due_date": renewal.due_date,
        "renewal_count": renewal.renewal_count,
        "action_comment": renewal.action_comment,
        "reminders": None,
        "due_date_changed_by_recall": loan.due_date_changed_by_recall if renewal.recalled else _unmarked(loan),
    }
    if renewal.item_status:
        changes |= {"item_status": renewal.item_status, "aged_to_lost_delayed_billing": None, "declared_lost_date": None}
    renewed = acted(tx, loan, renewal.action, **changes)
    status = renewal.item_status and item_becomes(tx, item.status.name, renewal.item_status)
    item_change = Patch(item.id or "", {"status": status}) if status else None
    told = Occasion(RENEWED, loan.user_id, loan_id=loan.id)
    changed = Changes(
        loan=(loan.id or "", renewed.to_wire()), item=item_change, occasions=(told,), unscheduled_loans=(loan.id or "",)
    )
    await store.write(tx, changed)


async def _settle(tx: Tx, asked: _Asked, found: Situation, loan: Loan, item: Item) -> None:
    """Fine the delay of an overdue loan unless renewing forgives it, and give back the fees of a lost item."""
    policy = remembered(OverdueFinePolicy, found.overdue_fine_policy)
    fining = None if policy and policy.forgive_overdue_fine else policy
    service_point_id = asked.service_point_id or loan.checkout_service_point_id
    await settle(tx, Ending(loan, item, tx.now, service_point_id, "Cancelled item renewed", fining))


def _unmarked(loan: Loan) -> bool | None:
    """Return the mark of a recall that is over: false where there was one, still absent where there was none."""
    return None if loan.due_date_changed_by_recall is None else False
