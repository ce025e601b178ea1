"""Charges over the typed client: asked about, paid, waived, transferred, refunded, cancelled; one or several."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from charging import ACTUAL_COST, declare_lost, lost_fees, owner
from library import Library
from octavo_client import AsyncClient, Invalid
from octavo_models.actual_cost import ActualCostBill, ActualCostDecision
from octavo_models.fee_actions import AmountAction, BulkAmountAction, BulkCancellation, Cancellation
from octavo_models.fees import Account, AccountStatus, FeeFine, Owner, Payment, PaymentStatus


def action(library: Library, amount: str, method: str = "Cash") -> AmountAction:
    return AmountAction(
        amount=amount, notify_patron=False, service_point_id=library.ids["main desk"], user_name="Lee",
        payment_method=method,
    )  # fmt: skip


def together(library: Library, ids: list[str], amount: str, method: str = "Cash") -> BulkAmountAction:
    one = action(library, amount, method)
    return BulkAmountAction(account_ids=ids, **dict(one))


async def charge(typed: AsyncClient, library: Library, amount: str = "10.00") -> str:
    kept = await typed.fees.owners.create(Owner(owner=f"Office {uuid4()}"))
    kind = await typed.fees.types.create(FeeFine(fee_fine_type=f"damage {uuid4()}", owner_id=kept.id))
    made = await typed.fees.accounts.create(
        Account(
            id=str(uuid4()), amount=Decimal(amount), remaining=Decimal(amount), status=AccountStatus(name="Open"),
            payment_status=PaymentStatus(name="Outstanding"), user_id=(await library.patron())["id"],
            fee_fine_id=kind.id, owner_id=kept.id, fee_fine_type=kind.fee_fine_type, fee_fine_owner=kept.owner,
        )
    )  # fmt: skip
    assert made.id
    return made.id


async def test_a_charge_is_paid_in_parts_and_refunded(typed: AsyncClient, library: Library) -> None:
    accounts, account_id = typed.fees.accounts, await charge(typed, library)
    allowed = await accounts.check("pay", account_id, "4")
    assert (allowed.allowed, allowed.remaining_amount) == (True, "6.00")
    with pytest.raises(Invalid) as caught:
        await accounts.check("pay", account_id, "11")
    assert caught.value.violations[0].parameters["accountId"] == account_id
    assert "exceeds" in caught.value.text
    paid = await accounts.pay(account_id, action(library, "4.00"))
    assert (paid.remaining_amount, paid.feefineactions[0].amount_action) == ("6.00", Decimal(4))
    waived = await accounts.waive(account_id, action(library, "1.00", "good will"))
    assert waived.remaining_amount == "5.00"
    transferred = await accounts.transfer(account_id, action(library, "5.00", "Bursar"))
    assert transferred.remaining_amount == "0.00"
    refunded = await accounts.refund(account_id, action(library, "4.00", "in error"))
    assert refunded.feefineactions
    assert (await accounts.get(account_id)).payment_status.name == "Refunded fully"
    done = [entry.type_action async for entry in typed.fees.actions.iterate(f"accountId=={account_id}")]
    assert len(done) >= 4


async def test_several_charges_as_one(typed: AsyncClient, library: Library) -> None:
    fees, ids = typed.fees, [await charge(typed, library) for _ in range(2)]
    allowed = await fees.together.check("waive", ids, "15")
    assert (allowed.allowed, allowed.remaining_amount) == (True, "5.00")
    assert (await fees.together.pay(together(library, ids, "4.00"))).amount == "4.00"
    await fees.together.waive(together(library, ids, "2.00", "good will"))
    await fees.together.transfer(together(library, ids, "4.00", "Bursar"))
    await fees.together.refund(together(library, ids, "4.00", "in error"))
    left = [(await fees.accounts.get(account_id)).remaining for account_id in ids]
    cancelled = await fees.together.cancel(
        BulkCancellation(
            account_ids=ids, notify_patron=False, service_point_id=library.ids["main desk"], user_name="Lee", comments="x"
        )
    )
    assert sum(left) > 0
    assert cancelled.account_ids == ids
    assert {(await fees.accounts.get(account_id)).remaining for account_id in ids} == {Decimal(0)}


async def test_a_charge_is_cancelled(typed: AsyncClient, library: Library) -> None:
    account_id = await charge(typed, library)
    wrong = Cancellation(notify_patron=False, service_point_id=library.ids["main desk"], user_name="Lee")
    assert (await typed.fees.accounts.cancel(account_id, wrong)).remaining_amount == "0.00"
    assert (await typed.fees.accounts.get(account_id)).payment_status.name == "Cancelled as error"


async def test_what_charges_are_made_with(typed: AsyncClient) -> None:
    fees = typed.fees
    kept = await fees.owners.create(Owner(owner="Main office"))
    cash = await fees.payment_methods.create(Payment(name_method="Cash", owner_id=kept.id, allowed_refund_method=True))
    assert (await fees.payment_methods.get(cash.id or "")).name_method == "Cash"
    for collection in (
        fees.waive_reasons, fees.transfer_accounts, fees.transfer_criteria, fees.refund_reasons, fees.comment_settings,
    ):  # fmt: skip
        assert await collection.count() >= 0


async def test_what_a_lost_item_really_costs(typed: AsyncClient, client: Any, library: Library) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=ACTUAL_COST, lostItemChargeFeeFine={"duration": 2, "intervalId": "Weeks"})
    costs = typed.fees.actual_costs
    for _ in range(2):
        loan = await library.check_out(await library.patron(), await library.item())
        assert (await declare_lost(client, library, loan)).status_code == 204
    billed, spared = [record.id or "" async for record in costs.iterate("status==Open")]
    bill = ActualCostBill(
        actual_cost_record_id=billed, amount=Decimal("12.50"), service_point_id=library.ids["main desk"]
    )
    assert (await costs.bill(bill)).fee_fine.billed_amount == Decimal("12.5")
    assert (await costs.cancel(ActualCostDecision(actual_cost_record_id=spared))).status == "Cancelled"
