"""Reminders that cost money: sent and charged one after another, until the item is back."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from charging import accounts, actions, fines, owner
from noticing import headers, opened, outbox, scheduled, template
from octavo.services.notices import tell_occasions
from octavo.services.reminder_fees import send_reminders
from octavo.store.pool import Pool
from octavo.store.tx import Store
from octavo_models.scalars import parse_instant
from opening import calendar, exception
from services.conftest import TENANT

PATH = "/circulation/scheduled-digital-reminders-processing"
EVENT = "Due date - with reminder fee"


@pytest.fixture
def begin(octavo, clock):
    return opened(octavo, clock)


async def reminding(library, *fees, **more):
    """Lend from now on with reminders a day apart, at these fees."""
    schedule = [
        {
            "interval": 1, "timeUnitId": "day", "reminderFee": fee, "noticeFormat": "Email",
            "noticeTemplateId": await template(library, f"Reminder {number}", "{{feeCharge.amount}}{{loan.dueDate}}"),
        }
        for number, fee in enumerate(fees, 1)
    ]  # fmt: skip
    await fines(library, overdueFine={"quantity": 0}, maxOverdueFine=0, reminderFeesPolicy={"reminderSchedule": schedule, **more})


async def end_visit(client, patron):
    ended = {"endSessions": [{"patronId": patron["id"], "actionType": "Check-out"}]}
    assert (await client.post("/circulation/end-patron-action-session", json=ended)).status_code == 204


async def lent(library, client, begin):
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    await end_visit(client, patron)
    await tell_occasions(begin)
    return patron, item, loan, parse_instant(loan["dueDate"])


async def run(client):
    answer = await client.post(PATH)
    assert answer.status_code == 204, answer.text


async def stored(library, loan):
    return await library.get(f"/loan-storage/loans/{loan['id']}")


async def test_reminders_follow_each_other_and_cost_what_the_policy_says(client, library, clock, begin):
    await owner(library)
    await reminding(library, 1.5, 3)
    patron, _, loan, due = await lent(library, client, begin)
    (planned,) = await scheduled(library, loanId=loan["id"])
    assert (planned["triggeringEvent"], parse_instant(planned["nextRunTime"])) == (EVENT, due + timedelta(days=1))
    clock.now = due + timedelta(hours=23)
    await run(client)
    assert await outbox(library) == []
    clock.now = due + timedelta(days=1, minutes=1)
    await run(client)
    await run(client)
    (message,) = await outbox(library)
    assert (message["header"], message["recipientUserId"], message["body"][:4]) == ("Reminder 1", patron["id"], "1.50")
    (account,) = (await accounts(library, loan)).values()
    assert (account["feeFineType"], account["amount"], account["remaining"]) == ("Reminder fee", 1.5, 1.5)
    (action,) = await actions(library, account)
    assert (action["typeAction"], action["comments"], action["source"]) == ("Reminder fee", "STAFF : Reminder fee 1", "Administrator")
    noted = await stored(library, loan)
    assert (noted["action"], noted["reminders"]["lastFeeBilled"]["number"]) == ("reminderFee", 1)
    assert parse_instant(noted["reminders"]["lastFeeBilled"]["date"]) == clock.now
    clock.advance(days=1, minutes=1)
    await run(client)
    assert headers(await outbox(library)) == ["Reminder 1", "Reminder 2"]
    assert await scheduled(library, loanId=loan["id"]) == [], "that was the last one"
    found = await library.get(f"/accounts?query=loanId=={loan['id']}")
    assert sorted(account["amount"] for account in found["accounts"]) == [1.5, 3.0]


async def test_a_reminder_without_fee_charges_nothing(client, library, clock, begin):
    await owner(library)
    await reminding(library, 0)
    *_, loan, due = await lent(library, client, begin)
    clock.now = due + timedelta(days=2)
    await run(client)
    assert headers(await outbox(library)) == ["Reminder 1"]
    assert await accounts(library, loan) == {}
    assert (await stored(library, loan))["reminders"]["lastFeeBilled"]["number"] == 1


async def test_where_nobody_charges_the_reminder_is_sent_all_the_same(client, library, clock, begin):
    await reminding(library, 2)
    *_, loan, due = await lent(library, client, begin)
    clock.now = due + timedelta(days=2)
    await run(client)
    assert headers(await outbox(library)) == ["Reminder 1"]
    assert await accounts(library, loan) == {}


async def test_what_is_back_in_time_is_not_reminded_of(client, library, clock, begin):
    await owner(library)
    await reminding(library, 1)
    _, item, loan, due = await lent(library, client, begin)
    await library.check_in(item)
    assert await scheduled(library, loanId=loan["id"]) == []
    clock.now = due + timedelta(days=2)
    await run(client)
    assert await outbox(library) == []


async def test_a_renewal_begins_the_reminders_anew(client, library, clock, begin):
    await owner(library)
    await reminding(library, 1, 2)
    patron, item, loan, due = await lent(library, client, begin)
    clock.now = due + timedelta(days=1, minutes=1)
    await run(client)
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    renewed = (await client.post("/circulation/renew-by-barcode", json=body)).json()
    await tell_occasions(begin)
    (planned,) = await scheduled(library, loanId=loan["id"])
    assert parse_instant(planned["nextRunTime"]) == parse_instant(renewed["dueDate"]) + timedelta(days=1)
    assert "reminders" not in await stored(library, loan)


async def test_renewals_may_be_refused_once_a_reminder_has_cost_money(client, library, clock, begin):
    await owner(library)
    await reminding(library, 1, allowRenewalOfItemsWithReminderFees=False)
    patron, item, _, due = await lent(library, client, begin)
    clock.now = due + timedelta(days=2)
    await run(client)
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    answer = await client.post("/circulation/renew-by-barcode", json=body)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["message"], error["code"]) == ("Renewals not allowed for loans with reminders.", "RENEWAL_BLOCKED_BY_REMINDER_FEES")


async def test_where_closed_days_do_not_count_a_reminder_waits_for_an_open_one(client, library, clock, begin):
    await owner(library)
    await reminding(library, 1, countClosed=False)
    *_, due = await lent(library, client, begin)
    closed = (due + timedelta(days=2)).date()
    first, last = (closed + timedelta(days=days) for days in (-30, 30))
    closure = exception("Closed", closed.isoformat())
    await library.post(
        "/calendar/calendars",
        **calendar(first.isoformat(), last.isoformat(), "Mon-Sun 09:00-17:00", exceptions=(closure,), assignments=[library.ids["main desk"]]),
    )
    clock.now = datetime.combine(closed, time(12), UTC)
    await run(client)
    assert await outbox(library) == []
    clock.advance(days=1)
    await run(client)
    assert headers(await outbox(library)) == ["Reminder 1"]


async def test_lost_items_and_inactive_patrons(client, library, clock, begin):
    await owner(library)
    await reminding(library, 1)
    *_, claimed, _ = await lent(library, client, begin)
    patron, _, loan, due = await lent(library, client, begin)
    body = {"itemClaimedReturnedDateTime": clock.now.isoformat()}
    assert (await client.post(f"/circulation/loans/{claimed['id']}/claim-item-returned", json=body)).status_code == 204
    await library.put(f"/users/{patron['id']}", {**patron, "active": False})
    clock.now = due + timedelta(days=2)
    await run(client)
    assert await outbox(library) == [], "an inactive patron is not written to"
    assert await accounts(library, claimed) == {}
    assert len(await accounts(library, loan)) == 1, "but owes the fee"


async def test_several_timers_at_once_charge_once(crowded, migrated):
    await owner(crowded)
    await reminding(crowded, 1, 2)
    loans = []
    for _ in range(4):
        patron, item = await crowded.patron(), await crowded.item()
        loans.append(await crowded.check_out(patron, item, loanDate=(datetime.now(UTC) - timedelta(days=60)).isoformat()))
        await end_visit(crowded.client, patron)
    pool = Pool(migrated, size=4, patience=60)
    store = Store(pool)

    def begin():
        return store.transaction(TENANT, datetime.now(UTC))

    await tell_occasions(begin)
    sent = await asyncio.gather(*(send_reminders(begin) for _ in range(4)))
    await pool.close()
    assert sum(sent) == len(loans)
    assert headers(await outbox(crowded)) == ["Reminder 1"] * len(loans)
    for loan in loans:
        assert len(await accounts(crowded, loan)) == 1
