"""Many records at once: looked up together, tried one by one without losing the others, copied in as they are."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from octavo.store.expressions import column_expression, fold, quote
from octavo.store.record_type import Column, RecordType
from octavo.store.tx import Tx
from octavo_models.scalars import Kind

#: A record: id, document.
Row = tuple[str, bytes]
#: A change of a record: its id, I, U or D, when, the document after it.
PastRow = tuple[str, str, datetime, bytes]

_PATIENCE = 3600.0  # seconds
_AHEAD = 1000


async def find(tx: Tx, kind: RecordType[Any], ids: Sequence[str]) -> dict[str, bytes]:
    """Return the stored documents among the ids."""
    rows = await tx.connection.fetch(
        f"SELECT id, doc FROM {tx.table(kind.table)} WHERE id = ANY ($1::uuid[])", list(ids)
    )
    return {str(row["id"]): row["doc"] for row in rows}


async def find_by(tx: Tx, kind: RecordType[Any], path: str, values: Iterable[str]) -> dict[str, bytes]:
    """Return the stored documents whose field has one of the values, by the value as it is given.

    Letter case (and accents, unless the declaration keeps them) do not count, as in the rules of what is unique.
    """
    column = kind.columns.get(path) or Column(path, Kind.TEXT, keep_accents=path in kind.exact)
    stored = quote(column.name) if path in kind.columns else column_expression(column)
    rows = await tx.connection.fetch(
        f"""SELECT given, doc FROM unnest($1::text[]) AS given
            JOIN {tx.table(kind.table)} ON {stored} = {fold("given", keep_accents=column.keep_accents)} ORDER BY id""",
        list(values),
    )
    return {row["given"]: row["doc"] for row in rows}


async def find_all_by(tx: Tx, kind: RecordType[Any], path: str, ids: Iterable[str]) -> list[bytes]:
    """Return every stored document whose indexed reference `path` is one of the ids."""
    rows = await tx.connection.fetch(
        f"SELECT doc FROM {tx.table(kind.table)} WHERE {quote(kind.columns[path].name)} = ANY ($1::uuid[]) ORDER BY id", list(ids)
    )
    return [row["doc"] for row in rows]


async def everything(tx: Tx, kind: RecordType[Any]) -> list[bytes]:
    """Return all stored documents of a type of which there are few."""
    rows = await tx.connection.fetch(f"SELECT doc FROM {tx.table(kind.table)} ORDER BY id")
    return [row["doc"] for row in rows]


@asynccontextmanager
async def attempt(tx: Tx) -> AsyncIterator[None]:
    """Undo what is done within when it raises, and nothing else of the transaction."""
    async with tx.connection.transaction():
        yield


async def copy(tx: Tx, kind: RecordType[Any], rows: Iterable[Row]) -> None:
    """Add complete documents, by id, to a type's table by the fastest way there is; no rule but the table's is asked."""
    await copy_rows(tx, kind.table, ("id", "doc"), rows)


async def copy_history(tx: Tx, kind: RecordType[Any], rows: Iterable[PastRow]) -> None:
    """Add changes to a type's history."""
    await copy_rows(tx, f"{kind.table}_history", ("record_id", "operation", "at", "doc"), rows)


async def copy_rows(tx: Tx, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Add rows to any table of the tenant; they are made in another thread while the database takes the last ones."""
    await tx.connection.copy_records_to_table(
        table, schema_name=tx.schema, columns=columns, records=_made_ahead(iter(rows)), timeout=_PATIENCE
    )


async def _made_ahead(rows: Iterator[tuple[Any, ...]]) -> AsyncIterator[tuple[Any, ...]]:
    """Yield rows; the next ones are made in another thread while the database is busy with the last."""
    following = asyncio.create_task(asyncio.to_thread(_some, rows))
    try:
        while some := await following:
            following = asyncio.create_task(asyncio.to_thread(_some, rows))
            for row in some:
                yield row
    finally:
        following.cancel()


def _some(rows: Iterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(islice(rows, _AHEAD))


def tables_of(kind: RecordType[Any]) -> tuple[str, ...]:
    """Return a type's table and that of its history, if it keeps one."""
    return (kind.table, f"{kind.table}_history") if kind.history else (kind.table,)


@asynccontextmanager
async def bare(tx: Tx, tables: Sequence[str]) -> AsyncIterator[None]:
    """Take indexes and foreign keys off some tables, and make them anew when much has been copied in.

    That is twice as fast as keeping them up to date row by row. Nobody else can use the tables meanwhile.
    """
    await tx.connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
    indexes = await tx.connection.fetch(
        """SELECT format('%I.%I', schemaname, indexname) AS name, indexdef AS definition FROM pg_catalog.pg_indexes
           WHERE schemaname = $1 AND tablename = ANY ($2::text[]) AND indexname NOT LIKE '%\\_pkey'""",
        tx.schema, list(tables),
    )  # fmt: skip
    keys = await tx.connection.fetch(
        """SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
           FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conrelid = ANY ($1::text[]::regclass[])""",
        [tx.table(table) for table in tables],
    )
    for key in keys:
        await tx.connection.execute(f"ALTER TABLE {key['table']} DROP CONSTRAINT {key['name']}")
    for index in indexes:
        await tx.connection.execute(f"DROP INDEX {index['name']}")
    yield
    for index in indexes:
        await tx.connection.execute(index["definition"], timeout=_PATIENCE)
    for key in keys:
        await tx.connection.execute(
            f"ALTER TABLE {key['table']} ADD CONSTRAINT {key['name']} {key['definition']}", timeout=_PATIENCE
        )


async def continue_numbers(tx: Tx, kind: RecordType[Any], used: int) -> None:
    """Let the type's human readable ids go on after those that copied records use already."""
    await tx.connection.execute(
        "SELECT setval($1::text::regclass, greatest($2::bigint, nextval($1::text::regclass) - 1, 1))",
        tx.table(f"{kind.table}_hrid"), used,
    )  # fmt: skip
