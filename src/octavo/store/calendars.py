"""Calendars: those of a service point, and those that another one would overlap with."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from octavo.store import pages
from octavo.store.pages import Page
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx

#: For how many days a calendar that has ended is still asked.
_REMEMBERED = 366


@dataclass(frozen=True)
class Filter:
    """Which calendars are asked for; what is empty or None does not matter."""

    ids: tuple[str, ...] = ()
    service_point_ids: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class CalendarsOf:
    """Whose calendars decide about a loan or a hold shelf, and for which strategies anybody asks them.

    service_point_id: None where the item's open loan was made. day: the earliest that matters.
    """

    service_point_id: str | None
    strategies: tuple[str, ...]
    day: date

    @property
    def since(self) -> str:
        """Return the day before which no calendar may have ended; it still tells when the library was last open."""
        return date.fromordinal(max(1, self.day.toordinal() - _REMEMBERED)).isoformat()


def assigned(tx: Tx, service_point: str) -> str:
    """Return the SELECT of the documents of a service point's calendars; its id is SQL for text."""
    return f"SELECT calendar.doc FROM {tx.table('calendar')} calendar WHERE calendar.doc -> 'assignments' ? {service_point}"


def assigned_since(tx: Tx, service_point: str, since: str) -> str:
    """Return the SELECT of those calendars of a service point that have not ended before a day."""
    return f"{assigned(tx, service_point)} AND calendar.doc ->> 'endDate' >= {since}"


async def load_assigned(tx: Tx, service_point_id: str) -> list[bytes]:
    """Return all calendars of a service point."""
    return [row["doc"] for row in await tx.connection.fetch(assigned(tx, "$1::text"), service_point_id)]


async def lock_overlapping(
    tx: Tx, service_point_ids: Iterable[str], start: date, end: date, besides: str | None
) -> bytes | None:
    """Keep others from writing calendars, and return one that has a service point and a day in common with these.

    besides: the id of a calendar that does not count.
    """
    await tx.connection.execute(f"LOCK TABLE {tx.table('calendar')} IN SHARE ROW EXCLUSIVE MODE")
    document: bytes | None = await tx.connection.fetchval(
        f"""SELECT doc FROM {tx.table("calendar")}
            WHERE doc -> 'assignments' ?| $1::text[] AND doc ->> 'startDate' <= $2 AND doc ->> 'endDate' >= $3
              AND id IS DISTINCT FROM $4::uuid
            ORDER BY doc ->> 'startDate' LIMIT 1""",
        list(service_point_ids), end.isoformat(), start.isoformat(), besides,
    )  # fmt: skip
    return document


async def delete_all_of(tx: Tx, ids: Iterable[str]) -> int:
    """Delete calendars by their ids; return how many there were."""
    rows = await tx.connection.fetch(
        f"DELETE FROM {tx.table('calendar')} WHERE id = ANY ($1::uuid[]) RETURNING id", list(ids)
    )
    return len(rows)


async def page_of_calendars(
    tx: Tx, kind: RecordType[Any], query: str | None, wanted: Filter, offset: int, limit: int, totals: str
) -> Page:
    """Return a part of the calendars that a CQL query and a filter select, in the order of their days."""
    chosen = pages.select(tx, kind, query)
    where = [chosen.where]
    if wanted.ids:
        where.append(f"id = ANY ({chosen.args.add(wanted.ids, 'uuid[]')})")
    if wanted.service_point_ids:
        where.append(f"doc -> 'assignments' ?| {chosen.args.add(wanted.service_point_ids, 'text[]')}")
    if wanted.start:
        where.append(f"doc ->> 'endDate' >= {chosen.args.add(wanted.start.isoformat(), 'text')}")
    if wanted.end:
        where.append(f"doc ->> 'startDate' <= {chosen.args.add(wanted.end.isoformat(), 'text')}")
    order = chosen.order or "doc ->> 'startDate', id"
    return await pages.take(tx, replace(chosen, where=" AND ".join(where), order=order), offset, limit, totals)
