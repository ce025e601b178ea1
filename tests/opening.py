"""Calendars for tests, as short as a notice on the door."""

import re
from typing import Any

Json = dict[str, Any]

_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


def _day(short: str) -> str:
    return next(day for day in _DAYS if day.startswith(short.upper()))


def weekly(*texts: str) -> list[Json]:
    """Read `Mon-Fri 09:00-12:00` as hours of each day, and `Mon 07:00 to Fri 22:00` as one span."""
    return [hours for text in texts for hours in _weekly(text)]


def _weekly(text: str) -> list[Json]:
    if " to " in text:
        start, start_time, end, end_time = re.split(r" to | ", text)
        return [{"startDay": _day(start), "startTime": start_time, "endDay": _day(end), "endTime": end_time}]
    days, hours = text.split()
    first, _, last = days.partition("-")
    start, end = hours.split("-")
    chosen = _DAYS[_DAYS.index(_day(first)) : _DAYS.index(_day(last or first)) + 1]
    return [{"startDay": day, "startTime": start, "endDay": day, "endTime": end} for day in chosen]


def exception(name: str, first: str, last: str | None = None, *openings: str) -> Json:
    """Make an exception; without openings (`2037-03-25 10:00 to 2037-03-25 12:00`) it is a closure."""
    parts = [re.split(r" to | ", opening) for opening in openings]
    made = [
        {"startDate": one, "startTime": start, "endDate": other, "endTime": end} for one, start, other, end in parts
    ]
    return {"name": name, "startDate": first, "endDate": last or first, "openings": made}


def calendar(first: str, last: str, *hours: str, exceptions: tuple[Json, ...] = (), **more: Any) -> Json:
    """Make a calendar."""
    return {
        "name": "Hours", "startDate": first, "endDate": last, "assignments": [], "normalHours": weekly(*hours),
        "exceptions": list(exceptions), **more,
    }  # fmt: skip


#: Weekdays with a break at noon, a short Saturday, and all that can happen in a spring.
SPRING = calendar(
    "2037-03-02", "2037-04-30",
    "Mon-Fri 09:00-12:00", "Mon-Fri 14:00-18:00", "Sat 10:00-13:00",
    exceptions=(
        exception("Long night", "2037-03-20", "2037-03-21", "2037-03-20 09:00 to 2037-03-21 02:00"),
        exception("Inventory", "2037-03-23", "2037-03-28", "2037-03-25 10:00 to 2037-03-25 12:00"),
        exception("Easter", "2037-04-03", "2037-04-06"),
        exception("May eve", "2037-04-30", None, "2037-04-30 09:00 to 2037-04-30 11:00"),
    ),
    name="Spring",
)  # fmt: skip
