"""What becomes of a due date on which the library is closed, or after which the patron's card has expired.

The strategies are those of a loan policy's `closedLibraryDueDateManagementId`, and of a service point's
`holdShelfClosedLibraryDateManagement` (FOLIO mod-circulation). `settle` applies them all to a loan; its calendar
is that of the service point where the item was checked out. `move` applies one to any date.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from octavo.errors import Invalid, refuse
from octavo.rules.due_date import LoanTerms
from octavo.rules.opening_hours import Calendar, CalendarDay, Openings, Timetable, no_calendar
from octavo.rules.periods import SHORT_TERM, end_of_date, end_of_day, minutes_in


class Strategy(StrEnum):
    """What to do with a due date on which the library may be closed."""

    KEEP_DAY = "CURRENT_DUE_DATE"
    KEEP_TIME = "CURRENT_DUE_DATE_TIME"
    PREVIOUS_DAY = "END_OF_THE_PREVIOUS_OPEN_DAY"
    NEXT_DAY = "END_OF_THE_NEXT_OPEN_DAY"
    CURRENT_HOURS = "END_OF_THE_CURRENT_SERVICE_POINT_HOURS"
    NEXT_HOURS = "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS"


#: Those that do not ask whether the library is open.
_KEEP = (Strategy.KEEP_DAY, Strategy.KEEP_TIME)
_WHOLE_DAYS = (Strategy.PREVIOUS_DAY, Strategy.NEXT_DAY)
#: Those that ask the calendar.
WITH_CALENDAR = frozenset(Strategy) - frozenset(_KEEP)


@dataclass(frozen=True)
class Place:
    """Where a loan is settled: the tenant's time zone and the service point's calendar."""

    zone: ZoneInfo
    calendar: Calendar = no_calendar

    def openings(self, instant: datetime) -> Openings:
        """Return the openings around an instant. Raises Invalid where there is no calendar."""
        found = self.calendar(instant.astimezone(self.zone).date())
        if found is None:
            raise refuse("Calendar open periods are not found", "CALENDAR_OPEN_PERIODS_NOT_FOUND")
        return found

    def timetable(self, instant: datetime) -> Timetable:
        """Return the opening hours around an instant. Raises Invalid where there are none."""
        return Timetable.of(self.openings(instant), self.zone)

    def end_of(self, day: CalendarDay) -> datetime:
        """Return the last second of an open day. Raises Invalid where the day is closed."""
        if not day.open:
            raise _absent()
        return end_of_date(day.date, self.zone)


@dataclass(frozen=True)
class Settled:
    """The final due date, and whether the patron's expiry made it earlier."""

    at: datetime
    changed_by_near_expire_user: bool = False


def settle(
    due: datetime,
    terms: LoanTerms,
    place: Place,
    *,
    started: datetime,
    limit: datetime | None = None,
    patron_expires: datetime | None = None,
) -> Settled:
    """Return a computed due date moved into opening hours and before the patron's expiry. Raises Invalid.

    started: when the loan or renewal happens. limit: the due date of the schedule's entry that covers the
    loan date at check-out, the present at renewal, the due date at recall.
    """
    moved = apply_strategy(due, terms, place, started)
    if limit is not None and _is_earlier_day(limit, moved, place.zone):
        moved = _back_from(limit, terms, place)
    if patron_expires is None or patron_expires >= moved:
        return Settled(moved)
    return Settled(_before_expiry(patron_expires, terms, place), changed_by_near_expire_user=True)


def strategy_of(terms: LoanTerms) -> Strategy:
    """Return the strategy of a policy; a name nobody knows means to keep the day."""
    if terms.policy.loans_policy is None:
        return Strategy.KEEP_TIME
    name = terms.loans.closed_library_due_date_management_id
    return Strategy(name) if name in set(Strategy) else Strategy.KEEP_DAY


def apply_strategy(due: datetime, terms: LoanTerms, place: Place, started: datetime) -> datetime:
    """Return a due date moved as the policy's strategy says. Raises Invalid where the calendar cannot tell."""
    return move(due, strategy_of(terms), place, started, minutes_in(terms.loans.opening_time_offset))


def move(due: datetime, strategy: Strategy, place: Place, started: datetime, offset: int = 0) -> datetime:
    """Return a date moved as a strategy says. Raises Invalid where the calendar cannot tell.

    started: when the time that ends then began. offset: how many minutes after opening the date becomes.
    """
    if strategy in _KEEP:
        return _kept(due, strategy, place)
    if strategy in _WHOLE_DAYS:
        return _open_day(due, strategy, place)
    timetable = place.timetable(due)
    if timetable.at(due):
        return due
    following = timetable.after(due)
    if following is None or timetable.before(due) is None:
        raise _absent()
    if strategy is Strategy.CURRENT_HOURS:
        return _end_of_current_hours(due, timetable, started)
    return _open_by(following.start + timedelta(minutes=offset), timetable)


def _kept(due: datetime, strategy: Strategy, place: Place) -> datetime:
    return end_of_day(due, place.zone) if strategy is Strategy.KEEP_DAY else due


def _open_day(due: datetime, strategy: Strategy, place: Place) -> datetime:
    openings = place.openings(due)
    if openings.requested.open:
        return end_of_day(due, place.zone)
    return place.end_of(openings.previous if strategy is Strategy.PREVIOUS_DAY else openings.following)


def _end_of_current_hours(due: datetime, timetable: Timetable, started: datetime) -> datetime:
    round_the_clock = timetable.at_midnight_gap(due)
    if round_the_clock:
        return round_the_clock.end
    current = (timetable.at(started) or timetable.after(started)) if timetable.knows(started) else None
    if current is None:
        raise _absent()
    return current.end


def _open_by(instant: datetime, timetable: Timetable) -> datetime:
    """Return an instant, or where that is closed the end of the hours before it; an offset may reach the next hours."""
    return instant if timetable.at(instant) else _end_of_hours_before(instant, timetable)


def _is_earlier_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    return one.astimezone(zone).date() < other.astimezone(zone).date()


def _back_from(limit: datetime, terms: LoanTerms, place: Place) -> datetime:
    strategy = strategy_of(terms)
    if strategy in _KEEP:
        return _kept(limit, strategy, place)
    period = terms.loans.period
    if period is None or period.interval_id not in SHORT_TERM:
        return _open_day(limit, Strategy.PREVIOUS_DAY, place)
    return _open_by(limit, place.timetable(limit))


def _before_expiry(expires: datetime, terms: LoanTerms, place: Place) -> datetime:
    strategy = strategy_of(terms)
    if strategy in _KEEP:
        return expires
    if strategy in _WHOLE_DAYS:
        return place.end_of(place.openings(expires).previous)
    return _end_of_hours_before(expires, place.timetable(expires))


def _end_of_hours_before(instant: datetime, timetable: Timetable) -> datetime:
    before = timetable.before(instant)
    if before is None:
        raise _absent()
    return before.end


def _absent() -> Invalid:
    return refuse("Calendar timetable is absent for requested date", "CALENDAR_TIMETABLE_ABSENT")
