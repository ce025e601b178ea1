"""Seed 003: loans as they are stored, by operation and status code, with the seed's own examples."""

from typing import Any
from uuid import uuid4

import pytest

from seeds.exercises import exercises
from seeds.shapes import Loan, LoanHistory, Loans, done, failed, refused, shown, text

ALL = "/loan-storage/loans"
HISTORY = "/loan-storage/loan-history"
UNKNOWN = "7a3e4c2f-7a0c-4d9f-8f3f-0f1d2c3b4a59"

#: The seed's example; its `lostItemPolicyId` reads `82b53832-c9fb-47ef-986j-5b1a498a8b61`, which is no UUID.
EXAMPLE: dict[str, Any] = {
    "id": "cf23adf0-61ba-4887-bf82-956c4aae2260",
    "userId": "df7f4993-8c14-4a0f-ab63-93975ab01c76",
    "proxyUserId": "346ad017-dac1-417d-9ed8-0ac7eeb886aa",
    "itemId": "cb20f34f-b773-462f-a091-b233cc96b9e6",
    "loanDate": "2017-03-01T23:11:00-01:00",
    "dueDate": "2017-03-15T23:11:00-01:00",
    "itemEffectiveLocationIdAtCheckOut": "07f83048-6737-4c6a-a3bc-c49cd9beaa38",
    "checkoutServicePointId": "8bb53832-c9fb-47ef-986d-5b1a498a8b30",
    "checkinServicePointId": "8bb53832-c9fb-47ef-986d-5b1a498a8b30",
    "status": {"name": "Open"},
    "action": "checkedout",
    "itemStatus": "Checked out",
    "renewalCount": 0,
    "overdueFinePolicyId": "27b56832-c9fb-47ef-986d-5b1a498a8b89",
    "lostItemPolicyId": "82b53832-c9fb-47ef-986e-5b1a498a8b61",
}
#: The loans of the seed's example of a list.
LISTED = [
    {
        "id": "cf23adf0-61ba-4887-bf82-956c4aae2260",
        "userId": "df7f4993-8c14-4a0f-ab63-93975ab01c76",
        "proxyUserId": "346ad017-dac1-417d-9ed8-0ac7eeb886aa",
        "itemId": "cb20f34f-b773-462f-a091-b233cc96b9e6",
        "loanDate": "2017-03-01T22:34:11-04:00",
        "dueDate": "2017-04-15T22:34:11-04:00",
        "status": {"name": "Open"},
        "action": "renewed",
        "itemStatus": "Checked out",
        "renewalCount": 1,
    },
    {
        "id": "1d09af65-aeaa-499c-80cb-d52847b75a60",
        "userId": "15054e48-03e8-4ed5-810b-7192b86accab",
        "itemId": "94838fa2-288a-45c2-ad19-9102f5645127",
        "loanDate": "2017-01-14T19:14:36-01:00",
        "dueDate": "2017-01-29T19:14:36+00:00",
        "returnDate": "2017-01-16T09:15:23-01:00",
        "status": {"name": "Closed"},
        "action": "checkedin",
        "itemStatus": "Available",
    },
]
ONE = f"{ALL}/{EXAMPLE['id']}"
ANONYMISE = f"{ALL}/anonymize/{EXAMPLE['userId']}"


@pytest.fixture
async def example(client):
    """The seed's example, stored."""
    return shown(Loan, await client.post(ALL, json=EXAMPLE), 201)


@exercises("POST /loan-storage/loans", 201)
@exercises("GET /loan-storage/loans/{loanId}", 200)
async def test_the_seeds_example_is_stored_and_found_where_the_answer_says(client):
    answer = await client.post(ALL, json=EXAMPLE)
    made = shown(Loan, answer, 201)
    metadata = made.pop("metadata")
    assert made == {**EXAMPLE, "dueDate": "2017-03-16T00:11:00.000+00:00"}, "instants in UTC, the loan date as written"
    assert answer.headers["location"] == ONE
    assert answer.headers["location"].rpartition("/")[2] == EXAMPLE["id"]
    assert shown(Loan, await client.get(ONE)) == {**made, "metadata": metadata}


@exercises("POST /loan-storage/loans", 422)
@exercises("PUT /loan-storage/loans/{loanId}", 422)
async def test_the_example_as_the_seed_prints_it_breaks_the_seeds_own_pattern(client, example):
    printed = {**EXAMPLE, "lostItemPolicyId": "82b53832-c9fb-47ef-986j-5b1a498a8b61"}
    for answer in (await client.post(ALL, json={**printed, "id": UNKNOWN}), await client.put(ONE, json=printed)):
        [error] = refused(answer)
        assert error["message"].startswith('must match "^[a-fA-F0-9]{8}-')
        assert error["parameters"] == [{"key": "lostItemPolicyId", "value": printed["lostItemPolicyId"]}]


