"""Which reminder comes next, when, and on which days; what becomes of messages."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from octavo.rules.messages import LEASE, WORTH_SENDING, Standing, next_attempt, why_drop
from octavo.rules.reminders import reminder_after, reminder_time, reminders_of, reminders_sent, waits_for_open_day
from octavo_models.loan import LastFeeBilled, Loan, Reminders
from octavo_models.policies import OverdueFinePolicy

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
TEMPLATE = "2b3f8a50-4f5a-4f0e-9d7b-0f8a1c2d3e4f"


def policy(*units, **more):
    schedule = [{"interval": 2, "timeUnitId": unit, "reminderFee": 1, "noticeTemplateId": TEMPLATE} for unit in units]
    return OverdueFinePolicy.from_wire({"name": "p", "reminderFeesPolicy": {"reminderSchedule": schedule, **more}})


def test_a_policy_without_schedule_reminds_nobody():
    assert reminders_of(None) is None
    assert reminders_of(OverdueFinePolicy(name="p")) is None
    assert reminders_of(policy()) is None
    assert reminder_after(None, 0) is None


@pytest.mark.parametrize(("unit", "later"), [("minute", timedelta(minutes=2)), ("day", timedelta(days=2)), ("week", timedelta(weeks=2))])
def test_reminders_follow_each_other(unit, later):
    reminders = reminders_of(policy(unit, unit))
    first = reminder_after(reminders, 0)
    assert reminder_time(first, NOW, ZoneInfo("UTC")) == NOW + later
    assert reminder_after(reminders, 1) is not None
    assert reminder_after(reminders, 2) is None


@pytest.mark.parametrize(
    ("reminders", "sent"),
    [(None, 0), (Reminders(), 0), (Reminders(last_fee_billed=LastFeeBilled()), 0), (Reminders(last_fee_billed=LastFeeBilled(number=2)), 2)],
)
def test_how_many_were_sent(reminders, sent):
    assert reminders_sent(Loan(item_id=TEMPLATE, loan_date="2030-01-01", action="checkedout", reminders=reminders)) == sent


@pytest.mark.parametrize(("count_closed", "open_today", "waits"), [(None, False, False), (True, False, False), (False, False, True), (False, True, False)])
def test_where_closed_days_do_not_count(count_closed, open_today, waits):
    more = {} if count_closed is None else {"countClosed": count_closed}
    assert waits_for_open_day(reminders_of(policy("day", **more)), open_today=open_today) is waits


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(), None),
        (Standing(expires=NOW + timedelta(seconds=1)), None),
        (Standing(expires=NOW), "too old"),
        (Standing(recipient_known=False, recipient_active=False), "the recipient is gone"),
        (Standing(recipient_active=False), "the recipient is inactive"),
        (Standing(loans_hold=False), "the loan has changed"),
        (Standing(requests_hold=False), "the request is closed"),
    ],
)
def test_why_a_message_is_dropped(standing, reason):
    assert why_drop(standing, NOW) == reason


def test_pauses_grow_until_a_message_is_given_up():
    pauses = [next_attempt(attempts, NOW) for attempts in range(1, 7)]
    assert [(at - NOW) / timedelta(minutes=1) if at else None for at in pauses] == [1, 5, 30, 120, 360, None]
    assert sum((at - NOW for at in pauses if at), LEASE) < WORTH_SENDING
