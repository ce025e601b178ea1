"""Paying, waiving, transferring, refunding and cancelling charges over HTTP."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from octavo.app.wiring import Octavo
from octavo_models.fee_actions import (
    ActionAnswer,
    ActionRefusal,
    BulkActionAnswer,
    BulkActionRefusal,
    BulkCheckAnswer,
    CheckAnswer,
)
from octavo_models.scalars import format_instant

Json = dict[str, Any]

SERVICE_POINT = "7c5abc9f-f3d7-4856-b8d7-6712462ca007"
REDUCING = {"pay": "Paid", "waive": "Waived", "transfer": "Transferred"}
ACTIONS = [*REDUCING, "refund"]
CLOSED = "Fee/fine is already closed"
EXCEEDS = "Requested amount exceeds remaining amount"
NOT_REFUNDABLE = "Refund amount must be greater than zero and less than or equal to Selected amount"


async def charge(client: httpx.AsyncClient, amount: float = 100, **more: Any) -> str:
    """Charge a patron and return the account's id."""
    record = {
        "id": str(uuid4()), "amount": amount, "remaining": amount, "status": {"name": "Open"},
        "paymentStatus": {"name": "Outstanding"}, "userId": str(uuid4()), "feeFineId": str(uuid4()), "ownerId": str(uuid4()),
    }  # fmt: skip
    answer = await client.post("/accounts", json={**record, **more})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def asks(amount: Any = "50", **more: Any) -> Json:
    return {
        "amount": amount, "notifyPatron": False, "servicePointId": SERVICE_POINT, "userName": "Librarian, Lee",
        "paymentMethod": "Cash", **more,
    }  # fmt: skip


def gives_up(**more: Any) -> Json:
    return {"notifyPatron": False, "servicePointId": SERVICE_POINT, "userName": "Librarian, Lee", **more}


async def do(client: httpx.AsyncClient, path: str, body: Json, status: int = 201) -> Json:
    """Post and return the answer, which must have the status."""
    answer = await client.post(path, json=body)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
    told: Json = answer.json()
    return told


async def state(client: httpx.AsyncClient, account_id: str) -> tuple[float, str, str]:
    account = (await client.get(f"/accounts/{account_id}")).json()
    return account["remaining"], account["status"]["name"], account["paymentStatus"]["name"]


@pytest.mark.parametrize("verb", REDUCING)
async def test_a_part_leaves_the_rest_and_the_rest_closes_the_account(client: httpx.AsyncClient, verb: str) -> None:
    account_id = await charge(client)
    told = await do(client, f"/accounts/{account_id}/{verb}", asks("33.335"))
    assert (told["accountId"], told["amount"], told["remainingAmount"]) == (account_id, "33.34", "66.66")
    assert await state(client, account_id) == (66.66, "Open", f"{REDUCING[verb]} partially")
    told = await do(client, f"/accounts/{account_id}/{verb}", asks(66.66))
    assert (told["amount"], told["remainingAmount"]) == ("66.66", "0.00")
    assert await state(client, account_id) == (0, "Closed", f"{REDUCING[verb]} fully")


@pytest.mark.parametrize("verb", REDUCING)
async def test_the_record_tells_who_did_what_where_and_when(client: httpx.AsyncClient, clock: Any, verb: str) -> None:
    reader = str(uuid4())
    account_id = await charge(client, userId=reader)
    body = asks("100", notifyPatron=True, comments="STAFF : kind", transactionInfo="Check 12")
    told = await do(client, f"/accounts/{account_id}/{verb}", body)
    (record,) = told["feefineactions"]
    assert (await client.get(f"/feefineactions/{record['id']}")).json() == record
    assert record == {
        "id": record["id"], "accountId": account_id, "userId": reader, "typeAction": f"{REDUCING[verb]} fully", "amountAction": 100.0,
        "balance": 0.0, "dateAction": format_instant(clock.now), "comments": "STAFF : kind", "notify": True,
        "transactionInformation": "Check 12", "createdAt": SERVICE_POINT, "source": "Librarian, Lee", "paymentMethod": "Cash",
    }  # fmt: skip


