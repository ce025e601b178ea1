"""Patron action sessions (seed 000), and whose visit to the desk is over."""

from datetime import timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx
import pytest

Json = dict[str, Any]

SESSIONS = "/patron-action-session-storage/patron-action-sessions"
EXPIRED = "/patron-action-session-storage/expired-session-patron-ids"


def session(**changes: Any) -> Json:
    return {"patronId": str(uuid4()), "loanId": str(uuid4()), "actionType": "Check-out", **changes}


async def expired(client: httpx.AsyncClient, **query: str) -> list[Json]:
    answer = await client.get(EXPIRED, params=query)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["expiredSessions"]
    return found


async def test_a_session_is_made_read_changed_and_deleted(client: httpx.AsyncClient) -> None:
    made = session(sessionId=str(uuid4()))
    answer = await client.post(SESSIONS, json=made)
    assert answer.status_code == 201
    where = answer.headers["Location"]
    assert (await client.get(where)).json()["sessionId"] == made["sessionId"]
    assert (await client.put(where, json={**made, "actionType": "Check-in"})).status_code == 204
    assert (await client.get(where)).json()["actionType"] == "Check-in"
    assert (await client.delete(where)).status_code == 204
    assert (await client.get(where)).status_code == 404


async def test_a_bad_action_type_cannot_be_read(client: httpx.AsyncClient) -> None:
    assert (await client.post(SESSIONS, json=session(actionType="Sing"))).status_code == 400
    assert (await client.post(SESSIONS, json=session(patronId="x"))).status_code == 422


async def test_patrons_are_expired_who_have_done_nothing_since(client: httpx.AsyncClient, clock: Any) -> None:
    first, second = session(), session(actionType="Check-in")
    await client.post(SESSIONS, json=first)
    clock.advance(minutes=1)
    await client.post(SESSIONS, json=second)
    clock.advance(minutes=1)
    before = clock.now.isoformat()
    assert await expired(client, session_inactivity_time_limit=before) == [
        {"patronId": first["patronId"], "actionType": "Check-out"},
        {"patronId": second["patronId"], "actionType": "Check-in"},
    ]
    assert len(await expired(client, session_inactivity_time_limit=before, limit="1")) == 1
    (only,) = await expired(client, session_inactivity_time_limit=before, action_type="Check-in")
    assert only["patronId"] == second["patronId"]
    assert len(await expired(client, session_inactivity_time_limit=before, action_type="")) == 2


async def test_one_late_action_keeps_a_visit_alive(client: httpx.AsyncClient, clock: Any) -> None:
    early = session()
    await client.post(SESSIONS, json=early)
    limit = clock.advance(minutes=1).isoformat()
    await client.post(SESSIONS, json={**early, "loanId": str(uuid4())})
    assert await expired(client, session_inactivity_time_limit=limit) == []


@pytest.mark.parametrize("form", ["2099-01-01T02:00:00+02:00", "2099-01-01 00:00:00+00:00", "2099-01-01T00:00:00Z"])
async def test_the_limit_is_an_instant_in_any_form(client: httpx.AsyncClient, form: str) -> None:
    await client.post(SESSIONS, json=session())
    assert len(await expired(client, session_inactivity_time_limit=form)) == 1


async def test_instants_are_compared_not_texts(client: httpx.AsyncClient, clock: Any) -> None:
    await client.post(SESSIONS, json=session())
    earlier = (clock.now - timedelta(minutes=1)).astimezone(timezone(timedelta(hours=2)))
    assert await expired(client, session_inactivity_time_limit=earlier.isoformat()) == []


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({}, 400, "'sessionInactivityTimeLimit' parameter is incorrect. parameter value {null} is not valid: must not be null"),
        ({"session_inactivity_time_limit": "wrong date"}, 422, "Date cannot be parsed"),
        ({"session_inactivity_time_limit": "2026-01-01", "action_type": "WrongType"}, 422, "Invalid action type value"),
        ({"session_inactivity_time_limit": "2026-01-01", "limit": "-1"}, 400, "must be greater than or equal to 0"),
    ],
)
async def test_a_question_that_cannot_be_understood_is_refused(
    client: httpx.AsyncClient, query: dict[str, str], status: int, text: str
) -> None:
    answer = await client.get(EXPIRED, params=query)
    assert answer.status_code == status
    assert text in answer.text
