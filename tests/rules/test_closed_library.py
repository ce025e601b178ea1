"""What becomes of a due date on which the library is closed."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from octavo.errors import Invalid
from octavo.rules.closed_library import Place, Strategy, settle, strategy_of
from octavo.rules.opening_hours import CalendarDay, Hours, Openings, Timetable, no_calendar
from octavo_models.policies import LoanPolicy
from rules.policies import at, period, terms

UTC = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ABSENT = "CALENDAR_TIMETABLE_ABSENT"

DAY_SHIFT = (Hours(time(9), time(12)), Hours(time(14), time(18)))


class Library:
    """A calendar in which some days are open, from 9 to 12 and from 14 to 18."""

    def __init__(self, *open_days, hours=DAY_SHIFT, all_day=False):
        self.days = {day: CalendarDay(day, open=True, all_day=all_day, hours=hours) for day in open_days}

    def __call__(self, day):
        before = [self.days[one] for one in sorted(self.days) if one < day]
        after = [self.days[one] for one in sorted(self.days) if one > day]
        closed = Openings.closed_around(day)
        return Openings(
            before[-1] if before else closed.previous,
            self.days.get(day, closed.requested),
            after[0] if after else closed.following,
        )


# Friday and Monday; the weekend between them is closed.
WEEK = Library(date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 10))


def moved(due, strategy, *, zone=UTC, calendar=WEEK, started="2026-03-05T10:00", lent="3 Hours", **more):
    own = {"closedLibraryDueDateManagementId": strategy, **more.pop("loans", {})}
    found = settle(at(due), terms(lent, loans=own), Place(zone, calendar), started=at(started), **more)
    return found.at


@pytest.mark.parametrize(
    ("due", "zone", "end", "because"),
    [
        ("2026-03-06T10:00", UTC, "2026-03-06T23:59:59", "the end of the due day"),
        ("2026-03-07T03:00", NEW_YORK, "2026-03-06T23:59:59-05:00", "in New York it is still Friday"),
        ("2026-03-08T12:00", NEW_YORK, "2026-03-08T23:59:59-04:00", "summer time began that night"),
        ("2026-11-01T05:30", NEW_YORK, "2026-11-01T23:59:59-05:00", "it ended during that day"),
        ("2026-10-25T22:30", BERLIN, "2026-10-25T23:59:59+01:00", "a day of 25 hours"),
        ("2018-02-17T12:00", SAO_PAULO, "2018-02-17T23:59:59-03:00", "23:59:59 came twice; the day ends later"),
    ],
)
def test_keeping_the_day_ends_it_in_the_time_zone_of_the_library(due, zone, end, because):
    assert moved(due, "CURRENT_DUE_DATE", zone=zone, calendar=no_calendar) == at(end), because
    assert moved(due, "as the moon tells", zone=zone, calendar=no_calendar) == at(end), "unknown names keep the day"


def test_keeping_the_time_changes_nothing():
    due = "2026-03-07T03:00"
    assert moved(due, "CURRENT_DUE_DATE_TIME", zone=NEW_YORK, calendar=no_calendar) == at(due)


def test_a_policy_without_a_part_about_lending_keeps_the_time():
    bare = LoanPolicy.from_wire({"name": "Bare", "loanable": True, "renewable": True})
    assert strategy_of(type(terms())(bare)) is Strategy.KEEP_TIME


@pytest.mark.parametrize(
    ("due", "strategy", "end", "because"),
    [
        ("2026-03-06T10:00", "END_OF_THE_PREVIOUS_OPEN_DAY", "2026-03-06T23:59:59", "Friday is open"),
        ("2026-03-07T10:00", "END_OF_THE_PREVIOUS_OPEN_DAY", "2026-03-06T23:59:59", "Saturday goes back to Friday"),
        ("2026-03-06T10:00", "END_OF_THE_NEXT_OPEN_DAY", "2026-03-06T23:59:59", "Friday is open"),
        ("2026-03-07T10:00", "END_OF_THE_NEXT_OPEN_DAY", "2026-03-09T23:59:59", "Saturday goes on to Monday"),
        ("2026-03-06T10:00", "END_OF_THE_CURRENT_SERVICE_POINT_HOURS", "2026-03-06T10:00", "open then"),
        ("2026-03-06T13:00", "END_OF_THE_CURRENT_SERVICE_POINT_HOURS", "2026-03-05T12:00", "lent on Thursday morning"),
        ("2026-03-06T10:00", "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS", "2026-03-06T10:00", "open then"),
        ("2026-03-06T13:00", "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS", "2026-03-06T14:00", "after lunch"),
        ("2026-03-06T12:00", "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS", "2026-03-06T14:00", "noon is closed"),
        ("2026-03-07T10:00", "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS", "2026-03-09T09:00", "on Monday"),
    ],
)
def test_a_due_date_moves_into_opening_hours(due, strategy, end, because):
    assert moved(due, strategy) == at(end), because


def test_lent_while_closed_the_end_of_the_next_hours_counts():
    strategy = "END_OF_THE_CURRENT_SERVICE_POINT_HOURS"
    assert moved("2026-03-06T19:00", strategy, started="2026-03-06T13:00") == at("2026-03-06T18:00")


@pytest.mark.parametrize(
    ("offset", "due"),
    [("30 Minutes", "2026-03-09T09:30"), ("2 Hours", "2026-03-09T11:00"), ("4 Hours", "2026-03-09T12:00")],
)
def test_the_offset_after_opening_ends_with_those_hours(offset, due):
    strategy = "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS"
    assert moved("2026-03-07T10:00", strategy, loans={"openingTimeOffset": period(offset)}) == at(due)


def test_opening_hours_are_those_of_the_local_clock_when_it_changes():
    sunday = Library(date(2026, 3, 8))
    strategy = "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS"
    due = moved("2026-03-08T13:00-04:00", strategy, zone=NEW_YORK, calendar=sunday)
    assert due == at("2026-03-08T14:00-04:00")


def test_days_open_all_day_join_over_midnight():
    days = [date(2026, 3, 5) + timedelta(days=one) for one in range(3)]
    strategy = "END_OF_THE_CURRENT_SERVICE_POINT_HOURS"
    assert moved("2026-03-06T23:59:30", strategy, calendar=Library(*days, all_day=True)) == at("2026-03-06T23:59:30")


def test_the_last_minute_between_days_open_round_the_clock_goes_to_the_first_of_them():
    days = [date(2026, 3, 5) + timedelta(days=one) for one in range(3)]
    calendar = Library(*days, hours=(Hours(time(0), time(23, 59)),))
    strategy = "END_OF_THE_CURRENT_SERVICE_POINT_HOURS"
    assert moved("2026-03-06T23:59:30", strategy, calendar=calendar) == at("2026-03-06T23:59")


def test_overlapping_hours_are_joined():
    hours = (Hours(time(9), time(18)), Hours(time(10), time(11)))
    table = Timetable.of(Library(date(2026, 3, 6), hours=hours)(date(2026, 3, 6)), UTC)
    assert [(span.start, span.end) for span in table.spans] == [(at("2026-03-06T09:00"), at("2026-03-06T18:00"))]


@pytest.mark.parametrize(
    ("strategy", "due", "started", "calendar"),
    [
        ("END_OF_THE_PREVIOUS_OPEN_DAY", "2026-03-07", "2026-03-05T10:00", Openings.closed_around),
        ("END_OF_THE_NEXT_OPEN_DAY", "2026-03-12", "2026-03-05T10:00", WEEK),
        ("END_OF_THE_CURRENT_SERVICE_POINT_HOURS", "2026-03-07", "2026-03-05T10:00", Openings.closed_around),
        ("END_OF_THE_CURRENT_SERVICE_POINT_HOURS", "2026-03-06T13:00", "2026-02-05T10:00", WEEK),
        ("BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS", "2026-03-12", "2026-03-05T10:00", WEEK),
    ],
)
def test_a_calendar_that_does_not_reach_far_enough_is_told(strategy, due, started, calendar):
    with pytest.raises(Invalid) as caught:
        moved(due, strategy, started=started, calendar=calendar)
    [violation] = caught.value.violations
    assert (violation.message, violation.code) == ("Calendar timetable is absent for requested date", ABSENT)
    assert violation.parameters == ()


def test_a_service_point_without_a_calendar_is_told():
    with pytest.raises(Invalid) as caught:
        moved("2026-03-07", "END_OF_THE_NEXT_OPEN_DAY", calendar=no_calendar)
    [violation] = caught.value.violations
    assert (violation.message, violation.code) == (
        "Calendar open periods are not found", "CALENDAR_OPEN_PERIODS_NOT_FOUND",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("strategy", "lent", "limit", "due", "because"),
    [
        ("END_OF_THE_NEXT_OPEN_DAY", "3 Weeks", "2026-03-07T10:00", "2026-03-06T23:59:59", "back to Friday"),
        ("END_OF_THE_NEXT_OPEN_DAY", "3 Weeks", "2026-03-06T10:00", "2026-03-06T23:59:59", "Friday itself"),
        ("END_OF_THE_NEXT_OPEN_DAY", None, "2026-03-07T10:00", "2026-03-06T23:59:59", "fixed loans count days"),
        ("END_OF_THE_NEXT_OPEN_DAY", "3 Weeks", "2026-03-09T00:30", "2026-03-09T23:59:59", "the same day is kept"),
        ("END_OF_THE_NEXT_OPEN_DAY", "3 Hours", "2026-03-06T13:00", "2026-03-06T12:00", "before lunch"),
        ("END_OF_THE_NEXT_OPEN_DAY", "3 Hours", "2026-03-06T15:00", "2026-03-06T15:00", "open then"),
        ("CURRENT_DUE_DATE", "3 Weeks", "2026-03-05T10:00", "2026-03-05T23:59:59", "no calendar is asked"),
        ("CURRENT_DUE_DATE_TIME", "3 Weeks", "2026-03-05T10:00", "2026-03-05T10:00", "no calendar is asked"),
    ],
)
def test_a_schedule_limit_moves_the_date_back(strategy, lent, limit, due, because):
    assert moved("2026-03-07T10:00", strategy, lent=lent, limit=at(limit)) == at(due), because


@pytest.mark.parametrize(
    ("strategy", "expires", "due", "because"),
    [
        ("CURRENT_DUE_DATE", "2026-03-06T15:00", "2026-03-06T15:00", "the instant itself"),
        ("CURRENT_DUE_DATE_TIME", "2026-03-06T15:00", "2026-03-06T15:00", "the instant itself"),
        ("END_OF_THE_NEXT_OPEN_DAY", "2026-03-06T15:00", "2026-03-05T23:59:59", "the open day before"),
        ("END_OF_THE_PREVIOUS_OPEN_DAY", "2026-03-08T15:00", "2026-03-06T23:59:59", "the open day before"),
        ("END_OF_THE_CURRENT_SERVICE_POINT_HOURS", "2026-03-06T15:00", "2026-03-06T12:00", "the hours before"),
        ("BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS", "2026-03-08T15:00", "2026-03-06T18:00", "the hours before"),
    ],
)
def test_a_loan_ends_before_the_patrons_card_does(strategy, expires, due, because):
    own = terms("3 Weeks", loans={"closedLibraryDueDateManagementId": strategy})
    found = settle(
        at("2026-03-10T10:00"), own, Place(UTC, WEEK), started=at("2026-03-10T09:30"), patron_expires=at(expires)
    )
    assert found.at == at(due), because
    assert found.changed_by_near_expire_user


def test_a_card_that_outlasts_the_loan_changes_nothing():
    found = settle(
        at("2026-03-10T10:00"), terms(), Place(UTC), started=at("2026-03-01"), patron_expires=at("2026-03-11")
    )
    assert (found.at, found.changed_by_near_expire_user) == (at("2026-03-10T23:59:59"), False)


def test_a_card_that_expires_before_all_known_hours_is_told():
    with pytest.raises(Invalid, match="Calendar timetable is absent"):
        moved(
            "2026-03-06T10:00", "END_OF_THE_CURRENT_SERVICE_POINT_HOURS",
            patron_expires=at("2026-03-01T10:00"),
        )  # fmt: skip
