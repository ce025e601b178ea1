"""When service points are open: calendars with normal hours and exceptions, and what they say of a day (FOLIO mod-calendar)."""

import re
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, Kind, LooseUuid, Text, malformed

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)


def parse_date(value: str) -> date:
    """Read a day, `2026-03-29`. Raises ValueError."""
    if not _DATE.fullmatch(value):
        raise ValueError("a date looks like 2026-03-29")
    return date.fromisoformat(value)


def parse_time(value: str) -> time:
    """Read a time of day, `09:30` or `09:30:00`. Raises ValueError."""
    if not _TIME.fullmatch(value):
        raise ValueError("a time looks like 09:30 or 09:30:00")
    return time.fromisoformat(value)


def _to_date(value: Any) -> Any:
    if value is None or type(value) is date:
        return value
    try:
        return parse_date(str(value))
    except ValueError as reason:
        raise malformed(f"Cannot deserialize value of type `LocalDate`: {reason}") from None


def _to_time(value: Any) -> Any:
    if value is None or isinstance(value, time):
        return value
    try:
        return parse_time(str(value))
    except ValueError as reason:
        raise malformed(f"Cannot deserialize value of type `LocalTime`: {reason}") from None


def _print_time(value: time) -> str:
    return value.isoformat("seconds")


LocalDate = Annotated[
    date,
    BeforeValidator(_to_date),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date"}),
    Kind.TEXT,
]
LocalTime = Annotated[
    time,
    BeforeValidator(_to_time),
    PlainSerializer(_print_time, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "time"}),
    Kind.TEXT,
]
Weekday = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
WEEKDAYS: tuple[Weekday, ...] = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


class NormalHours(Part):
    """Hours that return every week. They may span days: Monday 07:00 to Friday 22:00 is open day and night."""

    calendar_id: LooseUuid | None = None
    start_day: Weekday
    start_time: LocalTime
    end_day: Weekday
    end_time: LocalTime


class ExceptionalOpening(Part):
    """Hours within an exception; they may span days too."""

    id: LooseUuid | None = None
    exception_id: LooseUuid | None = None
    start_date: LocalDate
    start_time: LocalTime
    end_date: LocalDate
    end_time: LocalTime


class ExceptionRange(Part):
    """Days on which the normal hours do not count; without openings the service point is closed."""

    id: LooseUuid | None = None
    calendar_id: LooseUuid | None = None
    name: Text
    start_date: LocalDate
    end_date: LocalDate
    openings: list[ExceptionalOpening] = Field(default_factory=list)


class Calendar(Record):
    """The hours of some service points from one day to another, both included. Times are local to the library."""

    name: Text
    start_date: LocalDate
    end_date: LocalDate
    assignments: list[LooseUuid] = Field(default_factory=list)
    normal_hours: list[NormalHours] = Field(default_factory=list)
    exceptions: list[ExceptionRange] = Field(default_factory=list)


class OpeningRange(Part):
    """Hours on one day."""

    start_time: LocalTime
    end_time: LocalTime


class DayOpenings(Part):
    """What the calendars say of one day.

    all_day: open, or closed, from midnight to midnight. exceptional: an exception decides, and this is its name.
    """

    date: LocalDate
    all_day: Flag
    open: Flag
    exceptional: Flag
    exception_name: Text | None = None
    openings: list[OpeningRange] = Field(default_factory=list)


class SurroundingOpenings(Part):
    """The open day before a day, the day itself, and the open day after it."""

    openings: list[DayOpenings]


class DailyOpenings(Part):
    """What the calendars say of each day of a range, and of how many days there is something to say."""

    dates: list[DayOpenings]
    total_records: int


CALENDARS = Endpoint(Calendar, "/calendar/calendars", many="calendars")
