"""Many records at once: looked up together, tried one by one without losing the others, copied in as they are."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from octavo.store.record_type import RecordType
from octavo.store.tx import Tx

Row = tuple[str, bytes]

_PATIENCE = 3600.0  # seconds


async def find(tx: Tx, kind: RecordType[Any], ids: Sequence[str]) -> dict[str, bytes]:
    """Return the stored documents among the ids."""
    rows = await tx.connection.fetch(
        f"SELECT id, doc FROM {tx.table(kind.table)} WHERE id = ANY ($1::uuid[])", list(ids)
    )
    return {str(row["id"]): row["doc"] for row in rows}


@asynccontextmanager
async def attempt(tx: Tx) -> AsyncIterator[None]:
    """Undo what is done within when it raises, and nothing else of the transaction."""
    async with tx.connection.transaction():
        yield


async def copy(tx: Tx, kind: RecordType[Any], rows: Iterable[Row]) -> None:
    """Add complete documents, by id, to a type's table by the fastest way there is; no rule but the table's is asked."""
    await _copy(tx, kind.table, ("id", "doc"), rows)


async def copy_history(tx: Tx, kind: RecordType[Any], rows: Iterable[tuple[str, str, datetime, bytes]]) -> None:
    """Add changes (record id, I, U or D, time, the document after it) to a type's history."""
    await _copy(tx, f"{kind.table}_history", ("record_id", "operation", "at", "doc"), rows)


async def _copy(tx: Tx, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    await tx.connection.copy_records_to_table(
        table, schema_name=tx.schema, columns=columns, records=rows, timeout=_PATIENCE
    )
