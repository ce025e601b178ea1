"""Circulation settings, of which there is one of each name."""

from typing import TypeVar

from octavo.store import records
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
                f"""INSERT INTO {tx.table(kind.table)} AS stored (id, doc) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE
                    SET doc = stored.doc || jsonb_build_object('value', excluded.doc -> 'value') || {touched}
                    RETURNING doc""",
                made.id, made.to_wire(),
            )
        )  # fmt: skip


async def load_circulation(tx: Tx) -> list[bytes]:
    """Return the circulation settings in order of name."""
    rows = await tx.connection.fetch(f"SELECT doc FROM {tx.table('circulation_settings')} ORDER BY name")
    return [row["doc"] for row in rows]