async def test_amounts_are_kept_as_folio_prints_them(client: httpx.AsyncClient) -> None:
    account_id = await charge(client, 100)
    for amount, balance in (("49.50", "50.5"), ("0.50", "50.0"), ("49.99", "0.01")):
        answer = await client.post(f"/accounts/{account_id}/pay", json=asks(amount))
        assert f'"balance": {balance},' in answer.text
        assert f'"remaining": {balance},' in (await client.get(f"/accounts/{account_id}")).text


async def test_large_amounts_stay_exact(client: httpx.AsyncClient, tx: Any) -> None:
    account_id = await charge(client, 900000000000000)
    await do(client, f"/accounts/{account_id}/pay", asks("0.01"))
    kept = await tx.connection.fetchval(f"SELECT doc->>'remaining' FROM {tx.table('accounts')} WHERE id = $1", account_id)
    assert kept == "899999999999999.99"


async def test_what_else_an_account_holds_stays_and_who_changed_it_is_noted(client: httpx.AsyncClient, clock: Any) -> None:
    account_id = await charge(client, title="Emma", contributors=[{"name": "Austen, Jane"}])
    before = (await client.get(f"/accounts/{account_id}")).json()
    clock.advance(minutes=5)
    await do(client, f"/accounts/{account_id}/pay", asks("10"))
    now = (await client.get(f"/accounts/{account_id}")).json()
    changed = {"remaining", "paymentStatus", "metadata"}
    assert {name for name in before if now[name] != before[name]} == changed
    assert now["metadata"]["createdDate"] == before["metadata"]["createdDate"]
    assert now["metadata"]["updatedDate"] == format_instant(clock.now)


async def test_the_payment_status_is_that_of_the_latest_action(client: httpx.AsyncClient) -> None:
    account_id = await charge(client)
    await do(client, f"/accounts/{account_id}/pay", asks("40"))
    await do(client, f"/accounts/{account_id}/waive", asks("60"))
    assert await state(client, account_id) == (0, "Closed", "Waived fully")


async def test_a_charge_is_cancelled_as_an_error_unless_said_otherwise(client: httpx.AsyncClient) -> None:
    account_id = await charge(client)
    await do(client, f"/accounts/{account_id}/pay", asks("40"))
    told = await do(client, f"/accounts/{account_id}/cancel", gives_up())
    (record,) = told["feefineactions"]
    assert (told["remainingAmount"], "amount" in told) == ("0.00", False)
    assert (record["typeAction"], record["amountAction"], record["balance"]) == ("Cancelled as error", 100, 0)
    assert not {"notify", "paymentMethod", "transactionInformation", "comments"} & set(record)
    assert await state(client, account_id) == (0, "Closed", "Cancelled as error")
    other = await charge(client)
    await do(client, f"/accounts/{other}/cancel", gives_up(cancellationReason="Cancelled item returned", comments="back"))
    assert await state(client, other) == (0, "Closed", "Cancelled item returned")


async def test_a_payment_is_credited_then_refunded_and_owed_again(client: httpx.AsyncClient) -> None:
    account_id = await charge(client)
    await do(client, f"/accounts/{account_id}/pay", asks("100"))
    told = await do(client, f"/accounts/{account_id}/refund", asks("100", paymentMethod="Error", transactionInfo="unread"))
    shown = [(one["typeAction"], one["balance"], one["transactionInformation"]) for one in told["feefineactions"]]
    assert shown == [("Credited fully", 0, "Refund to patron"), ("Refunded fully", 100, "Refunded to patron")]
    assert {one["paymentMethod"] for one in told["feefineactions"]} == {"Error"}
    assert (told["amount"], told["remainingAmount"]) == ("100.00", "100.00")
    assert await state(client, account_id) == (100, "Open", "Refunded fully")


