"""Which notices a policy sends, when, again, and which are stale."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from octavo.rules import notice_events as events
from octavo.rules.notice_schedule import (
    Step,
    at_once,
    next_step,
    next_time,
    planned,
    plans,
    recurrence,
    still_to_be_told,
    timing,
    title_policy,
)
from octavo_models.policies import NoticeInterval, PatronNoticePolicy

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
NOW = datetime(2030, 3, 10, 12, tzinfo=UTC)
DUE = datetime(2030, 3, 31, 12, tzinfo=UTC)


def interval(text):
    duration, unit = text.split()
    return {"duration": int(duration), "intervalId": unit}


def option(when, how=None, by=None, every=None, **more):
    options = {"sendWhen": when, "sendHow": how, "sendBy": by and interval(by), "sendEvery": every and interval(every)}
    frequency = {"frequency": "Recurring"} if every else {}
    given = {name: value for name, value in options.items() if value}
    return {"templateId": "t", "format": "Email", "realTime": True, "sendOptions": given, **frequency, **more}


def policy(*loans, requests=(), fees=(), **more):
    return PatronNoticePolicy.from_wire(
        {"name": "p", "loanNotices": list(loans), "requestNotices": list(requests), "feeFineNotices": list(fees), **more}
    )


def days(*moments):
    return [(moment - DUE) / timedelta(days=1) for moment in moments]


@pytest.mark.parametrize(
    ("how", "by", "every", "now", "expected"),
    [
        (None, None, None, NOW, [0]),
        ("Upon At", None, None, NOW, [0]),
        ("Before", "2 Days", None, NOW, [-2]),
        ("After", "1 Weeks", None, NOW, [7]),
        ("After", "12 Hours", None, NOW, [0.5]),
        ("Before", "1 Months", None, NOW, []),
        ("Before", "1 Months", "5 Days", NOW, [-21]),
        ("Before", "2 Days", "1 Weeks", DUE - timedelta(days=1), []),
        ("After", "1 Days", "3 Days", NOW, [1]),
        ("After", "1 Days", "3 Days", DUE + timedelta(days=1000), [1000]),
        ("After", "1 Days", "1 Minutes", DUE + timedelta(days=9, seconds=30), [9 + 1 / 1440]),
        ("After", "1 Days", None, DUE + timedelta(days=2), []),
        ("Upon At", None, None, DUE + timedelta(seconds=1), []),
        ("Upon At", None, None, DUE, [0]),
        ("After", "1 Years", None, NOW, [365]),
    ],
)
def test_when_a_notice_about_a_due_date_is_sent_first(how, by, every, now, expected):
    made = planned(policy(option("Due date", how, by, every)), "Due date", DUE, now, UTC_ZONE)
    assert days(*(plan.at for plan in made)) == pytest.approx(expected)


def test_days_are_counted_on_the_calendar_of_the_library():
    due = datetime(2030, 4, 1, 10, tzinfo=UTC)
    (plan,) = planned(policy(option("Due date", "Before", "2 Days")), "Due date", due, NOW, BERLIN)
    assert due - plan.at == timedelta(hours=47), "the clocks change in between"


def test_only_what_the_event_asks_for_is_sent():
    mixed = policy(option("Check out"), option("Renewed"), requests=[option("Available")])
    assert [len(at_once(mixed, event)) for event in ("Check out", "Renewed", "Available", "Check in")] == [1, 1, 1, 0]
    assert at_once(policy(option("Check out"), active=False), "Check out") == []
    assert at_once(policy({"templateId": "t", "format": "Email", "realTime": True}), "Check out") == []
    assert at_once(None, "Check out") == []
    assert planned(None, "Due date", DUE, NOW, UTC_ZONE) == []


def test_how_often_and_when():
    once, again = policy(option("Due date"), option("Due date", "After", "1 Days", "2 Days")).loan_notices
    assert (timing(once), timing(again), recurrence(once)) == ("Upon At", "After", None)
    assert recurrence(again) == NoticeInterval(duration=2, interval_id="Days")


LOAN = {"status": {"name": "Open"}, "userId": "u", "dueDate": "2030-03-31T12:00:00.000+00:00"}
ITEM = {"status": {"name": "Checked out"}}
USER = {"id": "u", "active": True}


def facts(loan=None, item=None, **more):
    return {"user": USER, "loan": {**LOAN, **(loan or {})}, "item": {**ITEM, **(item or {})}, **more}


@pytest.mark.parametrize(
    ("event", "how", "about", "step"),
    [
        ("Due date", "Upon At", facts(), Step.SEND),
        ("Due date", "After", facts(), Step.SEND),
        ("Due date", "Before", facts(), Step.SEND),
        ("Due date", "Before", facts({"dueDate": "2030-03-01T12:00:00Z"}), Step.DROP),
        ("Due date", "After", facts({"dueDate": "2030-03-01T12:00:00Z"}), Step.SEND),
        ("Due date", "After", facts({"status": {"name": "Closed"}}), Step.DROP),
        ("Due date", "After", facts({"userId": None}), Step.DROP),
        ("Due date", "After", facts(item={"status": {"name": "Declared lost"}}), Step.DROP),
        ("Due date", "After", facts(item={"status": {"name": "Claimed returned"}}), Step.DROP),
        ("Due date", "After", facts(item={"status": {"name": "Aged to lost"}}), Step.DROP),
        ("Due date", "After", {**facts(), "loan": None}, Step.DROP),
        ("Due date", "After", {**facts(), "item": None}, Step.DROP),
        ("Due date", "After", {**facts(), "user": None}, Step.DROP),
        ("Due date", "After", {**facts(), "user": {"active": False}}, Step.DROP),
        ("Aged to lost", "Upon At", facts(item={"status": {"name": "Aged to lost"}}), Step.SEND),
        ("Aged to lost", "Upon At", facts(), Step.DROP),
        (
            "Aged to lost", "After",
            facts({"agedToLostDelayedBilling": {"lostItemHasBeenBilled": True}}, {"status": {"name": "Aged to lost"}}), Step.DROP,
        ),
        ("Request expiration", "Before", facts(request={"status": "Open - Not yet filled"}), Step.SEND),
        ("Request expiration", "Before", facts(request={"status": "Open - Awaiting pickup"}), Step.DROP),
        ("Request expiration", "Upon At", facts(request={"status": "Open - Not yet filled"}), Step.WAIT),
        ("Request expiration", "Upon At", facts(request={"status": "Closed - Unfilled"}), Step.SEND),
        ("Request expiration", "Upon At", facts(request={"status": "Closed - Cancelled"}), Step.DROP),
        ("Title level request expiration", "Upon At", facts(request={"status": "Closed - Unfilled"}), Step.SEND),
        ("Hold expiration", "Before", facts(request={"status": "Open - Awaiting pickup"}), Step.SEND),
        ("Hold expiration", "Before", facts(request={"status": "Closed - Filled"}), Step.DROP),
        ("Hold expiration", "Upon At", facts(request={"status": "Closed - Pickup expired"}), Step.SEND),
        ("Hold expiration", "Upon At", facts(request={"status": "Closed - Filled"}), Step.DROP),
        ("Hold expiration", "Upon At", facts(), Step.DROP),
    ],
)  # fmt: skip
def test_what_is_due_may_be_stale(event, how, about, step):
    assert next_step(event, how, about, NOW) is step


CHARGE, REFUND = {"typeAction": "Overdue fine"}, {"typeAction": "Cancelled item returned"}


@pytest.mark.parametrize(
    ("status", "action", "step"),
    [("Open", CHARGE, Step.SEND), ("Closed", CHARGE, Step.DROP), ("Closed", REFUND, Step.SEND), ("Open", None, Step.DROP)],
)
def test_a_charge_is_told_of_while_there_is_something_to_pay(status, action, step):
    about = facts(account={"status": {"name": status}, "feeFineType": "Overdue fine"}, action=action)
    assert next_step("Overdue fine returned", "Upon At", about, NOW) is step


def test_without_account_there_is_nothing_to_tell():
    assert next_step("Overdue fine returned", "Upon At", facts(action=CHARGE), NOW) is Step.DROP


@pytest.mark.parametrize(
    ("run", "ends", "now", "expected"),
    [
        (DUE, None, DUE, DUE + timedelta(days=3)),
        (DUE, None, DUE + timedelta(days=10), DUE + timedelta(days=13)),
        (DUE - timedelta(days=4), DUE, DUE - timedelta(days=4), DUE - timedelta(days=1)),
        (DUE - timedelta(days=2), DUE, DUE - timedelta(days=2), None),
    ],
)
def test_when_a_notice_comes_again(run, ends, now, expected):
    every = NoticeInterval(duration=3, interval_id="Days")
    assert next_time(run, every, ends=ends, now=now, zone=UTC_ZONE) == expected


@pytest.mark.parametrize(
    ("event", "about", "expected"),
    [
        ("Renewed", facts(), True),
        ("Renewed", facts({"status": {"name": "Closed"}}), False),
        ("Check in", facts({"status": {"name": "Closed"}}), True),
        ("Check out", {"user": USER}, False),
        ("Available", facts(request={"status": "Open - Awaiting pickup"}), True),
        ("Available", facts(request={"status": "Closed - Filled"}), False),
        ("Hold request", facts(request={"status": "Open - Not yet filled"}), True),
        ("Hold request", facts(request={"status": "Closed - Cancelled"}), False),
        ("Request cancellation", facts(request={"status": "Closed - Cancelled"}), True),
        ("Request cancellation", facts(), False),
        ("Request changed", facts(request={"status": "Open - Not yet filled"}), False),
        ("Renewed", {**facts(), "user": None}, False),
        ("Renewed", {**facts(), "user": {"active": False}}, False),
    ],
)
def test_what_has_happened_may_be_so_no_more(event, about, expected):
    assert still_to_be_told(event, about) is expected


EVERYTHING = policy(
    option("Due date"),
    option("Aged to lost"),
    requests=[option("Request expiration"), option("Hold expiration")],
    fees=[option("Overdue fine returned")],
)
LATER = "2030-04-01T00:00:00Z"


@pytest.mark.parametrize(
    ("event", "about", "expected"),
    [
        (events.CHECK_OUT, facts(), ["Due date"]),
        (events.RENEWED, facts({"status": {"name": "Closed"}}), []),
        (events.CHECK_IN, facts(), []),
        (events.CHECK_OUT, facts({"dueDate": None}), []),
        (events.AGED_TO_LOST, facts({"agedToLostDelayedBilling": {"agedToLostDate": LATER}}), ["Aged to lost"]),
        (events.OVERDUE_FINE_RETURNED, facts(action={"dateAction": LATER}), ["Overdue fine returned"]),
        (events.HOLD_REQUEST, facts(request={"status": "Open - Not yet filled", "requestExpirationDate": LATER}), ["Request expiration"]),
        (events.HOLD_REQUEST, facts(request={"status": "Open - Not yet filled"}), []),
        (events.AVAILABLE, facts(request={"status": "Open - Awaiting pickup", "holdShelfExpirationDate": LATER}), ["Hold expiration"]),
        (events.REQUEST_CHANGED, facts(request={"status": "Closed - Filled", "holdShelfExpirationDate": LATER}), []),
    ],
)
def test_what_is_planned_when_something_happens(event, about, expected):
    assert [plan.event for plan in plans(EVERYTHING, event, about, NOW, UTC_ZONE)] == expected


def test_requests_of_a_title_follow_the_setting():
    setting = {"confirmationPatronNoticeTemplateId": "c", "expirationPatronNoticeTemplateId": "e", "cancellationPatronNoticeTemplateId": None}
    made = title_policy(setting)
    assert [notice.template_id for notice in at_once(made, "Hold request")] == ["c"]
    assert at_once(made, "Request cancellation") == []
    about = {"user": USER, "request": {"status": "Open - Not yet filled", "requestExpirationDate": LATER}}
    assert [plan.event for plan in plans(made, "Hold request", about, NOW, UTC_ZONE)] == ["Title level request expiration"]
    assert title_policy(None).request_notices == []
