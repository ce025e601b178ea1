"""Notices that are sent later: planned when something happens, planned anew when it changes, sent once they are due."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from charging import fines, lost_fees, owner
from noticing import headers, notice, opened, outbox, policy, scheduled, template
from octavo.services.notices import tell_occasions
from octavo_models.scalars import parse_instant

LOANS = "/circulation/loan-scheduled-notices-processing"
DAILY = "/circulation/due-date-not-real-time-scheduled-notices-processing"
REQUESTS = "/circulation/request-scheduled-notices-processing"
FINES = "/circulation/overdue-fine-scheduled-notices-processing"
FEES = "/circulation/fee-fine-scheduled-notices-processing"


@pytest.fixture
def begin(octavo, clock):
    return opened(octavo, clock)


async def run(client, path=LOANS):
    answer = await client.post(path)
    assert answer.status_code == 204, answer.text


async def end_visits(client, clock, begin):
    """Let all visits end, and what happened at them be dealt with."""
    clock.advance(minutes=4)
    await client.post("/circulation/notice-session-expiration-by-timeout")
    await tell_occasions(begin)


async def lent(library, client, clock, begin):
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    await end_visits(client, clock, begin)
    return patron, item, loan, parse_instant(loan["dueDate"])


async def due_notices(library, **more):
    return [
        notice(await template(library, "Soon", "{{loan.dueDate}}"), "Due date", "Before", "2 Days", **more),
        notice(await template(library, "Today"), "Due date", "Upon At", **more),
        notice(await template(library, "Late"), "Due date", "After", "1 Days", every="3 Days", **more),
    ]


async def test_due_date_notices_are_planned_and_sent_in_time(client, library, clock, begin):
    await policy(library, loans=await due_notices(library))
    patron, _, loan, due = await lent(library, client, clock, begin)
    planned = await scheduled(library, loanId=loan["id"])
    assert [parse_instant(one["nextRunTime"]) - due for one in planned] == [timedelta(days=-2), timedelta(), timedelta(days=1)]
    assert {one["recipientUserId"] for one in planned} == {patron["id"]}
    assert planned[2]["noticeConfig"]["recurringPeriod"] == {"duration": 3, "intervalId": "Days"}
    await run(client)
    assert await outbox(library) == []
    for moment, sent in ((due - timedelta(days=1), ["Soon"]), (due + timedelta(minutes=1), ["Soon", "Today"]),
                         (due + timedelta(days=2), ["Late", "Soon", "Today"]), (due + timedelta(days=3), ["Late", "Soon", "Today"]),
                         (due + timedelta(days=5), ["Late", "Late", "Soon", "Today"])):  # fmt: skip
        clock.now = moment
        await run(client)
        await run(client)
        assert headers(await outbox(library)) == sent
    assert len(await scheduled(library, loanId=loan["id"])) == 1, "only what comes again is left"


async def test_a_renewal_and_another_due_date_have_notices_planned_anew(client, library, clock, begin):
    await policy(library, loans=await due_notices(library))
    patron, item, loan, due = await lent(library, client, clock, begin)
    clock.now = due - timedelta(days=1)
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    renewed = (await client.post("/circulation/renew-by-barcode", json=body)).json()
    assert await scheduled(library, loanId=loan["id"]) == [], "what was to be said of the old date is void at once"
    await run(client)
    assert await outbox(library) == []
    await tell_occasions(begin)
    times = [parse_instant(one["nextRunTime"]) for one in await scheduled(library, loanId=loan["id"])]
    assert times[1] == parse_instant(renewed["dueDate"])
    changed = clock.now + timedelta(days=1)
    await client.post(f"/circulation/loans/{loan['id']}/change-due-date", json={"dueDate": changed.isoformat()})
    await tell_occasions(begin)
    times = [parse_instant(one["nextRunTime"]) for one in await scheduled(library, loanId=loan["id"])]
    assert times == [changed, changed + timedelta(days=1)], "two days before has passed already"


async def test_loans_entered_and_replaced_outright_are_reminded_of_too(client, library, clock, begin):
    await policy(library, loans=await due_notices(library))
    patron, item = await library.patron(), await library.item()
    due = clock.now + timedelta(days=9)
    loan = await library.post(
        "/circulation/loans", userId=patron["id"], itemId=item["id"], loanDate=clock.now.isoformat(), dueDate=due.isoformat(),
        action="checkedout", status={"name": "Open"},
    )  # fmt: skip
    await tell_occasions(begin)
    assert [parse_instant(one["nextRunTime"]) - due for one in await scheduled(library)] == [timedelta(days=-2), timedelta(), timedelta(days=1)]
    stored = await library.get(f"/loan-storage/loans/{loan['id']}")
    later = due + timedelta(days=3)
    await library.put(f"/circulation/loans/{loan['id']}", {**stored, "dueDate": later.isoformat()})
    assert await scheduled(library) == []
    await tell_occasions(begin)
    assert parse_instant((await scheduled(library))[1]["nextRunTime"]) == later
    closed = {"status": {"name": "Closed"}, "checkinServicePointId": library.ids["main desk"]}
    await library.put(f"/circulation/loans/{loan['id']}", {**stored, "dueDate": later.isoformat(), **closed})
    await tell_occasions(begin)
    assert (await scheduled(library), await outbox(library)) == ([], [])


async def test_a_returned_loan_is_reminded_of_no_more(client, library, clock, begin):
    await policy(library, loans=await due_notices(library))
    _, item, loan, due = await lent(library, client, clock, begin)
    await library.check_in(item)
    assert await scheduled(library, loanId=loan["id"]) == []
    clock.now = due + timedelta(days=9)
    await run(client)
    assert await outbox(library) == []


@pytest.mark.parametrize("action", ["declare-item-lost", "claim-item-returned"])
async def test_a_lost_item_is_reminded_of_no_more(action, client, library, clock, begin):
    await owner(library)
    await lost_fees(library, chargeAmountItem={"chargeType": "anotherCost", "amount": 30}, chargeAmountItemPatron=True)
    await policy(library, loans=await due_notices(library))
    *_, loan, _ = await lent(library, client, clock, begin)
    moment = {"declaredLostDateTime": clock.now.isoformat(), "itemClaimedReturnedDateTime": clock.now.isoformat()}
    body = {"servicePointId": library.ids["main desk"], **moment}
    wanted = {"declare-item-lost": ("servicePointId", "declaredLostDateTime"), "claim-item-returned": ("itemClaimedReturnedDateTime",)}
    answer = await client.post(f"/circulation/loans/{loan['id']}/{action}", json={name: body[name] for name in wanted[action]})
    assert answer.status_code == 204, answer.text
    assert await scheduled(library, loanId=loan["id"]) == []


async def test_a_stale_notice_is_dropped_whatever_made_it_stale(client, library, clock, begin, tx):
    await policy(library, loans=await due_notices(library))
    *_, loan, due = await lent(library, client, clock, begin)
    clock.now = due + timedelta(hours=1)
    await tx.connection.execute(
        f"UPDATE {tx.table('loan')} SET doc = doc || $2::jsonb WHERE id = $1::uuid", loan["id"], orjson.dumps({"status": {"name": "Closed"}})
    )
    await run(client)
    assert await outbox(library) == []
    assert len(await scheduled(library, loanId=loan["id"])) == 1, "those that were due are gone"


async def test_an_old_overdue_loan_makes_no_flood(client, library, clock, begin):
    await policy(library, loans=await due_notices(library))
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item, loanDate=(clock.now - timedelta(days=1000)).isoformat())
    await end_visits(client, clock, begin)
    (planned,) = await scheduled(library, loanId=loan["id"])
    assert clock.now - timedelta(minutes=5) <= parse_instant(planned["nextRunTime"]) <= clock.now + timedelta(days=3)


async def test_what_is_collected_for_a_day_is_sent_in_one_message_after_it(client, library, clock, begin):
    body = "{{#loans}}{{item.barcode}} {{/loans}}"
    daily = notice(await template(library, "Today", body), "Due date", "Upon At", realTime=False)
    await policy(library, loans=[daily])
    patron, other = await library.patron(), await library.patron()
    items = [await library.item() for _ in range(3)]
    for item in items:
        loan = await library.check_out(patron, item)
    await library.check_out(other, await library.item())
    await end_visits(client, clock, begin)
    due = parse_instant(loan["dueDate"])
    clock.now = due.replace(hour=23, minute=59, second=59)
    await run(client)
    await run(client, DAILY)
    assert await outbox(library) == [], "the day is not over"
    clock.now = datetime.combine(due.date() + timedelta(days=1), datetime.min.time(), UTC) + timedelta(minutes=2)
    await run(client)
    await run(client, DAILY)
    messages = {message["recipientUserId"]: message for message in await outbox(library)}
    assert len(messages) == 2
    assert sorted(messages[patron["id"]]["body"].split()) == sorted(item["barcode"] for item in items)
    assert len(messages[patron["id"]]["stillTrue"]) == 3
    assert await scheduled(library) == []


async def test_one_bad_row_stops_no_other_and_is_told_each_time(client, library, clock, begin, tx, caplog):
    await policy(library, loans=[notice(await template(library, "Today"), "Due date", "Upon At")])
    loans = [(await lent(library, client, clock, begin))[2] for _ in range(3)]
    broken = (await scheduled(library, loanId=loans[0]["id"]))[0]["id"]
    strange = (await scheduled(library, loanId=loans[1]["id"]))[0]["id"]
    for notice_id, nonsense in ((broken, {"noticeConfig": 7}), (strange, {"loanId": loans[1]["id"]})):
        await tx.connection.execute(
            f"UPDATE {tx.table('scheduled_notice')} SET doc = doc || $2::jsonb WHERE id = $1::uuid", notice_id, orjson.dumps(nonsense)
        )
    await tx.connection.execute(
        f"UPDATE {tx.table('item')} SET doc = doc || $2::jsonb WHERE id = $1::uuid", loans[1]["itemId"], orjson.dumps({"status": {}})
    )
    clock.advance(days=30)
    await run(client)
    assert [message["loanIds"] for message in await outbox(library)] == [[loans[2]["id"]]]
    assert f"scheduled notice {broken} stays as it is (ValidationError)" in caplog.text
    assert f"scheduled notice {strange} stays as it is (KeyError)" in caplog.text
    await run(client)
    assert len(await outbox(library)) == 1


async def held(library, **more):
    item = await library.item()
    await library.check_out(await library.patron(), item)
    return item, await library.hold(await library.patron(), item, **more)


async def test_notices_about_the_end_of_a_request(client, library, clock, begin):
    notices = [
        notice(await template(library, "Soon"), "Request expiration", "Before", "1 Days"),
        notice(await template(library, "Over"), "Request expiration", "Upon At"),
    ]
    await policy(library, requests=notices)
    _, hold = await held(library, requestExpirationDate=(clock.now + timedelta(days=3)).isoformat())
    await tell_occasions(begin)
    ends = parse_instant(hold["requestExpirationDate"])
    clock.now = ends - timedelta(hours=23)
    await run(client, REQUESTS)
    assert headers(await outbox(library)) == ["Soon"]
    clock.now = ends + timedelta(minutes=1)
    await run(client, REQUESTS)
    assert headers(await outbox(library)) == ["Soon"], "it is still open"
    await client.post("/scheduled-request-expiration")
    await run(client, REQUESTS)
    await run(client, REQUESTS)
    messages = await outbox(library)
    assert headers(messages) == ["Over", "Soon"]
    assert {message["requestId"] for message in messages} == {hold["id"]}
    assert await scheduled(library) == []


async def test_another_end_of_a_request_has_its_notices_planned_anew(library, clock, begin):
    await policy(library, requests=[notice(await template(library, "Soon"), "Request expiration", "Before", "1 Days")])
    _, hold = await held(library, requestExpirationDate=(clock.now + timedelta(days=3)).isoformat())
    await tell_occasions(begin)
    later = {**hold, "requestExpirationDate": (clock.now + timedelta(days=9)).isoformat()}
    await library.put(f"/circulation/requests/{hold['id']}", later)
    await tell_occasions(begin)
    (planned,) = await scheduled(library, requestId=hold["id"])
    stored = await library.get(f"/request-storage/requests/{hold['id']}")
    assert parse_instant(stored["requestExpirationDate"]) - parse_instant(planned["nextRunTime"]) == timedelta(days=1)


async def test_what_waits_on_the_shelf_is_told_of_until_it_is_fetched(client, library, clock, begin):
    shelf = notice(await template(library, "Shelf"), "Hold expiration", "Before", "2 Days")
    await policy(library, requests=[shelf])
    fetched, hold = await held(library)
    left, _ = await held(library)
    for item in (fetched, left):
        await library.check_in(item)
    await tell_occasions(begin)
    assert len(await scheduled(library)) == 2
    patron = await library.get(f"/users/{hold['requesterId']}")
    await library.check_out(patron, fetched)
    (planned,) = await scheduled(library)
    clock.now = parse_instant(planned["nextRunTime"]) + timedelta(minutes=1)
    await run(client, REQUESTS)
    assert headers(await outbox(library)) == ["Shelf"]


async def test_a_fine_is_told_of_once_the_visit_is_over(client, library, clock, begin):
    await owner(library)
    await fines(library)
    body = "{{#feeCharges}}{{feeCharge.type}} {{feeCharge.amount}} {{/feeCharges}}"
    await policy(library, fees=[notice(await template(library, "Fined", body, ("text/plain",)), "Overdue fine returned", "Upon At")])
    patron, items = await library.patron(), [await library.item() for _ in range(2)]
    for item in items:
        loan = await library.check_out(patron, item)
    await end_visits(client, clock, begin)
    clock.now = parse_instant(loan["dueDate"]) + timedelta(hours=2)
    for item in items:
        await library.check_in(item)
    await tell_occasions(begin)
    assert await scheduled(library) == []
    await end_visits(client, clock, begin)
    await run(client, FINES)
    (message,) = await outbox(library)
    assert message["body"].split() == ["Overdue", "fine", "2.00"] * 2
    assert await scheduled(library) == []


async def test_a_paid_fine_is_told_of_no_more(client, library, clock, begin):
    await owner(library)
    await fines(library)
    again = notice(await template(library, "Fined"), "Overdue fine renewed", "After", "1 Days", every="1 Days")
    await policy(library, fees=[again])
    patron, item, loan, due = await lent(library, client, clock, begin)
    clock.now = due + timedelta(hours=2)
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids["main desk"]}
    assert (await client.post("/circulation/renew-by-barcode", json=body)).status_code == 200
    await tell_occasions(begin)
    clock.advance(days=1, minutes=1)
    await run(client, FINES)
    assert headers(await outbox(library)) == ["Fined"]
    (account,) = (await library.get(f"/accounts?query=loanId=={loan['id']}"))["accounts"]
    await client.post(f"/accounts/{account['id']}/pay", json={
        "amount": str(account["remaining"]), "notifyPatron": False, "servicePointId": library.ids["main desk"], "userName": "Lee",
        "paymentMethod": "Cash",
    })  # fmt: skip
    clock.advance(days=1, minutes=1)
    await run(client, FINES)
    assert len(await outbox(library)) == 1
    assert await scheduled(library, feeFineActionId=(await action_of(library, account))) == []


async def action_of(library, account):
    found = await library.get(f"/feefineactions?query=accountId=={account['id']} and typeAction==\"Overdue fine\"")
    return found["feefineactions"][0]["id"]


async def test_items_aged_to_lost_their_charges_and_what_is_given_back(client, library, clock, begin):
    await owner(library)
    await lost_fees(
        library, itemAgedLostOverdue={"duration": 1, "intervalId": "Days"}, patronBilledAfterAgedLost={"duration": 1, "intervalId": "Days"},
        chargeAmountItem={"chargeType": "anotherCost", "amount": 30}, chargeAmountItemSystem=True, lostItemReturned="Charge",
    )  # fmt: skip
    await policy(
        library,
        loans=[notice(await template(library, "Aged"), "Aged to lost", "Upon At")],
        fees=[
            notice(await template(library, "Charged", "{{feeCharge.amount}}"), "Aged to lost - fine charged", "Upon At"),
            notice(await template(library, "Adjusted", "{{feeAction.type}}"), "Aged to lost & item returned - fine adjusted", "Upon At"),
        ],
    )
    _, item, _, due = await lent(library, client, clock, begin)
    clock.now = due + timedelta(days=2)
    await client.post("/circulation/scheduled-age-to-lost")
    await tell_occasions(begin)
    clock.advance(minutes=2)
    await run(client)
    assert headers(await outbox(library)) == ["Aged"]
    clock.advance(days=2)
    await client.post("/circulation/scheduled-age-to-lost-fee-charging")
    await tell_occasions(begin)
    clock.advance(minutes=2)
    await run(client, FEES)
    assert [message["body"] for message in await outbox(library)][1:] == ["30.00"]
    await library.check_in(item)
    await end_visits(client, clock, begin)
    await run(client, FEES)
    assert [message["body"] for message in await outbox(library)][2:] == ["Cancelled item returned"]