@exercises("GET /loan-storage/loans", 200)
async def test_the_seeds_example_of_a_list_comes_back(client):
    for loan in LISTED:
        await client.post(ALL, json=loan)
    found = shown(Loans, await client.get(ALL, params={"query": "cql.allRecords=1 sortBy loanDate/sort.descending"}))
    assert found["totalRecords"] == 2
    for loan in found["loans"]:
        del loan["metadata"]
    dates = ["2017-04-16T02:34:11.000+00:00", "2017-01-29T19:14:36.000+00:00"]
    assert found["loans"] == [{**loan, "dueDate": due} for loan, due in zip(LISTED, dates, strict=True)]


@exercises("GET /loan-storage/loan-history", 200)
async def test_the_history_fits_the_schema_and_keeps_the_name_of_the_example_too(client, example, clock):
    found = shown(LoanHistory, await client.get(HISTORY, params={"query": f'loan.id=="{EXAMPLE["id"]}"'}))
    [entry] = found["loansHistory"]
    assert entry["operation"] == "I"
    assert entry["loan"] == example
    assert entry["creationDate"] == entry["createdDate"]
    assert entry["createdDate"].startswith(clock().isoformat(timespec="seconds")[:19])


@exercises("PUT /loan-storage/loans/{loanId}", 204)
async def test_a_loan_is_replaced_and_the_id_in_the_path_counts(client, example, clock):
    clock.advance(days=1)
    done(await client.put(ONE, json={**EXAMPLE, "id": UNKNOWN, "action": "renewed", "renewalCount": 1}))
    found = shown(Loan, await client.get(ONE))
    assert (found["id"], found["action"], found["renewalCount"]) == (EXAMPLE["id"], "renewed", 1)
    assert found["metadata"]["createdDate"] == example["metadata"]["createdDate"]
    assert found["metadata"]["updatedDate"] == clock().isoformat(timespec="milliseconds")


@exercises("PUT /loan-storage/loans/{loanId}", 404)
@exercises("GET /loan-storage/loans/{loanId}", 404)
@exercises("DELETE /loan-storage/loans/{loanId}", 404)
async def test_an_unknown_loan_is_not_found(client):
    for answer in (await client.get(ONE), await client.put(ONE, json=EXAMPLE), await client.delete(ONE)):
        assert text(answer, 404) == "loan not found"
    assert (await client.get(ALL)).json() == {"loans": [], "totalRecords": 0}


@exercises("PUT /loan-storage/loans/{loanId}", 201)
async def test_put_creates_a_loan_when_it_is_told_that_there_is_none(client):
    answer = await client.put(ONE, json=EXAMPLE, headers={"If-None-Match": "*"})
    assert shown(Loan, answer, 201)["id"] == EXAMPLE["id"]
    assert answer.headers["location"] == ONE
    refused(await client.put(ONE, json=EXAMPLE, headers={"If-None-Match": "*"}))


@exercises("PUT /loan-storage/loans/{loanId}", 409)
@exercises("DELETE /loan-storage/loans/{loanId}", 409)
async def test_a_loan_that_somebody_else_has_changed_is_neither_overwritten_nor_deleted(client, example):
    tag = (await client.get(ONE)).headers["etag"]
    done(await client.put(ONE, json={**EXAMPLE, "action": "renewed"}, headers={"If-Match": tag}))
    assert text(await client.put(ONE, json=EXAMPLE, headers={"If-Match": tag}), 409) == "version conflict"
    assert text(await client.delete(ONE, headers={"If-Match": tag}), 409) == "version conflict"
    assert (await client.get(ONE)).json()["action"] == "renewed"