async def test_a_transfer_is_refunded_to_its_account_after_the_payments(client: httpx.AsyncClient) -> None:
    account_id = await charge(client)
    await do(client, f"/accounts/{account_id}/transfer", asks("60", paymentMethod="Bursar"))
    await do(client, f"/accounts/{account_id}/pay", asks("30"))
    told = await do(client, f"/accounts/{account_id}/refund", asks("40"))
    shown = [(one["typeAction"], one["amountAction"], one["balance"], one["transactionInformation"]) for one in told["feefineactions"]]
    assert shown == [
        ("Credited fully", 30, 10, "Refund to patron"),
        ("Credited partially", 10, 10, "Refund to Bursar"),
        ("Refunded fully", 30, 40, "Refunded to patron"),
        ("Refunded partially", 10, 50, "Refunded to Bursar"),
    ]
    assert (await do(client, f"/accounts/{account_id}/check-refund", {"amount": "50"}, 200))["remainingAmount"] == "0.00"
    refused = await do(client, f"/accounts/{account_id}/refund", asks("50.01"), 422)
    assert refused == {"accountId": account_id, "amount": "50.01", "errorMessage": NOT_REFUNDABLE}


@pytest.mark.parametrize("verb", ACTIONS)
async def test_a_check_says_what_would_remain_and_changes_nothing(client: httpx.AsyncClient, verb: str) -> None:
    account_id = await charge(client, 150)
    await do(client, f"/accounts/{account_id}/pay", asks("50"))
    before = await state(client, account_id)
    left = "29.56" if verb == "refund" else "79.56"
    told = await do(client, f"/accounts/{account_id}/check-{verb}", {"amount": 20.444444444444444}, 200)
    assert told == {"accountId": account_id, "amount": "20.44", "allowed": True, "remainingAmount": left}
    assert await state(client, account_id) == before


@pytest.mark.parametrize("verb", ACTIONS)
@pytest.mark.parametrize(
    ("amount", "sent", "reason"),
    [
        (-30, "-30", "Amount must be positive"), (0, "0", "Amount must be positive"),
        ("0.005", "0.005", "Amount must be positive"), ("literal amount", "literal amount", "Invalid amount entered"),
        (200, "200", None), ("100.01", "100.01", None),
    ],
)  # fmt: skip
async def test_a_refusal_repeats_the_amount_as_it_was_sent(
    client: httpx.AsyncClient, verb: str, amount: Any, sent: str, reason: str | None
) -> None:
    account_id = await charge(client, 100)
    if verb == "refund":
        await do(client, f"/accounts/{account_id}/pay", asks("100"))
    before = await state(client, account_id)
    refused = {"accountId": account_id, "amount": sent, "errorMessage": reason or (NOT_REFUNDABLE if verb == "refund" else EXCEEDS)}
    assert await do(client, f"/accounts/{account_id}/{verb}", asks(amount), 422) == refused
    checked = await do(client, f"/accounts/{account_id}/check-{verb}", {"amount": amount}, 422)
    assert checked == {**refused, "allowed": False}
    assert await state(client, account_id) == before


@pytest.mark.parametrize("verb", REDUCING)
async def test_nothing_more_is_done_to_a_closed_charge(client: httpx.AsyncClient, verb: str) -> None:
    account_id = await charge(client)
    await do(client, f"/accounts/{account_id}/cancel", gives_up())
    assert (await do(client, f"/accounts/{account_id}/{verb}", asks("30"), 422))["errorMessage"] == CLOSED
    assert (await do(client, f"/accounts/{account_id}/check-{verb}", {"amount": "30"}, 422))["errorMessage"] == CLOSED
    refused = await do(client, f"/accounts/{account_id}/cancel", gives_up(), 422)
    assert refused == {"accountId": account_id, "errorMessage": CLOSED}


async def test_a_charge_that_is_closed_with_something_left_can_be_paid(client: httpx.AsyncClient) -> None:
    account_id = await charge(client, status={"name": "CLOSED"})
    await do(client, f"/accounts/{account_id}/pay", asks("40"))
    assert await state(client, account_id) == (60, "CLOSED", "Paid partially")
    rest = await charge(client, status={"name": "closed"}, remaining=0.00499)
    assert (await do(client, f"/accounts/{rest}/pay", asks("1.23"), 422))["errorMessage"] == CLOSED


