"""Every operation asks for what the API documents, on both clients, and gives typed records back."""

import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from client.stub import ITEM, LOAN, LOAN_ID, NOW, USER, done, ok, stub
from octavo_client import Page, Unreadable
from octavo_models.account import HoldCancellation, HoldRequest
from octavo_models.blocks import PatronBlockCondition
from octavo_models.loan import Loan
from octavo_models.session import PatronActionSession
from octavo_models.user import USERS

INSTANCE = "6e024cd5-c19a-4fe0-a2cd-64ce5814c694"
HOLD_ID = "8bbac557-d66f-4571-bbbf-47a107cc1589"
CONDITION = {
    "id": "3d7c52dc-c732-4223-8bf8-e5917801386f",
    "name": "Maximum number of items charged out",
    "blockBorrowing": True,
    "blockRenewals": False,
    "blockRequests": False,
    "valueType": "Integer",
}
SESSION = {"id": HOLD_ID, "patronId": USER, "loanId": LOAN_ID, "actionType": "Check-out"}
HOLD = {"requestId": HOLD_ID, "requestDate": "2026-03-02T10:00:00Z", "pickupLocationId": INSTANCE, "queuePosition": 1}
ACCOUNT_LOAN = {
    "id": LOAN_ID,
    "item": {"instanceId": INSTANCE},
    "loanDate": "2026-03-01T10:00:00Z",
    "dueDate": "2026-04-01T10:00:00Z",
    "overdue": False,
}
ACCOUNT = {
    "totalCharges": {"amount": 50.0, "isoCurrencyCode": "USD"},
    "totalChargesCount": 1,
    "totalLoans": 1,
    "totalHolds": 0,
    "charges": [],
    "holds": [],
    "loans": [ACCOUNT_LOAN],
}
POINTS = {"allowedServicePoints": [{"id": INSTANCE, "name": "Desk"}]}
A_LOAN = Loan.from_wire(LOAN)
A_HOLD = HoldRequest(request_date=NOW, pickup_location_id=INSTANCE)
ACCOUNT_PATH = f"/patron/account/{USER}"
EXPIRED = "/patron-action-session-storage/expired-session-patron-ids"

