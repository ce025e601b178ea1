"""A patron's own requests as they see them, and which of them they have suspended."""

from datetime import datetime
from typing import Any

import orjson

from octavo.store.loan_outlook import AUTHOR
from octavo.store.tx import Tx


async def load_requests(tx: Tx, patron_id: str, request_id: str | None = None) -> list[dict[str, Any]]:
    """Return a patron's open requests, those ready first, or the one with an id.

    Each has id, type, level, status, position, queue (how many wait), title, author, instanceId, pickupId, pickup,
    and where there are: itemId, barcode, callNumber, comments, expires, shelfExpires, suspendedUntil, dueDate.
    """
    document = await tx.connection.fetchval(
        f"""SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'id', request.id, 'type', request.doc -> 'requestType', 'level', request.doc -> 'requestLevel',
                'status', request.doc -> 'status', 'position', request.position,
                'title', coalesce(instance.doc -> 'title', request.doc #> '{{instance,title}}'), 'author', {AUTHOR},
                'instanceId', request.instance_id, 'itemId', request.item_id, 'barcode', item.doc -> 'barcode',
                'callNumber', item.doc #> '{{effectiveCallNumberComponents,callNumber}}',
                'pickupId', desk.id, 'pickup', coalesce(desk.doc -> 'discoveryDisplayName', desk.doc -> 'name'),
                'comments', request.doc -> 'patronComments', 'requested', request.doc -> 'requestDate',
                'expires', request.doc -> 'requestExpirationDate',
                'shelfExpires', request.doc -> 'holdShelfExpirationDate',
                'suspendedUntil', CASE WHEN suspension.until > $2::timestamptz THEN suspension.until END,
                'dueDate', loan.doc -> 'dueDate',
                'queue', {_waiting(tx)}))
                ORDER BY request.status <> 'open - awaiting pickup', request.doc ->> 'requestDate', request.id), '[]')
            FROM {tx.table("request")} request
            LEFT JOIN {tx.table("instance")} instance ON instance.id = request.instance_id
            LEFT JOIN {tx.table("item")} item ON item.id = request.item_id
            LEFT JOIN {tx.table("loan")} loan ON loan.item_id = request.item_id AND loan.status_name = 'open'
            LEFT JOIN {tx.table("service_point")} desk ON desk.id = request.pickup_service_point_id
            LEFT JOIN {tx.table("request_suspension")} suspension ON suspension.request_id = request.id
            WHERE request.requester_id = $1::uuid AND request.status LIKE 'open%'
              AND ($3::uuid IS NULL OR request.id = $3::uuid)""",
        patron_id, tx.now, request_id,
    )  # fmt: skip
    found: list[dict[str, Any]] = orjson.loads(document)
    return found


def _waiting(tx: Tx) -> str:
    """Return the number of open requests in the queue that a request stands in."""
    table = tx.table("request")
    return f"""(SELECT count(*) FROM {table} other WHERE other.status LIKE 'open%'
        AND CASE WHEN request.item_id IS NULL OR request.doc ->> 'requestLevel' = 'Title'
            THEN other.instance_id = request.instance_id ELSE other.item_id = request.item_id END)"""


async def suspend(tx: Tx, request_id: str, until: datetime) -> None:
    """Let a request be passed over until an instant."""
    await tx.connection.execute(
        f"""INSERT INTO {tx.table("request_suspension")} (request_id, until) VALUES ($1::uuid, $2)
            ON CONFLICT (request_id) DO UPDATE SET until = $2""",
        request_id, until,
    )  # fmt: skip


async def resume(tx: Tx, request_id: str) -> bool:
    """Let a request count again; False where it was not suspended."""
    ended: bool | None = await tx.connection.fetchval(
        f"DELETE FROM {tx.table('request_suspension')} WHERE request_id = $1::uuid RETURNING true", request_id
    )
    return ended is True


async def load_ended_suspensions(tx: Tx, most: int) -> list[str]:
    """Return the ids of requests whose suspension is over, the longest over first."""
    rows = await tx.connection.fetch(
        f"""SELECT request_id::text FROM {tx.table("request_suspension")} WHERE until <= $1::timestamptz
            ORDER BY until, request_id LIMIT $2""",
        tx.now, most,
    )  # fmt: skip
    return [row["request_id"] for row in rows]
