"""What Octavo does where the sources disagree, as far as no other test keeps it; `docs/compatibility.md` lists all."""

import logging
from typing import Any
from uuid import uuid4

import httpx
import pytest

from octavo.auth import api_keys
from seeds.shapes import Loan, Loans, refused, shown, text

LOANS = "/loan-storage/loans"


def loan(**more: Any) -> dict[str, Any]:
    return {"itemId": str(uuid4()), "userId": str(uuid4()), "loanDate": "2017-03-01T22:34:11Z", "action": "x", **more}


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("loanDate", 2017, "2017"),
        ("actionComment", True, "true"),
        ("actionComment", 1.5, "1.5"),
        ("renewalCount", "1", 1),
        ("renewalCount", 1.7, 1),
        ("isDcb", "true", True),
        ("isDcb", 0, False),
        ("dueDate", 1488407651000, "2017-03-01T22:34:11.000+00:00"),
        ("dueDate", "2017-03-01", "2017-03-01T00:00:00.000+00:00"),
        ("dueDate", "Wed, 01 Mar 2017 22:34:11 GMT", "2017-03-01T22:34:11.000+00:00"),
    ],
)
async def test_scalars_are_read_leniently_and_kept_as_the_schema_says(client, field, sent, kept):
    assert shown(Loan, await client.post(LOANS, json=loan(**{field: sent})), 201)[field] == kept


@pytest.mark.parametrize(("field", "sent"), [("renewalCount", "one"), ("isDcb", "yes"), ("dueDate", "foo"), ("action", {})])
async def test_what_no_leniency_can_read_is_a_bad_request(client, field, sent):
    text(await client.post(LOANS, json=loan(**{field: sent})), 400)


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
async def test_a_client_may_choose_ids_of_versions_1_to_5(client, version):
    chosen = f"7a3e4c2f-7a0c-{version}d9f-8f3f-0f1d2c3b4a59"
    assert shown(Loan, await client.post(LOANS, json=loan(id=chosen)), 201)["id"] == chosen


@pytest.mark.parametrize(
    "chosen",
    [
        "00000000-0000-0000-0000-000000000000",
        "7a3e4c2f-7a0c-6d9f-8f3f-0f1d2c3b4a59",
        "0190b8a5-3f5e-7cc1-9e6b-1d2f3a4b5c6d",
        "7a3e4c2f-7a0c-4d9f-7f3f-0f1d2c3b4a59",
        "7a3e4c2f7a0c4d9f8f3f0f1d2c3b4a59",
    ],
)
async def test_a_client_may_choose_no_other_id(client, chosen):
    [error] = refused(await client.post(LOANS, json=loan(id=chosen)))
    assert error["parameters"][0]["key"] == "id"
    text(await client.get(f"{LOANS}/{chosen}"), 404)


async def test_ids_are_the_same_in_capitals(client):
    made = shown(Loan, await client.post(LOANS, json=loan(id="7A3E4C2F-7A0C-4D9F-8F3F-0F1D2C3B4A59")), 201)
    assert made["id"] == "7a3e4c2f-7a0c-4d9f-8f3f-0f1d2c3b4a59"
    assert shown(Loan, await client.get(f"{LOANS}/7A3E4C2F-7A0C-4D9F-8F3F-0F1D2C3B4A59")) == made


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("accept", ["application/json", "text/plain", "image/png"])
async def test_accept_is_never_a_reason_to_refuse(client, method, accept):
    made = shown(Loan, await client.post(LOANS, json=loan()), 201)
    answer = await client.request(method, f"{LOANS}/{made['id']}", headers={"Accept": accept})
    assert answer.status_code in (200, 204)


@pytest.fixture
async def many_loans(tx):
    """1,100 closed loans and 100 open ones."""
    await tx.connection.execute(
        f"""INSERT INTO {tx.table("loan")} (id, doc)
            SELECT id, jsonb_build_object('id', id, 'itemId', gen_random_uuid(), 'userId', gen_random_uuid(), 'action', 'x',
                'loanDate', '2017', 'status', jsonb_build_object('name', CASE WHEN number <= 100 THEN 'Open' ELSE 'Closed' END))
            FROM (SELECT number, gen_random_uuid() AS id FROM generate_series(1, 1200) number) made"""
    )


async def test_totals_are_exact_up_to_a_thousand_and_whenever_that_is_asked_for(client, many_loans):
    async def total(**asked):
        return shown(Loans, await client.get(LOANS, params=asked))["totalRecords"]

    assert await total(query="status.name==Open", limit=1) == 100
    assert await total(limit=0) == 1200
    assert await total(totalRecords="exact", limit=1) == 1200
    assert await total(query="status.name==Closed", totalRecords="exact", limit=1) == 1100


async def test_a_total_beyond_a_thousand_is_never_below_what_was_seen(client, many_loans):
    for offset in (0, 995, 1190):
        page = shown(Loans, await client.get(LOANS, params={"offset": offset, "limit": 10}))
        assert len(page["loans"]) == 10
        assert page["totalRecords"] >= max(1000, offset + 10)
    last = shown(Loans, await client.get(LOANS, params={"offset": 1190, "limit": 20}))
    assert (len(last["loans"]), last["totalRecords"]) == (10, 1200), "the last page tells the total"
    unasked = (await client.get(LOANS, params={"totalRecords": "none"})).json()
    assert "totalRecords" not in unasked


async def test_lines_of_history_are_counted_as_asked_too(client):
    shown(Loan, await client.post(LOANS, json=loan()), 201)
    assert (await client.get("/loan-storage/loan-history", params={"totalRecords": "exact"})).json()["totalRecords"] == 1
    assert "totalRecords" not in (await client.get("/loan-storage/loan-history", params={"totalRecords": "none"})).json()


async def test_a_value_too_long_for_its_index_is_a_bad_request(client):
    scattered = "".join(str(uuid4()) for _ in range(400))
    assert "too long" in text(await client.post(LOANS, json=loan(itemStatus=scattered)), 400)
    assert shown(Loan, await client.post(LOANS, json=loan(actionComment=scattered)), 201)["actionComment"] == scattered


async def test_dates_of_the_history_are_iso_text_in_the_order_of_time(client, clock):
    made = shown(Loan, await client.post(LOANS, json=loan()), 201)
    clock.advance(milliseconds=1)
    await client.put(f"{LOANS}/{made['id']}", json=made)
    asked = {"query": f'loan.id=="{made["id"]}" sortBy createdDate/sort.ascending'}
    rows = (await client.get("/loan-storage/loan-history", params=asked)).json()["loansHistory"]
    dates = [row["createdDate"] for row in rows]
    assert dates == sorted(dates)
    assert all(date[10] == "T" and date.endswith("+00:00") for date in dates)


@pytest.mark.parametrize("where", ["header", "query", "query without padding"])
async def test_a_key_is_taken_from_header_or_address_and_never_logged(sides, tx, library, caplog, where):
    _, key = await api_keys.create(tx, "diku", "admin", "tests", [api_keys.Scope.READ])
    patron = await library.patron(externalSystemId="reader")
    caplog.set_level(logging.DEBUG)
    async with sides.edge() as edge:
        answer: httpx.Response
        if where == "header":
            answer = await edge.get("/patron/account/reader", headers={"Authorization": f"apikey {key}"})
        else:
            sent = key.rstrip("=") if where == "query without padding" else key
            answer = await edge.get("/patron/account/reader", params={"apikey": sent})
    assert answer.status_code == 200, answer.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("octavo")]
    assert any("GET /patron/account/" in line for line in ours)
    assert not any(key.rstrip("=") in line or patron["id"] in line for line in ours)
