"""Places of requests in their queue. No two may hold one, not for a moment: first all that move lose theirs."""

from collections.abc import Iterable, Mapping

from octavo.store.outbox import emitted
from octavo.store.tx import Tx


async def take_places_away(tx: Tx, ids: Iterable[str]) -> dict[str, bytes]:
    """Lock requests, in the order of their ids, and take them out of their places; return them as they were, by id."""
    rows = await tx.connection.fetch(
        f"""WITH locked AS MATERIALIZED (
                SELECT id, doc FROM {tx.table("request")} WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE),
            placeless AS (UPDATE {tx.table("request")} request SET doc = request.doc - 'position'
                FROM locked WHERE request.id = locked.id AND request.doc ? 'position')
            SELECT id::text, doc FROM locked""",
        list(ids),
    )
    return {row["id"]: row["doc"] for row in rows}


async def replace_placeless(tx: Tx, before: Mapping[str, bytes], documents: Mapping[str, bytes]) -> None:
    """Replace requests whose places have been taken away. before: as they were then; documents: complete; both by id."""
    ids = list(documents)
    await tx.connection.execute(
        f"""WITH replaced AS (UPDATE {tx.table("request")} request SET doc = made.doc
                FROM unnest($1::uuid[], $2::jsonb[], $3::jsonb[]) AS made (id, doc, old)
                WHERE request.id = made.id RETURNING request.id, made.old, request.doc)
            {emitted(tx.schema, "request", "replaced", "U", "$4")} SELECT 1""",
        ids, list(documents.values()), [before[record_id] for record_id in ids], tx.now,
    )  # fmt: skip


async def set_positions(tx: Tx, positions: Mapping[str, int]) -> None:
    """Give requests their places in the queue."""
    before = await take_places_away(tx, positions)
    await tx.connection.execute(
        f"""WITH placed AS (
                UPDATE {tx.table("request")} request SET doc = request.doc || jsonb_build_object('position', place.number)
                FROM unnest($1::uuid[], $2::int[], $3::jsonb[]) AS place (id, number, old)
                WHERE request.id = place.id RETURNING request.id, place.old, request.doc)
            {emitted(tx.schema, "request", "placed", "U", "$4")} SELECT 1""",
        list(before), [positions[record_id] for record_id in before], list(before.values()), tx.now,
    )  # fmt: skip
