"""Renewing a loan: until when, who may not and why, what staff override."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import LOAN_POLICY, Library
from octavo.services.renew import renew
from octavo.store.tx import Tx
from octavo_models.scalars import format_instant, parse_instant
from waiting import request

Json = dict[str, Any]


async def by_id(client: httpx.AsyncClient, patron: Json, item: Json, **more: Any) -> httpx.Response:
    return await client.post("/circulation/renew-by-id", json={"itemId": item["id"], "userId": patron["id"], **more})


async def errors_of(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 422, answer.text
    errors: list[Json] = answer.json()["errors"]
    return errors


async def test_a_renewed_loan_is_due_later(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    patron, item = await library.patron(), await library.item()
    lent = await library.check_out(patron, item)
    clock.advance(days=5)
    answer = await by_id(client, patron, item)
    assert answer.status_code == 200, answer.text
    loan = answer.json()
    assert (loan["id"], loan["action"], loan["renewalCount"]) == (lent["id"], "renewed", 1)
    assert parse_instant(loan["dueDate"]) == clock.now + timedelta(weeks=3)
    assert loan["dueDate"].endswith("Z")
    stored = await library.get(f"/loan-storage/loans/{lent['id']}")
    assert stored["dueDate"] == format_instant(clock.now + timedelta(weeks=3))
    assert stored["metadata"]["createdDate"] != stored["metadata"]["updatedDate"]
    assert "dueDateChangedByRecall" not in loan


async def test_a_loan_is_renewed_by_barcodes(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    clock.advance(days=5)
    asked = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    answer = await client.post("/circulation/renew-by-barcode", json=asked)
    assert answer.status_code == 200
    assert answer.json()["item"]["barcode"] == item["barcode"]


async def test_every_renewal_is_a_line_of_history(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    patron, item = await library.patron(), await library.item()
    lent = await library.check_out(patron, item)
    clock.advance(days=5)
    await by_id(client, patron, item)
    rows = (await library.get(f"/loan-storage/loan-history?query=loan.id=={lent['id']}"))["loansHistory"]
    assert [(row["operation"], row["loan"]["action"]) for row in rows] == [("U", "renewed"), ("I", "checkedout")]


async def test_every_reason_against_a_renewal_is_listed(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    for _ in range(2):
        clock.advance(days=1)
        assert (await by_id(client, patron, item)).status_code == 200
    recall = await request(library, item, requestType="Recall")
    recalled, limit, no_gain = await errors_of(await by_id(client, patron, item))
    assert (recalled["code"], limit["code"]) == ("RENEWAL_BLOCKED_BY_RECALL", "LOAN_RENEWAL_LIMIT_REACHED")
    assert no_gain["code"] == "RENEWAL_WOULD_NOT_CHANGE_DUE_DATE"
    assert recalled["parameters"] == [{"key": "requestId", "value": recall["id"]}]
    assert limit["overridableBlock"]["name"] == "renewalBlock"


async def test_staff_override_the_limit_of_renewals(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    for _ in range(2):
        clock.advance(days=1)
        await by_id(client, patron, item)
    clock.advance(days=1)
    answer = await by_id(client, patron, item, overrideBlocks={"renewalBlock": {}, "comment": "ill"})
    assert answer.status_code == 200, answer.text
    loan = answer.json()
    assert (loan["action"], loan["actionComment"], loan["renewalCount"]) == ("renewedThroughOverride", "ill", 3)


async def test_a_lost_item_renewed_by_override_is_on_loan_again(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    stored = await library.get(f"/item-storage/items/{item['id']}")
    await library.put(f"/item-storage/items/{item['id']}", {**stored, "status": {"name": "Declared lost"}})
    clock.advance(days=5)
    (only,) = await errors_of(await by_id(client, patron, item))
    assert (only["message"], only["code"]) == ("item is Declared lost", "ITEM_DECLARED_LOST_NOT_RENEWABLE")
    answer = await by_id(client, patron, item, overrideBlocks={"renewalBlock": {}, "comment": "found"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["item"]["status"]["name"] == "Checked out"


async def test_a_blocked_patron_renews_nothing(library: Library, client: httpx.AsyncClient) -> None:
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    await library.post("/manualblocks", userId=patron["id"], desc="sang", renewals=True)
    first, *_ = await errors_of(await by_id(client, patron, item))
    assert (first["message"], first["code"]) == ("Patron blocked from renewing", "USER_IS_BLOCKED_MANUALLY")


async def test_a_recall_that_is_over_no_longer_marks_the_loan(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    patron, item = await library.patron(), await library.item()
    lent = await library.check_out(patron, item)
    stored = await library.get(f"/loan-storage/loans/{lent['id']}")
    await library.put(f"/loan-storage/loans/{lent['id']}", {**stored, "dueDateChangedByRecall": True})
    clock.advance(days=1)
    assert (await by_id(client, patron, item)).json()["dueDateChangedByRecall"] is False


async def test_renewing_may_follow_the_current_due_date(library: Library, client: httpx.AsyncClient) -> None:
    renewals = {**LOAN_POLICY["renewalsPolicy"], "renewFromId": "CURRENT_DUE_DATE"}
    changed = {**LOAN_POLICY, "name": "from due date", "renewalsPolicy": renewals}
    library.ids["changed"] = (await library.post("/loan-policy-storage/loan-policies", **changed))["id"]
    await library.rules(loan="changed")
    patron, item = await library.patron(), await library.item()
    lent = await library.check_out(patron, item)
    renewed = (await by_id(client, patron, item)).json()
    assert parse_instant(renewed["dueDate"]) - parse_instant(lent["dueDate"]) == timedelta(weeks=3)


async def test_an_item_that_is_not_on_loan_is_not_renewed(library: Library, client: httpx.AsyncClient) -> None:
    patron, item = await library.patron(), await library.item()
    (only,) = await errors_of(await by_id(client, patron, item))
    assert only == {"message": "Item is not on loan", "parameters": [{"key": "itemId", "value": item["id"]}]}


@pytest.mark.parametrize("known", [True, False])
async def test_somebody_else_s_loan_is_not_renewed(library: Library, client: httpx.AsyncClient, known: bool) -> None:
    item = await library.item()
    await library.check_out(await library.patron(), item)
    other = await library.patron() if known else {"id": str(uuid4())}
    (only,) = await errors_of(await by_id(client, other, item))
    assert only["message"] == "Cannot renew item checked out to different user"
    assert only["code"] == "ITEM_CHECKED_OUT_TO_DIFFERENT_USER"
    assert only["parameters"] == [{"key": "userId", "value": other["id"]}]


@pytest.mark.parametrize(
    ("asked", "message", "code"),
    [
        ({}, "Renewal request must have an item barcode", "RENEWAL_REQUEST_ITEM_BARCODE_REQUIRED"),
        ({"itemBarcode": "x"}, "Renewal request must have a user barcode", "RENEWAL_REQUEST_USER_BARCODE_REQUIRED"),
        ({"itemBarcode": "x", "userBarcode": "y"}, "No item with barcode x exists", "ITEM_BARCODE_NOT_FOUND"),
    ],
)
async def test_a_renewal_by_barcode_names_patron_and_item(
    client: httpx.AsyncClient, asked: Json, message: str, code: str
) -> None:
    (only,) = await errors_of(await client.post("/circulation/renew-by-barcode", json=asked))
    assert (only["message"], only["code"]) == (message, code)


async def test_a_renewal_by_an_unknown_barcode_is_told(library: Library, client: httpx.AsyncClient) -> None:
    asked = {"itemBarcode": (await library.item())["barcode"], "userBarcode": "nobody"}
    (only,) = await errors_of(await client.post("/circulation/renew-by-barcode", json=asked))
    assert (only["message"], only["code"]) == ("user is not found", "USER_NOT_FOUND")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"userId": str(uuid4())}, "Renewal request must have an item ID"),
        ({"itemId": str(uuid4())}, "Renewal request must have a user ID"),
    ],
)
async def test_a_renewal_by_id_names_patron_and_item(client: httpx.AsyncClient, asked: Json, message: str) -> None:
    (only,) = await errors_of(await client.post("/circulation/renew-by-id", json=asked))
    assert only["message"] == message


async def test_an_unknown_item_is_told(client: httpx.AsyncClient) -> None:
    item = {"id": str(uuid4())}
    (only,) = await errors_of(await by_id(client, {"id": str(uuid4())}, item))
    assert only["message"] == f"No item with ID {item['id']} exists"


async def test_a_renewal_takes_few_round_trips(library: Library, tx: Tx, clock: Any, statements: list[str]) -> None:
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    later = Tx(tx.connection, tx.schema, clock.advance(days=3))
    await asyncio.sleep(0)
    statements.clear()
    await renew(later, user_id=patron["id"], item_id=item["id"])
    await asyncio.sleep(0)
    begin_and_commit = 2
    assert len(statements) + begin_and_commit <= 7
