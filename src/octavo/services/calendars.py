"""Writing calendars, and asking them when a service point is open (FOLIO mod-calendar)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from octavo.catalogue.calendars import CALENDAR
from octavo.errors import Conflict, NotFound
from octavo.rules.calendar import calendar_of, every_day
from octavo.rules.opening_hours import CalendarDay, Openings
from octavo.services.verbs import Verbs, plain
from octavo.store import calendars as store
from octavo.store import records
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.calendar import Calendar, DailyOpenings, DayOpenings, OpeningRange, SurroundingOpenings


async def create_calendar(tx: Tx, calendar: Calendar) -> bytes:
    """Store a new calendar and return its document. Raises Conflict."""
    await _refuse_overlap(tx, calendar, None)
    return await records.insert(tx, CALENDAR, calendar)


async def replace_calendar(tx: Tx, calendar_id: str, calendar: Calendar, if_match: str | None) -> bytes:
    """Replace a calendar and return its new document. Raises NotFound, Conflict."""
    await _refuse_overlap(tx, calendar, calendar_id)
    return await records.replace(tx, CALENDAR, calendar_id, calendar, if_match)


async def delete_calendars(tx: Tx, ids: Sequence[str]) -> None:
    """Delete calendars, all of them or none. Raises NotFound."""
    if await store.delete_all_of(tx, ids) < len(set(ids)):
        raise NotFound(CALENDAR.not_found)


async def _refuse_overlap(tx: Tx, calendar: Calendar, calendar_id: str | None) -> None:
    """Refuse a calendar that shares a service point and a day with another: nobody could tell which one counts."""
    document = await store.lock_overlapping(
        tx, calendar.assignments, calendar.start_date, calendar.end_date, calendar_id
    )
    if document is None:
        return
    other = Calendar.model_validate_json(document)
    shared = ", ".join(sorted(set(calendar.assignments) & set(other.assignments)))
    raise Conflict(
        f"This calendar overlaps with another calendar (“{other.name}” from {other.start_date} to {other.end_date}) "
        f"at the service points {shared}"
    )


async def surrounding_openings(tx: Tx, service_point_id: str, day: date) -> SurroundingOpenings:
    """Return a day with the open days around it; without a calendar all three are closed."""
    found = calendar_of(await _calendars(tx, service_point_id))(day) or Openings.closed_around(day)
    return SurroundingOpenings(openings=[_told(one) for one in (found.previous, found.requested, found.following)])


async def daily_openings(
    tx: Tx, service_point_id: str, first: date, last: date, offset: int, limit: int, *, include_closed: bool
) -> DailyOpenings:
    """Return the days of a range; days closed without an exception only where they are asked for."""
    days = [
        day for day in every_day(await _calendars(tx, service_point_id), first, last)
        if include_closed or day.open or day.exception is not None
    ]  # fmt: skip
    return DailyOpenings(dates=[_told(day) for day in days[offset : offset + limit]], total_records=len(days))


async def _calendars(tx: Tx, service_point_id: str) -> list[Calendar]:
    return [Calendar.model_validate_json(document) for document in await store.load_assigned(tx, service_point_id)]


def _told(day: CalendarDay) -> DayOpenings:
    return DayOpenings(
        date=day.date,
        all_day=day.all_day or not day.open,
        open=day.open,
        exceptional=day.exception is not None,
        exception_name=day.exception,
        openings=[OpeningRange(start_time=hours.start, end_time=hours.end) for hours in day.hours],
    )


VERBS: dict[RecordType[Any], Verbs[Any]] = {
    CALENDAR: replace(plain(CALENDAR), create=create_calendar, replace=replace_calendar, statements=3),
}
