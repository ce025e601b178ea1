"""What a calendar must keep by itself, in the words and with the codes of mod-calendar."""

from collections.abc import Iterable, Iterator
from datetime import time

from octavo.errors import Violation, raise_all
from octavo_models.calendar import WEEKDAYS, Calendar, ExceptionalOpening, ExceptionRange, NormalHours

_DAY = 24 * 60 * 60
_WEEK = 7 * _DAY

#: From when, until when (not included), and how it is called in a message.
_Span = tuple[int, int, str]


def check_calendar(calendar: Calendar) -> None:
    """Refuse a calendar without a name, one that ends before it starts, and hours that contradict each other."""
    raise_all((*_frame(calendar), *_normal_hours(calendar), *_exceptions(calendar)))


def _frame(calendar: Calendar) -> Iterator[Violation]:
    if not calendar.name.strip():
        yield Violation("Please provide a non-empty calendar name", (("name", calendar.name),), "calendarNoName")
    if calendar.start_date > calendar.end_date:
        yield Violation(
            f"Start date ({calendar.start_date}) cannot be after end date ({calendar.end_date})",
            (("startDate", str(calendar.start_date)), ("endDate", str(calendar.end_date))),
            "calendarInvalidDateRange",
        )


def _normal_hours(calendar: Calendar) -> Iterator[Violation]:
    clashing = _clashing(span for hours in calendar.normal_hours for span in _spans_in_two_weeks(hours))
    if clashing:
        message = f"The following openings conflict with each other: {clashing}"
        yield Violation(message, (("normalHours", clashing),), "calendarInvalidNormalOpenings")


def _spans_in_two_weeks(hours: NormalHours) -> Iterator[_Span]:
    """Return weekly hours twice, so that those over the end of the week meet those at its beginning."""
    begin = _seconds(WEEKDAYS.index(hours.start_day), hours.start_time)
    length = (_seconds(WEEKDAYS.index(hours.end_day), hours.end_time) - begin) % _WEEK
    start, end = hours.start_day.capitalize()[:3], hours.end_day.capitalize()[:3]
    text = f"{start} {hours.start_time:%H:%M} - {end} {hours.end_time:%H:%M}"
    yield begin, begin + length, text
    yield begin + _WEEK, begin + _WEEK + length, text


def _seconds(day: int, moment: time) -> int:
    return day * _DAY + moment.hour * 3600 + moment.minute * 60 + moment.second


def _exceptions(calendar: Calendar) -> Iterator[Violation]:
    for exception in calendar.exceptions:
        yield from _exception(exception, calendar)
    clashing = _clashing(
        (one.start_date.toordinal(), one.end_date.toordinal() + 1, f"“{one.name}” from {one.start_date} to {one.end_date}")
        for one in calendar.exceptions
    )
    if clashing:
        message = f"The following exceptions conflict with each other: {clashing}"
        yield Violation(message, (("exceptions", clashing),), "calendarInvalidExceptions")


def _exception(exception: ExceptionRange, calendar: Calendar) -> Iterator[Violation]:
    name, start, end = exception.name, exception.start_date, exception.end_date
    named = (("exceptions", name),)
    if not name.strip():
        yield Violation("At least one exception is missing a name", named, "calendarInvalidExceptionName")
    if start > end:
        message = f"The start date ({start}) is after the end date ({end}) for exception “{name}”"
        yield Violation(message, named, "calendarInvalidExceptionDateOrder")
    if start < calendar.start_date or end > calendar.end_date:
        message = (
            f"The exception “{name}” ({start} to {end}) is not fully enclosed by the calendar's start and end dates "
            f"({calendar.start_date} to {calendar.end_date})"
        )
        yield Violation(message, named, "calendarInvalidExceptionDateBoundary")
    yield from _openings(exception)


def _openings(exception: ExceptionRange) -> Iterator[Violation]:
    named = (("exceptions", exception.name),)
    outside = [_span(opening)[2] for opening in exception.openings if not _lies_within(opening, exception)]
    if outside:
        message = f"The following openings are not within the dates of exception “{exception.name}”: {', '.join(outside)}"
        yield Violation(message, named, "calendarInvalidExceptionOpeningBoundary")
    clashing = _clashing(_span(opening) for opening in exception.openings)
    if clashing:
        message = f"The following openings within {exception.name} conflict with each other: {clashing}"
        yield Violation(message, named, "calendarInvalidExceptionOpenings")


def _lies_within(opening: ExceptionalOpening, exception: ExceptionRange) -> bool:
    begin, end, _ = _span(opening)
    return exception.start_date <= opening.start_date and opening.end_date <= exception.end_date and begin <= end


def _span(opening: ExceptionalOpening) -> _Span:
    return (
        _seconds(opening.start_date.toordinal(), opening.start_time),
        _seconds(opening.end_date.toordinal(), opening.end_time),
        f"{opening.start_date} {opening.start_time:%H:%M} to {opening.end_date} {opening.end_time:%H:%M}",
    )


def _clashing(spans: Iterable[_Span]) -> str:
    """Return the names of spans that overlap, with commas between; empty where none do. Touching is no overlap."""
    clashing: list[str] = []
    latest: _Span | None = None
    for span in sorted(spans):
        if latest and span[0] < latest[1]:
            clashing += [latest[2], span[2]]
        if latest is None or span[1] > latest[1]:
            latest = span
    return ", ".join(dict.fromkeys(clashing))
