"""Closed requests that forget who wanted the item: one, some, and by themselves once the library's setting says so."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library
from octavo.services import anonymise_requests

Json = dict[str, Any]

TIMER = "/circulation/scheduled-request-anonymize-processing"
LIST = "/anonymize-storage-requests"
CLOSED = "Closed - Cancelled"


async def cancelled(library: Library, **more: Any) -> Json:
    """A request of a patron who has cancelled it, as it is stored."""
    lender, patron, item = await library.patron(), await library.patron(), await library.item()
    await library.check_out(lender, item)
    placed = await library.hold(patron, item, **{"patronComments": "for my daughter Ann", **more})
    reason = {"cancellationReasonId": library.ids["cancelled by patron"], "cancellationAdditionalInformation": "moved away"}
    ended = {**placed, "status": CLOSED, "cancelledByUserId": patron["id"], **reason}
    await library.put(f"/circulation/requests/{placed['id']}", ended)
    return await library.get(f"/request-storage/requests/{placed['id']}")


async def setting(library: Library, **value: Any) -> None:
    await library.post("/circulation/settings", id=str(uuid4()), name="requestAnonymization", value=value)


async def run(client: httpx.AsyncClient) -> list[str]:
    answer = await client.post(TIMER)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"anonymizedRequests"}
    return sorted(answer.json()["anonymizedRequests"])


async def knows(library: Library, request: Json) -> bool:
    return "requesterId" in await library.get(f"/request-storage/requests/{request['id']}")


async def test_everything_personal_is_forgotten_and_nothing_else(library: Library, client: httpx.AsyncClient) -> None:
    request = await cancelled(library)
    answer = await client.post(f"/request-anonymization/{request['id'].upper()}")
    assert (answer.status_code, answer.json()) == (200, {"requestId": request["id"], "anonymized": True})
    left = await library.get(f"/request-storage/requests/{request['id']}")
    gone = {"requesterId", "requester", "patronComments", "cancelledByUserId", "cancellationAdditionalInformation"}
    assert left == {name: value for name, value in request.items() if name not in gone}
    assert gone <= set(request)
    shown = await library.get(f"/circulation/requests/{request['id']}")
    assert "requester" not in shown
    assert shown["item"]["barcode"] == request["item"]["barcode"]
    asked = {"requesterId": request["requesterId"], "requester.barcode": request["requester"]["barcode"]}
    for field, value in asked.items():
        assert (await library.get(f"/request-storage/requests?query={field}=={value}"))["totalRecords"] == 0


async def test_proxy_and_address_are_forgotten(library: Library, client: httpx.AsyncClient, tx: Any) -> None:
    request = await cancelled(library)
    proxy = await library.patron()
    more = {
        "proxyUserId": proxy["id"], "proxy": {"lastName": "Reader"}, "fulfillmentPreference": "Delivery",
        "deliveryAddressTypeId": str(uuid4()), "cancelledByUserId": proxy["id"],
    }  # fmt: skip
    await library.put(f"/request-storage/requests/{request['id']}", {**request, **more})
    assert (await client.post(f"/request-anonymization/{request['id']}")).status_code == 200
    left = await library.get(f"/request-storage/requests/{request['id']}")
    assert not {"proxyUserId", "proxy", "deliveryAddressTypeId", "cancelledByUserId"} & set(left)
    assert left["fulfillmentPreference"] == "Delivery"


async def test_staff_are_not_forgotten_but_patrons_who_did_it_themselves_are(
    library: Library, client: httpx.AsyncClient, tx: Any
) -> None:
    by_staff, by_patron = await cancelled(library), await cancelled(library)
    staff = by_staff["metadata"]["createdByUserId"]
    await library.put(f"/request-storage/requests/{by_staff['id']}", {**by_staff, "cancelledByUserId": staff})
    await tx.connection.execute(
        f"""UPDATE {tx.table("request")} SET doc = jsonb_set(jsonb_set(doc, '{{metadata,createdByUserId}}', doc->'requesterId'),
            '{{metadata,updatedByUserId}}', doc->'requesterId') WHERE id = $1""",
        by_patron["id"],
    )
    await asyncio.sleep(0)  # the driver tells its loggers of a statement a moment later
    answer = await client.post(LIST, json={"requestIds": [by_staff["id"], by_patron["id"]]})
    assert answer.json() == {"anonymizedRequests": [by_staff["id"], by_patron["id"]], "notAnonymizedRequests": []}
    kept = await library.get(f"/request-storage/requests/{by_staff['id']}")
    assert (kept["cancelledByUserId"], kept["metadata"]["createdByUserId"]) == (staff, staff)
    left = await library.get(f"/request-storage/requests/{by_patron['id']}")
    assert set(left["metadata"]) == {"createdDate", "updatedDate"}


async def test_who_printed_the_slip_is_forgotten(library: Library, client: httpx.AsyncClient) -> None:
    request = await cancelled(library)
    printed = {
        "requestIds": [request["id"]], "requesterId": str(uuid4()), "requesterName": "Lee, Kim",
        "printEventDate": library.clock().isoformat(),
    }  # fmt: skip
    assert (await client.post("/print-events-storage/print-events-entry", json=printed)).status_code == 201
    assert (await client.post(f"/request-anonymization/{request['id']}")).status_code == 200
    left = await library.get(f"/request-storage/requests/{request['id']}")
    assert set(left["printDetails"]) == {"isPrinted", "printCount", "printEventDate"}
    asked = {"requestIds": [request["id"]]}
    status = (await client.post("/print-events-storage/print-events-status", json=asked)).json()
    assert status == {"printEventsStatusResponses": [], "totalRecords": 0}


async def test_a_request_that_has_forgotten_can_be_stored_again(library: Library, client: httpx.AsyncClient) -> None:
    request = await cancelled(library)
    for _ in range(2):
        assert (await client.post(f"/request-anonymization/{request['id']}")).status_code == 200
    left = await library.get(f"/request-storage/requests/{request['id']}")
    await library.put(f"/request-storage/requests/{request['id']}", {**left, "tags": {"tagList": ["old"]}})
    again = await client.put(f"/request-storage/requests/{request['id']}", json={**left, "status": "Open - Not yet filled"})
    assert again.status_code == 422
    assert again.json()["errors"][0]["parameters"] == [{"key": "requesterId", "value": "null"}]
    cancel = await client.put(f"/circulation/requests/{request['id']}", json={**request, "status": CLOSED})
    assert cancel.json()["errors"][0]["code"] == "REQUEST_ALREADY_CLOSED"


async def test_an_open_request_an_unknown_one_and_what_is_none_stay(library: Library, client: httpx.AsyncClient) -> None:
    lender, patron, item = await library.patron(), await library.patron(), await library.item()
    await library.check_out(lender, item)
    wanted, closed, unknown = await library.hold(patron, item), await cancelled(library), str(uuid4())
    answer = await client.post(LIST, json={"requestIds": [wanted["id"], closed["id"], unknown, "foo"]})
    assert answer.json() == {
        "anonymizedRequests": [closed["id"]],
        "notAnonymizedRequests": [
            {"reason": "invalidRequestIds", "requestIds": ["foo"]},
            {"reason": "requestNotFound", "requestIds": [unknown]},
            {"reason": "requestNotClosed", "requestIds": [wanted["id"]]},
        ],
    }
    assert await knows(library, wanted)
    told = {path: await client.post(f"/request-anonymization/{path}") for path in (wanted["id"], unknown, "foo")}
    assert [answer.status_code for answer in told.values()] == [422, 404, 422]
    assert told[wanted["id"]].json()["errors"][0]["message"] == "requestNotClosed"
    assert told[unknown].text == f'request record with ID "{unknown}" cannot be found'
    assert told["foo"].json()["errors"][0]["message"] == "invalidRequestId"


@pytest.mark.parametrize("ids", [[], ["foo"]])
async def test_some_id_must_be_one(client: httpx.AsyncClient, ids: list[str]) -> None:
    answer = await client.post(LIST, json={"requestIds": ids})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["message"] == "Please provide valid requestIds"
    assert error["parameters"] == [{"key": "requestIds", "value": f"[{', '.join(ids)}]"}]


@pytest.mark.parametrize(
    "value", [None, {"mode": "never"}, {"mode": "delayed", "delay": "soon"}, {"mode": "delayed", "delayUnit": "moons"}]
)
async def test_nothing_is_forgotten_unless_the_setting_says_so(
    library: Library, client: httpx.AsyncClient, value: Json | None
) -> None:
    request = await cancelled(library)
    if value is not None:
        await setting(library, **value)
    assert await run(client) == []
    assert await knows(library, request)


async def test_requests_forget_after_a_delay(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    await setting(library, mode="Delayed", delay=2, delayUnit="day(s)")
    first = await cancelled(library)
    clock.advance(days=1)
    second = await cancelled(library)
    clock.advance(days=1)
    assert await run(client) == [first["id"]]
    assert await knows(library, second)
    clock.advance(days=1)
    assert await run(client) == [second["id"]]
    assert await run(client) == []


async def test_open_requests_forget_nothing_however_long_they_wait(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await setting(library, mode="immediately")
    patron, item = await library.patron(), await library.item()
    page = await library.hold(patron, item, requestType="Page")
    clock.advance(days=1)
    assert await run(client) == []
    assert await knows(library, page)


async def test_many_requests_forget_in_batches(
    library: Library, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anonymise_requests, "BATCH", 2)
    await setting(library, mode="immediately")
    requests = [await cancelled(library) for _ in range(4)]
    assert await run(client) == sorted(request["id"] for request in requests)
    monkeypatch.setattr(anonymise_requests, "MOST_BATCHES_TOLD", 1)
    more = [await cancelled(library) for _ in range(3)]
    assert len(await run(client)) == 2
    assert [await knows(library, request) for request in more].count(True) == 1
