"""What a lost item costs, and what is given back when it turns up (FOLIO mod-circulation)."""

from datetime import datetime
from typing import Final

import orjson

from octavo.catalogue.actual_cost import ACTUAL_COST_RECORD
from octavo.errors import refuse
from octavo.rules import lost_item as rules
from octavo.rules.lost_item import Loss
from octavo.rules.notice_events import AGED_FINE_CHARGED
from octavo.services import fee_actions
from octavo.services.charges import Case, Telling, charge
from octavo.store import lost_items as store
from octavo.store import occasions, records
from octavo.store.occasions import Occasion
from octavo.store.tx import Tx
from octavo_models.actual_cost import (
    ActualCostCallNumber,
    ActualCostContributor,
    ActualCostFeeFine,
    ActualCostIdentifier,
    ActualCostInstance,
    ActualCostItem,
    ActualCostLoan,
    ActualCostRecord,
    ActualCostUser,
)
from octavo_models.fee_actions import CancellationReason
from octavo_models.fees import AUTOMATIC_TYPES, LOST_ITEM_ACTUAL_COST, Owner

CANCELLED: Final = "Cancelled"


async def charge_loss(tx: Tx, case: Case, loss: Loss, lost_at: datetime) -> bool:
    """Charge for a lost item what its policy says, and tell whether that is anything. Raises Invalid without an owner."""
    due = rules.charges(case.lost_item_policy, loss)
    if not due or case.borrower is None:
        return False
    owner = case.lost_owner
    if owner is None:
        location = case.permanent_location
        raise refuse("No fee/fine owner found for item's permanent location", locationId=location.id if location else None)
    if due.fees:
        await charge(tx, case, owner, due.fees, Telling(AGED_FINE_CHARGED) if loss is Loss.AGED else None)
    if due.actual_cost:
        await records.insert(tx, ACTUAL_COST_RECORD, _actual_cost(case, owner, loss, lost_at))
    return True


async def give_back(
    tx: Tx, case: Case, reason: CancellationReason, types: frozenset[str], event: str | None = None
) -> None:
    """Refund and cancel the latest lost item fees of some types; what was to be found out is not any more.

    event: as what the patron is told of it, None for not at all.
    """
    ids = [account_id for kind, account_id in sorted(case.lost_fees.items()) if kind in types]
    if ids:
        told = {"created_at": case.created_at, "source": case.source}
        done = await fee_actions.give_back(tx, ids, reason, told)
        if event and done:
            loan = case.loan
            await occasions.note(tx, [Occasion(event, loan.user_id, loan.id, action_id=action_id) for action_id in done])
    if case.facts.actual_costs:
        await store.close_actual_costs(tx, case.loan.id or "", CANCELLED)


def _actual_cost(case: Case, owner: Owner, loss: Loss, lost_at: datetime) -> ActualCostRecord:
    policy = case.lost_item_policy
    return ActualCostRecord(
        loss_type=loss.value,
        loss_date=lost_at,
        expiration_date=rules.after(lost_at, policy.lost_item_charge_fee_fine, case.zone) if policy else None,
        user=_user(case),
        loan=ActualCostLoan(id=case.loan.id or ""),
        item=_item(case),
        instance=_instance(case),
        fee_fine=ActualCostFeeFine(
            owner_id=owner.id or "",
            owner=owner.owner or "",
            type_id=LOST_ITEM_ACTUAL_COST,
            type=AUTOMATIC_TYPES[LOST_ITEM_ACTUAL_COST],
        ),
    )


def _user(case: Case) -> ActualCostUser:
    borrower = case.borrower
    assert borrower, "only a known patron is charged"  # noqa: S101
    person = borrower.personal
    return ActualCostUser(
        id=borrower.id or "",
        barcode=borrower.barcode,
        first_name=person.first_name if person else None,
        last_name=person.last_name if person else "",
        middle_name=person.middle_name if person else None,
        patron_group_id=borrower.patron_group,
        patron_group=case.facts.patron_group,
    )


def _item(case: Case) -> ActualCostItem:
    item, permanent, effective = case.item, case.permanent_location, case.location
    call_number = item.effective_call_number_components
    return ActualCostItem(
        id=item.id or "",
        barcode=item.barcode,
        material_type_id=item.material_type_id,
        material_type=case.facts.material_type or "",
        permanent_location_id=permanent.id if permanent else None,
        permanent_location=permanent.name if permanent else None,
        effective_location_id=effective.id if effective else None,
        effective_location=effective.name if effective else None,
        loan_type_id=item.temporary_loan_type_id or item.permanent_loan_type_id,
        loan_type=case.facts.loan_type or "",
        holdings_record_id=item.holdings_record_id,
        effective_call_number_components=ActualCostCallNumber(
            call_number=call_number.call_number, prefix=call_number.prefix, suffix=call_number.suffix
        ) if call_number else None,
        volume=item.volume,
        enumeration=item.enumeration,
        chronology=item.chronology,
        display_summary=item.display_summary,
        copy_number=item.copy_number,
    )  # fmt: skip


def _instance(case: Case) -> ActualCostInstance:
    instance, names = case.instance, orjson.loads(case.facts.identifier_types)
    return ActualCostInstance(
        id=instance["id"],
        title=instance["title"],
        identifiers=[
            ActualCostIdentifier(
                value=one["value"],
                identifier_type=names.get(one["identifierTypeId"], ""),
                identifier_type_id=one["identifierTypeId"],
            )
            for one in instance.get("identifiers", [])
        ],
        contributors=[ActualCostContributor(name=one["name"]) for one in instance.get("contributors", [])],
    )
