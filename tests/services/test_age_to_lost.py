"""Overdue items that are given up and billed without anybody asking; what staff decide about actual costs."""

import logging
from typing import Any
from uuid import uuid4

import httpx
import pytest

from charging import ACTUAL_COST, SET_COST, accounts, actions, declare_lost, lost_fees, owner, pay
from library import Library

Json = dict[str, Any]

AGEING = {
    "itemAgedLostOverdue": {"duration": 2, "intervalId": "Weeks"},
    "patronBilledAfterAgedLost": {"duration": 1, "intervalId": "Days"},
    "recalledItemAgedLostOverdue": {"duration": 2, "intervalId": "Days"},
}
AGE, CHARGE = "/circulation/scheduled-age-to-lost", "/circulation/scheduled-age-to-lost-fee-charging"
EXPIRE = "/circulation/actual-cost-expiration-by-timeout"


async def run(client: httpx.AsyncClient, *timers: str) -> None:
    for timer in timers:
        answer = await client.post(timer)
        assert (answer.status_code, answer.text) == (204, "")


async def lend(library: Library, **item: Any) -> tuple[Json, Json]:
    made = await library.item(**item)
    return made, await library.check_out(await library.patron(), made)


async def status(library: Library, loan: Json) -> tuple[str, str, str]:
    found = await library.get(f"/circulation/loans/{loan['id']}")
    return found["status"]["name"], found["action"], found["item"]["status"]["name"]


async def cost_of(library: Library, loan: Json) -> Json:
    found = await library.get(f"/actual-cost-record-storage/actual-cost-records?query=loan.id=={loan['id']}")
    (only,) = found["actualCostRecords"]
    record: Json = only
    return record


