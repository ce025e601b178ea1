"""Closed loans that forget who borrowed the item."""

from typing import Any
from uuid import uuid4

import httpx

from library import Library
from octavo.services.anonymise import anonymise_user
from octavo.store.leftovers import search
from octavo.store.tx import Tx

Json = dict[str, Any]


async def closed(library: Library, patron: Json, **more: Any) -> Json:
    """Lend an item and take it back; return the stored loan."""
    item = await library.item()
    loan = await library.check_out(patron, item, **more)
    await library.check_in(item)
    return await library.get(f"/loan-storage/loans/{loan['id']}")


async def history(library: Library, loan: Json) -> list[Json]:
    rows: list[Json] = (await library.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']}"))["loansHistory"]
    return rows


async def test_a_patron_s_closed_loans_forget_them_and_their_proxy(library: Library, client: httpx.AsyncClient) -> None:
    patron, proxy = await library.patron(), await library.patron()
    await library.post("/proxiesfor", userId=patron["id"], proxyUserId=proxy["id"], status="Active")
    loan = await closed(library, patron, proxyUserBarcode=proxy["barcode"])
    others = await closed(library, await library.patron())
    open_item = await library.item()
    still_open = await library.check_out(patron, open_item)
    answer = await client.post(f"/loan-storage/loans/anonymize/{patron['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    forgotten = await library.get(f"/loan-storage/loans/{loan['id']}")
    assert not {"userId", "proxyUserId"} & set(forgotten)
    assert forgotten["metadata"] == loan["metadata"]
    rows = await history(library, loan)
    assert [row["operation"] for row in rows] == ["U", "U", "I"]
    assert not any({"userId", "proxyUserId"} & set(row["loan"]) for row in rows)
    assert (await library.get(f"/loan-storage/loans/{others['id']}"))["userId"]
    assert (await library.get(f"/loan-storage/loans/{still_open['id']}"))["userId"] == patron["id"]
    found = await library.get(f"/loan-storage/loan-history?query=loan.userId=={patron['id']}")
    assert [row["loan"]["id"] for row in found["loansHistory"]] == [still_open["id"]]


async def test_anonymising_takes_one_statement(
    library: Library, client: httpx.AsyncClient, statements: list[str]
) -> None:
    loan = await closed(library, await library.patron())
    statements.clear()
    await client.post("/anonymize-storage-loans", json={"loanIds": [loan["id"]]})
    assert len([one for one in statements if "loan_history" in one]) == 1


async def test_nobody_to_forget_is_no_error(client: httpx.AsyncClient) -> None:
    assert (await client.post(f"/loan-storage/loans/anonymize/{uuid4()}")).status_code == 204


async def test_a_user_id_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/loan-storage/loans/anonymize/foo")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "message": "Invalid user ID, should be a UUID", "type": "1", "code": "-1",
            "parameters": [{"key": "userId", "value": "foo"}],
        }
    ]  # fmt: skip


async def test_only_what_was_anonymised_is_listed_and_the_rest_with_its_reason(
    library: Library, client: httpx.AsyncClient
) -> None:
    patron = await library.patron()
    loan, still_open, unknown = await closed(library, patron), None, str(uuid4())
    still_open = await library.check_out(patron, await library.item())
    ids = [loan["id"], still_open["id"], unknown, "not valid", "null"]
    answer = await client.post("/anonymize-storage-loans", json={"loanIds": ids})
    assert answer.status_code == 200
    assert answer.json() == {
        "anonymizedLoans": [loan["id"]],
        "notAnonymizedLoans": [
            {"reason": "invalidLoanIds", "loanIds": ["not valid", "null"]},
            {"reason": "loanNotFound", "loanIds": [unknown]},
            {"reason": "loanNotClosed", "loanIds": [still_open["id"]]},
        ],
    }
    assert "userId" not in await library.get(f"/loan-storage/loans/{loan['id']}")


async def test_anonymising_twice_changes_nothing_more(library: Library, client: httpx.AsyncClient) -> None:
    loan = await closed(library, await library.patron())
    for _ in range(2):
        answer = await client.post("/anonymize-storage-loans", json={"loanIds": [loan["id"], loan["id"].upper()]})
        assert answer.json() == {"anonymizedLoans": [loan["id"]], "notAnonymizedLoans": []}
        assert len(await history(library, loan)) == 3


async def test_somebody_must_be_named(client: httpx.AsyncClient) -> None:
    for ids, shown in (([], "[]"), (["a", "b"], "[a, b]")):
        (only,) = (await client.post("/anonymize-storage-loans", json={"loanIds": ids})).json()["errors"]
        assert (only["message"], only["parameters"]) == (
            "Please provide valid loanIds", [{"key": "loanIds", "value": shown}],
        )  # fmt: skip


async def test_loans_that_cost_something_keep_their_patron(library: Library, client: httpx.AsyncClient) -> None:
    patron = await library.patron()
    free, charged = await closed(library, patron), await closed(library, patron)
    await library.post(
        "/accounts", userId=patron["id"], loanId=charged["id"], amount=5, remaining=0, status={"name": "Closed"},
        paymentStatus={"name": "Paid fully"}, feeFineId=str(uuid4()), ownerId=str(uuid4()),
    )  # fmt: skip
    answer = await client.post(f"/loan-anonymization/by-user/{patron['id']}")
    parameters = [{"key": "loanIds", "value": f'["{charged["id"]}"]'}]
    assert answer.json() == {
        "anonymizedLoans": [free["id"]],
        "errors": [{"message": "haveAssociatedFeesAndFines", "parameters": parameters}],
    }
    assert "borrower" not in await library.get(f"/circulation/loans/{free['id']}")
    assert (await library.get(f"/circulation/loans/{charged['id']}"))["userId"] == patron["id"]
    assert (await client.post("/loan-anonymization/by-user/x")).status_code == 422


async def test_nothing_links_an_anonymised_loan_to_its_patron(library: Library, tx: Tx) -> None:
    """Although the patron has changed the loan themselves. The visit to the desk, which ends by itself, is over."""
    patron = await library.patron()
    loan = await closed(library, patron)
    themselves = f'{{"createdByUserId": "{patron["id"]}", "updatedByUserId": "{patron["id"]}"}}'
    for table, key in (("loan", "id"), ("loan_history", "record_id")):
        await tx.connection.execute(
            f"""UPDATE {tx.table(table)} SET doc = jsonb_set(doc, '{{metadata}}', doc->'metadata' || $2::text::jsonb)
                WHERE {key} = $1""", loan["id"], themselves,
        )  # fmt: skip
    await tx.connection.execute(f"UPDATE {tx.table('outbox')} SET new = (SELECT doc FROM {tx.table('loan')} WHERE id = $1) WHERE record_id = $1", loan["id"])
    await tx.connection.execute(f"DELETE FROM {tx.table('patron_action_session')}")
    await anonymise_user(tx, patron["id"])
    of_patron, of_loan = [{(one.table, one.id) for one in await search(tx, [known["id"]])} for known in (patron, loan)]
    assert ("users", patron["id"]) in of_patron
    assert ("loan", loan["id"]) in of_loan
    assert of_patron & of_loan == set()