@exercises("GET /loan-storage/loans/{loanId}", 304)
async def test_a_loan_that_the_client_has_already_is_not_sent_again(client, example):
    tag = (await client.get(ONE)).headers["etag"]
    answer = await client.get(ONE, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")


@exercises("DELETE /loan-storage/loans/{loanId}", 204)
async def test_a_deleted_loan_is_gone(client, example):
    done(await client.delete(ONE, headers={"Accept": "application/json"}))
    assert (await client.get(ONE)).status_code == 404


@exercises("DELETE /loan-storage/loans", 204)
async def test_all_loans_are_deleted_at_once_and_their_history_stays(client):
    for loan in LISTED:
        await client.post(ALL, json=loan)
    done(await client.delete(ALL, params={"lang": "en"}))
    assert (await client.get(ALL)).json() == {"loans": [], "totalRecords": 0}
    assert (await client.get(HISTORY)).json()["totalRecords"] == 2


async def test_deleting_all_loans_takes_a_permission_of_its_own(client, octavo):
    [route] = [route for route in octavo.routes if route.name == f"DELETE {ALL}"]
    others = {other.permission for other in octavo.routes if other is not route}
    assert route.permission not in others


@exercises("POST /loan-storage/loans/anonymize/{userId}", 204)
async def test_the_closed_loans_of_a_patron_forget_them(client):
    for loan in LISTED:
        await client.post(ALL, json={**loan, "userId": EXAMPLE["userId"]})
    done(await client.post(ANONYMISE))
    found = (await client.get(ALL, params={"query": f'userId=="{EXAMPLE["userId"]}"'})).json()
    assert [loan["id"] for loan in found["loans"]] == [LISTED[0]["id"]], "only the open loan remembers"
    assert "userId" not in (await client.get(f"{ALL}/{LISTED[1]['id']}")).json()


@exercises("POST /loan-storage/loans/anonymize/{userId}", 400)
async def test_a_request_to_anonymise_that_cannot_be_served_as_sent_is_a_bad_request(client):
    assert "Idempotency-Key" in text(await client.post(ANONYMISE, headers={"Idempotency-Key": "x" * 256}), 400)


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        pytest.param("GET", f"{ALL}?query=)", b"", marks=exercises("GET /loan-storage/loans", 400), id="list by bad CQL"),
        pytest.param("GET", f"{ALL}?limit=x", b"", marks=exercises("GET /loan-storage/loans", 400), id="limit"),
        pytest.param("GET", f"{ALL}?offset=-1", b"", marks=exercises("GET /loan-storage/loans", 400), id="offset"),
        pytest.param("GET", f"{ALL}?lang=e1", b"", marks=exercises("GET /loan-storage/loans", 400), id="lang"),
        pytest.param("POST", ALL, b'{"id": ', marks=exercises("POST /loan-storage/loans", 400), id="POST of no JSON"),
        pytest.param("POST", ALL, b"", marks=exercises("POST /loan-storage/loans", 400), id="POST of nothing"),
        pytest.param("POST", f"{ALL}?lang=", b"{}", marks=exercises("POST /loan-storage/loans", 400), id="POST lang"),
        pytest.param(
            "POST", ALL, b'{"renewalCount": "many"}', marks=exercises("POST /loan-storage/loans", 400), id="no number",
        ),
        pytest.param("PUT", ONE, b"{]", marks=exercises("PUT /loan-storage/loans/{loanId}", 400), id="PUT of no JSON"),
        pytest.param(
            "PUT", ONE, b'{"dueDate": "tomorrow"}', marks=exercises("PUT /loan-storage/loans/{loanId}", 400), id="no date",
        ),
        pytest.param(
            "DELETE", f"{ALL}/5", b"", marks=exercises("DELETE /loan-storage/loans/{loanId}", 400), id="DELETE of no UUID",
        ),
        pytest.param("DELETE", f"{ALL}?query=)", b"", marks=exercises("DELETE /loan-storage/loans", 400), id="delete by CQL"),
        pytest.param(
            "GET", f"{ONE}?lang=english", b"", marks=exercises("GET /loan-storage/loans/{loanId}", 400), id="GET lang",
        ),
        pytest.param(
            "GET", f"{HISTORY}?query=)", b"", marks=exercises("GET /loan-storage/loan-history", 400), id="history by CQL",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_a_bad_request(client, method, path, sent):
    text(await client.request(method, path, content=sent), 400)


@pytest.mark.parametrize("language", ["en", "DE", "xx"])
async def test_any_two_letters_are_a_language(client, language):
    shown(Loans, await client.get(ALL, params={"lang": language}))


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"itemId": None}, "itemId", "must not be null"),
        ({"loanDate": None}, "loanDate", "must not be null"),
        ({"action": None}, "action", "must not be null"),
        ({"proxyUserId": "x"}, "proxyUserId", "must match"),
        ({"itemEffectiveLocationIdAtCheckOut": "00000000-0000-0000-0000-000000000000"},
         "itemEffectiveLocationIdAtCheckOut", "must match"),
        ({"checkoutServicePointId": "x"}, "checkoutServicePointId", "must match"),
        ({"checkinServicePointId": "x"}, "checkinServicePointId", "must match"),
        ({"overdueFinePolicyId": "x"}, "overdueFinePolicyId", "must match"),
        ({"metadata": {}}, "metadata.createdDate", "must not be null"),
        ({"metadata": {"createdDate": "2017-03-01T23:11:00Z", "by": "me"}}, "", 'Unrecognized field "by"'),
    ],
)  # fmt: skip
async def test_a_loan_that_breaks_the_schema_is_refused_by_field(client, change, key, message):
    broken = {name: value for name, value in {**EXAMPLE, **change}.items() if value is not None}
    [error] = refused(await client.post(ALL, json=broken))
    assert error["message"].startswith(message)
    assert error["parameters"][0]["key"] == key


