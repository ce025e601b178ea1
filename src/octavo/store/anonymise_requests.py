"""Requests that forget who wanted the item: in the request, in the events about it and in what was noted of its slips.

As with loans (`store.anonymise`), requests are locked and publishing is put on hold first, and no event tells of it.
"""

from dataclasses import dataclass
from datetime import datetime

from octavo.store.messages import forgetting_requests
from octavo.store.outbox import hold_publishing
from octavo.store.record_type import declared
from octavo.store.tx import Tx

#: What tells about the patron, the proxy or where they live, and what they have written.
_PERSONAL = """'{requesterId,proxyUserId,requester,proxy,patronComments,deliveryAddressTypeId,
    cancellationAdditionalInformation}'::text[]"""
_KNOWS_SOMEBODY = f"request.doc ?| {_PERSONAL}"
_CLOSED = "request.status LIKE 'closed%'"


@dataclass(frozen=True)
class Anonymised:
    """What became of the requests that were named: forgotten whose, still open, never heard of."""

    done: list[str]
    still_open: list[str]
    unknown: list[str]


async def anonymise_requests(tx: Tx, request_ids: list[str]) -> Anonymised:
    """Let the closed ones among some requests forget their patrons; one that has forgotten already counts as done."""
    await hold_publishing(tx)
    await tx.connection.execute(
        f"SELECT FROM {tx.table('request')} request WHERE id = ANY($1::uuid[]) AND {_CLOSED} ORDER BY id FOR UPDATE", request_ids
    )
    row = await tx.connection.fetchrow(
        f"""WITH {_forgetting(tx, "request.id = ANY($1::uuid[])")},
            asked AS (SELECT named.id, request.id IS NOT NULL AS known, {_CLOSED} AS closed
                      FROM unnest($1::uuid[]) WITH ORDINALITY AS named (id, place)
                      LEFT JOIN {tx.table("request")} request USING (id) ORDER BY place)
            SELECT ARRAY(SELECT id::text FROM asked WHERE closed) AS done,
                   ARRAY(SELECT id::text FROM asked WHERE known AND closed IS NOT TRUE) AS still_open,
                   ARRAY(SELECT id::text FROM asked WHERE NOT known) AS unknown""",
        request_ids,
    )
    return Anonymised(**row)


async def anonymise_closed(tx: Tx, before: datetime, most: int) -> list[str]:
    """Let some requests forget that were closed before an instant, the oldest first; return their ids.

    Those in somebody's hands wait.
    """
    await hold_publishing(tx)
    changed_at = "public.octavo_instant(request.doc #>> '{metadata,updatedDate}')"
    locked = await tx.connection.fetch(
        f"""SELECT id FROM {tx.table("request")} request WHERE {_CLOSED} AND {_KNOWS_SOMEBODY}
            AND requester_id IS NOT NULL AND {changed_at} <= $1
            ORDER BY {changed_at}, id LIMIT $2 FOR UPDATE SKIP LOCKED""",
        before, most,
    )  # fmt: skip
    rows = await tx.connection.fetch(
        f"WITH {_forgetting(tx, 'request.id = ANY($1::uuid[])')} SELECT id::text AS id FROM changed ORDER BY id",
        [row["id"] for row in locked],
    )
    return [row["id"] for row in rows]


def _forgetting(tx: Tx, which: str) -> str:
    """Return the parts that take the persons out of closed requests, and delete who printed what and was written what.

    Who cancelled, made or changed a request is kept where that was staff.
    """
    request = tx.table("request")
    themselves = "IN (request.doc ->> 'requesterId', request.doc ->> 'proxyUserId')"
    by_themselves = [
        f"CASE WHEN request.doc #>> '{{{path}}}' {themselves} THEN '{{{path}}}'::text[] END"
        for path in ("cancelledByUserId", "metadata,createdByUserId", "metadata,updatedByUserId")
    ]
    forgotten = f"(request.doc - {_PERSONAL}) #- '{{printDetails,requesterId}}'"
    for path in by_themselves:
        forgotten = f"({forgotten}) #- coalesce({path}, '{{}}')"
    return f"""
        chosen AS MATERIALIZED (
            SELECT request.id FROM {request} request WHERE {_CLOSED} AND {_KNOWS_SOMEBODY} AND {which}),
        {_events_forgetting(tx, "outbox")}, {_events_forgetting(tx, "event")},
        printed AS (
            DELETE FROM {tx.table("print_events")} WHERE request_id = ANY (ARRAY(SELECT id FROM chosen))),
        changed AS (
            UPDATE {request} request SET doc = {forgotten} FROM chosen WHERE request.id = chosen.id RETURNING request.id),
        {forgetting_requests(tx, "chosen")}"""


def _events_forgetting(tx: Tx, table: str) -> str:
    kept = f"- {_PERSONAL} - '{{printDetails,cancelledByUserId,metadata}}'::text[]"
    return f"""{table}_forgotten AS (
            UPDATE {tx.table(table)} told SET old = told.old {kept}, new = told.new {kept}
            FROM chosen WHERE told.record_id = chosen.id AND told.topic = '{declared()["request"].event}')"""
