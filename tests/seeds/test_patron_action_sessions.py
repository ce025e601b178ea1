"""Seed 000: patron action sessions, and patrons whose visit to the desk is over.

The numbers are those of the telling cases of FOLIO's own test suite.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from seeds.exercises import exercises
from seeds.shapes import ExpiredSessions, PatronActionSession, PatronActionSessions, done, failed, refused, shown, text

ALL = "/patron-action-session-storage/patron-action-sessions"
EXPIRED = "/patron-action-session-storage/expired-session-patron-ids"
LIMIT = "session_inactivity_time_limit"
UNKNOWN = "7a3e4c2f-7a0c-4d9f-8f3f-0f1d2c3b4a59"
SESSION = {
    "id": "4e5b3f9a-2c1d-4b8e-9f60-7a1b2c3d4e5f",
    "sessionId": "8a7b6c5d-4e3f-4a1b-9c8d-7e6f5a4b3c2d",
    "patronId": "1b2c3d4e-5f6a-4b7c-8d9e-0f1a2b3c4d5e",
    "loanId": "9f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a",
    "actionType": "Check-out",
}
ONE = f"{ALL}/{SESSION['id']}"


def session(**more: Any) -> dict[str, Any]:
    return {"patronId": str(uuid4()), "loanId": str(uuid4()), "actionType": "Check-out", **more}


async def add(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(ALL, json=session(**more))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@exercises("POST /patron-action-session-storage/patron-action-sessions", 201)
@exercises("GET /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 200)
async def test_a_session_is_stored_and_found_where_the_answer_says(client):
    answer = await client.post(ALL, json=SESSION)
    made = shown(PatronActionSession, answer, 201)
    assert SESSION.items() <= made.items()
    assert answer.headers["location"] == ONE
    assert shown(PatronActionSession, await client.get(ONE)) == made


async def test_the_server_chooses_an_id_where_the_client_does_not(client):
    made = await add(client)
    assert shown(PatronActionSession, await client.get(f"{ALL}/{made['id']}")) == made


async def test_the_servers_metadata_count_and_the_clients_do_not(client, clock):
    made = await add(client, metadata={"createdDate": "2001-01-01T00:00:00.000+00:00"})
    assert made["metadata"]["createdDate"] == clock().isoformat(timespec="milliseconds")
    assert made["metadata"]["createdByUserId"] == made["metadata"]["updatedByUserId"]


@exercises("GET /patron-action-session-storage/patron-action-sessions", 200)
async def test_case_57_sessions_are_listed_with_their_number(client):
    made = [await add(client), await add(client, actionType="Check-in")]
    found = shown(PatronActionSessions, await client.get(ALL))
    assert found["totalRecords"] == 2
    assert sorted(made, key=str) == sorted(found["patronActionSessions"], key=str)


async def test_case_58_a_query_and_a_limit_choose_among_sessions(client):
    for action in ("Check-out", "Check-out", "Check-in"):
        await add(client, actionType=action)
    found = shown(PatronActionSessions, await client.get(ALL, params={"query": "actionType==Check-out", "limit": 1}))
    assert found["totalRecords"] == 2
    assert [one["actionType"] for one in found["patronActionSessions"]] == ["Check-out"]


@pytest.mark.parametrize(
    "query",
    [
        f'patronId=="{SESSION["patronId"]}"',
        f'patronId=="{SESSION["patronId"]}" and actionType=="Check-out"',
        f'patronId==("{SESSION["patronId"]}" or "{UNKNOWN}") and actionType=="Check-out"',
        f'sessionId==("{SESSION["sessionId"]}" or "{UNKNOWN}")',
    ],
)
async def test_the_queries_of_circulation_find_a_session(client, query):
    await client.post(ALL, json=SESSION)
    await add(client)
    found = shown(PatronActionSessions, await client.get(ALL, params={"query": query}))
    assert [one["id"] for one in found["patronActionSessions"]] == [SESSION["id"]]


async def test_the_seeds_own_example_query_names_a_field_that_sessions_lack(client):
    await add(client)
    found = shown(PatronActionSessions, await client.get(ALL, params={"query": 'name="undergrad*"'}))
    assert found == {"patronActionSessions": [], "totalRecords": 0}


@exercises("DELETE /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 204)
@exercises("DELETE /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 404)
@exercises("GET /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 404)
async def test_case_59_a_deleted_session_is_gone(client):
    await client.post(ALL, json=SESSION)
    done(await client.delete(ONE))
    assert text(await client.delete(ONE), 404) == "Not found"
    assert text(await client.get(ONE), 404) == "Not found"


@exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 204)
@exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 404)
async def test_case_60_a_session_is_replaced_where_there_is_one(client, clock):
    made = (await client.post(ALL, json=SESSION)).json()
    changed = {**SESSION, "loanId": str(uuid4()), "actionType": "Check-in"}
    clock.advance(hours=1)
    done(await client.put(ONE, json=changed))
    found = shown(PatronActionSession, await client.get(ONE))
    assert changed.items() <= found.items()
    assert found["metadata"]["createdDate"] == made["metadata"]["createdDate"], "a change does not prolong a visit"
    assert text(await client.put(f"{ALL}/{UNKNOWN}", json=SESSION), 404) == "Not found"


@exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 409)
async def test_a_session_that_somebody_else_has_changed_is_not_overwritten(client):
    await client.post(ALL, json=SESSION)
    tag = (await client.get(ONE)).headers["etag"]
    done(await client.put(ONE, json={**SESSION, "actionType": "Check-in"}, headers={"If-Match": tag}))
    answer = await client.put(ONE, json=SESSION, headers={"If-Match": tag})
    assert text(answer, 409) == "version conflict"
    assert (await client.get(ONE)).json()["actionType"] == "Check-in"


@pytest.fixture
async def visits(client, clock):
    """Patron A came three days ago for both, patron B a millisecond ago to borrow."""
    a, b, now = str(uuid4()), str(uuid4()), clock()
    clock.now = now - timedelta(days=3)
    await add(client, patronId=a, actionType="Check-in")
    clock.now += timedelta(minutes=1)
    await add(client, patronId=a, actionType="Check-out")
    clock.now = now - timedelta(milliseconds=1)
    await add(client, patronId=b, actionType="Check-out")
    clock.now = now
    return {a: "A", b: "B"}


@pytest.mark.parametrize(
    ("action", "before", "limit", "expected"),
    [
        pytest.param("Check-out", timedelta(), 10, ["A out", "B out"], id="case 61 borrowers until now"),
        pytest.param("Check-in", timedelta(days=2), 10, ["A in"], id="case 61 returners until two days ago"),
        pytest.param("Check-out", timedelta(), 1, ["A out"], id="case 61 one"),
        pytest.param("Check-out", timedelta(days=2), 10, ["A out"], id="only A"),
        pytest.param("Check-out", timedelta(days=4), 10, [], id="nobody"),
        pytest.param("", timedelta(), 10, ["A in", "A out", "B out"], id="case 62 all, the longest gone first"),
        pytest.param(None, timedelta(), 2, ["A in", "A out"], id="two of all"),
    ],
)
@exercises("GET /patron-action-session-storage/expired-session-patron-ids", 200)
async def test_patrons_are_listed_once_their_visit_is_over(client, clock, visits, action, before, limit, expected):
    asked = {"action_type": action, LIMIT: (clock() - before).isoformat(), "limit": limit}
    found = shown(ExpiredSessions, await client.get(EXPIRED, params={k: v for k, v in asked.items() if v is not None}))
    told = [f"{visits[one['patronId']]} {one['actionType'].removeprefix('Check-')}" for one in found["expiredSessions"]]
    assert told == expected


async def test_a_visit_goes_on_while_anything_happens(client, clock):
    patron = str(uuid4())
    await add(client, patronId=patron)
    clock.advance(minutes=5)
    await add(client, patronId=patron)
    limit = (clock() - timedelta(minutes=1)).isoformat()
    found = shown(ExpiredSessions, await client.get(EXPIRED, params={LIMIT: limit}))
    assert found == {"expiredSessions": []}


@pytest.mark.parametrize(
    "limit",
    ["2018-11-29T13:23:36Z", "2018-11-29 13:23:36+00:00", "2018-11-29T13:23:36", "2018-11-29T15:23:36+02:00"],
    ids=["T and Z", "a blank as the seed writes it", "no offset is UTC", "another offset is the same instant"],
)
async def test_the_time_limit_is_an_instant_in_many_forms(client, clock, limit):
    clock.now = clock.now.replace(year=2018, month=11, day=29, hour=13, minute=23, second=35, microsecond=0)
    before = await add(client)
    clock.advance(seconds=2)
    await add(client)
    clock.advance(days=1)
    found = shown(ExpiredSessions, await client.get(EXPIRED, params={LIMIT: limit}))
    assert [one["patronId"] for one in found["expiredSessions"]] == [before["patronId"]]


@pytest.mark.parametrize(
    ("asked", "message", "key", "value"),
    [
        pytest.param(
            {"action_type": "WrongType", LIMIT: "2018-11-29T13:23:36Z"},
            "Invalid action type value", "action_type", "WrongType", id="case 63",
        ),
        pytest.param({LIMIT: "wrong date"}, "Date cannot be parsed", LIMIT, "wrong date", id="case 64"),
    ],
)  # fmt: skip
@exercises("GET /patron-action-session-storage/expired-session-patron-ids", 422)
async def test_what_cannot_be_asked_about_visits_is_refused(client, asked, message, key, value):
    [error] = refused(await client.get(EXPIRED, params=asked))
    parameters = [{"key": key, "value": value}]
    assert error == {"message": message, "type": "1", "code": "-1", "parameters": parameters}


@exercises("GET /patron-action-session-storage/expired-session-patron-ids", 400)
@pytest.mark.parametrize("asked", [{}, {LIMIT: "2018-11-29T13:23:36Z", "limit": "ten"}])
async def test_a_question_about_visits_needs_a_time_and_a_readable_limit(client, asked):
    text(await client.get(EXPIRED, params=asked), 400)


@pytest.mark.parametrize("action", ["Check-out", "Check-in"])
async def test_case_65_the_session_id_comes_back_whatever_the_action(client, action):
    made = await add(client, actionType=action, sessionId=SESSION["sessionId"])
    assert (await client.get(f"{ALL}/{made['id']}")).json()["sessionId"] == SESSION["sessionId"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"patronId": None}, "patronId"),
        ({"loanId": None}, "loanId"),
        ({"actionType": None}, "actionType"),
        ({"patronId": "not a uuid"}, "patronId"),
        ({"loanId": "00000000-0000-7000-8000-000000000000"}, "loanId"),
        ({"sessionId": "5"}, "sessionId"),
        ({"id": "5"}, "id"),
    ],
)
@exercises("POST /patron-action-session-storage/patron-action-sessions", 422)
@exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 422)
async def test_a_session_that_breaks_the_schema_is_refused_by_field(client, change, field):
    await client.post(ALL, json=SESSION)
    broken = {key: value for key, value in {**SESSION, **change}.items() if value is not None}
    for answer in (await client.post(ALL, json=broken), await client.put(ONE, json=broken)):
        [error] = refused(answer)
        assert error["parameters"][0]["key"] == field


async def test_a_session_has_no_other_properties_and_no_second_id(client):
    [error] = refused(await client.post(ALL, json=session(note="x")))
    assert error["message"].startswith('Unrecognized field "note"')
    await client.post(ALL, json=SESSION)
    [error] = refused(await client.post(ALL, json=SESSION))
    assert error["parameters"] == [{"key": "id", "value": SESSION["id"]}]


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        pytest.param(
            "GET", f"{ALL}?query=)", b"",
            marks=exercises("GET /patron-action-session-storage/patron-action-sessions", 400), id="malformed CQL",
        ),
        pytest.param(
            "POST", ALL, b'{"patronId": ',
            marks=exercises("POST /patron-action-session-storage/patron-action-sessions", 400), id="no JSON",
        ),
        pytest.param(
            "POST", ALL, b'{"patronId": "", "actionType": "Check"}',
            marks=exercises("POST /patron-action-session-storage/patron-action-sessions", 400), id="another action",
        ),
        pytest.param(
            "PUT", ONE, b"[]",
            marks=exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 400), id="no object",
        ),
        pytest.param(
            "DELETE", f"{ALL}/5", b"",
            marks=exercises("DELETE /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 400), id="no UUID",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_a_bad_request(client, method, path, sent):
    text(await client.request(method, path, content=sent), 400)


EVERY_OPERATION = [
    ("GET", ALL),
    ("POST", ALL),
    ("GET", ONE),
    ("PUT", ONE),
    ("DELETE", ONE),
    ("GET", f"{EXPIRED}?{LIMIT}=2018-11-29T13:23:36Z"),
]


@exercises("GET /patron-action-session-storage/patron-action-sessions", 401)
@exercises("POST /patron-action-session-storage/patron-action-sessions", 401)
@exercises("GET /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 401)
@exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 401)
@exercises("DELETE /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 401)
@exercises("GET /patron-action-session-storage/expired-session-patron-ids", 401)
async def test_nothing_is_told_to_nobody(anonymous):
    for method, path in EVERY_OPERATION:
        answer = await anonymous.request(method, path, json=SESSION if method in ("POST", "PUT") else None)
        assert text(answer, 401).startswith("Token missing")
        assert "www-authenticate" in answer.headers


@exercises("GET /patron-action-session-storage/patron-action-sessions", 403)
@exercises("POST /patron-action-session-storage/patron-action-sessions", 403)
@exercises("GET /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 403)
@exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 403)
@exercises("DELETE /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 403)
@exercises("GET /patron-action-session-storage/expired-session-patron-ids", 403)
async def test_every_operation_takes_a_permission(powerless):
    for method, path in EVERY_OPERATION:
        answer = await powerless.request(method, path, json=SESSION if method in ("POST", "PUT") else None)
        assert "requires permission: " in text(answer, 403)


@exercises("GET /patron-action-session-storage/patron-action-sessions", 500)
@exercises("POST /patron-action-session-storage/patron-action-sessions", 500)
@exercises("GET /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 500)
@exercises("PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 500)
@exercises("DELETE /patron-action-session-storage/patron-action-sessions/{patronSessionId}", 500)
@exercises("GET /patron-action-session-storage/expired-session-patron-ids", 500)
async def test_a_failure_that_nobody_foresaw_tells_nothing_of_the_inside(client, break_table):
    await break_table("patron_action_session")
    for method, path in EVERY_OPERATION:
        failed(await client.request(method, path, json=SESSION if method in ("POST", "PUT") else None))
