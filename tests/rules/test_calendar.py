"""When a service point is open, read from its calendars, and where due dates go by them."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import Invalid
from octavo.rules.calendar import calendar_of, every_day
from octavo.rules.check_in import hold_shelf_expiration
from octavo.rules.closed_library import Place, settle
from octavo.rules.opening_hours import Hours, no_calendar
from octavo_models.calendar import Calendar
from octavo_models.location import HoldShelfExpiryPeriod
from opening import SPRING, calendar, exception
from rules.policies import at, period, terms

UTC = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")

KEEP_DAY, KEEP_TIME = "CURRENT_DUE_DATE", "CURRENT_DUE_DATE_TIME"
PREVIOUS, NEXT = "END_OF_THE_PREVIOUS_OPEN_DAY", "END_OF_THE_NEXT_OPEN_DAY"
CURRENT_HOURS = "END_OF_THE_CURRENT_SERVICE_POINT_HOURS"
NEXT_HOURS = "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS"

ABSENT = "CALENDAR_TIMETABLE_ABSENT"
NOT_FOUND = "CALENDAR_OPEN_PERIODS_NOT_FOUND"


def asked(*calendars):
    return calendar_of(Calendar.from_wire(one) for one in calendars)


def day(text: str) -> date:
    return date.fromisoformat(text)


def told(found) -> str:
    """Print a day as one would on a door."""
    hours = " ".join(f"{one.start:%H:%M}-{one.end:%H:%M}" for one in found.hours)
    named = f" ({found.exception})" if found.exception else ""
    return (("round the clock" if found.all_day else hours) if found.open else "closed") + named


ROUND = calendar("2037-03-02", "2037-03-31", "Mon 07:00 to Fri 22:00", "Sat 10:00-13:00")
NIGHTS = calendar("2037-03-02", "2037-03-31", "Sat 20:00 to Mon 04:00")
WHOLE_WEEK = calendar("2037-03-02", "2037-03-31", "Wed 06:00 to Wed 05:00")


@pytest.mark.parametrize(
    ("known", "when", "hours", "because"),
    [
        (SPRING, "2037-03-12", "09:00-12:00 14:00-18:00", "a Thursday like any other"),
        (SPRING, "2037-03-14", "10:00-13:00", "Saturdays are short"),
        (SPRING, "2037-03-15", "closed", "no hours are written for Sundays"),
        (SPRING, "2037-03-01", "closed", "the calendar begins a day later"),
        (SPRING, "2037-05-01", "closed", "it has ended"),
        (SPRING, "2037-04-03", "closed (Easter)", "an exception without openings closes"),
        (SPRING, "2037-04-05", "closed (Easter)", "also a Sunday, which would be closed anyway"),
        (SPRING, "2037-03-20", "09:00-23:59 (Long night)", "the first day of a night that goes on"),
        (SPRING, "2037-03-21", "00:00-02:00 (Long night)", "its end replaces the hours of the Saturday"),
        (SPRING, "2037-03-24", "closed (Inventory)", "a day of the exception on which it has no opening"),
        (SPRING, "2037-03-25", "10:00-12:00 (Inventory)", "and one on which it has"),
        (SPRING, "2037-04-30", "09:00-11:00 (May eve)", "the last day belongs to the calendar"),
        (ROUND, "2037-03-09", "07:00-23:59", "a span begins on Monday"),
        (ROUND, "2037-03-11", "round the clock", "and is open day and night between"),
        (ROUND, "2037-03-13", "00:00-22:00", "until it ends on Friday"),
        (ROUND, "2037-03-14", "10:00-13:00", "Saturday has hours of its own"),
        (NIGHTS, "2037-03-14", "20:00-23:59", "a span over the end of the week begins on Saturday"),
        (NIGHTS, "2037-03-15", "round the clock", "goes through Sunday"),
        (NIGHTS, "2037-03-16", "00:00-04:00", "and ends on Monday"),
        (WHOLE_WEEK, "2037-03-12", "round the clock", "Wednesday to Wednesday is nearly a week"),
        (WHOLE_WEEK, "2037-03-11", "00:00-05:00 06:00-23:59", "but for an hour on Wednesday"),
        (calendar("2037-03-01", "2037-03-31", "Mon-Sun 00:00-23:59"), "2037-03-15", "round the clock", "as FOLIO writes it"),
        (calendar("2037-03-01", "2037-03-31", "Mon-Sun 00:00-23:59:59"), "2037-03-15", "round the clock", "or to the second"),
        (calendar("2037-03-01", "2037-03-31", "Sun 14:00-18:00", "Sun 09:00-12:00"), "2037-03-15",
         "09:00-12:00 14:00-18:00", "hours are told in order"),
    ],
)  # fmt: skip
def test_a_day_is_open_when_its_calendar_says_so(known, when, hours, because):
    assert told(asked(known)(day(when)).requested) == hours, because


WINTER = calendar("2037-01-01", "2037-02-20", "Mon-Fri 09:00-17:00", name="Winter")
SUMMER = calendar("2037-06-01", "2037-08-31", "Tue 09:00-17:00", name="Summer")


@pytest.mark.parametrize(
    ("when", "previous", "following", "because"),
    [
        ("2037-03-12", "2037-03-11", "2037-03-13", "the days beside are open"),
        ("2037-03-15", "2037-03-14", "2037-03-16", "a Sunday lies between Saturday and Monday"),
        ("2037-03-24", "2037-03-21", "2037-03-25", "the closed days of an exception do not count, its open ones do"),
        ("2037-03-26", "2037-03-25", "2037-03-30", "from an exception back to the normal hours"),
        ("2037-04-04", "2037-04-02", "2037-04-07", "four closed days are passed over"),
        ("2037-04-02", "2037-04-01", "2037-04-07", "an open day has such neighbours too"),
        ("2037-03-01", "2037-02-20", "2037-03-02", "between two calendars: the end of one, the begin of the other"),
        ("2037-05-10", "2037-04-30", "2037-06-02", "and over a gap of a month"),
        ("2037-03-02", "2037-02-20", "2037-03-03", "the first day of a calendar looks back into the one before"),
        ("2037-01-01", None, "2037-01-02", "before the first calendar nothing is known"),
        ("2037-08-25", "2037-08-18", None, "after the last open day neither"),
        ("2038-01-01", "2037-08-25", None, "nor after all calendars"),
        ("2036-01-01", None, "2037-01-01", "nor before them all"),
    ],
)
def test_the_open_days_around_a_day_may_lie_in_other_calendars(when, previous, following, because):
    found = asked(SUMMER, WINTER, SPRING)(day(when))
    near = [one.date.isoformat() if one.open else None for one in (found.previous, found.following)]
    assert near == [previous, following], because


def test_a_neighbour_that_is_not_known_is_the_day_beside_closed():
    found = asked(SPRING)(day("2037-05-20"))
    assert (found.following.date, found.following.open) == (day("2037-05-21"), False)
    assert (asked(SPRING)(date.max).following.date, asked(SPRING)(date.min).previous.date) == (date.max, date.min)


def test_a_calendar_without_any_hours_is_closed_for_ever():
    found = asked(calendar("0001-01-01", "9999-12-31"))(day("2037-03-15"))
    assert not any(one.open for one in (found.previous, found.requested, found.following))


def test_a_long_closure_is_passed_over_at_once():
    closed = exception("War", "0001-01-01", "9999-12-30")
    found = asked(calendar("0001-01-01", "9999-12-31", "Mon-Sun 09:00-17:00", exceptions=(closed,)))(day("2037-03-15"))
    assert (found.following.date, found.previous.open) == (date.max, False)


def test_without_calendars_there_is_no_calendar():
    assert asked() is no_calendar


def test_every_day_of_a_range_is_told():
    known = [Calendar.from_wire(SPRING)]
    found = {one.date.isoformat(): told(one) for one in every_day(known, day("2037-04-29"), day("2037-05-01"))}
    assert found == {
        "2037-04-29": "09:00-12:00 14:00-18:00", "2037-04-30": "09:00-11:00 (May eve)", "2037-05-01": "closed",
    }  # fmt: skip


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
OPEN_DAYS = st.sets(st.sampled_from(WEEKDAYS))
DATES = st.dates(date(2037, 2, 20), date(2037, 4, 10))


@given(open_days=OPEN_DAYS, closed=st.tuples(DATES, DATES).map(sorted), extra=DATES, when=DATES)
def test_the_neighbours_are_what_counting_day_by_day_finds(open_days, closed, extra, when):
    first, last = date(2037, 3, 1), date(2037, 3, 31)
    closure = exception("Closed", max(closed[0], first).isoformat(), min(closed[1], last).isoformat())
    exceptions = (closure,) if closure["startDate"] <= closure["endDate"] else ()
    if not any(one["startDate"] <= extra.isoformat() <= one["endDate"] for one in exceptions) and first <= extra <= last:
        exceptions += (exception("Open", extra.isoformat(), None, f"{extra} 10:00 to {extra} 12:00"),)
    known = calendar(
        first.isoformat(), last.isoformat(), *(f"{one} 09:00-17:00" for one in open_days), exceptions=exceptions
    )
    by_day = [one.date for one in every_day([Calendar.from_wire(known)], date(2037, 2, 1), date(2037, 4, 30)) if one.open]
    found = asked(known)(when)
    assert (found.previous.date if found.previous.open else None) == max((one for one in by_day if one < when), default=None)
    assert (found.following.date if found.following.open else None) == min((one for one in by_day if one > when), default=None)
    assert found.requested.open == (when in by_day)


def due(at_first, strategy, *, known=(SPRING,), zone=UTC, lent_for="3 Hours", started="2037-03-12T10:00", **more):
    own = {"closedLibraryDueDateManagementId": strategy, **more.pop("loans", {})}
    place = Place(zone, asked(*known))
    return settle(at(at_first), terms(lent_for, loans=own), place, started=at(started), **more).at


@pytest.mark.parametrize(
    ("strategy", "first", "then", "because"),
    [
        (KEEP_DAY, "2037-04-04T10:00", "2037-04-04T23:59:59", "kept, though Easter is closed"),
        (KEEP_DAY, "2038-04-04T10:00", "2038-04-04T23:59:59", "kept, though no calendar reaches that far"),
        (KEEP_TIME, "2037-04-04T10:00", "2037-04-04T10:00", "kept to the minute, though Easter is closed"),
        (KEEP_TIME, "2037-03-12T13:00", "2037-03-12T13:00", "kept in the lunch break"),
        (PREVIOUS, "2037-03-12T10:00", "2037-03-12T23:59:59", "an open day is kept, to its end"),
        (PREVIOUS, "2037-03-12T13:00", "2037-03-12T23:59:59", "only the day counts, not the lunch break"),
        (PREVIOUS, "2037-03-12T23:30", "2037-03-12T23:59:59", "nor that it is night"),
        (PREVIOUS, "2037-03-15T10:00", "2037-03-14T23:59:59", "Sunday goes back to Saturday"),
        (PREVIOUS, "2037-04-03T10:00", "2037-04-02T23:59:59", "Good Friday goes back to Thursday"),
        (PREVIOUS, "2037-04-06T10:00", "2037-04-02T23:59:59", "and so does Easter Monday, over the whole closure"),
        (PREVIOUS, "2037-03-23T10:00", "2037-03-21T23:59:59", "the Saturday of the long night is open for two hours"),
        (PREVIOUS, "2037-03-27T10:00", "2037-03-25T23:59:59", "the one opening within the inventory"),
        (PREVIOUS, "2037-03-25T20:00", "2037-03-25T23:59:59", "which makes its day an open day"),
        (PREVIOUS, "2037-06-01T10:00", "2037-04-30T23:59:59", "after the calendar: back to its last open day"),
        (NEXT, "2037-03-12T10:00", "2037-03-12T23:59:59", "an open day is kept, to its end"),
        (NEXT, "2037-03-14T23:00", "2037-03-14T23:59:59", "also when it has closed for the day"),
        (NEXT, "2037-03-15T10:00", "2037-03-16T23:59:59", "Sunday goes on to Monday"),
        (NEXT, "2037-04-03T10:00", "2037-04-07T23:59:59", "Good Friday goes on to Tuesday"),
        (NEXT, "2037-04-06T10:00", "2037-04-07T23:59:59", "and so does Easter Monday"),
        (NEXT, "2037-03-23T10:00", "2037-03-25T23:59:59", "the one opening within the inventory"),
        (NEXT, "2037-03-26T10:00", "2037-03-30T23:59:59", "the rest of the week is closed"),
        (NEXT, "2037-03-01T10:00", "2037-03-02T23:59:59", "before the calendar: on to its first open day"),
        (CURRENT_HOURS, "2037-03-12T11:59", "2037-03-12T11:59", "open then, to the last minute"),
        (CURRENT_HOURS, "2037-03-12T12:00", "2037-03-12T12:00", "at noon it closes: the end of the hours of 10 o'clock"),
        (CURRENT_HOURS, "2037-03-12T13:00", "2037-03-12T12:00", "lent at ten, so the morning is the current hours"),
        (CURRENT_HOURS, "2037-03-12T20:00", "2037-03-12T12:00", "even if it is due in the evening"),
        (CURRENT_HOURS, "2037-03-13T03:00", "2037-03-12T12:00", "or in the night that follows"),
        (CURRENT_HOURS, "2037-03-12T14:00", "2037-03-12T14:00", "at two it opens"),
        (NEXT_HOURS, "2037-03-12T10:00", "2037-03-12T10:00", "open then"),
        (NEXT_HOURS, "2037-03-12T13:00", "2037-03-12T14:00", "after lunch"),
        (NEXT_HOURS, "2037-03-12T18:00", "2037-03-13T09:00", "closing time is closed: the next morning"),
        (NEXT_HOURS, "2037-03-13T03:00", "2037-03-13T09:00", "in the night: the morning"),
        (NEXT_HOURS, "2037-03-14T13:00", "2037-03-16T09:00", "Saturday afternoon: on Monday"),
        (NEXT_HOURS, "2037-04-04T10:00", "2037-04-07T09:00", "at Easter: on Tuesday after it"),
        (NEXT_HOURS, "2037-03-23T10:00", "2037-03-25T10:00", "within the inventory: its one opening"),
        (NEXT_HOURS, "2037-03-19T20:00", "2037-03-20T09:00", "the morning before the long night"),
        (NEXT_HOURS, "2037-03-20T23:30", "2037-03-20T23:30", "late in the long night it is open"),
        (NEXT_HOURS, "2037-03-21T01:59", "2037-03-21T01:59", "and after midnight too"),
        (NEXT_HOURS, "2037-03-21T02:00", "2037-03-25T10:00", "then it closes, until the middle of the inventory"),
        (NEXT_HOURS, "2037-04-29T20:00", "2037-04-30T09:00", "on the last day"),
    ],
)
def test_where_a_due_date_goes_by_the_calendar(strategy, first, then, because):
    assert due(first, strategy) == at(then), because


@pytest.mark.parametrize(
    ("first", "started", "then", "because"),
    [
        ("2037-03-12T13:30", "2037-03-12T13:00", "2037-03-12T18:00", "lent at lunch: the hours that follow are current"),
        ("2037-03-12T20:00", "2037-03-12T17:30", "2037-03-12T18:00", "lent in the afternoon"),
        ("2037-03-13T08:00", "2037-03-13T07:00", "2037-03-13T12:00", "lent before opening: the morning to come"),
        ("2037-03-21T03:00", "2037-03-21T01:00", "2037-03-21T02:00", "lent in the long night after midnight"),
        ("2037-03-21T03:00", "2037-03-20T23:00", "2037-03-20T23:59", "lent before midnight: hours are cut there"),
        ("2037-03-15T10:00", "2037-03-14T12:00", "2037-03-14T13:00", "lent on Saturday, due on Sunday"),
        ("2037-03-15T10:00", "2037-03-14T15:00", "2037-03-16T12:00", "lent on Saturday after closing"),
        ("2037-04-04T10:00", "2037-04-02T17:00", "2037-04-02T18:00", "lent before Easter, due within"),
        ("2037-03-25T13:00", "2037-03-25T11:00", "2037-03-25T12:00", "lent within the inventory's opening"),
    ],
)
def test_the_current_hours_are_those_in_which_it_was_lent(first, started, then, because):
    assert due(first, CURRENT_HOURS, started=started) == at(then), because


ALWAYS = calendar("2037-03-01", "2037-03-31", "Mon-Sun 00:00-23:59")


@pytest.mark.parametrize(
    ("known", "offset", "then", "because"),
    [
        (SPRING, "30 Minutes", "2037-03-13T09:30", "half an hour after opening"),
        (SPRING, "2 Hours", "2037-03-13T11:00", "two hours after opening"),
        (SPRING, "3 Hours", "2037-03-13T12:00", "at noon it closes, and no later than that"),
        (SPRING, "4 Hours", "2037-03-13T12:00", "in the lunch break it goes back to noon"),
        (SPRING, "6 Hours", "2037-03-13T15:00", "an offset that reaches the afternoon stays there"),
        (SPRING, "12 Hours", "2037-03-13T18:00", "one that reaches the evening goes back to closing time"),
        (SPRING, "1 Days", "2037-03-13T18:00", "only the next open day is known: its end"),
    ],
)
def test_an_offset_after_opening_stays_within_opening_hours(known, offset, then, because):
    own = {"openingTimeOffset": period(offset)}
    assert due("2037-03-12T20:00", NEXT_HOURS, known=(known,), loans=own) == at(then), because


NIGHT_LIBRARY = calendar("2037-03-01", "2037-03-31", "Mon 18:00 to Tue 06:00", "Wed 18:00 to Thu 06:00")


@pytest.mark.parametrize(
    ("first", "offset", "then", "because"),
    [
        ("2037-03-09T12:00", "5 Hours", "2037-03-09T23:00", "before midnight"),
        ("2037-03-09T12:00", "8 Hours", "2037-03-10T02:00", "over midnight, in the same night"),
        ("2037-03-09T12:00", "12 Hours", "2037-03-10T06:00", "at six the night is over"),
        ("2037-03-09T12:00", "20 Hours", "2037-03-10T06:00", "in the day that follows it goes back to six"),
        ("2037-03-10T12:00", "8 Hours", "2037-03-11T23:59", "of a night two days off only the first day is known"),
    ],
)
def test_an_offset_may_go_over_midnight(first, offset, then, because):
    own = {"openingTimeOffset": period(offset)}
    assert due(first, NEXT_HOURS, known=(NIGHT_LIBRARY,), loans=own) == at(then), because


@pytest.mark.parametrize(
    ("known", "strategy", "first", "then", "because"),
    [
        (ALWAYS, CURRENT_HOURS, "2037-03-12T03:00", "2037-03-12T03:00", "it never closes"),
        (ALWAYS, NEXT_HOURS, "2037-03-12T23:59:30", "2037-03-12T23:59:30", "00:00 to 23:59 means the whole day"),
        (ALWAYS, PREVIOUS, "2037-03-15T12:00", "2037-03-15T23:59:59", "Sundays are days too"),
        (ALWAYS, NEXT, "2037-03-31T12:00", "2037-03-31T23:59:59", "so is the last one"),
        (ROUND, CURRENT_HOURS, "2037-03-09T23:59:30", "2037-03-09T23:59", "a minute that nobody meant to be closed: before it"),
        (ROUND, NEXT_HOURS, "2037-03-09T23:59:30", "2037-03-10T00:00", "or after it"),
        (ROUND, CURRENT_HOURS, "2037-03-11T04:00", "2037-03-11T04:00", "in the middle of the span"),
        (ROUND, NEXT_HOURS, "2037-03-13T22:00", "2037-03-14T10:00", "it ends on Friday; on Saturday it opens again"),
    ],
)
def test_a_library_open_day_and_night(known, strategy, first, then, because):
    assert due(first, strategy, known=(known,), started=first) == at(then), because


YEAR = ("2037-01-01", "2037-12-31")
DAILY = calendar(*YEAR, "Mon-Sun 09:00-17:00")
NO_SUNDAY = calendar(*YEAR, "Mon-Sat 09:00-17:00")
EARLY = calendar(*YEAR, "Mon-Sun 00:00-04:00")
LATE = calendar(*YEAR, "Sat 20:00 to Sun 01:30", "Mon 09:00-17:00")


@pytest.mark.parametrize(
    ("zone", "known", "strategy", "first", "then", "because"),
    [
        (BERLIN, DAILY, KEEP_DAY, "2037-03-29T10:00+02:00", "2037-03-29T23:59:59+02:00", "the day has 23 hours"),
        (BERLIN, DAILY, KEEP_DAY, "2037-10-25T10:00+01:00", "2037-10-25T23:59:59+01:00", "the day has 25 hours"),
        (BERLIN, NO_SUNDAY, PREVIOUS, "2037-03-29T10:00+02:00", "2037-03-28T23:59:59+01:00", "back into winter time"),
        (BERLIN, NO_SUNDAY, NEXT, "2037-03-29T01:00+01:00", "2037-03-30T23:59:59+02:00", "on into summer time"),
        (BERLIN, NO_SUNDAY, PREVIOUS, "2037-10-25T10:00+01:00", "2037-10-24T23:59:59+02:00", "back into summer time"),
        (BERLIN, NO_SUNDAY, NEXT, "2037-10-25T02:30+02:00", "2037-10-26T23:59:59+01:00", "on into winter time"),
        (BERLIN, DAILY, NEXT_HOURS, "2037-03-29T01:30+01:00", "2037-03-29T09:00+02:00", "nine on the new clock"),
        (BERLIN, DAILY, NEXT_HOURS, "2037-10-25T02:30+02:00", "2037-10-25T09:00+01:00", "nine on the old clock again"),
        (BERLIN, DAILY, CURRENT_HOURS, "2037-03-29T00:30+01:00", "2037-03-28T17:00+01:00", "the hours of the day before"),
        (BERLIN, EARLY, NEXT_HOURS, "2037-03-29T02:30+01:00", "2037-03-29T03:30+02:00", "02:30 is skipped; half past three is open"),
        (BERLIN, EARLY, NEXT_HOURS, "2037-10-25T02:30+02:00", "2037-10-25T02:30+02:00", "the first half past two is open"),
        (BERLIN, EARLY, NEXT_HOURS, "2037-10-25T02:30+01:00", "2037-10-25T02:30+01:00", "and the second one too"),
        (BERLIN, EARLY, CURRENT_HOURS, "2037-03-29T05:00+02:00", "2037-03-28T04:00+01:00", "lent in the night before"),
        (NEW_YORK, DAILY, KEEP_DAY, "2037-03-08T10:00-04:00", "2037-03-08T23:59:59-04:00", "the day has 23 hours"),
        (NEW_YORK, DAILY, KEEP_DAY, "2037-11-01T10:00-05:00", "2037-11-01T23:59:59-05:00", "the day has 25 hours"),
        (NEW_YORK, NO_SUNDAY, PREVIOUS, "2037-03-08T10:00-04:00", "2037-03-07T23:59:59-05:00", "back into winter time"),
        (NEW_YORK, NO_SUNDAY, NEXT, "2037-03-08T01:00-05:00", "2037-03-09T23:59:59-04:00", "on into summer time"),
        (NEW_YORK, NO_SUNDAY, PREVIOUS, "2037-11-01T10:00-05:00", "2037-10-31T23:59:59-04:00", "back into summer time"),
        (NEW_YORK, NO_SUNDAY, NEXT, "2037-11-01T01:30-04:00", "2037-11-02T23:59:59-05:00", "on into winter time"),
        (NEW_YORK, NO_SUNDAY, NEXT, "2037-03-09T03:30", "2037-03-09T23:59:59-04:00", "in UTC it is Monday, here still Sunday"),
        (NEW_YORK, NO_SUNDAY, PREVIOUS, "2037-03-09T04:30", "2037-03-09T23:59:59-04:00", "half an hour of Monday here too"),
        (NEW_YORK, DAILY, NEXT_HOURS, "2037-03-07T20:00-05:00", "2037-03-08T09:00-04:00", "nine on the new clock"),
        (NEW_YORK, DAILY, NEXT_HOURS, "2037-11-01T01:30-04:00", "2037-11-01T09:00-05:00", "nine on the old clock again"),
        (NEW_YORK, EARLY, NEXT_HOURS, "2037-03-08T02:30-05:00", "2037-03-08T03:30-04:00", "02:30 is skipped"),
        (NEW_YORK, LATE, NEXT_HOURS, "2037-11-01T01:45-04:00", "2037-11-02T09:00-05:00", "it closed at the first half past one"),
        (NEW_YORK, LATE, NEXT_HOURS, "2037-11-01T01:15-05:00", "2037-11-02T09:00-05:00", "and does not open again for the second"),
        (NEW_YORK, LATE, NEXT_HOURS, "2037-11-01T01:15-04:00", "2037-11-01T01:15-04:00", "a little earlier it was open"),
    ],
)
def test_a_night_on_which_clocks_change(zone, known, strategy, first, then, because):
    started = {"2037-03-29T00:30+01:00": "2037-03-28T16:00+01:00", "2037-03-29T05:00+02:00": "2037-03-28T02:00+01:00"}
    assert due(first, strategy, known=(known,), zone=zone, started=started.get(first, first)) == at(then), because


@pytest.mark.parametrize(
    ("zone", "first", "offset", "then", "because"),
    [
        (BERLIN, "2037-03-28T20:00+01:00", "2 Hours", "2037-03-29T03:00+02:00", "the third hour begins after the second"),
        (BERLIN, "2037-03-28T20:00+01:00", "3 Hours", "2037-03-29T04:00+02:00", "this night it closes after three hours"),
        (BERLIN, "2037-10-24T20:00+02:00", "3 Hours", "2037-10-25T02:00+01:00", "two o'clock comes twice; this is the second"),
        (BERLIN, "2037-10-24T20:00+02:00", "5 Hours", "2037-10-25T04:00+01:00", "this night it is open for five hours"),
        (NEW_YORK, "2037-03-07T20:00-05:00", "2 Hours", "2037-03-08T03:00-04:00", "the hour after one is three"),
        (NEW_YORK, "2037-10-31T20:00-04:00", "2 Hours", "2037-11-01T01:00-05:00", "one o'clock comes twice"),
        (NEW_YORK, "2037-10-31T20:00-04:00", "6 Hours", "2037-11-01T04:00-05:00", "at most until it closes"),
    ],
)
def test_an_offset_counts_real_hours_though_clocks_change(zone, first, offset, then, because):
    own = {"openingTimeOffset": period(offset)}
    assert due(first, NEXT_HOURS, known=(EARLY,), zone=zone, loans=own) == at(then), because


CLOSED = calendar("2037-03-01", "2037-03-31")
ONE_DAY = calendar("2037-03-01", "2037-03-31", exceptions=(exception("Sale", "2037-03-12", None, "2037-03-12 09:00 to 2037-03-12 12:00"),))


@pytest.mark.parametrize(
    ("known", "strategy", "first", "code", "because"),
    [
        ((), PREVIOUS, "2037-03-12", NOT_FOUND, "no calendar at all"),
        ((), NEXT, "2037-03-12", NOT_FOUND, "no calendar at all"),
        ((), CURRENT_HOURS, "2037-03-12", NOT_FOUND, "no calendar at all"),
        ((), NEXT_HOURS, "2037-03-12", NOT_FOUND, "no calendar at all"),
        ((CLOSED,), PREVIOUS, "2037-03-12", ABSENT, "a calendar that is never open"),
        ((CLOSED,), NEXT, "2037-03-12", ABSENT, "a calendar that is never open"),
        ((CLOSED,), CURRENT_HOURS, "2037-03-12", ABSENT, "a calendar that is never open"),
        ((CLOSED,), NEXT_HOURS, "2037-03-12", ABSENT, "a calendar that is never open"),
        ((ONE_DAY,), PREVIOUS, "2037-03-11", ABSENT, "the only open day is yet to come"),
        ((ONE_DAY,), NEXT, "2037-03-13", ABSENT, "the only open day is over"),
        ((ONE_DAY,), CURRENT_HOURS, "2037-03-12T08:00", ABSENT, "before all hours nobody knows"),
        ((ONE_DAY,), NEXT_HOURS, "2037-03-12T08:00", ABSENT, "before all hours nobody knows"),
        ((ONE_DAY,), NEXT_HOURS, "2037-03-12T12:00", ABSENT, "after them there are none"),
        ((SPRING,), NEXT, "2037-05-01", ABSENT, "the calendar has ended"),
        ((SPRING,), PREVIOUS, "2037-03-01", ABSENT, "it has not begun"),
        ((SPRING,), NEXT_HOURS, "2037-04-30T12:00", ABSENT, "closed for the last time"),
        ((SPRING,), CURRENT_HOURS, "2037-04-20T13:00", ABSENT, "lent weeks ago, which hours are current?"),
    ],
)
def test_what_no_calendar_tells_is_refused(known, strategy, first, code, because):
    with pytest.raises(Invalid) as caught:
        due(first, strategy, known=known)
    assert [violation.code for violation in caught.value.violations] == [code], because


@pytest.mark.parametrize(
    ("strategy", "lent_for", "limit", "then", "because"),
    [
        (NEXT, "6 Weeks", "2037-04-05T10:00", "2037-04-02T23:59:59", "a term ends at Easter: before it"),
        (PREVIOUS, "6 Weeks", "2037-04-05T10:00", "2037-04-02T23:59:59", "whatever the strategy"),
        (NEXT_HOURS, "6 Weeks", "2037-04-05T10:00", "2037-04-02T23:59:59", "long loans by days"),
        (NEXT_HOURS, "5 Hours", "2037-04-05T10:00", "2037-04-02T18:00", "short loans by hours"),
        (CURRENT_HOURS, "5 Hours", "2037-04-01T13:00", "2037-04-01T12:00", "back over the lunch break"),
        (CURRENT_HOURS, "5 Hours", "2037-04-01T11:00", "2037-04-01T11:00", "open then: to the minute"),
        (NEXT, "6 Weeks", "2037-04-01T11:00", "2037-04-01T23:59:59", "an open day to its end"),
        (KEEP_DAY, "6 Weeks", "2037-04-05T10:00", "2037-04-05T23:59:59", "kept, though closed"),
        (KEEP_TIME, "6 Weeks", "2037-04-05T10:00", "2037-04-05T10:00", "kept to the minute"),
    ],
)
def test_a_term_that_ends_earlier_moves_back_to_an_open_day(strategy, lent_for, limit, then, because):
    found = due("2037-04-16T10:00", strategy, lent_for=lent_for, limit=at(limit), started="2037-04-16T09:30")
    assert found == at(then), because


@pytest.mark.parametrize(
    ("strategy", "expires", "then", "because"),
    [
        (KEEP_DAY, "2037-04-05T10:00", "2037-04-05T10:00", "the instant itself, though closed"),
        (KEEP_TIME, "2037-04-05T10:00", "2037-04-05T10:00", "the instant itself, though closed"),
        (PREVIOUS, "2037-04-05T10:00", "2037-04-02T23:59:59", "before Easter"),
        (NEXT, "2037-04-05T10:00", "2037-04-02T23:59:59", "never after the card has expired"),
        (NEXT, "2037-04-01T10:00", "2037-03-31T23:59:59", "the day before, as that day ends after it"),
        (CURRENT_HOURS, "2037-04-05T10:00", "2037-04-02T18:00", "the end of the hours before Easter"),
        (NEXT_HOURS, "2037-04-01T15:00", "2037-04-01T12:00", "the end of the morning"),
        (NEXT_HOURS, "2037-04-01T08:00", "2037-03-31T18:00", "the end of the day before"),
    ],
)
def test_a_card_that_expires_earlier_moves_back_to_opening_hours(strategy, expires, then, because):
    found = due("2037-04-16T10:00", strategy, patron_expires=at(expires), started="2037-04-16T09:30")
    assert found == at(then), because


KEEP_SHELF = "Keep_the_current_due_date"
KEEP_SHELF_TIME = "Keep_the_current_due_date_time"
SHELF_PREVIOUS, SHELF_NEXT = "Move_to_the_end_of_the_previous_open_day", "Move_to_the_end_of_the_next_open_day"
SHELF_CURRENT_HOURS = "Move_to_end_of_current_service_point_hours"
SHELF_NEXT_HOURS = "Move_to_beginning_of_next_open_service_point_hours"


@pytest.mark.parametrize(
    ("waits", "management", "until", "because"),
    [
        ("3 Days", KEEP_SHELF, "2037-04-05T23:59:59", "three days, to the end of the last"),
        ("3 Days", KEEP_SHELF_TIME, "2037-04-05T23:59:59", "days always end with the day"),
        ("3 Days", SHELF_PREVIOUS, "2037-04-02T23:59:59", "Easter Sunday goes back to Thursday"),
        ("3 Days", SHELF_NEXT, "2037-04-07T23:59:59", "or on to Tuesday"),
        ("3 Days", SHELF_CURRENT_HOURS, "2037-04-07T12:00", "or to the end of the next hours"),
        ("3 Days", SHELF_NEXT_HOURS, "2037-04-07T09:00", "or to their beginning"),
        ("1 Weeks", SHELF_PREVIOUS, "2037-04-09T23:59:59", "the week after is open"),
        ("1 Weeks", SHELF_NEXT_HOURS, "2037-04-10T09:00", "but not at the end of its day"),
        ("90 Minutes", KEEP_SHELF, "2037-04-02T12:30", "the default leaves minutes as they are"),
        ("90 Minutes", KEEP_SHELF_TIME, "2037-04-02T12:30", "kept to the minute"),
        ("90 Minutes", SHELF_NEXT_HOURS, "2037-04-02T14:00", "in the lunch break: until after it"),
        ("90 Minutes", SHELF_CURRENT_HOURS, "2037-04-02T18:00", "or until the evening"),
        ("90 Minutes", SHELF_NEXT, "2037-04-02T23:59:59", "the day is open: to its end"),
        ("30 Minutes", SHELF_NEXT_HOURS, "2037-04-02T11:30", "open then"),
        ("26 Hours", SHELF_PREVIOUS, "2037-04-02T23:59:59", "Good Friday goes back to Thursday"),
    ],
)
def test_a_hold_shelf_keeps_the_hours_of_its_service_point(waits, management, until, because):
    duration, interval = waits.split()
    shelf = HoldShelfExpiryPeriod.from_wire({"duration": int(duration), "intervalId": interval})
    found = hold_shelf_expiration(at("2037-04-02T11:00"), shelf, management, Place(UTC, asked(SPRING)))
    assert found == at(until), because


def test_a_hold_shelf_that_asks_a_calendar_needs_one():
    shelf = HoldShelfExpiryPeriod.from_wire({"duration": 3, "intervalId": "Days"})
    with pytest.raises(Invalid, match="Calendar open periods are not found"):
        hold_shelf_expiration(at("2037-04-02T11:00"), shelf, SHELF_NEXT, Place(UTC))


def test_hours_are_what_a_calendar_day_lists():
    assert asked(SPRING)(day("2037-03-14")).requested.hours == (Hours(time(10), time(13)),)
