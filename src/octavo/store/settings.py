"""Circulation settings, of which there is one of each name."""

from typing import TypeVar

from octavo.store import records
from octavo.store.outbox import emitted
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.record import Record

R = TypeVar("R", bound=Record)


async def upsert_by_name(tx: Tx, kind: RecordType[R], record: R) -> bytes:
    """Store a record, or give the one of the same name its value; return what is stored. Raises Invalid."""
    made = records.stamped(tx, kind, record)
    touched = """jsonb_build_object('metadata', (stored.doc -> 'metadata')
        || ((excluded.doc -> 'metadata') - '{createdDate,createdByUserId}'::text[]))"""
    async with records.translated(kind, made):
        return bytes(
            await tx.connection.fetchval(
                f"""WITH before AS MATERIALIZED (SELECT id, doc FROM {tx.table(kind.table)}
                        WHERE name = public.octavo_fold($2::jsonb ->> 'name') FOR UPDATE),
                    kept AS (
                        INSERT INTO {tx.table(kind.table)} AS stored (id, doc)
                        SELECT $1, $2::jsonb FROM (SELECT count(*) FROM before) looked_first
                        ON CONFLICT (name) DO UPDATE
                        SET doc = stored.doc || jsonb_build_object('value', excluded.doc -> 'value') || {touched}
                        RETURNING id, doc),
                    made AS (SELECT id, doc FROM kept WHERE id = $1 AND NOT EXISTS (SELECT FROM before)),
                    changed AS (SELECT kept.id, before.doc AS old, kept.doc FROM kept LEFT JOIN before USING (id)
                        WHERE NOT EXISTS (SELECT FROM made))
                    {emitted(tx.schema, kind.table, "made", "I", "$3")}
                    {emitted(tx.schema, kind.table, "changed", "U", "$3")}
                    SELECT doc FROM kept""",
                made.id, made.to_wire(), tx.now,
            )
        )  # fmt: skip


async def load_circulation(tx: Tx) -> list[bytes]:
    """Return the circulation settings in order of name."""
    rows = await tx.connection.fetch(f"SELECT doc FROM {tx.table('circulation_settings')} ORDER BY name")
    return [row["doc"] for row in rows]


async def load_setting(tx: Tx, name: str) -> bytes | None:
    """Return the value of a circulation setting, None where it is not set."""
    value: bytes | None = await tx.connection.fetchval(
        f"SELECT doc->'value' FROM {tx.table('circulation_settings')} WHERE name = public.octavo_fold($1)", name
    )
    return value
