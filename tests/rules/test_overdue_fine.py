"""What an overdue item costs: each row says why."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from octavo.rules.overdue_fine import OpeningTimes, Overdue, may_fine, overdue_fine
from octavo_models.calendar import Calendar, NormalHours
from octavo_models.policies import Fine, OverdueFinePolicy, Period

DUE = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)  # a Monday
NEVER_OPEN = OpeningTimes((), ZoneInfo("UTC"))


def policy(quantity: str = "0.25", interval: Any = "hour", most: str | None = "0", **more: Any) -> OverdueFinePolicy:
    return OverdueFinePolicy(
        name="fines",
        overdue_fine=Fine(quantity=Decimal(quantity), interval_id=interval),
        max_overdue_fine=None if most is None else Decimal(most),
        count_closed=True,
    ).model_copy(update=more)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def fine(of: OverdueFinePolicy, ended: datetime, open_at: OpeningTimes = NEVER_OPEN, **more: Any) -> Decimal:
    return overdue_fine(of, Overdue(DUE, ended, **more), open_at)


@pytest.mark.parametrize(
    ("ended", "amount", "why"),
    [
        (at(2, 9), "0.00", "returned before it was due"),
        (at(2, 10, 0, 59), "0.00", "seconds do not count, on either side"),
        (at(2, 10, 1), "0.25", "the first minute begins the first hour"),
        (at(2, 11), "0.25", "a whole hour is one interval"),
        (at(2, 11, 1), "0.50", "the second hour has begun"),
        (at(3, 10), "6.00", "a day has 24 hours"),
    ],
)
def test_each_interval_begun_costs(ended: datetime, amount: str, why: str) -> None:
    assert fine(policy(), ended) == Decimal(amount), why


@pytest.mark.parametrize(
    ("interval", "amount"),
    [("minute", "2881.00"), ("hour", "49.00"), ("day", "3.00"), ("week", "1.00"), ("month", "1.00"), ("year", "1.00")],
)
def test_intervals_have_fixed_lengths(interval: str, amount: str) -> None:
    assert fine(policy("1", interval), at(4, 10, 1)) == Decimal(amount)


@pytest.mark.parametrize(
    ("most", "amount", "why"),
    [("1.00", "1.00", "capped"), ("9", "6.00", "below the cap"), ("0", "6.00", "zero is no cap"), (None, "0.00", "incomplete")],
)
def test_a_fine_is_capped(most: str | None, amount: str, why: str) -> None:
    assert fine(policy(most=most), at(3, 10)) == Decimal(amount), why


@pytest.mark.parametrize("missing", [{"overdue_fine": None}, {"overdue_fine": Fine(interval_id="hour")},
                                     {"overdue_fine": Fine(quantity=Decimal(1))}])  # fmt: skip
def test_an_incomplete_policy_fines_nobody(missing: Any) -> None:
    assert fine(policy(**missing), at(3, 10)) == 0


@pytest.mark.parametrize(
    ("ended", "amount", "why"),
    [(at(2, 12), "0.00", "within the two hours"), (at(2, 12, 1), "0.75", "after them everything counts")],
)
def test_the_grace_period_is_free_but_no_rebate(ended: datetime, amount: str, why: str) -> None:
    assert fine(policy(), ended, grace=Period(duration=2, interval_id="Hours")) == Decimal(amount), why


@pytest.mark.parametrize(
    ("grace_period_recall", "amount", "why"),
    [
        (None, "2.00", "recalled loans have no grace period unless the policy says so"),
        (True, "2.00", "the grace period is ignored"),
        (False, "0.00", "within the grace period"),
    ],
)
def test_recalled_loans_have_fines_of_their_own(grace_period_recall: bool | None, amount: str, why: str) -> None:
    recall = {
        "overdue_recall_fine": Fine(quantity=Decimal(1), interval_id="hour"),
        "max_overdue_recall_fine": Decimal(2),
        "grace_period_recall": grace_period_recall,
    }
    grace = Period(duration=1, interval_id="Days")
    assert fine(policy(**recall), at(2, 15), recalled=True, grace=grace) == Decimal(amount), why


def open_from_nine_to_five(first: date, last: date) -> OpeningTimes:
    hours = [
        NormalHours(start_day=day, start_time=time(9), end_day=day, end_time=time(17))
        for day in ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")
    ]
    calendar = Calendar(
        name="usual", assignments=[], start_date=first, end_date=last, normal_hours=hours, exceptions=[]
    )  # fmt: skip
    return OpeningTimes((calendar,), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("ended", "amount", "why"),
    [
        (at(2, 12), "2.00", "open all the time"),
        (at(2, 20), "7.00", "from ten to five"),
        (at(3, 8), "7.00", "nothing is added at night"),
        (at(3, 10), "8.00", "an hour of the next morning"),
        (at(9, 9), "39.00", "seven hours on Monday, then four days of eight, none at the weekend"),
    ],
)
def test_only_opening_hours_count_where_the_policy_says_so(ended: datetime, amount: str, why: str) -> None:
    hours = open_from_nine_to_five(date(2026, 1, 1), date(2026, 12, 31))
    assert fine(policy("1", count_closed=False), ended, hours) == Decimal(amount), why


def test_days_that_no_calendar_covers_are_closed() -> None:
    ended_calendar = open_from_nine_to_five(date(2026, 1, 1), date(2026, 3, 2))
    assert fine(policy("1", count_closed=False), at(30, 10), ended_calendar) == 7
    assert fine(policy("1", count_closed=False), at(30, 10), NEVER_OPEN) == 0


def test_a_policy_may_fine_nobody() -> None:
    assert may_fine(policy())
    assert not may_fine(policy("0"))
    assert not may_fine(OverdueFinePolicy(name="none"))
