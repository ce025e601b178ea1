"""Items that are lost, claimed to have been returned, or missing: what becomes of loan, item and history."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from charging import ACTUAL_COST, SET_COST, accounts, actions, declare_lost, lost_fees, owner, pay
from library import Library

Json = dict[str, Any]

CLAIM = {"itemClaimedReturnedDateTime": "2026-01-01T00:00:00Z", "comment": "returned last week"}


async def lend(library: Library) -> tuple[Json, Json]:
    item = await library.item()
    return item, await library.check_out(await library.patron(), item)


async def refusal(answer: httpx.Response) -> Json:
    assert answer.status_code == 422, answer.text
    (only,) = answer.json()["errors"]
    found: Json = only
    return found


async def seen(library: Library, loan: Json) -> tuple[str, str, str]:
    """Return status and action of a loan, and the status of its item."""
    found = await library.get(f"/circulation/loans/{loan['id']}")
    return found["status"]["name"], found["action"], found["item"]["status"]["name"]


async def history(library: Library, loan: Json) -> list[str]:
    rows = (await library.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']}&limit=50"))["loansHistory"]
    return [row["loan"]["action"] for row in reversed(rows)]


async def test_a_lost_item_is_charged_for(library: Library, client: httpx.AsyncClient) -> None:
    owner_id = await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST, lostItemProcessingFee=5, chargeAmountItemPatron=True)
    item, loan = await lend(library)
    assert (await declare_lost(client, library, loan, comment="in the lake")).status_code == 204
    assert await seen(library, loan) == ("Open", "declaredLost", "Declared lost")
    found = await library.get(f"/circulation/loans/{loan['id']}")
    assert found["actionComment"] == "in the lake"
    assert found["declaredLostDate"]
    assert found["feesAndFines"] == {"amountRemainingToPay": 35}
    charged = await accounts(library, loan)
    assert {kind: account["amount"] for kind, account in charged.items()} == {
        "Lost item fee": 30, "Lost item processing fee": 5,
    }  # fmt: skip
    fee = charged["Lost item fee"]
    assert (fee["ownerId"], fee["feeFineOwner"], fee["barcode"]) == (owner_id, "Main office", item["barcode"])
    assert (fee["location"], fee["materialType"]) == ("main stacks", "book")
    assert fee["contributors"] == [{"name": "Austen, Jane"}]
    (charge,) = await actions(library, fee)
    assert (charge["typeAction"], charge["amountAction"], charge["balance"]) == ("Lost item fee", 30, 30)
    assert (charge["transactionInformation"], charge["createdAt"]) == ("-", library.ids["main desk"])
    assert charge["source"] == "Administrator"


async def test_an_item_is_lost_though_somebody_gave_it_another_status(library: Library, client: httpx.AsyncClient) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST)
    item, loan = await lend(library)
    withdrawn = {**await library.get(f"/item-storage/items/{item['id']}"), "status": {"name": "Withdrawn"}}
    await library.put(f"/item-storage/items/{item['id']}", withdrawn)
    assert (await declare_lost(client, library, loan)).status_code == 204
    assert await seen(library, loan) == ("Open", "declaredLost", "Declared lost")


async def test_a_loan_closes_at_once_where_a_lost_item_costs_nothing(library: Library, client: httpx.AsyncClient) -> None:
    _, loan = await lend(library)
    assert (await declare_lost(client, library, loan)).status_code == 204
    assert await seen(library, loan) == ("Closed", "closedLoan", "Lost and paid")
    assert await history(library, loan) == ["checkedout", "declaredLost", "closedLoan"]


async def test_nothing_happens_where_nobody_can_charge(library: Library, client: httpx.AsyncClient) -> None:
    await lost_fees(library, chargeAmountItem=SET_COST)
    _, loan = await lend(library)
    only = await refusal(await declare_lost(client, library, loan))
    assert only["message"] == "No fee/fine owner found for item's permanent location"
    assert only["parameters"] == [{"key": "locationId", "value": library.ids["main stacks"]}]
    assert await seen(library, loan) == ("Open", "checkedout", "Checked out")


async def test_the_loan_closes_when_the_last_lost_fee_is_settled(library: Library, client: httpx.AsyncClient) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST, lostItemProcessingFee=5, chargeAmountItemPatron=True)
    _, loan = await lend(library)
    await declare_lost(client, library, loan)
    charged = await accounts(library, loan)
    assert (await pay(client, library, charged["Lost item fee"], "30")).status_code == 201
    assert await seen(library, loan) == ("Open", "declaredLost", "Declared lost")
    assert (await pay(client, library, charged["Lost item processing fee"], "3")).status_code == 201
    assert await seen(library, loan) == ("Open", "declaredLost", "Declared lost")
    assert (await pay(client, library, charged["Lost item processing fee"], "2")).status_code == 201
    assert await seen(library, loan) == ("Closed", "closedLoan", "Lost and paid")
    assert await history(library, loan) == ["checkedout", "declaredLost", "closedLoan"]


async def test_the_loan_closes_when_the_last_lost_fee_is_cancelled(library: Library, client: httpx.AsyncClient) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST)
    _, loan = await lend(library)
    await declare_lost(client, library, loan)
    fee = (await accounts(library, loan))["Lost item fee"]
    body = {"notifyPatron": False, "servicePointId": library.ids["main desk"], "userName": "Lee"}
    assert (await client.post(f"/accounts/{fee['id']}/cancel", json=body)).status_code == 201
    assert await seen(library, loan) == ("Closed", "closedLoan", "Lost and paid")


async def test_the_loan_closes_when_the_last_lost_fee_is_closed_outright(
    library: Library, client: httpx.AsyncClient
) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST)
    _, loan = await lend(library)
    await declare_lost(client, library, loan)
    fee = (await accounts(library, loan))["Lost item fee"]
    paid = {**fee, "remaining": 0, "status": {"name": "Closed"}, "paymentStatus": {"name": "Paid fully"}}
    await library.put(f"/accounts/{fee['id']}", paid)
    assert await seen(library, loan) == ("Closed", "closedLoan", "Lost and paid")


async def test_a_lost_item_that_is_returned_is_refunded(library: Library, client: httpx.AsyncClient) -> None:
    await owner(library)
    await lost_fees(
        library, chargeAmountItem=SET_COST, lostItemProcessingFee=5, chargeAmountItemPatron=True,
        feesFinesShallRefunded={"duration": 2, "intervalId": "Weeks"},
    )  # fmt: skip
    item, loan = await lend(library)
    await declare_lost(client, library, loan)
    await pay(client, library, (await accounts(library, loan))["Lost item fee"], "10")
    told = await library.check_in(item)
    assert told["loan"]["action"] == "checkedin"
    charged = await accounts(library, loan)
    fee, processing = charged["Lost item fee"], charged["Lost item processing fee"]
    assert (fee["status"]["name"], fee["paymentStatus"]["name"], fee["remaining"]) == ("Closed", "Cancelled item returned", 0)
    assert (processing["status"]["name"], processing["remaining"]) == ("Open", 5)
    assert sorted(action["typeAction"] for action in await actions(library, fee)) == [
        "Cancelled item returned", "Credited fully", "Lost item fee", "Paid partially", "Refunded fully",
    ]  # fmt: skip


async def test_after_the_refund_period_nothing_is_given_back(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST, feesFinesShallRefunded={"duration": 1, "intervalId": "Days"})
    item, loan = await lend(library)
    await declare_lost(client, library, loan)
    clock.advance(days=2)
    await library.check_in(item)
    assert (await accounts(library, loan))["Lost item fee"]["status"]["name"] == "Open"


async def test_an_item_that_is_returned_after_it_was_paid_is_refunded(library: Library, client: httpx.AsyncClient) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST, returnedLostItemProcessingFee=True)
    item, loan = await lend(library)
    await declare_lost(client, library, loan)
    await pay(client, library, (await accounts(library, loan))["Lost item fee"], "30")
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Lost and paid"
    told = await library.check_in(item)
    assert told["item"]["status"]["name"] == "Available"
    fee = (await accounts(library, loan))["Lost item fee"]
    assert (fee["paymentStatus"]["name"], fee["remaining"]) == ("Cancelled item returned", 0)
    assert "Refunded fully" in [action["typeAction"] for action in await actions(library, fee)]


async def test_a_lost_item_is_renewed_through_an_override_and_costs_nothing_any_more(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST)
    item, loan = await lend(library)
    await declare_lost(client, library, loan)
    clock.advance(days=3)
    asked = {
        "itemId": item["id"], "userId": loan["userId"], "servicePointId": library.ids["main desk"],
        "overrideBlocks": {"renewalBlock": {}, "comment": "found it"},
    }  # fmt: skip
    answer = await client.post("/circulation/renew-by-id", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["item"]["status"]["name"] == "Checked out"
    fee = (await accounts(library, loan))["Lost item fee"]
    assert (fee["paymentStatus"]["name"], fee["status"]["name"]) == ("Cancelled item renewed", "Closed")


async def test_what_a_lost_item_really_costs_is_for_staff_to_find_out(
    library: Library, client: httpx.AsyncClient
) -> None:
    owner_id = await owner(library)
    await lost_fees(library, chargeAmountItem=ACTUAL_COST, lostItemChargeFeeFine={"duration": 2, "intervalId": "Years"})
    item, loan = await lend(library)
    assert (await declare_lost(client, library, loan)).status_code == 204
    assert await accounts(library, loan) == {}
    (cost,) = (await library.get("/actual-cost-record-storage/actual-cost-records"))["actualCostRecords"]
    assert (cost["status"], cost["lossType"], cost["loan"]["id"]) == ("Open", "Declared lost", loan["id"])
    assert (cost["item"]["barcode"], cost["item"]["permanentLocation"]) == (item["barcode"], "main stacks")
    assert (cost["feeFine"]["ownerId"], cost["feeFine"]["type"]) == (owner_id, "Lost item fee (actual cost)")
    assert cost["user"]["patronGroup"] == "students"
    assert int(cost["expirationDate"][:4]) == library.clock().year + 2
    assert await seen(library, loan) == ("Open", "declaredLost", "Declared lost")
    await library.check_in(item)
    (cost,) = (await library.get("/actual-cost-record-storage/actual-cost-records"))["actualCostRecords"]
    assert cost["status"] == "Cancelled"


async def test_an_item_is_declared_lost_once(library: Library, client: httpx.AsyncClient) -> None:
    await owner(library)
    await lost_fees(library, chargeAmountItem=SET_COST)
    item, loan = await lend(library)
    await declare_lost(client, library, loan)
    only = await refusal(await declare_lost(client, library, loan))
    assert only["message"] == "The item is already declared lost"
    assert only["parameters"] == [{"key": "itemId", "value": item["id"]}]


async def test_an_item_claimed_returned_is_given_up(library: Library, client: httpx.AsyncClient) -> None:
    _, loan = await lend(library)
    where = f"/circulation/loans/{loan['id']}"
    missing = f"{where}/declare-claimed-returned-item-as-missing"
    assert (await refusal(await client.post(missing, json={"comment": "gone"})))["message"] == "Item is not Claimed returned"
    assert (await client.post(f"{where}/claim-item-returned", json=CLAIM)).status_code == 204
    assert await seen(library, loan) == ("Open", "claimedReturned", "Claimed returned")
    found = await library.get(where)
    assert (found["claimedReturnedDate"], found["actionComment"]) == ("2026-01-01T00:00:00.000+00:00", CLAIM["comment"])
    assert (await refusal(await client.post(missing, json={})))["message"] == "Comment is a required field"
    assert (await client.post(missing, json={"comment": "gone"})).status_code == 204
    assert await seen(library, loan) == ("Closed", "markedMissing", "Missing")
    assert await history(library, loan) == ["checkedout", "claimedReturned", "markedMissing"]


@pytest.mark.parametrize(
    ("action", "body", "message"),
    [
        ("declare-item-lost", {}, "A service point is required for item to be declared lost"),
        ("claim-item-returned", {}, "Item claimed returned date is a required field"),
        ("declare-claimed-returned-item-as-missing", {}, "Comment is a required field"),
    ],
)
async def test_what_is_missing_is_told(
    library: Library, client: httpx.AsyncClient, action: str, body: Json, message: str
) -> None:
    _, loan = await lend(library)
    assert (await refusal(await client.post(f"/circulation/loans/{loan['id']}/{action}", json=body)))["message"] == message


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("declare-item-lost", {"servicePointId": str(uuid4()), "declaredLostDateTime": "2026-01-01T00:00:00Z"}),
        ("claim-item-returned", CLAIM),
        ("declare-claimed-returned-item-as-missing", {"comment": "gone"}),
    ],
)
async def test_only_open_loans_that_exist_have_actions(
    library: Library, client: httpx.AsyncClient, action: str, body: Json
) -> None:
    item, loan = await lend(library)
    await library.check_in(item)
    only = await refusal(await client.post(f"/circulation/loans/{loan['id']}/{action}", json=body))
    assert (only["message"], only["parameters"]) == ("Loan is closed", [{"key": "loanId", "value": loan["id"]}])
    unknown = str(uuid4())
    answer = await client.post(f"/circulation/loans/{unknown}/{action}", json=body)
    assert (answer.status_code, answer.text) == (404, f'loan record with ID "{unknown}" cannot be found')