@pytest.mark.parametrize(
    "account_id", ["3b5c8f0e-0f4e-4a43-9d5c-1a2b3c4d5e6f", "3B5C8F0E-0F4E-4A43-9D5C-1A2B3C4D5E6F", "x", "a/b", "ü"]
)
async def test_an_unknown_charge_is_not_found_whatever_the_amount(client: httpx.AsyncClient, account_id: str) -> None:
    path = f"/accounts/{quote(account_id, safe='')}"
    answers = [await client.post(f"{path}/{verb}", json=asks("garbage")) for verb in ACTIONS]
    answers += [await client.post(f"{path}/check-{verb}", json={"amount": "garbage"}) for verb in ACTIONS]
    answers.append(await client.post(f"{path}/cancel", json=gives_up()))
    for answer in answers:
        assert (answer.status_code, answer.text) == (404, f"Fee/fine ID {account_id} not found")
        assert answer.headers["content-type"].startswith("text/plain")


async def test_a_charge_is_found_in_capital_letters(client: httpx.AsyncClient) -> None:
    account_id = (await charge(client)).upper()
    assert (await do(client, f"/accounts/{account_id}/pay", asks("1")))["accountId"] == account_id


@pytest.mark.parametrize("name", ["amount", "notifyPatron", "servicePointId", "userName", "paymentMethod"])
async def test_what_is_missing_is_named(client: httpx.AsyncClient, name: str) -> None:
    body = {key: value for key, value in asks().items() if key != name}
    for path in (f"/accounts/{uuid4()}/pay", "/accounts-bulk/refund"):
        answer = await client.post(path, json={**body, **({"accountIds": []} if "bulk" in path else {})})
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["message"], error["parameters"]) == ("must not be null", [{"key": name, "value": "null"}])


async def test_bodies_are_closed_and_well_formed(client: httpx.AsyncClient) -> None:
    account_id = await charge(client)
    assert (await client.post(f"/accounts/{account_id}/pay", json=asks(colour="red"))).status_code == 422
    assert (await client.post(f"/accounts/{account_id}/check-pay", json={"amount": "1", "x": 1})).status_code == 422
    assert (await client.post(f"/accounts/{account_id}/pay", json=asks(servicePointId="here"))).status_code == 422
    assert (await client.post("/accounts-bulk/pay", json=asks(accountIds=["x"]))).status_code == 422
    assert (await client.post("/accounts-bulk/pay", json=asks())).status_code == 422
    assert (await client.post("/accounts-bulk/pay", json=asks(accountIds=account_id))).status_code == 400
    assert (await client.post(f"/accounts/{account_id}/pay", json=asks(amount=["1"]))).status_code == 400
    assert (await client.post(f"/accounts/{account_id}/pay", json=asks(notifyPatron="perhaps"))).status_code == 400
    assert (await client.post(f"/accounts/{account_id}/pay", content="{")).status_code == 400
    assert await state(client, account_id) == (100, "Open", "Outstanding")


@pytest.mark.parametrize("reason", ["Paid fully", "Outstanding", "cancelled", ""])
async def test_a_cancellation_has_the_name_of_one(client: httpx.AsyncClient, reason: str) -> None:
    account_id = await charge(client)
    answer = await client.post(f"/accounts/{account_id}/cancel", json=gives_up(cancellationReason=reason))
    assert answer.status_code == 400
    assert await state(client, account_id) == (100, "Open", "Outstanding")


@pytest.mark.parametrize("verb", REDUCING)
async def test_an_amount_is_split_over_several_charges(client: httpx.AsyncClient, verb: str) -> None:
    ids = [await charge(client, amount) for amount in (50, 10, 100.5)]
    told = await do(client, f"/accounts-bulk/{verb}", asks("90.01", accountIds=ids))
    assert (told["accountIds"], told["amount"]) == (ids, "90.01")
    assert "remainingAmount" not in told
    shown = [(one["accountId"], one["typeAction"], one["amountAction"], one["balance"]) for one in told["feefineactions"]]
    part, full = f"{REDUCING[verb]} partially", f"{REDUCING[verb]} fully"
    assert shown == [(ids[0], part, 40.0, 10.0), (ids[1], full, 10.0, 0.0), (ids[2], part, 40.01, 60.49)]
    assert [await state(client, one) for one in ids] == [(10, "Open", part), (0, "Closed", full), (60.49, "Open", part)]