async def test_every_broken_rule_is_listed_at_once(client):
    broken = {"proxyUserId": "x", "lostItemPolicyId": "y", "userId": "z"}
    errors = refused(await client.post(ALL, json=broken))
    named = {error["parameters"][0]["key"] for error in errors}
    assert named == {"itemId", "loanDate", "action", "proxyUserId", "lostItemPolicyId"}


async def test_the_fields_that_came_after_the_seed_are_kept(client):
    newer = {
        "isDcb": False,
        "reminders": {"lastFeeBilled": {"number": 1, "date": "2017-03-20T00:00:00.000+00:00"}},
        "forUseAtLocation": {"status": "In use", "statusDate": "2017-03-02T00:00:00.000+00:00"},
    }
    assert newer.items() <= shown(Loan, await client.post(ALL, json={**EXAMPLE, **newer}), 201).items()


@exercises("POST /loan-storage/loans/anonymize/{userId}", 422)
async def test_case_53_only_a_uuid_can_be_anonymised(client):
    [error] = refused(await client.post(f"{ALL}/anonymize/foo"))
    assert error["message"] == "Invalid user ID, should be a UUID"
    assert error["parameters"] == [{"key": "userId", "value": "foo"}]


EVERY_OPERATION = [
    ("GET", ALL),
    ("POST", ALL),
    ("DELETE", ALL),
    ("POST", ANONYMISE),
    ("GET", ONE),
    ("PUT", ONE),
    ("DELETE", ONE),
    ("GET", HISTORY),
]


async def every_operation(client):
    """Yield the answer to each operation of the seed."""
    for method, path in EVERY_OPERATION:
        loan = EXAMPLE if path in (ALL, ONE) and method in ("POST", "PUT") else None
        yield await client.request(method, path, json=loan)


@exercises("GET /loan-storage/loans", 401)
@exercises("POST /loan-storage/loans", 401)
@exercises("DELETE /loan-storage/loans", 401)
@exercises("POST /loan-storage/loans/anonymize/{userId}", 401)
@exercises("GET /loan-storage/loans/{loanId}", 401)
@exercises("PUT /loan-storage/loans/{loanId}", 401)
@exercises("DELETE /loan-storage/loans/{loanId}", 401)
@exercises("GET /loan-storage/loan-history", 401)
async def test_nothing_is_told_to_nobody(anonymous):
    async for answer in every_operation(anonymous):
        assert text(answer, 401).startswith("Token missing")
        assert "www-authenticate" in answer.headers


@exercises("GET /loan-storage/loans", 403)
@exercises("POST /loan-storage/loans", 403)
@exercises("DELETE /loan-storage/loans", 403)
@exercises("POST /loan-storage/loans/anonymize/{userId}", 403)
@exercises("GET /loan-storage/loans/{loanId}", 403)
@exercises("PUT /loan-storage/loans/{loanId}", 403)
@exercises("DELETE /loan-storage/loans/{loanId}", 403)
@exercises("GET /loan-storage/loan-history", 403)
async def test_every_operation_takes_a_permission(powerless):
    async for answer in every_operation(powerless):
        assert "requires permission: circulation-storage.loans" in text(answer, 403)


@exercises("GET /loan-storage/loans", 500)
@exercises("POST /loan-storage/loans", 500)
@exercises("DELETE /loan-storage/loans", 500)
@exercises("POST /loan-storage/loans/anonymize/{userId}", 500)
@exercises("GET /loan-storage/loans/{loanId}", 500)
@exercises("PUT /loan-storage/loans/{loanId}", 500)
@exercises("DELETE /loan-storage/loans/{loanId}", 500)
async def test_a_failure_that_nobody_foresaw_tells_nothing_of_the_inside(client, break_table):
    await break_table("loan")
    async for answer in every_operation(client):
        if answer.request.url.path != HISTORY:
            failed(answer)


@exercises("GET /loan-storage/loan-history", 500)
async def test_a_failure_of_the_history_tells_nothing_either(client, break_table):
    await break_table("loan_history")
    failed(await client.get(HISTORY))
    failed(await client.post(ALL, json={**EXAMPLE, "itemId": str(uuid4())}))