# what is called, what the server answers, what it must have been asked, what must come back
OPERATIONS: dict[str, tuple[Callable[[Any], Any], Any, str, str]] = {
    "loan": (lambda c: c.loans.get(LOAN_ID), LOAN, "GET", f"/loan-storage/loans/{LOAN_ID}"),
    "loan with tag": (lambda c: c.loans.get_tagged(LOAN_ID), LOAN, "GET", f"/loan-storage/loans/{LOAN_ID}"),
    "loans": (
        lambda c: c.loans.page("userId==x", limit=2, offset=4, total="exact"),
        {"loans": [LOAN], "totalRecords": 5},
        "GET",
        "/loan-storage/loans?query=userId%3D%3Dx&limit=2&offset=4&totalRecords=exact",
    ),
    "all loans": (
        lambda c: c.loans.page(), {"loans": [], "totalRecords": 0}, "GET", "/loan-storage/loans?limit=10&offset=0"
    ),
    "count of loans": (
        lambda c: c.loans.count("a==b"),
        {"loans": [], "totalRecords": 3},
        "GET",
        "/loan-storage/loans?query=a%3D%3Db&limit=0&totalRecords=exact",
    ),
    "new loan": (lambda c: c.loans.create(A_LOAN), LOAN, "POST", "/loan-storage/loans"),
    "changed loan": (lambda c: c.loans.replace(A_LOAN), None, "PUT", f"/loan-storage/loans/{LOAN_ID}"),
    "deleted loan": (lambda c: c.loans.delete(LOAN_ID), None, "DELETE", f"/loan-storage/loans/{LOAN_ID}"),
    "all loans deleted": (lambda c: c.loans.delete_all(), None, "DELETE", "/loan-storage/loans"),
    "some loans deleted": (
        lambda c: c.loans.delete_matching("a==b"), None, "DELETE", "/loan-storage/loans?query=a%3D%3Db"
    ),
    "loans of a user anonymised": (
        lambda c: c.loans.anonymize_user(USER), None, "POST", f"/loan-storage/loans/anonymize/{USER}"
    ),
    "loans anonymised": (
        lambda c: c.loans.anonymize([LOAN_ID]),
        {"anonymizedLoans": [LOAN_ID], "notAnonymizedLoans": []},
        "POST",
        "/anonymize-storage-loans",
    ),
    "loan history": (
        lambda c: c.loans.history("loan.id==x", limit=1),
        {"loansHistory": [{"id": HOLD_ID, "operation": "I", "loan": LOAN, "createdDate": "x"}], "totalRecords": 1},
        "GET",
        "/loan-storage/loan-history?query=loan.id%3D%3Dx&limit=1&offset=0",
    ),
    "session": (
        lambda c: c.sessions.create(PatronActionSession.from_wire(SESSION)),
        SESSION,
        "POST",
        "/patron-action-session-storage/patron-action-sessions",
    ),
    "expired sessions": (
        lambda c: c.sessions.expired(NOW, action_type="Check-in", limit=5),
        {"expiredSessions": [{"patronId": USER, "actionType": "Check-in"}]},
        "GET",
        f"{EXPIRED}?action_type=Check-in&session_inactivity_time_limit=2026-03-02T10%3A00%3A00.000%2B00%3A00&limit=5",
    ),
    "condition": (
        lambda c: c.blocks.conditions.get(CONDITION["id"]),
        CONDITION,
        "GET",
        f"/patron-block-conditions/{CONDITION['id']}",
    ),
    "limits": (
        lambda c: c.blocks.limits.page(limit=1),
        {"patronBlockLimits": [], "totalRecords": 0},
        "GET",
        "/patron-block-limits?limit=1&offset=0",
    ),
    "manual block": (lambda c: c.blocks.manual.delete(HOLD_ID), None, "DELETE", f"/manualblocks/{HOLD_ID}"),
    "automatic blocks": (
        lambda c: c.blocks.automated(USER),
        {"automatedPatronBlocks": []},
        "GET",
        f"/automated-patron-blocks/{USER}",
    ),
    "check-in as of now": (
        lambda c: c.circulation.check_in("I1", INSTANCE),
        {"item": {}, "staffSlipContext": {}, "inHouseUse": True},
        "POST",
        "/circulation/check-in-by-barcode",
    ),
    "account": (
        lambda c: c.patron(USER).account(loans=True, sort_by="dueDate", limit=3, offset=1),
        ACCOUNT,
        "GET",
        f"{ACCOUNT_PATH}?includeLoans=true&includeCharges=false&includeHolds=false&sortBy=dueDate&limit=3&offset=1",
    ),
    "renewal": (lambda c: c.patron(USER).renew(ITEM), ACCOUNT_LOAN, "POST", f"{ACCOUNT_PATH}/item/{ITEM}/renew"),
    "item hold": (
        lambda c: c.patron(USER).hold_item(ITEM, A_HOLD), HOLD, "POST", f"{ACCOUNT_PATH}/item/{ITEM}/hold"
    ),
    "instance hold": (
        lambda c: c.patron(USER).hold_instance(INSTANCE, A_HOLD),
        HOLD,
        "POST",
        f"{ACCOUNT_PATH}/instance/{INSTANCE}/hold",
    ),
    "cancelled hold": (
        lambda c: c.patron(USER).cancel_hold(HOLD_ID, HoldCancellation(cancellation_reason_id=INSTANCE)),
        {**HOLD, "status": "Closed - Cancelled"},
        "POST",
        f"{ACCOUNT_PATH}/hold/{HOLD_ID}/cancel",
    ),
    "deleted hold": (
        lambda c: c.patron(USER).delete_hold(ITEM, HOLD_ID),
        None,
        "DELETE",
        f"{ACCOUNT_PATH}/item/{ITEM}/hold/{HOLD_ID}",
    ),
    "pickup points of an item": (
        lambda c: c.patron(USER).pickup_points_for_item(ITEM),
        POINTS,
        "GET",
        f"{ACCOUNT_PATH}/item/{ITEM}/allowed-service-points",
    ),
    "pickup points of an instance": (
        lambda c: c.patron(USER).pickup_points_for_instance(INSTANCE),
        POINTS,
        "GET",
        f"{ACCOUNT_PATH}/instance/{INSTANCE}/allowed-service-points",
    ),
    "users": (
        lambda c: c.collection(USERS).page(limit=1),
        {"users": [], "totalRecords": 0},
        "GET",
        "/users?limit=1&offset=0",
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
async def test_both_clients_ask_for_the_same_and_read_the_same(name: str) -> None:
    perform, document, method, target = OPERATIONS[name]
    answer = done if document is None else lambda: ok(document)
    blocking, awaiting = stub(answer()), stub(answer())
    result = perform(blocking.client())
    assert result == await perform(awaiting.async_client())
    assert blocking.last.content == awaiting.last.content
    assert (result is None) == (document is None)
    for server in (blocking, awaiting):
        assert server.last.method == method
        assert server.last.url.raw_path.decode() == target
        assert server.last.headers["X-Okapi-Tenant"] == "diku"


def test_records_are_typed() -> None:
    loan = stub(ok({**LOAN, "dueDate": "2026-04-01T10:00:00Z"})).client().loans.get(LOAN_ID)
    assert loan.due_date == datetime(2026, 4, 1, 10, tzinfo=UTC)
    account = stub(ok(ACCOUNT)).client().patron(USER).account()
    assert account.total_charges.amount == Decimal(50)
    assert account.loans[0].overdue is False
    [point] = stub(ok(POINTS)).client().patron(USER).pickup_points_for_item(ITEM)
    assert point.name == "Desk"


def test_a_record_is_sent_in_its_wire_form() -> None:
    server = stub(ok(CONDITION, 201))
    server.client().blocks.conditions.create(PatronBlockCondition.from_wire(CONDITION))
    assert json.loads(server.last.content) == CONDITION
    assert server.last.headers["Content-Type"] == "application/json"


def test_local_times_are_sent_as_instants() -> None:
    server = stub(ok({"expiredSessions": []}))
    since = datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=2)))
    assert server.client().sessions.expired(since) == []
    assert server.last.url.params["session_inactivity_time_limit"] == "2026-03-02T10:00:00.000+00:00"
    assert "action_type" not in server.last.url.params