@pytest.mark.parametrize("verb", REDUCING)
async def test_a_bulk_check_repeats_the_amount_as_it_was_sent(client: httpx.AsyncClient, verb: str) -> None:
    ids = [await charge(client, 100), await charge(client, 60)]
    told = await do(client, f"/accounts-bulk/check-{verb}", {"amount": 70, "accountIds": ids}, 200)
    assert told == {"accountIds": ids, "amount": "70", "allowed": True, "remainingAmount": "90.00"}
    refused = {"accountIds": ids, "amount": "170", "errorMessage": EXCEEDS}
    assert await do(client, f"/accounts-bulk/{verb}", asks(170, accountIds=ids), 422) == refused
    checked = await do(client, f"/accounts-bulk/check-{verb}", {"amount": 170, "accountIds": ids}, 422)
    assert checked == {**refused, "allowed": False}
    assert [await state(client, one) for one in ids] == [(100, "Open", "Outstanding"), (60, "Open", "Outstanding")]


async def test_a_charge_named_twice_counts_once(client: httpx.AsyncClient) -> None:
    account_id = await charge(client, 60)
    twice = [account_id, account_id.upper()]
    told = await do(client, "/accounts-bulk/check-pay", {"amount": "30", "accountIds": twice}, 200)
    assert told["remainingAmount"] == "30.00"
    assert (await do(client, "/accounts-bulk/pay", asks("60.01", accountIds=twice), 422))["errorMessage"] == EXCEEDS
    assert len((await do(client, "/accounts-bulk/pay", asks("60", accountIds=twice)))["feefineactions"]) == 1


async def test_several_charges_are_refunded_at_once(client: httpx.AsyncClient) -> None:
    ids = [await charge(client, 100), await charge(client, 60)]
    for account_id, amount in zip(ids, ("90", "55"), strict=True):
        await do(client, f"/accounts/{account_id}/pay", asks(amount))
    refused = await do(client, "/accounts-bulk/check-refund", {"amount": 160, "accountIds": ids}, 422)
    assert refused == {"accountIds": ids, "amount": "160", "allowed": False, "errorMessage": NOT_REFUNDABLE}
    told = await do(client, "/accounts-bulk/check-refund", {"amount": "50", "accountIds": ids}, 200)
    assert (told["amount"], told["remainingAmount"]) == ("50", "95.00")
    told = await do(client, "/accounts-bulk/refund", asks("145", accountIds=ids))
    assert [one["typeAction"] for one in told["feefineactions"]] == ["Credited fully", "Refunded fully"] * 2
    assert [await state(client, one) for one in ids] == [(100, "Open", "Refunded fully"), (60, "Open", "Refunded fully")]


async def test_several_charges_are_cancelled_at_once(client: httpx.AsyncClient) -> None:
    ids = [await charge(client, 100), await charge(client, 60)]
    assert (await client.post("/accounts-bulk/cancel", json=gives_up(accountIds=ids))).status_code == 422
    body = gives_up(accountIds=ids, comments="a mistake")
    answer = await client.post("/accounts-bulk/cancel", json={**body, "cancellationReason": "Cancelled as error"})
    assert answer.status_code == 422
    told = await do(client, "/accounts-bulk/cancel", body)
    assert (told["accountIds"], "amount" in told) == (ids, False)
    assert [(one["amountAction"], one["balance"], one["comments"]) for one in told["feefineactions"]] == [
        (100, 0, "a mistake"), (60, 0, "a mistake"),
    ]  # fmt: skip
    refused = await do(client, "/accounts-bulk/cancel", body, 422)
    assert refused == {"accountIds": ids, "errorMessage": CLOSED}


async def test_one_charge_that_cannot_be_served_stops_all(client: httpx.AsyncClient) -> None:
    known, closed, missing = await charge(client), await charge(client), str(uuid4())
    await do(client, f"/accounts/{closed}/cancel", gives_up())
    for verb in (*ACTIONS, "cancel"):
        body = gives_up(comments="") if verb == "cancel" else asks("1")
        answer = await client.post(f"/accounts-bulk/{verb}", json={**body, "accountIds": [known, missing, closed]})
        assert (answer.status_code, answer.text) == (404, f"Fee/fine ID {missing} not found")
    for verb in REDUCING:
        refused = await do(client, f"/accounts-bulk/{verb}", asks("1", accountIds=[known, closed]), 422)
        assert refused["errorMessage"] == CLOSED
    assert await state(client, known) == (100, "Open", "Outstanding")
    found = await client.get("/feefineactions", params={"query": f"accountId=={known}"})
    assert found.json()["feefineactions"] == []


