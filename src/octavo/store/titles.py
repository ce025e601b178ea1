"""Queues made anew because title level requests were switched on or off."""

from octavo.store.circulation import titles_requestable
from octavo.store.places import set_positions
from octavo.store.requests import OPEN
from octavo.store.tx import Tx


async def lock_open_job(tx: Tx) -> bytes | None:
    """Return the oldest job that waits, locked, None where there is none, or one is under way."""
    jobs = tx.table("tlr_feature_toggle_job")
    document: bytes | None = await tx.connection.fetchval(
        f"""SELECT doc FROM {jobs} WHERE status = 'open' AND NOT EXISTS (SELECT FROM {jobs} WHERE status = 'in-progress')
            ORDER BY doc #>> '{{metadata,createdDate}}', id LIMIT 1 FOR UPDATE SKIP LOCKED"""
    )
    return document


async def lock_queues(tx: Tx) -> None:
    """Keep others from changing any queue until the transaction ends; locks items, then titles, as everybody does."""
    wanted = f"FROM {tx.table('request')} WHERE {OPEN}"
    await tx.connection.execute(
        f"""WITH items AS MATERIALIZED (
                SELECT id FROM {tx.table("item")} WHERE id IN (SELECT item_id {wanted}) ORDER BY id FOR NO KEY UPDATE),
            titles AS MATERIALIZED (
                SELECT id FROM {tx.table("instance")} WHERE id IN (SELECT instance_id {wanted})
                AND (SELECT count(*) FROM items) >= 0 ORDER BY id FOR NO KEY UPDATE)
            SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM titles)"""
    )


async def renumber_queues(tx: Tx) -> int:
    """Give all open requests new places, from 1 on, and return how many that were.

    Where titles can be requested there is one queue for each, else one for each item. Those whose fulfilment has begun
    come first; then queues that become one are ordered by when each request was made.
    """
    rows = await tx.connection.fetch(
        f"""SELECT id::text AS id, row_number() OVER (
                PARTITION BY CASE WHEN by_title THEN instance_id ELSE item_id END
                ORDER BY status = 'open - not yet filled', CASE WHEN by_title THEN doc ->> 'requestDate' END,
                    position NULLS LAST, id) AS place
            FROM {tx.table("request")}, (SELECT {titles_requestable(tx)} AS by_title) setting
            WHERE {OPEN} AND (by_title OR item_id IS NOT NULL)"""
    )
    await set_positions(tx, {row["id"]: row["place"] for row in rows})
    return len(rows)