async def test_an_item_overdue_for_too_long_is_given_up_and_billed_later(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await owner(library)
    await lost_fees(
        library, **AGEING, chargeAmountItem=SET_COST, lostItemProcessingFee=5, chargeAmountItemSystem=True
    )
    _, loan = await lend(library)
    clock.advance(weeks=5, hours=-1)
    await run(client, AGE, CHARGE)
    assert await status(library, loan) == ("Open", "checkedout", "Checked out")
    clock.advance(hours=2)
    await run(client, AGE, CHARGE)
    assert await status(library, loan) == ("Open", "itemAgedToLost", "Aged to lost")
    billing = (await library.get(f"/circulation/loans/{loan['id']}"))["agedToLostDelayedBilling"]
    assert billing["lostItemHasBeenBilled"] is False
    assert await accounts(library, loan) == {}
    clock.advance(days=2)
    await run(client, AGE, CHARGE, CHARGE)
    charged = await accounts(library, loan)
    assert {kind: account["remaining"] for kind, account in charged.items()} == {
        "Lost item fee": 30, "Lost item processing fee": 5,
    }  # fmt: skip
    found = await library.get(f"/circulation/loans/{loan['id']}")
    assert found["agedToLostDelayedBilling"]["lostItemHasBeenBilled"] is True
    for account in charged.values():
        await pay(client, library, account, str(account["remaining"]))
    assert await status(library, loan) == ("Closed", "closedLoan", "Lost and paid")


async def test_a_recalled_item_is_given_up_sooner(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    await lost_fees(library, **AGEING)
    _, loan = await lend(library)
    _, other = await lend(library)
    await library.put(f"/circulation/loans/{loan['id']}", {**loan, "dueDateChangedByRecall": True})
    clock.advance(weeks=3, days=3)
    await run(client, AGE)
    assert (await status(library, loan))[2] == "Aged to lost"
    assert (await status(library, other))[2] == "Checked out"


async def test_a_loan_that_costs_nothing_closes_when_it_would_be_billed(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await lost_fees(library, **AGEING)
    _, loan = await lend(library)
    clock.advance(weeks=6)
    await run(client, AGE)
    clock.advance(days=2)
    await run(client, CHARGE)
    assert await status(library, loan) == ("Closed", "closedLoan", "Lost and paid")


async def test_items_lost_or_claimed_returned_do_not_age(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await owner(library)
    await lost_fees(library, **AGEING, chargeAmountItem=SET_COST)
    _, declared = await lend(library)
    _, claimed = await lend(library)
    await declare_lost(client, library, declared)
    body = {"itemClaimedReturnedDateTime": clock.now.isoformat()}
    await client.post(f"/circulation/loans/{claimed['id']}/claim-item-returned", json=body)
    clock.advance(weeks=6)
    await run(client, AGE)
    assert (await status(library, declared))[2] == "Declared lost"
    assert (await status(library, claimed))[2] == "Claimed returned"


async def test_a_loan_that_cannot_be_billed_stops_no_other(
    library: Library, client: httpx.AsyncClient, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await owner(library)
    await lost_fees(library, **AGEING, chargeAmountItem=SET_COST)
    _, elsewhere = await lend(library, stacks="branch stacks")
    _, loan = await lend(library)
    clock.advance(weeks=6)
    await run(client, AGE)
    clock.advance(days=2)
    with caplog.at_level(logging.ERROR, logger="octavo.timers"):
        await run(client, CHARGE)
    assert list(await accounts(library, loan)) == ["Lost item fee"]
    assert await accounts(library, elsewhere) == {}
    assert [record.getMessage() for record in caplog.records] == [
        f"charge_one: {elsewhere['id']} stays as it is (Invalid)"
    ]
    await owner(library, "branch desk")
    await run(client, CHARGE)
    assert list(await accounts(library, elsewhere)) == ["Lost item fee"]


async def test_an_item_given_up_may_still_be_declared_lost(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await owner(library)
    await lost_fees(library, **AGEING, chargeAmountItem=SET_COST)
    _, loan = await lend(library)
    clock.advance(weeks=6)
    await run(client, AGE)
    clock.advance(days=2)
    await run(client, CHARGE)
    clock.advance(minutes=1)
    assert (await declare_lost(client, library, loan)).status_code == 204
    found = (await library.get(f"/accounts?query=loanId=={loan['id']} sortBy metadata.createdDate"))["accounts"]
    assert [(one["status"]["name"], one["paymentStatus"]["name"]) for one in found] == [
        ("Closed", "Cancelled item declared lost"), ("Open", "Outstanding"),
    ]  # fmt: skip
    assert await status(library, loan) == ("Open", "declaredLost", "Declared lost")


async def lost_at_actual_cost(library: Library, client: httpx.AsyncClient, **policy: Any) -> Json:
    await owner(library)
    await lost_fees(library, chargeAmountItem=ACTUAL_COST, **policy)
    _, loan = await lend(library)
    assert (await declare_lost(client, library, loan)).status_code == 204
    return loan


async def test_what_a_lost_item_really_costs_is_billed_once(library: Library, client: httpx.AsyncClient) -> None:
    loan = await lost_at_actual_cost(library, client)
    cost = await cost_of(library, loan)
    asked = {
        "actualCostRecordId": cost["id"], "amount": 12.5, "servicePointId": library.ids["main desk"],
        "additionalInfoForStaff": "bought anew",
    }  # fmt: skip
    answer = await client.post("/actual-cost-fee-fine/bill", json=asked)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    account = (await accounts(library, loan))["Lost item fee (actual cost)"]
    assert (told["status"], told["additionalInfoForStaff"]) == ("Billed", "bought anew")
    assert (told["feeFine"]["accountId"], told["feeFine"]["billedAmount"]) == (account["id"], 12.5)
    assert (account["amount"], account["status"]["name"], account["ownerId"]) == (12.5, "Open", cost["feeFine"]["ownerId"])
    (charge,) = await actions(library, account)
    assert (charge["typeAction"], charge["transactionInformation"]) == ("Lost item fee (actual cost)", "-")
    again = await client.post("/actual-cost-fee-fine/bill", json=asked)
    assert (again.status_code, again.text) == (422, f"Actual cost record {cost['id']} is already Billed")
    assert (await status(library, loan))[0] == "Open"
    await pay(client, library, account, "12.5")
    assert await status(library, loan) == ("Closed", "closedLoan", "Lost and paid")


async def test_a_lost_item_that_is_not_billed_closes_its_loan(library: Library, client: httpx.AsyncClient) -> None:
    loan = await lost_at_actual_cost(library, client)
    asked = {"actualCostRecordId": (await cost_of(library, loan))["id"], "additionalInfoForPatron": "never mind"}
    answer = await client.post("/actual-cost-fee-fine/cancel", json=asked)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["additionalInfoForPatron"]) == ("Cancelled", "never mind")
    assert await status(library, loan) == ("Closed", "closedLoan", "Lost and paid")
    assert (await client.post("/actual-cost-fee-fine/cancel", json=asked)).status_code == 422


async def test_a_cost_that_nobody_decides_about_expires(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    loan = await lost_at_actual_cost(library, client, lostItemChargeFeeFine={"duration": 3, "intervalId": "Days"})
    await run(client, EXPIRE)
    assert (await cost_of(library, loan))["status"] == "Open"
    clock.advance(days=4)
    await run(client, EXPIRE)
    assert (await cost_of(library, loan))["status"] == "Expired"
    assert await status(library, loan) == ("Closed", "closedLoan", "Lost and paid")


@pytest.mark.parametrize("verb", ["bill", "cancel"])
async def test_only_records_that_exist_are_decided_about(client: httpx.AsyncClient, verb: str) -> None:
    unknown = str(uuid4())
    asked = {"actualCostRecordId": unknown, **({"amount": 1} if verb == "bill" else {})}
    answer = await client.post(f"/actual-cost-fee-fine/{verb}", json=asked)
    assert (answer.status_code, answer.text) == (422, f"Actual cost record {unknown} was not found")


async def test_nobody_is_billed_less_than_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/actual-cost-fee-fine/bill", json={"actualCostRecordId": str(uuid4()), "amount": -1})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameters"] == [{"key": "amount", "value": "-1"}]
