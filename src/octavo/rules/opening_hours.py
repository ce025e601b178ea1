"""When a service point is open around a day, as its calendar tells it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Hours:
    """Opening hours on one day, in the library's local time."""

    start: time
    end: time


@dataclass(frozen=True)
class CalendarDay:
    """A day in the calendar of a service point. A closed day has no hours; `all_day` needs none.

    exception: the name of the exception that decides about the day.
    """

    date: date
    open: bool = False
    all_day: bool = False
    hours: tuple[Hours, ...] = ()
    exception: str | None = None


@dataclass(frozen=True)
class Openings:
    """A day with the open days before and after it; closed neighbours mean that none is known."""

    previous: CalendarDay
    requested: CalendarDay
    following: CalendarDay

    @classmethod
    def closed_around(cls, day: date) -> "Openings":
        """Return what an empty calendar answers: three closed days."""
        one = timedelta(days=1)
        return cls(CalendarDay(day - one), CalendarDay(day), CalendarDay(day + one))


#: Answers the openings around a local date; None where the service point has no calendar.
Calendar = Callable[[date], Openings | None]


def no_calendar(_: date) -> Openings | None:
    """Answer for a service point without a calendar."""
    return None


@dataclass(frozen=True)
class Span:
    """A stretch of opening hours, in UTC; the end is not part of it."""

    start: datetime
    end: datetime

    def covers(self, instant: datetime) -> bool:
        """Tell whether the library is open at an instant of this stretch."""
        return self.start <= instant < self.end


@dataclass(frozen=True)
class Timetable:
    """The opening hours of up to three days, those that touch joined."""

    spans: tuple[Span, ...]

    @classmethod
    def of(cls, openings: Openings, zone: ZoneInfo) -> "Timetable":
        """Return the timetable of the days that a calendar names."""
        joined: list[Span] = []
        days = (openings.previous, openings.requested, openings.following)
        for span in sorted((span for day in days for span in _spans(day, zone)), key=lambda span: span.start):
            if joined and span.start <= joined[-1].end:
                joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
            else:
                joined.append(span)
        return cls(tuple(joined))

    def knows(self, instant: datetime) -> bool:
        """Tell whether an instant lies between the first opening and the last closing."""
        return bool(self.spans) and self.spans[0].start <= instant < self.spans[-1].end

    def at(self, instant: datetime) -> Span | None:
        """Return the opening hours that cover an instant."""
        return next((span for span in self.spans if span.covers(instant)), None)

    def after(self, instant: datetime) -> Span | None:
        """Return the first opening hours that begin after an instant."""
        return next((span for span in self.spans if span.start > instant), None)

    def before(self, instant: datetime) -> Span | None:
        """Return the last opening hours that end at or before an instant."""
        return next((span for span in reversed(self.spans) if span.end <= instant), None)

    def at_midnight_gap(self, instant: datetime) -> Span | None:
        """Return the hours before an instant in the last minute between two days open round the clock.

        Calendars write such days as 00:00 to 23:59, which leaves a minute that nobody meant to be closed.
        """
        before, after = self.before(instant), self.after(instant)
        return before if before and after and after.start - before.end <= _MINUTE else None


def _spans(day: CalendarDay, zone: ZoneInfo) -> list[Span]:
    if not day.open:
        return []
    if day.all_day:
        return [Span(_utc(day.date, time(), zone), _utc(day.date + timedelta(days=1), time(), zone))]
    return [Span(_utc(day.date, hours.start, zone), _utc(day.date, hours.end, zone)) for hours in day.hours]


def _utc(day: date, moment: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, moment, zone).astimezone(UTC)
