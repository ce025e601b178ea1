"""What patrons are told as soon as it happens: visits to the desk, renewals, recalls, requests."""

from datetime import timedelta

import orjson
import pytest

from noticing import headers, notice, opened, outbox, policy, scheduled, template, told
from octavo.services.notices import tell_occasions

EVENTS_OF_LOANS = ("Check out", "Check in", "Renewed", "Manual due date change", "Item recalled")
EVENTS_OF_REQUESTS = ("Hold request", "Paging request", "Recall request", "Available", "Request cancellation")


@pytest.fixture
def begin(octavo, clock):
    return opened(octavo, clock)


@pytest.fixture
async def writing(library):
    """A policy that writes about everything at once; the subject of each message is its event."""
    loans = [notice(await template(library, event), event) for event in EVENTS_OF_LOANS]
    requests = [notice(await template(library, event), event) for event in EVENTS_OF_REQUESTS]
    await policy(library, loans=loans, requests=requests)


async def ended(client, patron, action="Check-out"):
    body = {"endSessions": [{"patronId": patron["id"], "actionType": action}]}
    assert (await client.post("/circulation/end-patron-action-session", json=body)).status_code == 204


async def test_a_visit_is_told_of_in_one_message_once_it_is_over(client, library, begin):
    body = "{{user.firstName}}:{{#loans}} {{item.title}} due {{loan.dueDate}};{{/loans}}"
    await policy(library, loans=[notice(await template(library, "Receipt", body), "Check out")])
    patron, other = await library.patron(), await library.patron()
    titles = [await library.instance(f"<Title {number}>") for number in range(2)]
    items = [await library.item(title) for title in titles]
    for item in items:
        await library.check_out(patron, item)
    await library.check_out(other, await library.item())
    assert await told(begin, library) == [], "the visits are not over"
    await ended(client, patron)
    (message,) = await told(begin, library)
    assert (message["header"], message["to"], message["recipientUserId"]) == ("Receipt", patron["personal"]["email"], patron["id"])
    assert message["body"].startswith("Ann: &lt;Title 0&gt; due ")
    assert message["body"].count(";") == 2 + 4, "two loans, and the escaped brackets"
    assert len(message["loanIds"]) == 2
    assert "stillTrue" not in message or message["stillTrue"] == []
    await tell_occasions(begin)
    assert len(await outbox(library)) == 1


async def test_visits_that_nobody_ends_end_by_themselves(client, library, begin, clock, writing):
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    clock.advance(minutes=4)
    await client.post("/circulation/notice-session-expiration-by-timeout")
    assert headers(await told(begin, library)) == ["Check out"]
    await library.check_in(item)
    await ended(client, patron, "Check-in")
    assert headers(await told(begin, library)) == ["Check in", "Check out"]


async def test_changes_of_a_loan_are_told_at_once(client, library, begin, clock, writing):
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    clock.advance(hours=1)
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    assert (await client.post("/circulation/renew-by-barcode", json=body)).status_code == 200
    assert headers(await told(begin, library)) == ["Renewed"]
    due = (clock.now + timedelta(days=40)).isoformat()
    await client.post(f"/circulation/loans/{loan['id']}/change-due-date", json={"dueDate": due})
    assert headers(await told(begin, library)) == ["Manual due date change", "Renewed"]
    await library.hold(await library.patron(), item, requestType="Recall")
    messages = await told(begin, library)
    assert headers(messages) == ["Item recalled", "Manual due date change", "Recall request", "Renewed"]
    recalled = next(message for message in messages if message["header"] == "Item recalled")
    assert recalled["stillTrue"][0]["loanId"] == loan["id"]


async def test_requests_are_told_of_from_placing_to_the_shelf(library, begin, writing):
    borrower, item = await library.patron(), await library.item()
    await library.check_out(borrower, item)
    hold = await library.hold(await library.patron(), item)
    (placed,) = await told(begin, library)
    assert (placed["header"], placed["recipientUserId"], placed["requestId"]) == ("Hold request", hold["requesterId"], hold["id"])
    assert placed["stillTrue"] == [{"requestId": hold["id"]}]
    await library.check_in(item)
    available = [message for message in await told(begin, library) if message["header"] == "Available"]
    assert [message["recipientUserId"] for message in available] == [hold["requesterId"]]


async def test_a_cancelled_request_is_told_of_and_its_other_news_is_old(library, begin, writing):
    item = await library.item()
    page = await library.hold(await library.patron(), item, requestType="Page")
    cancelled = {
        **page, "status": "Closed - Cancelled", "cancellationReasonId": library.ids["cancelled by patron"],
        "cancelledByUserId": page["requesterId"],
    }  # fmt: skip
    await library.put(f"/circulation/requests/{page['id']}", cancelled)
    assert headers(await told(begin, library)) == ["Request cancellation"], "that it was placed is no news any more"


