"""Slips of requests that were printed: one statement to note them, one to tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from octavo.store.outbox import emitted
from octavo.store.tx import Tx
from octavo_models.print_events import PrintEvent
from octavo_models.scalars import format_instant


async def note_printed(tx: Tx, events: Sequence[PrintEvent]) -> None:
    """Store events of one printing and tell the requests of it. The requests are locked in the order of their ids."""
    first = events[0]
    printed = {
        "requesterId": first.requester_id, "isPrinted": True, "printEventDate": format_instant(first.print_event_date),
    }  # fmt: skip
    await tx.connection.execute(
        f"""WITH made AS (
                INSERT INTO {tx.table("print_events")} (id, doc) SELECT * FROM unnest($1::uuid[], $2::jsonb[])),
            printed AS MATERIALIZED (SELECT id, count(*) AS times FROM unnest($3::uuid[]) id GROUP BY id),
            locked AS MATERIALIZED (
                SELECT request.id, request.doc AS old, printed.times FROM {tx.table("request")} request JOIN printed USING (id)
                ORDER BY request.id FOR NO KEY UPDATE OF request),
            told AS (UPDATE {tx.table("request")} request SET doc = request.doc || jsonb_build_object(
                    'printDetails', $4::jsonb || jsonb_build_object('printCount',
                        coalesce(public.octavo_number(request.doc #>> '{{printDetails,printCount}}')::int, 0) + locked.times))
                FROM locked WHERE request.id = locked.id RETURNING request.id, locked.old, request.doc),
            moment AS (SELECT $5::timestamptz)
            {emitted(tx.schema, "request", "told", "U", "$5")} SELECT 1""",
        [event.id for event in events], [event.to_wire() for event in events],
        [event.request_id for event in events], orjson.dumps(printed), tx.now,
    )  # fmt: skip


@dataclass(frozen=True)
class PrintFeature:
    """What the tenant has set about print events, None where nothing; how many of the requests exist."""

    setting: bytes | None
    known: int


async def load_feature(tx: Tx, request_ids: Sequence[str]) -> PrintFeature:
    """Return whether print events are to be kept, and how many different ones of the requests there are."""
    row = await tx.connection.fetchrow(
        f"""SELECT (SELECT doc -> 'value' FROM {tx.table("circulation_settings")} WHERE name = 'printeventlogfeature') AS setting,
                (SELECT count(*) FROM {tx.table("request")} WHERE id = ANY ($1::uuid[])) AS known""",
        list(request_ids),
    )
    return PrintFeature(**row)


async def load_status(tx: Tx, request_ids: Sequence[str]) -> list[bytes]:
    """Return what was printed last for each of the requests, and how often anything was; the latest first."""
    rows = await tx.connection.fetch(
        f"""SELECT jsonb_build_object('requestId', last.request_id, 'requesterId', last.doc -> 'requesterId',
                'requesterName', last.doc -> 'requesterName', 'count', last.times,
                'printEventDate', last.doc -> 'printEventDate') AS status
            FROM (SELECT DISTINCT ON (request_id) request_id, doc, print_event_date,
                    count(*) OVER (PARTITION BY request_id) AS times
                FROM {tx.table("print_events")} WHERE request_id = ANY ($1::uuid[])
                ORDER BY request_id, print_event_date DESC) last
            ORDER BY last.print_event_date DESC, last.request_id""",
        list(request_ids),
    )
    return [row["status"] for row in rows]
