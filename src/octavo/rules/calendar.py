"""On which days a service point is open, and when, as its calendars tell it (FOLIO mod-calendar).

A calendar holds from its first to its last day. On a day of an exception the exception's openings count, on any
other day the normal hours of the weekday. Hours that span days are cut at midnight: they last until 23:59 of the
first day, and round the clock on those between.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property

from octavo.rules.opening_hours import Calendar as Answers
from octavo.rules.opening_hours import CalendarDay, Hours, Openings, no_calendar
from octavo_models.calendar import WEEKDAYS, Calendar, ExceptionRange, NormalHours

MIDNIGHT, LAST_MINUTE = time(), time(23, 59)

_FORWARD, _BACK = 1, -1


def calendar_of(calendars: Iterable[Calendar]) -> Answers:
    """Return what answers for a service point with these calendars; where there are none, it has no calendar."""
    known = [CalendarDays(calendar) for calendar in calendars]
    if not known:
        return no_calendar

    def answer(day: date) -> Openings:
        return Openings(_nearest(known, day, _BACK), day_of(known, day), _nearest(known, day, _FORWARD))

    return answer


def every_day(calendars: Iterable[Calendar], first: date, last: date) -> Iterator[CalendarDay]:
    """Return all days from one to another, both included, closed where no calendar says anything of them."""
    known = [CalendarDays(calendar) for calendar in calendars]
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield day_of(known, date.fromordinal(number))


@dataclass(frozen=True)
class CalendarDays:
    """The days of one calendar. Days are counted as `date.toordinal` does, which never runs out of range."""

    calendar: Calendar

    @cached_property
    def weekly(self) -> dict[int, list[Hours]]:
        """Return the normal hours by weekday, Monday being 0."""
        found: defaultdict[int, list[Hours]] = defaultdict(list)
        for hours in self.calendar.normal_hours:
            for weekday, part in _by_weekday(hours):
                found[weekday].append(part)
        return found

    def covers(self, day: date) -> bool:
        """Tell whether the calendar says anything of a day."""
        return self.calendar.start_date <= day <= self.calendar.end_date

    def day(self, day: date) -> CalendarDay:
        """Return a day of the calendar."""
        exception = self._exception_on(day)
        if exception is None:
            return _day(day, self.weekly.get(day.weekday(), []))
        return _day(day, _exceptional_hours(exception, day), exception.name)

    def nearest(self, day: date, step: int) -> date | None:
        """Return the nearest open day after a day (step 1) or before it (step -1)."""
        start = day.toordinal()
        found = [*self._regular(start, step), *self._exceptional(start, step)]
        return date.fromordinal(min(found, key=lambda number: abs(number - start))) if found else None

    def _exception_on(self, day: date) -> ExceptionRange | None:
        return next((one for one in self.calendar.exceptions if one.start_date <= day <= one.end_date), None)

    def _regular(self, start: int, step: int) -> Iterator[int]:
        """Return the nearest day with normal hours; exceptions are passed over as a whole."""
        first, last = self.calendar.start_date, self.calendar.end_date
        number = _beside(start, step, first, last)
        while number is not None and self.weekly:
            day = date.fromordinal(number)
            exception = self._exception_on(day)
            if exception is None and day.weekday() in self.weekly:
                yield number
                return
            passed = _far_end(exception, step) if exception else day
            number = _beside(passed.toordinal(), step, first, last)

    def _exceptional(self, start: int, step: int) -> Iterator[int]:
        """Return for each opening of an exception the nearest day on which it is."""
        for exception in self.calendar.exceptions:
            for opening in exception.openings:
                number = _beside(start, step, opening.start_date, opening.end_date)
                if number is not None:
                    yield number


def _far_end(exception: ExceptionRange, step: int) -> date:
    return exception.end_date if step == _FORWARD else exception.start_date


def _beside(start: int, step: int, first: date, last: date) -> int | None:
    """Return the nearest day of a range after a day (step 1) or before it (step -1)."""
    if step == _FORWARD:
        number = max(start + 1, first.toordinal())
        return number if number <= last.toordinal() else None
    number = min(start - 1, last.toordinal())
    return number if number >= first.toordinal() else None


def day_of(known: Iterable[CalendarDays], day: date) -> CalendarDay:
    """Return a day as the calendar tells it that covers it, closed where none does."""
    return next((one.day(day) for one in known if one.covers(day)), CalendarDay(day))


def _nearest(known: list[CalendarDays], day: date, step: int) -> CalendarDay:
    """Return the nearest open day; where there is none, the day beside, closed."""
    found = [near for one in known if (near := one.nearest(day, step))]
    if not found:
        edge = date.max if step == _FORWARD else date.min
        return CalendarDay(day if day == edge else day + timedelta(days=step))
    return day_of(known, min(found, key=lambda near: abs(near - day)))


def _by_weekday(hours: NormalHours) -> Iterator[tuple[int, Hours]]:
    """Cut weekly hours at midnight. Monday 09:00 to Monday 08:00 is open all the week but for an hour."""
    first = WEEKDAYS.index(hours.start_day)
    length = (WEEKDAYS.index(hours.end_day) - first) % 7
    if length == 0 and hours.start_time > hours.end_time:
        length = 7
    for number in range(length + 1):
        yield (first + number) % 7, _part(hours.start_time, hours.end_time, first=number == 0, last=number == length)


def _exceptional_hours(exception: ExceptionRange, day: date) -> list[Hours]:
    return [
        _part(one.start_time, one.end_time, first=day == one.start_date, last=day == one.end_date)
        for one in exception.openings
        if one.start_date <= day <= one.end_date
    ]


def _part(start: time, end: time, *, first: bool, last: bool) -> Hours:
    """Return what a span of hours leaves to one of its days."""
    return Hours(start if first else MIDNIGHT, end if last else LAST_MINUTE)


def _day(day: date, hours: list[Hours], exception: str | None = None) -> CalendarDay:
    all_day = any(one.start == MIDNIGHT and one.end >= LAST_MINUTE for one in hours)
    in_order = tuple(sorted(hours, key=lambda one: (one.start, one.end)))
    return CalendarDay(day, bool(hours), all_day, in_order, exception)