def test_properties_that_a_newer_server_sends_do_no_harm() -> None:
    server = stub(ok({**LOAN, "novelty": [1]}), ok({"loans": [{**LOAN, "novelty": 2}], "totalRecords": 1}))
    client = server.client()
    assert client.loans.get(LOAN_ID).model_extra == {"novelty": [1]}
    assert client.loans.page().records[0].model_extra == {"novelty": 2}


def test_what_a_newer_server_says_is_given_back_to_it() -> None:
    newer = {**LOAN, "novelty": [1], "status": {"name": "Open", "since": "yesterday"}}
    server = stub(ok(newer), done())
    client = server.client()
    client.loans.replace(client.loans.get(LOAN_ID).model_copy(update={"action": "edited"}))
    sent = json.loads(server.last.content)
    assert (sent["novelty"], sent["status"], sent["action"]) == ([1], newer["status"], "edited")


@pytest.mark.parametrize(
    "document", [{"loans": [{"id": LOAN_ID}]}, {"loans": None}, {"items": []}, []], ids=lambda value: str(value)[:20]
)
def test_a_list_that_is_not_as_described_is_unreadable(document: Any) -> None:
    with pytest.raises(Unreadable):
        stub(ok(document)).client().loans.page()


def test_an_unreadable_answer_is_described_without_its_values() -> None:
    with pytest.raises(Unreadable) as caught:
        stub(ok({**LOAN, "dueDate": "Ms Reader's birthday"})).client().loans.get(LOAN_ID)
    assert "dueDate" in str(caught.value)
    assert "Reader" not in str(caught.value)


def test_a_list_need_not_have_a_total() -> None:
    assert stub(ok({"loans": []})).client().loans.page(total="none") == Page([], None)


def test_a_tag_protects_against_lost_updates() -> None:
    server = stub(ok(LOAN, ETag='"7"'), done(), done())
    client = server.client()
    found = client.loans.get_tagged(LOAN_ID)
    assert found.etag == '"7"'
    client.loans.replace(found.record, if_match=found.etag)
    client.loans.delete(LOAN_ID, if_match=found.etag)
    assert [request.headers.get("If-Match") for request in server.requests] == [None, '"7"', '"7"']


def test_only_creating_carries_an_idempotency_key() -> None:
    server = stub(ok(LOAN, 201), ok(LOAN, 201), ok(LOAN, 201), done(), ok(LOAN))
    client = server.client()
    client.loans.create(A_LOAN)
    client.loans.create(A_LOAN)
    client.loans.create(A_LOAN, idempotency_key="mine")
    client.loans.replace(A_LOAN)
    client.loans.get(LOAN_ID)
    first, second, own, *others = [request.headers.get("Idempotency-Key") for request in server.requests]
    assert first
    assert second not in (None, first)
    assert own == "mine"
    assert others == [None, None]


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_what_is_no_id_never_becomes_another_path(bad: str) -> None:
    client = stub().client()
    with pytest.raises(ValueError, match="not an id"):
        client.loans.delete(bad)
    with pytest.raises(ValueError, match="not an id"):
        client.loans.replace(A_LOAN.model_copy(update={"id": bad or None}))
    with pytest.raises(ValueError, match="not an id"):
        client.patron(bad)


def test_an_id_is_escaped() -> None:
    server = stub(done())
    server.client().loans.delete("a/b?c d")
    assert server.last.url.raw_path == b"/loan-storage/loans/a%2Fb%3Fc%20d"


def test_an_empty_query_does_not_delete_everything() -> None:
    with pytest.raises(ValueError, match="delete_all"):
        stub().client().loans.delete_matching(" ")


def test_operations_show_their_parameters_and_documentation() -> None:
    replace = stub().client().loans.replace
    assert list(inspect.signature(replace).parameters) == ["record", "if_match"]
    assert inspect.getdoc(replace) == inspect.getdoc(type(stub().client().loans).replace)
