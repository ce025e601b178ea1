"""Tables to ask CQL of: each made from a declaration, filled with documents, removed with the database."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import asyncpg
import orjson

from octavo.cql import parse
from octavo.store.ddl import SCHEMA, table_ddl
from octavo.store.query import Args, Compiled, Shape, compile_query, shape_of
from octavo.store.record_type import RecordType


def numbered(number: int) -> str:
    """Return an id that sorts by its number."""
    return f"00000000-0000-4000-8000-{number:012d}"


@asynccontextmanager
async def undone(connection: Any) -> AsyncIterator[None]:
    """Undo what is done inside."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


async def prepare(connection: Any) -> None:
    """Make the functions that columns and queries call."""
    await connection.execute((files("octavo.store") / "functions.sql").read_text())


async def create(connection: Any, schema: str, *kinds: RecordType[Any]) -> None:
    """Make a schema with the tables of the types."""
    await connection.execute(f'CREATE SCHEMA "{schema}"')
    for kind in kinds:
        for statement in table_ddl(kind):
            await connection.execute(statement.replace(SCHEMA, f'"{schema}"'))


async def fill(connection: Any, shape: Shape, documents: Iterable[Mapping[str, Any]]) -> None:
    """Store documents as they are, each under its `id`."""
    await connection.executemany(
        f'INSERT INTO "{shape.schema}"."{shape.table}" (id, doc) VALUES ($1, $2)',
        [(document["id"], orjson.dumps(document)) for document in documents],
    )


def _literal(value: object) -> str:
    text = "{" + ",".join(f'"{element}"' for element in value) + "}" if isinstance(value, list) else str(value)
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Table:
    """One table, asked in CQL; `label` is the field by which the tests name its rows."""

    connection: asyncpg.Connection
    shape: Shape
    label: str = "key"

    async def found(self, text: str) -> list[str]:
        """Return the labels of the records that a query finds, in its order."""
        args = Args()
        compiled = compile_query(parse(text), self.shape, args)
        label = args.add(self.label)
        rows = await self.connection.fetch(f"SELECT doc ->> {label} AS label {self._clauses(compiled)}", *args.values)
        return [row["label"] for row in rows]

    async def keys(self, text: str) -> str:
        """Return the labels of the records that a query finds: joined, sorted unless the query sorts."""
        found = await self.found(text)
        return "".join(found if parse(text).sort else sorted(found))

    async def plan(self, text: str, limit: int | None = None) -> str:
        """Return how PostgreSQL answers a query that it has planned for any values, on one line."""
        args = Args()
        compiled = compile_query(parse(text), self.shape, args)
        bound = f" LIMIT {limit}" if limit else ""
        await self.connection.execute("SET plan_cache_mode = force_generic_plan")
        await self.connection.execute(f"PREPARE asked AS SELECT doc {self._clauses(compiled)}{bound}")
        values = f"({', '.join(_literal(value) for value in args.values)})" if args.values else ""
        rows = await self.connection.fetch(f"EXPLAIN EXECUTE asked{values}")
        await self.connection.execute("DEALLOCATE asked; RESET plan_cache_mode")
        return " ".join(row[0].strip() for row in rows)

    def _clauses(self, compiled: Compiled) -> str:
        order = f" ORDER BY {compiled.order}" if compiled.order else ""
        return f'FROM "{self.shape.schema}"."{self.shape.table}" WHERE {compiled.where}{order}'


async def table(
    connection: Any, schema: str, kind: RecordType[Any], documents: Iterable[Mapping[str, Any]], **options: Any
) -> Table:
    """Make a schema with one table of a type, filled."""
    await create(connection, schema, kind)
    made = Table(connection, shape_of(kind, schema, **options))
    await fill(connection, made.shape, documents)
    return made
