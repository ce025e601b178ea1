"""The telling cases 42 to 56 of FOLIO's own test suite: a loan's history, and loans that forget their patrons."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from seeds.shapes import Loan, LoanHistory, done, refused, shown

ALL = "/loan-storage/loans"
HISTORY = "/loan-storage/loan-history"
BY_IDS = "/anonymize-storage-loans"
OPEN, CLOSED = {"name": "Open"}, {"name": "Closed"}


async def lend(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    record = {
        "userId": str(uuid4()), "itemId": str(uuid4()), "loanDate": "2017-06-27T10:23:43.000Z", "action": "checkedout",
        "status": OPEN,
    }  # fmt: skip
    made: dict[str, Any] = shown(Loan, await client.post(ALL, json={**record, **more}), 201)
    return made


async def change(client: httpx.AsyncClient, made: dict[str, Any], **more: Any) -> None:
    done(await client.put(f"{ALL}/{made['id']}", json={**made, **more}))


async def lend_and_return(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    made = await lend(client, **more)
    await change(client, made, status=CLOSED, action="checkedin")
    return made


async def history(client: httpx.AsyncClient, query: str) -> list[dict[str, Any]]:
    found = shown(LoanHistory, await client.get(HISTORY, params={"query": query}))
    assert found["totalRecords"] == len(found["loansHistory"])
    rows: list[dict[str, Any]] = found["loansHistory"]
    return rows


async def read(client: httpx.AsyncClient, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = shown(Loan, await client.get(f"{ALL}/{made['id']}"))
    return found


async def test_case_42_a_new_loan_is_one_line_of_history(client):
    made = await lend(client)
    [row] = await history(client, f"loan.id=={made['id']}")
    assert (row["operation"], row["loan"]) == ("I", made)


async def test_case_43_the_newest_change_comes_first(client, clock):
    made = await lend(client)
    clock.advance(seconds=1)
    await change(client, made, action="renewed")
    rows = await history(client, f"loan.id=={made['id']}")
    assert [(row["operation"], row["loan"]["action"]) for row in rows] == [("U", "renewed"), ("I", "checkedout")]
    assert rows[0]["createdDate"] > rows[1]["createdDate"]


async def test_case_44_every_change_is_kept_even_the_deletion(client):
    made = await lend(client)
    await change(client, made, action="renewed")
    await change(client, made, action="checkedin", status=CLOSED)
    done(await client.delete(f"{ALL}/{made['id']}"))
    rows = await history(client, f"loan.id=={made['id']}")
    assert [row["loan"]["action"] for row in rows] == ["deleted", "checkedin", "renewed", "checkedout"]
    assert len(await history(client, f"loan.userId=={made['userId']}")) == 4
    by_action = await history(client, f"loan.id=={made['id']} sortBy loan.action")
    assert by_action[0]["loan"]["action"] == "checkedin"


async def test_an_unchanged_put_is_a_line_of_history_too(client):
    made = await lend(client)
    await change(client, made)
    assert len(await history(client, f"loan.id=={made['id']}")) == 2


@pytest.mark.parametrize("parameters", [{}, {"query": ""}, {"query": " "}])
async def test_case_45_history_is_listed_without_a_query(client, parameters):
    made = await lend(client)
    found = shown(LoanHistory, await client.get(HISTORY, params=parameters))
    assert [row["loan"]["id"] for row in found["loansHistory"]] == [made["id"]]


async def test_case_46_nobody_is_anonymised_easily(client):
    done(await client.post(f"{ALL}/anonymize/{uuid4()}"))


async def test_case_47_a_closed_loan_forgets_its_patron_and_stays(client):
    made = await lend_and_return(client)
    done(await client.post(f"{ALL}/anonymize/{made['userId']}"))
    found = await read(client, made)
    assert found["itemId"] == made["itemId"]
    assert "userId" not in found


async def test_case_48_to_50_open_loans_and_those_of_others_remember(client):
    user, other = str(uuid4()), str(uuid4())
    for _ in range(3):
        await lend_and_return(client, userId=user)
    still_open = {(await lend(client, userId=user))["id"] for _ in range(2)}
    foreign = {(await lend_and_return(client, userId=other))["id"], (await lend(client, userId=other))["id"]}
    done(await client.post(f"{ALL}/anonymize/{user}"))
    for patron, expected in ((user, still_open), (other, foreign)):
        found = (await client.get(ALL, params={"query": f"userId=={patron}"})).json()
        assert {one["id"] for one in found["loans"]} == expected


async def test_case_51_the_history_forgets_too(client):
    made = await lend_and_return(client)
    done(await client.post(f"{ALL}/anonymize/{made['userId']}"))
    assert await history(client, f"loan.userId=={made['userId']}") == []
    rows = await history(client, f"loan.id=={made['id']}")
    assert len(rows) == 3, "lent, returned, forgotten"
    assert not any("userId" in row["loan"] for row in rows)


async def test_case_52_the_history_of_open_loans_remembers(client):
    made = await lend(client)
    done(await client.post(f"{ALL}/anonymize/{made['userId']}"))
    assert len(await history(client, f"loan.userId=={made['userId']}")) == 1


@pytest.mark.parametrize("by", ["user", "ids"])
async def test_a_proxy_is_forgotten_together_with_the_patron(client, by):
    made = await lend_and_return(client, proxyUserId=str(uuid4()))
    if by == "user":
        done(await client.post(f"{ALL}/anonymize/{made['userId']}"))
    else:
        assert (await client.post(BY_IDS, json={"loanIds": [made["id"]]})).status_code == 200
    kept = [await read(client, made), *(row["loan"] for row in await history(client, f"loan.id=={made['id']}"))]
    assert not any({"userId", "proxyUserId"} & loan.keys() for loan in kept)


async def test_case_54_loans_are_anonymised_by_their_ids(client):
    made = [await lend_and_return(client) for _ in range(2)]
    answer = await client.post(BY_IDS, json={"loanIds": [one["id"] for one in made]})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"anonymizedLoans": [one["id"] for one in made], "notAnonymizedLoans": []}
    rows = await history(client, "cql.allRecords=1")
    assert len(rows) == 6
    assert not any("userId" in row["loan"] for row in rows)


@pytest.mark.parametrize(("sent", "shown_as"), [({"loanIds": []}, "[]"), ({}, "[]"), ({"loanIds": ["a", "b"]}, "[a, b]")])
async def test_case_55_without_a_valid_id_nothing_is_anonymised(client, sent, shown_as):
    [error] = refused(await client.post(BY_IDS, json=sent))
    assert error["message"] == "Please provide valid loanIds"
    assert error["parameters"] == [{"key": "loanIds", "value": shown_as}]


async def test_case_56_what_is_no_id_is_told(client):
    made = await lend_and_return(client)
    answer = await client.post(BY_IDS, json={"loanIds": [made["id"], "not valid", "null"]})
    assert answer.json() == {
        "anonymizedLoans": [made["id"]],
        "notAnonymizedLoans": [{"reason": "invalidLoanIds", "loanIds": ["not valid", "null"]}],
    }


async def test_loans_that_cannot_be_anonymised_are_listed_with_the_reason(client):
    closed, still_open, unknown = await lend_and_return(client), await lend(client), str(uuid4())
    answer = await client.post(BY_IDS, json={"loanIds": [closed["id"], still_open["id"], unknown]})
    assert answer.json() == {
        "anonymizedLoans": [closed["id"]],
        "notAnonymizedLoans": [
            {"reason": "loanNotFound", "loanIds": [unknown]},
            {"reason": "loanNotClosed", "loanIds": [still_open["id"]]},
        ],
    }
    assert (await read(client, still_open))["userId"] == still_open["userId"]