async def test_tokens_of_a_request(library, begin):
    body = "{{request.servicePointPickup}}|{{request.reasonForCancellation}}|{{item.title}}|{{requester.barcode}}"
    await policy(library, requests=[notice(await template(library, "Sorry", body, ("text/plain",)), "Request cancellation")])
    patron, item = await library.patron(), await library.item(await library.instance("Emma & Co"))
    page = await library.hold(patron, item, requestType="Page")
    reason = {"cancellationReasonId": library.ids["cancelled by patron"], "cancelledByUserId": patron["id"]}
    await library.put(f"/circulation/requests/{page['id']}", {**page, "status": "Closed - Cancelled", **reason})
    (message,) = await told(begin, library)
    assert (message["body"], message["outputFormat"]) == (f"main desk|by patron|Emma & Co|{patron['barcode']}", "text/plain")


async def test_who_cannot_be_written_to_stops_nobody(library, begin, client, writing):
    item = await library.item()
    unreachable = await library.patron(personal={"lastName": "Recluse"})
    await library.hold(unreachable, item, requestType="Page")
    gone, inactive = await library.patron(), await library.patron()
    for patron in (gone, inactive, await library.patron()):
        await library.hold(patron, await library.item(), requestType="Page")
    await client.delete(f"/users/{gone['id']}")
    await library.put(f"/users/{inactive['id']}", {**inactive, "active": False})
    messages = await told(begin, library)
    assert sorted(message["status"] for message in messages) == ["FAILURE", "NEW"]
    failed = next(message for message in messages if message["status"] == "FAILURE")
    assert (failed["message"], failed["body"]) == ("no e-mail address", "")


async def test_one_occasion_that_cannot_be_dealt_with_stops_no_other_and_is_given_up_in_the_end(
    library, begin, tx, caplog, clock, writing
):
    broken, sound = [await library.hold(await library.patron(), await library.item(), requestType="Page") for _ in range(2)]
    nonsense = orjson.dumps({"status": 7})
    await tx.connection.execute(
        f"UPDATE {tx.table('request')} SET doc = doc || $2::jsonb WHERE id = $1::uuid", broken["id"], nonsense
    )
    (message,) = await told(begin, library)
    assert message["requestId"] == sound["id"]
    assert "(Paging request) cannot be dealt with (AttributeError)" in caplog.text
    for _ in range(5):
        clock.advance(hours=1)
        await tell_occasions(begin)
    assert caplog.text.count("cannot be dealt with") == 5
    assert await tx.connection.fetchval(f"SELECT count(*) FROM {tx.table('occasion')}") == 0


async def test_a_missing_template_a_print_notice_and_an_inactive_policy_write_nothing(library, begin, client):
    template_id = await template(library, "Placed")
    printed = notice(template_id, "Paging request", format="Print")
    lost = notice("2b3f8a50-4f5a-4f0e-9d7b-0f8a1c2d3e4f", "Paging request")
    policy_id = await policy(library, requests=[printed, lost])
    await library.hold(await library.patron(), await library.item(), requestType="Page")
    assert await told(begin, library) == []
    path = f"/patron-notice-policy-storage/patron-notice-policies/{policy_id}"
    stored = await library.get(path)
    await library.put(path, {**stored, "active": False, "requestNotices": [notice(template_id, "Paging request")]})
    await library.hold(await library.patron(), await library.item(), requestType="Page")
    assert await told(begin, library) == []


async def test_requests_of_a_title_without_item_follow_the_setting(client, library, begin, clock):
    wanted = {f"{name}PatronNoticeTemplateId": await template(library, name, "{{item.title}}") for name in ("confirmation", "cancellation", "expiration")}
    value = {"titleLevelRequestsFeatureEnabled": True, "tlrHoldShouldFollowCirculationRules": False, **wanted}
    await library.post("/circulation/settings", id="2b3f8a50-4f5a-4f0e-9d7b-0f8a1c2d3e4f", name="TLR", value=value)
    instance = await library.instance("Emma")
    await library.check_out(await library.patron(), await library.item(instance))
    draft = {
        "requestLevel": "Title", "requestType": "Hold", "instanceId": instance["id"], "requesterId": (await library.patron())["id"],
        "requestDate": clock.now.isoformat(), "fulfillmentPreference": "Hold Shelf",
        "pickupServicePointId": library.ids["main desk"], "requestExpirationDate": (clock.now + timedelta(days=5)).isoformat(),
    }  # fmt: skip
    hold = await library.post("/circulation/requests", **draft)
    (message,) = await told(begin, library)
    assert (message["header"], message["body"]) == ("confirmation", "Emma")
    (planned,) = await scheduled(library, requestId=hold["id"])
    assert planned["triggeringEvent"] == "Title level request expiration"
    await library.put(f"/circulation/requests/{hold['id']}", {**hold, "status": "Closed - Cancelled"})
    assert headers(await told(begin, library)) == ["cancellation", "confirmation"]
    assert await scheduled(library, requestId=hold["id"]) == []


async def test_what_happened_to_a_loan_is_forgotten_with_it(client, library, begin, tx, writing):
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    await library.check_in(item)
    answer = await client.post("/anonymize-storage-loans", json={"loanIds": [loan["id"]]})
    assert answer.json()["anonymizedLoans"] == [loan["id"]]
    assert await tx.connection.fetchval(f"SELECT count(*) FROM {tx.table('occasion')}") == 0
