"""Print events: what staff have printed, told to storage and by way of circulation."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conftest import Clock
from library import Library

ENTRY = "/circulation/print-events-entry"
STORED = "/print-events-storage/print-events-entry"
STATUS = "/print-events-storage/print-events-status"
Json = dict[str, Any]


async def enable(library: Library, *, on: bool = True) -> None:
    await library.post("/circulation/settings", id=str(uuid4()), name="printEventLogFeature", value={"enablePrintLog": on})


def entry(*requests: Json, by: Json | None = None, at: str = "2026-01-05T10:00:00Z") -> Json:
    requester = by["id"] if by else str(uuid4())
    return {
        "requestIds": [request["id"] for request in requests], "requesterId": requester, "requesterName": "Desk, Ann",
        "printEventDate": at,
    }  # fmt: skip


async def requested(library: Library) -> Json:
    item = await library.item()
    await library.check_out(await library.patron(), item)
    return await library.hold(await library.patron(), item)


async def test_a_printed_request_tells_how_often_when_and_by_whom(client: httpx.AsyncClient, library: Library):
    await enable(library)
    request, staff = await requested(library), await library.patron("staff")
    for at in ("2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z"):
        answer = await client.post(ENTRY, json=entry(request, by=staff, at=at))
        assert (answer.status_code, answer.content) == (204, b"")
    details = (await library.get(f"/circulation/requests/{request['id']}"))["printDetails"]
    assert details == {
        "printCount": 2, "requesterId": staff["id"], "isPrinted": True, "printEventDate": "2026-01-06T10:00:00.000+00:00",
        "lastPrintRequester": {"firstName": "Ann", "lastName": staff["personal"]["lastName"]},
    }  # fmt: skip
    stored = await library.get(f"/request-storage/requests/{request['id']}")
    assert "lastPrintRequester" not in stored["printDetails"]

    assert (await client.delete(f"/users/{staff['id']}")).status_code == 204
    shown = await library.get(f"/circulation/requests/{request['id']}")
    assert "lastPrintRequester" not in shown["printDetails"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"{}", b'{"requestIds": [], "requesterId": "x", "requesterName": "y", "printEventDate": "z"}']
)
async def test_what_is_no_print_event_is_refused(client: httpx.AsyncClient, library: Library, body: bytes):
    answer = await client.post(ENTRY, content=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "Print Event Request  JSON is invalid"


async def test_print_events_are_kept_only_where_the_tenant_wants_them(client: httpx.AsyncClient, library: Library):
    request = await requested(library)

    async def refusal(*requests: Json) -> str:
        answer = await client.post(ENTRY, json=entry(*requests))
        assert answer.status_code == 422
        return answer.json()["errors"][0]["message"]

    assert await refusal(request) == "No configuration found for print event feature"
    await enable(library, on=False)
    assert await refusal(request) == "print event feature is disabled for this tenant"
    await enable(library)
    assert await refusal(request, {"id": str(uuid4())}) == "invalid request found"


async def test_the_status_tells_of_the_last_printing_of_each_request(
    client: httpx.AsyncClient, library: Library, clock: Clock
):
    first, second = await requested(library), await requested(library)
    earlier, later = clock.now - timedelta(days=1), clock.now
    for requests, at in (((first, second), earlier), ((first,), later)):
        answer = await client.post(STORED, json=entry(*requests, at=at.isoformat()))
        assert (answer.status_code, answer.content) == (201, b"")
    answer = await client.post(STATUS, json={"requestIds": [first["id"], second["id"], str(uuid4())]})
    told = answer.json()
    assert told["totalRecords"] == 2
    assert [(one["requestId"], one["count"]) for one in told["printEventsStatusResponses"]] == [
        (first["id"], 2), (second["id"], 1),
    ]  # fmt: skip
    assert set(told["printEventsStatusResponses"][0]) == {
        "requestId", "requesterId", "requesterName", "count", "printEventDate",
    }  # fmt: skip


async def test_nobody_has_printed_what_is_unknown(client: httpx.AsyncClient, library: Library):
    answer = await client.post(STATUS, json={"requestIds": [str(uuid4())]})
    assert answer.json() == {"printEventsStatusResponses": [], "totalRecords": 0}


async def test_every_mistake_in_an_entry_is_named(client: httpx.AsyncClient, library: Library):
    bad = {"requestIds": ["x"], "requesterId": "y", "requesterName": " ", "printEventDate": "2026-01-05T10:00:00Z"}
    answer = await client.post(STORED, json=bad)
    assert answer.status_code == 422
    assert {error["parameters"][0]["key"] for error in answer.json()["errors"]} == {
        "requestIds[0]", "requesterId", "requesterName",
    }  # fmt: skip
    empty = await client.post(STATUS, json={"requestIds": []})
    assert empty.json()["errors"][0]["message"] == "size must be between 1 and 2147483647"
