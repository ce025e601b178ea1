"""Records that circulation's storage keeps for others: scheduled notices, actual costs, jobs, criteria; and clearing lists."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library

Json = dict[str, Any]
NOTICES = "/scheduled-notice-storage/scheduled-notices"
COSTS = "/actual-cost-record-storage/actual-cost-records"
JOBS = "/tlr-feature-toggle-job-storage/tlr-feature-toggle-jobs"


def notice(**more: Any) -> Json:
    config = {"timing": "Before", "templateId": str(uuid4()), "format": "Email", "sendInRealTime": True}
    return {"nextRunTime": "2026-02-03T04:05:06.000+00:00", "triggeringEvent": "Due date", "noticeConfig": config, **more}


def actual_cost(**more: Any) -> Json:
    named = {"id": str(uuid4())}
    item = {
        **named, "materialTypeId": str(uuid4()), "materialType": "book", "loanTypeId": str(uuid4()), "loanType": "normal",
        "holdingsRecordId": str(uuid4()), "effectiveCallNumberComponents": {"callNumber": "PR4034"},
    }  # fmt: skip
    fee = {"ownerId": str(uuid4()), "owner": "Desk", "typeId": str(uuid4()), "type": "Lost item fee (actual cost)"}
    return {
        "lossType": "Declared lost", "lossDate": "2026-01-02T03:04:05.000+00:00", "user": {**named, "lastName": "Reader"},
        "loan": {"id": str(uuid4())}, "item": item, "instance": {**named, "title": "Emma"}, "feeFine": fee, **more,
    }  # fmt: skip


async def test_scheduled_notices_are_found_by_what_is_due(client: httpx.AsyncClient):
    for event, time in (("Due date", "2026-01-01T00:00:00Z"), ("Hold expiration", "2026-03-01T00:00:00Z")):
        assert (await client.post(NOTICES, json=notice(triggeringEvent=event, nextRunTime=time))).status_code == 201
    query = 'nextRunTime < "2026-02-01T00:00:00.000+00:00" and noticeConfig.sendInRealTime = true sortBy nextRunTime'
    due = (await client.get(NOTICES, params={"query": query})).json()
    assert [one["triggeringEvent"] for one in due["scheduledNotices"]] == ["Due date"]


async def test_scheduled_notices_are_deleted_by_query_or_all_at_once(client: httpx.AsyncClient):
    loan = str(uuid4())
    for more in ({"loanId": loan}, {"loanId": loan}, {}):
        await client.post(NOTICES, json=notice(**more))
    assert (await client.delete(NOTICES, params={"query": f"loanId=={loan}"})).status_code == 204
    assert (await client.get(NOTICES)).json()["totalRecords"] == 1
    for bad in ("loanId==", " "):
        assert (await client.delete(NOTICES, params={"query": bad})).status_code == 400
    assert (await client.delete(NOTICES)).status_code == 204
    assert (await client.get(NOTICES)).json()["totalRecords"] == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"triggeringEvent": "Full moon"}, 400),
        ({"nextRunTime": "soon"}, 400),
        ({"noticeConfig": {"timing": "Before", "format": "Email"}}, 422),
        ({"loanId": "x"}, 422),
    ],
)
async def test_a_notice_that_nobody_could_send_is_refused(client: httpx.AsyncClient, change: Json, status: int):
    assert (await client.post(NOTICES, json=notice(**change))).status_code == status


async def test_an_actual_cost_record_is_open_until_somebody_decides(client: httpx.AsyncClient):
    made = (await client.post(COSTS, json=actual_cost())).json()
    assert made["status"] == "Open"
    found = (await client.get(COSTS, params={"query": f"loan.id=={made['loan']['id']} and status==Open"})).json()
    assert [one["id"] for one in found["actualCostRecords"]] == [made["id"]]
    billed = {**made, "status": "Billed", "feeFine": {**made["feeFine"], "billedAmount": 12.5, "accountId": str(uuid4())}}
    assert (await client.put(f"{COSTS}/{made['id']}", json=billed)).status_code == 204
    assert (await client.get(f"{COSTS}/{made['id']}")).json()["feeFine"]["billedAmount"] == 12.5
    assert (await client.post(COSTS, json=actual_cost(status="Lost"))).status_code == 400
    assert (await client.post(COSTS, json=actual_cost(user={"id": str(uuid4())}))).status_code == 422


async def test_jobs_and_criteria_need_nothing(client: httpx.AsyncClient):
    job = await client.post(JOBS, json={"status": "open", "numberOfUpdatedRequests": 10})
    assert job.status_code == 201
    assert (await client.put(f"{JOBS}/{job.json()['id']}", json={"status": "done"})).status_code == 204
    assert (await client.post(JOBS, json={"status": "late"})).status_code == 400

    rule = await client.post("/transfer-criterias", json={"criteria": "Patron age", "type": "x", "value": 5, "interval": "Day"})
    assert rule.status_code == 201
    listed = (await client.get("/transfer-criterias")).json()
    assert listed["transferCriterias"][0]["value"] == 5
    assert listed["resultInfo"]["totalRecords"] == 1


async def test_whole_lists_are_cleared_unless_somebody_needs_them(client: httpx.AsyncClient, library: Library):
    item = await library.item()
    await library.check_out(await library.patron(), item)
    request = await library.hold(await library.patron(), item)
    cancelled = {
        **await library.get(f"/circulation/requests/{request['id']}"), "status": "Closed - Cancelled",
        "cancellationReasonId": library.ids["cancelled by patron"],
    }  # fmt: skip
    await library.put(f"/circulation/requests/{request['id']}", cancelled)
    reasons = "/cancellation-reason-storage/cancellation-reasons"
    refused = await client.delete(reasons)
    assert refused.status_code == 400
    assert "still referenced from table request" in refused.text
    assert (await client.delete("/request-storage/requests")).status_code == 204
    assert (await client.get("/request-storage/requests")).json()["totalRecords"] == 0
    for path in (reasons, "/staff-slips-storage/staff-slips"):
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json()["totalRecords"] == 0
