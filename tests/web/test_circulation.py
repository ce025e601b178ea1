"""Loans as circulation shows them, and changed outright."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library
from waiting import request

Json = dict[str, Any]

LOANS = "/circulation/loans"


async def told(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    (only,) = answer.json()["errors"]
    return str(only["message"])


async def outright(library: Library, **changes: Any) -> Json:
    """Return a loan that may be posted as it is."""
    patron, item = await library.patron(), await library.item()
    record = {
        "id": str(uuid4()), "userId": patron["id"], "itemId": item["id"], "status": {"name": "Open"},
        "loanDate": "2020-01-01T00:00:00Z", "dueDate": "2020-02-01T00:00:00Z", "action": "checkedout",
        "checkoutServicePointId": library.ids["main desk"],
    }  # fmt: skip
    return {**record, **changes}


async def test_loans_are_listed_as_they_are_shown_one_by_one(
    library: Library, client: httpx.AsyncClient, statements: list[str]
) -> None:
    patron = await library.patron()
    lent = [await library.check_out(patron, await library.item()) for _ in range(3)]
    await library.check_out(await library.patron(), await library.item())
    statements.clear()
    query = f"userId=={patron['id']} and status.name==Open sortBy id"
    found = (await client.get(LOANS, params={"query": query})).json()
    assert found["totalRecords"] == 3
    assert found["loans"] == sorted(lent, key=lambda loan: loan["id"])
    assert len([one for one in statements if '"item"' in one]) == 1
    page = (await client.get(LOANS, params={"query": query, "limit": "1", "offset": "1"})).json()
    assert (page["loans"], page["totalRecords"]) == (found["loans"][1:2], 3)


async def test_a_loan_tells_what_is_owed_for_it(library: Library) -> None:
    loan = await library.check_out(await library.patron(), await library.item())
    for remaining in (1.5, 2.25):
        await library.post(
            "/accounts", userId=loan["userId"], loanId=loan["id"], amount=5, remaining=remaining,
            status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, feeFineId=str(uuid4()), ownerId=str(uuid4()),
        )
    assert (await library.get(f"{LOANS}/{loan['id']}"))["feesAndFines"] == {"amountRemainingToPay": 3.75}


@pytest.mark.parametrize("loan_id", ["3b5c8f0e-0f4e-4a43-9d5c-1a2b3c4d5e6f", "x"])
async def test_an_unknown_loan_is_not_found(client: httpx.AsyncClient, loan_id: str) -> None:
    text = f'loan record with ID "{loan_id}" cannot be found'
    for answer in (
        await client.get(f"{LOANS}/{loan_id}"),
        await client.delete(f"{LOANS}/{loan_id}"),
        await client.post(f"{LOANS}/{loan_id}/change-due-date", json={"dueDate": "2030-01-01"}),
        await client.post(f"{LOANS}/{loan_id}/add-info", json={"action": "staffInfoAdded"}),
    ):
        assert (answer.status_code, answer.text) == (404, text)


async def test_a_loan_is_created_outright_and_takes_the_item(library: Library, client: httpx.AsyncClient) -> None:
    made = await outright(library)
    answer = await client.post(LOANS, json=made)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{LOANS}/{made['id']}"
    shown = answer.json()
    assert shown["item"]["status"]["name"] == "Checked out"
    assert shown["dueDate"] == "2020-02-01T00:00:00.000+00:00"


async def test_a_closed_loan_leaves_the_item_alone(library: Library, client: httpx.AsyncClient) -> None:
    made = await outright(library, status={"name": "Closed"})
    answer = await client.post(LOANS, json=made)
    assert answer.json()["item"]["status"]["name"] == "Available"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": {"name": "Lent"}}, 'Loan status must be "Open" or "Closed"'),
        ({"userId": None}, "Open loan must have a user ID"),
        ({"checkoutServicePointId": str(uuid4())}, "Check Out Service Point does not exist"),
        ({"checkinServicePointId": str(uuid4())}, "Check In Service Point does not exist"),
        ({"proxyUserId": str(uuid4())}, "proxyUserId is not valid"),
        ({"userId": str(uuid4())}, "user is not found"),
        ({"itemId": "7afc1c94-7e6c-4a4b-9d6a-1e9b4a2e5c11"}, "No item with ID 7afc1c94-7e6c-4a4b-9d6a-1e9b4a2e5c11 could be found"),
        ({"itemId": "x"}, "No item with ID x could be found"),
    ],
)
async def test_a_loan_names_what_exists(
    library: Library, client: httpx.AsyncClient, changes: Json, message: str
) -> None:
    assert await told(await client.post(LOANS, json=await outright(library, **changes))) == message


async def test_an_item_on_loan_is_not_lent_outright_either(library: Library, client: httpx.AsyncClient) -> None:
    made = await outright(library)
    await client.post(LOANS, json=made)
    again = await outright(library, itemId=made["itemId"])
    assert await told(await client.post(LOANS, json=again)) == "Item is already checked out"


@pytest.mark.parametrize("status", ["Missing", "Declared lost", "Claimed returned", "Intellectual item"])
async def test_a_lost_item_is_not_lent_outright(library: Library, client: httpx.AsyncClient, status: str) -> None:
    item = await library.item(await library.instance("Emma"), status={"name": status})
    made = await outright(library, itemId=item["id"])
    text = f"Emma (book) (Barcode: {item['barcode']}) has the item status {status}, loan cannot be created"
    assert await told(await client.post(LOANS, json=made)) == text


async def test_what_somebody_waits_for_is_not_lent_outright(library: Library, client: httpx.AsyncClient) -> None:
    made = await outright(library)
    await request(library, await library.get(f"/item-storage/items/{made['itemId']}"))
    assert "because it has been requested by another patron" in await told(await client.post(LOANS, json=made))


async def test_a_loan_as_it_is_shown_may_be_sent_back(library: Library, client: httpx.AsyncClient) -> None:
    shown = await library.check_out(await library.patron(), await library.item())
    where = f"{LOANS}/{shown['id']}"
    assert (await client.put(where, json={**shown, "dueDate": "2030-01-01T00:00:00Z"})).status_code == 204
    found, stored = await library.get(where), await library.get(f"/loan-storage/loans/{shown['id']}")
    assert found["patronGroupAtCheckout"] == shown["patronGroupAtCheckout"]
    assert stored["itemStatus"] == "Checked out"
    assert found["dueDate"] == "2030-01-01T00:00:00.000+00:00"
    assert found["metadata"]["createdDate"] == shown["metadata"]["createdDate"]


async def test_a_loan_that_is_replaced_by_a_closed_one_gives_the_item_back(
    library: Library, client: httpx.AsyncClient
) -> None:
    shown = await library.check_out(await library.patron(), await library.item())
    where, closed = f"{LOANS}/{shown['id']}", {**shown, "status": {"name": "Closed"}, "action": "checkedin"}
    assert await told(await client.put(where, json=closed)) == "A Closed loan must have a Checkin Service Point"
    closed["checkinServicePointId"] = library.ids["main desk"]
    assert (await client.put(where, json=closed)).status_code == 204
    assert (await library.get(where))["item"]["status"]["name"] == "Available"
    assert (await client.put(where, json=shown)).status_code == 204
    assert (await library.get(where))["item"]["status"]["name"] == "Checked out"


async def test_the_mark_of_a_recall_goes_with_a_new_due_date(library: Library, client: httpx.AsyncClient) -> None:
    shown = await library.check_out(await library.patron(), await library.item())
    where, marked = f"{LOANS}/{shown['id']}", {**shown, "dueDateChangedByRecall": True}
    assert (await client.put(where, json=marked)).status_code == 204
    assert (await library.get(where))["dueDateChangedByRecall"] is True
    assert (await client.put(where, json={**marked, "dueDate": "2030-01-01T00:00:00Z"})).status_code == 204
    assert (await library.get(where))["dueDateChangedByRecall"] is False


async def test_a_loan_that_is_not_there_is_not_replaced(library: Library, client: httpx.AsyncClient) -> None:
    made = await outright(library)
    answer = await client.put(f"{LOANS}/{made['id']}", json=made)
    assert (answer.status_code, answer.text) == (404, f'loan record with ID "{made["id"]}" cannot be found')


async def test_a_loan_is_not_moved_to_an_item_that_is_not_there(library: Library, client: httpx.AsyncClient) -> None:
    shown, nothing = await library.check_out(await library.patron(), await library.item()), str(uuid4())
    answer = await client.put(f"{LOANS}/{shown['id']}", json={**shown, "itemId": nothing})
    assert await told(answer) == f"No item with ID {nothing} could be found"


async def test_a_loan_is_an_object(client: httpx.AsyncClient) -> None:
    assert (await client.post(LOANS, json=[])).status_code == 400


async def test_loans_are_deleted_one_by_one_and_all_at_once(library: Library, client: httpx.AsyncClient) -> None:
    first, *_ = [await library.check_out(await library.patron(), await library.item()) for _ in range(3)]
    assert (await client.delete(f"{LOANS}/{first['id']}")).status_code == 204
    assert (await library.get(LOANS))["totalRecords"] == 2
    assert (await client.delete(LOANS)).status_code == 204
    assert (await library.get(LOANS))["totalRecords"] == 0


async def test_staff_change_a_due_date(library: Library, client: httpx.AsyncClient) -> None:
    shown = await library.check_out(await library.patron(), await library.item())
    where = f"{LOANS}/{shown['id']}"
    assert (await client.post(f"{where}/change-due-date", json={"dueDate": "2030-01-01"})).status_code == 204
    found = await library.get(where)
    assert (found["dueDate"], found["action"]) == ("2030-01-01T00:00:00.000+00:00", "dueDateChanged")
    text = "A new due date is required in order to change the due date"
    assert await told(await client.post(f"{where}/change-due-date", json={})) == text


@pytest.mark.parametrize("status", ["Declared lost", "Claimed returned", "Aged to lost"])
async def test_the_due_date_of_a_closed_loan_or_a_lost_item_stays(
    library: Library, client: httpx.AsyncClient, status: str
) -> None:
    item = await library.item()
    loan = await library.check_out(await library.patron(), item)
    where = f"{LOANS}/{loan['id']}"
    stored = await library.get(f"/item-storage/items/{item['id']}")
    await library.put(f"/item-storage/items/{item['id']}", {**stored, "status": {"name": status}})
    later = {"dueDate": "2030-01-01T00:00:00Z"}
    assert await told(await client.post(f"{where}/change-due-date", json=later)) == f"item is {status}"
    assert await told(await client.put(where, json={**loan, **later})) == f"item is {status}"
    await library.check_in(item, claimedReturnedResolution="Found by library")
    assert await told(await client.post(f"{where}/change-due-date", json=later)) == "Loan is closed"


async def test_the_mark_of_an_open_recall_stays(library: Library, client: httpx.AsyncClient) -> None:
    item = await library.item()
    shown = await library.check_out(await library.patron(), item)
    await request(library, item, requestType="Recall")
    where = f"{LOANS}/{shown['id']}"
    await client.put(where, json={**shown, "dueDateChangedByRecall": True})
    assert (await client.post(f"{where}/change-due-date", json={"dueDate": "2030-01-01"})).status_code == 204
    assert (await library.get(where))["dueDateChangedByRecall"] is True


async def test_a_remark_is_attached_to_a_loan(library: Library, client: httpx.AsyncClient) -> None:
    loan = await library.check_out(await library.patron(), await library.item())
    where = f"{LOANS}/{loan['id']}"
    remark = {"action": "staffInfoAdded", "actionComment": "has called"}
    assert (await client.post(f"{where}/add-info", json=remark)).status_code == 204
    found = await library.get(where)
    assert (found["action"], found["actionComment"]) == ("staffInfoAdded", "has called")
    assert await told(await client.post(f"{where}/add-info", json={"action": "renewed"})) == "Unsupported action"


async def test_a_visit_to_the_desk_ends(library: Library, client: httpx.AsyncClient) -> None:
    patron = await library.patron()
    await library.check_out(patron, await library.item())
    end = "/circulation/end-patron-action-session"
    ended = {"endSessions": [{"patronId": patron["id"], "actionType": "Check-out"}]}
    assert (await client.post(end, json=ended)).status_code == 204
    assert (await library.get("/patron-action-session-storage/patron-action-sessions"))["totalRecords"] == 0


@pytest.mark.parametrize(
    ("session", "message"),
    [
        ({"actionType": "Check-out"}, "End patron session request must have patron id"),
        ({"patronId": str(uuid4())}, "End patron session request must have action type"),
        ({"patronId": str(uuid4()), "actionType": "Sing"}, "Invalid patron action type value"),
    ],
)
async def test_a_visit_is_named_by_patron_and_action(client: httpx.AsyncClient, session: Json, message: str) -> None:
    answer = await client.post("/circulation/end-patron-action-session", json={"endSessions": [session]})
    assert await told(answer) == message
