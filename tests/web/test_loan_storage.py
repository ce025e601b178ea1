"""Loans as they are stored, and their history (seed 003)."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

Json = dict[str, Any]

LOANS = "/loan-storage/loans"


def loan(**changes: Any) -> Json:
    record = {
        "id": str(uuid4()), "userId": str(uuid4()), "itemId": str(uuid4()), "status": {"name": "Open"},
        "loanDate": "2017-03-01T23:11:00-01:00", "action": "checkedout", "dueDate": "2017-03-15T23:11:00-01:00",
    }  # fmt: skip
    return {**record, **changes}


async def test_a_loan_is_kept_as_it_was_written_but_for_its_instants(client: httpx.AsyncClient) -> None:
    made = loan()
    answer = await client.post(LOANS, json=made)
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{LOANS}/{made['id']}")
    stored = answer.json()
    assert stored["loanDate"] == "2017-03-01T23:11:00-01:00"
    assert stored["dueDate"] == "2017-03-16T00:11:00.000+00:00"
    assert stored["metadata"]["createdDate"]


async def test_an_open_loan_belongs_to_somebody(client: httpx.AsyncClient) -> None:
    made = loan()
    del made["userId"]
    answer = await client.post(LOANS, json=made)
    assert answer.status_code == 422
    assert answer.json() == {"errors": [{"message": "Open loan must have a user ID", "parameters": []}]}
    assert (await client.post(LOANS, json={**made, "status": {"name": "Closed"}})).status_code == 201


async def test_a_loan_without_status_is_open(client: httpx.AsyncClient) -> None:
    made = loan()
    del made["status"]
    assert (await client.post(LOANS, json=made)).json()["status"] == {"name": "Open"}
    assert (await client.put(f"{LOANS}/{made['id']}", json=made)).status_code == 204


async def test_a_bad_date_is_told_before_a_missing_user(client: httpx.AsyncClient) -> None:
    made = loan()
    await client.post(LOANS, json=made)
    bad = {**made, "loanDate": "foo", "returnDate": "bar", "userId": None}
    for answer in (await client.post(LOANS, json=bad), await client.put(f"{LOANS}/{made['id']}", json=bad)):
        assert answer.status_code == 400
        assert answer.text == (
            "loan date must be a date time (in RFC3339 format)\nreturn date must be a date time (in RFC3339 format)"
        )


async def test_an_item_is_lent_to_one_patron_at_a_time(client: httpx.AsyncClient) -> None:
    first = loan()
    await client.post(LOANS, json=first)
    answer = await client.post(LOANS, json=loan(itemId=first["itemId"].upper()))
    assert answer.status_code == 422
    (only,) = answer.json()["errors"]
    assert only["message"] == "Cannot have more than one open loan for the same item"
    assert (await client.post(LOANS, json=loan(itemId=first["itemId"], status={"name": "Closed"}))).status_code == 201


async def test_a_loan_that_is_not_there_is_not_replaced_but_may_be_created_there(client: httpx.AsyncClient) -> None:
    made = loan()
    where = f"{LOANS}/{made['id']}"
    answer = await client.put(where, json=made)
    assert (answer.status_code, answer.text) == (404, "loan not found")
    assert (await client.put(where, json=made, headers={"If-None-Match": "*"})).status_code == 201
    assert (await client.get(where)).status_code == 200


async def test_somebody_else_s_change_is_not_overwritten(client: httpx.AsyncClient) -> None:
    made = loan()
    where = (await client.post(LOANS, json=made)).headers["Location"]
    tag = (await client.get(where)).headers["ETag"]
    assert (await client.put(where, json={**made, "action": "renewed"}, headers={"If-Match": tag})).status_code == 204
    stale = await client.put(where, json=made, headers={"If-Match": tag})
    assert (stale.status_code, stale.text) == (409, "version conflict")


async def test_history_tells_every_change_newest_first(client: httpx.AsyncClient) -> None:
    made = loan()
    where = (await client.post(LOANS, json=made)).headers["Location"]
    await client.put(where, json={**made, "action": "renewed"})
    await client.delete(where)
    rows = (await client.get(f"/loan-storage/loan-history?query=loan.id=={made['id']}")).json()["loansHistory"]
    assert [(row["operation"], row["loan"]["action"]) for row in rows] == [
        ("D", "deleted"), ("U", "renewed"), ("I", "checkedout"),
    ]  # fmt: skip
    assert all(row["createdDate"] == row["creationDate"] for row in rows)
    everything = await client.get("/loan-storage/loan-history")
    assert everything.json()["totalRecords"] == 3


async def test_loans_are_deleted_all_at_once_and_their_history_stays(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.post(LOANS, json=loan())
    assert (await client.delete(LOANS)).status_code == 204
    assert (await client.get(LOANS)).json() == {"loans": [], "totalRecords": 0}
    assert (await client.get("/loan-storage/loan-history")).json()["totalRecords"] == 3


async def test_a_query_says_which_loans_are_deleted(client: httpx.AsyncClient) -> None:
    first, second = loan(), loan()
    for made in (first, second):
        await client.post(LOANS, json=made)
    answer = await client.delete(LOANS, params={"query": f"userId=={first['userId']}"})
    assert answer.status_code == 204
    assert [one["id"] for one in (await client.get(LOANS)).json()["loans"]] == [second["id"]]
    (row,) = (await client.get("/loan-storage/loan-history?query=operation==D")).json()["loansHistory"]
    assert row["loan"]["action"] == "deleted"


@pytest.mark.parametrize(("query", "text"), [("", "Expected CQL but query parameter is empty"), (")", "")])
async def test_a_query_that_cannot_be_read_deletes_nothing(client: httpx.AsyncClient, query: str, text: str) -> None:
    await client.post(LOANS, json=loan())
    answer = await client.delete(LOANS, params={"query": query})
    assert answer.status_code == 400
    assert text in answer.text
    assert (await client.get(LOANS)).json()["totalRecords"] == 1