async def test_nothing_is_taken_from_no_charges(client: httpx.AsyncClient) -> None:
    assert (await do(client, "/accounts-bulk/pay", asks("1", accountIds=[]), 422))["errorMessage"] == EXCEEDS
    assert (await do(client, "/accounts-bulk/refund", asks("1", accountIds=[]), 422))["errorMessage"] == NOT_REFUNDABLE
    told = await do(client, "/accounts-bulk/cancel", gives_up(accountIds=[], comments="none"))
    assert told == {"accountIds": [], "feefineactions": []}


async def test_an_action_takes_as_many_statements_for_one_charge_as_for_many(
    client: httpx.AsyncClient, statements: list[str]
) -> None:
    ids = [await charge(client, 5) for _ in range(20)]
    for path, named in ((f"/accounts/{ids[0]}", {}), ("/accounts-bulk", {"accountIds": ids})):
        for verb, expected in (("pay", 3), ("refund", 4)):
            statements.clear()
            await do(client, f"{path}/{verb}", {**asks("1"), **named})
            assert len([one for one in statements if "accounts" in one or "feefineactions" in one]) == expected


async def test_a_payment_sent_again_under_its_key_is_made_once(client: httpx.AsyncClient) -> None:
    account_id = await charge(client)
    key = {"Idempotency-Key": str(uuid4())}
    answers = [await client.post(f"/accounts/{account_id}/pay", json=asks("60"), headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert await state(client, account_id) == (40, "Open", "Paid partially")
    key = {"Idempotency-Key": str(uuid4())}
    answers = [await client.post(f"/accounts/{account_id}/pay", json=asks("60"), headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()


async def test_answers_are_as_they_are_documented(client: httpx.AsyncClient) -> None:
    one, ids = await charge(client), [await charge(client), await charge(client)]
    CheckAnswer.from_wire(await do(client, f"/accounts/{one}/check-pay", {"amount": "1"}, 200))
    CheckAnswer.from_wire(await do(client, f"/accounts/{one}/check-pay", {"amount": "x"}, 422))
    BulkCheckAnswer.from_wire(await do(client, "/accounts-bulk/check-pay", {"amount": "1", "accountIds": ids}, 200))
    BulkCheckAnswer.from_wire(await do(client, "/accounts-bulk/check-pay", {"amount": "x", "accountIds": ids}, 422))
    ActionRefusal.from_wire(await do(client, f"/accounts/{one}/pay", asks("x"), 422))
    BulkActionRefusal.from_wire(await do(client, "/accounts-bulk/pay", asks("x", accountIds=ids), 422))
    ActionAnswer.from_wire(await do(client, f"/accounts/{one}/pay", asks("1")))
    ActionAnswer.from_wire(await do(client, f"/accounts/{one}/cancel", gives_up()))
    told = BulkActionAnswer.from_wire(await do(client, "/accounts-bulk/pay", asks("1", accountIds=ids)))
    assert [str(action.amount_action) for action in told.feefineactions] == ["0.5", "0.5"]


def test_each_action_has_its_permission(octavo: Octavo) -> None:
    permissions = {route.path: route.permission for route in octavo.routes}
    for verb in (*ACTIONS, "cancel", *(f"check-{action}" for action in ACTIONS)):
        assert permissions[f"/accounts/{{id}}/{verb}"] == f"feesfines.accounts.{verb}.post"
        assert permissions[f"/accounts-bulk/{verb}"] == f"feesfines.accounts-bulk.{verb}.post"


async def test_actions_are_not_for_everybody(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.post(f"/accounts/{uuid4()}/pay", json=asks())).status_code == 401
    assert (await anonymous.post("/accounts-bulk/waive", json=asks())).status_code == 401
