"""All of a tenant's tables, read row by row as of one moment and written into an empty tenant as they were.

Documents pass through as the bytes that the database prints; nothing is decoded, so that what is read back is equal.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

import asyncpg
import orjson

from octavo.errors import BadRequest, Conflict
from octavo.store import bulk
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx


class Form(Enum):
    """What a row is: a record's document, a change of one, or columns of their own."""

    RECORD = "record"
    CHANGE = "change"
    COLUMNS = "columns"


@dataclass(frozen=True)
class Table:
    """A table whose rows are exported, in the order of `key`. secret: what it holds lets people in.

    columns: the SQL of a row's own columns where they are not all of them.
    """

    name: str
    form: Form
    key: str
    secret: bool = False
    columns: str = "to_jsonb(whole)"


@dataclass(frozen=True)
class Row:
    """A row: its own columns as a JSON object, its document as JSON; a record has the document alone."""

    columns: bytes | None
    document: bytes | None


#: The tables that no record type declares (`tenant.sql`) and that belong to the library's data.
OTHERS: Final = (
    Table("credential", Form.COLUMNS, "user_id", secret=True),
    Table("api_key", Form.COLUMNS, "id", secret=True),
    Table("patron_preference", Form.COLUMNS, "user_id"),
    Table("request_suspension", Form.COLUMNS, "request_id"),
    Table(  # a restored webhook begins with what happens from then on
        "webhook_delivery", Form.COLUMNS, "webhook_id", secret=True,
        columns="jsonb_build_object('webhook_id', webhook_id, 'secret', secret, 'position', 0, 'failures', 0)",
    ),
)  # fmt: skip
#: The tables that stay behind, and why.
LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "replay": "answers kept for a day under a client's Idempotency-Key",
        "refresh_token": "sessions; people log in anew",  # nosec B105 - a reason, no secret
        "visit": "visits with a browser; people sign in anew",
        "confirmation": "links that were sent under another address, and good for two days",
        "check_out_lock": "check-outs under way",
        "outbox": "events on their way",
        "occasion": "notices on their way",
        "event": "what has been told to others; the restored tenant tells of what happens from then on",
    }
)

#: The tables of a single row that every tenant needs.
FIXED: Final[Mapping[str, str]] = MappingProxyType({"event_horizon": "up to which position events are forgotten"})

#: More rows than this are copied without indexes, which are made afterwards.
_MANY = 20_000
_AHEAD = 1000
_LINE = re.compile(r"\bline (\d+)")


def tables(kinds: Iterable[RecordType[Any]], *, secrets: bool = True) -> tuple[Table, ...]:
    """Return the tables to export, each after those that it refers to."""
    found: list[Table] = []
    for kind in kinds:
        found.append(Table(kind.table, Form.RECORD, "id"))
        if kind.history:
            found.append(Table(f"{kind.table}_history", Form.CHANGE, "seq"))
    return (*found, *(table for table in OTHERS if secrets or not table.secret))


async def count(tx: Tx, wanted: Iterable[Table]) -> dict[str, int]:
    """Return how many rows each table has."""
    parts = [f'(SELECT count(*) FROM {tx.table(table.name)}) AS "{table.name}"' for table in wanted]
    return dict(await tx.connection.fetchrow(f"SELECT {', '.join(parts)}"))


def _selected(table: Table) -> str:
    if table.form is Form.RECORD:
        return "NULL::jsonb AS columns, doc AS document"
    if table.form is Form.CHANGE:
        columns = "jsonb_build_object('id', id, 'recordId', record_id, 'operation', operation, 'at', at)"
        return f"{columns} AS columns, doc AS document"
    return f"{table.columns} AS columns, NULL::jsonb AS document"


async def rows(tx: Tx, table: Table) -> AsyncIterator[Row]:
    """Yield a table's rows, a few at a time from the server."""
    statement = f"SELECT {_selected(table)} FROM {tx.table(table.name)} AS whole ORDER BY {table.key}"
    async for row in tx.connection.cursor(statement, prefetch=_AHEAD):
        yield Row(*row)


async def sequences(tx: Tx, kinds: Iterable[RecordType[Any]]) -> dict[str, int]:
    """Return the last number that each sequence of human readable ids has given, 0 for none."""
    given: dict[str, int] = {}
    for kind in kinds:
        if kind.hrid_prefix:
            name = f"{kind.table}_hrid"
            given[name] = await tx.connection.fetchval(
                f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {tx.table(name)}"
            )
    return given


async def set_sequences(tx: Tx, given: Mapping[str, int]) -> None:
    """Let sequences go on after the numbers that they have given."""
    for name, number in given.items():
        await tx.connection.execute(
            "SELECT setval($1::text::regclass, greatest($2::bigint, 1), $2::bigint > 0)", tx.table(name), number
        )


async def clear(tx: Tx, kinds: Iterable[RecordType[Any]], standing: Mapping[str, int]) -> None:
    """Take out of a tenant what every new one has: its administrator, permissions and standing rows.

    standing: how many rows a table has from the start. Raises Conflict where there is more than all that.
    """
    known = list(kinds)
    allowed = {**standing, "users": 1, "credential": 1, "permissions_users": 1}
    found = await count(tx, tables(known))
    found["permissions"] = await tx.connection.fetchval(
        f"SELECT count(*) FROM {tx.table('permissions')} WHERE doc -> 'mutable' IS DISTINCT FROM 'false'"
    )
    for table, number in found.items():
        if number > allowed.get(table, 0):
            raise Conflict(f"the tenant is not empty: it has {number} rows in {table}")
    everything = [*found, *LEFT_OUT]
    await tx.connection.execute(f"TRUNCATE {', '.join(tx.table(name) for name in everything)}")


async def restore(tx: Tx, table: Table, made: Iterator[Row], first: int, expected: int) -> None:
    """Write `expected` rows as they were; the first stands at line `first`. Raises BadRequest, naming the line where it can."""
    with _refused(table.name, first):
        async with bulk.bare(tx, [table.name]) if expected > _MANY else nullcontext():
            await _copy(tx, table, made, first)


async def _copy(tx: Tx, table: Table, made: Iterator[Row], first: int) -> None:
    if table.form is Form.RECORD:
        await bulk.copy_rows(tx, table.name, ("id", "doc"), _records(made, first))
    elif table.form is Form.CHANGE:
        columns = ("id", "record_id", "operation", "at", "doc")
        await bulk.copy_rows(tx, table.name, columns, _changes(made, first))
    else:
        name = tx.table(table.name)
        statement = f"INSERT INTO {name} SELECT * FROM jsonb_populate_recordset(NULL::{name}, $1)"
        while batch := [row.columns or b"" for row in islice(made, _AHEAD)]:
            await tx.connection.execute(statement, b"[" + b",".join(batch) + b"]")


def _records(made: Iterator[Row], first: int) -> Iterator[tuple[str, bytes]]:
    for number, row in enumerate(made, start=first):
        document = row.document or b""
        yield _identified(orjson.loads(document), "id", number), document


def _changes(made: Iterator[Row], first: int) -> Iterator[tuple[str, str, str, datetime, bytes]]:
    for number, row in enumerate(made, start=first):
        change = orjson.loads(row.columns or b"null")
        try:
            at, operation = datetime.fromisoformat(change["at"]), str(change["operation"])
        except (KeyError, TypeError, ValueError):
            raise BadRequest(f"line {number}: a change has id, recordId, operation and at") from None
        yield _identified(change, "id", number), _identified(change, "recordId", number), operation, at, row.document or b""


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def _identified(value: Any, name: str, number: int) -> str:
    """Return the id in an object."""
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, str) or not _UUID.fullmatch(found):
        raise BadRequest(f"line {number}: there is no {name}")
    return found


@contextmanager
def _refused(table: str, first: int) -> Iterator[None]:
    """Turn what the database says of a row into a problem that names its line, where it is known."""
    try:
        yield
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.ProgramLimitExceededError) as reason:
        told = f"{table}: {' '.join(str(reason).split())}"
        found = _LINE.search(getattr(reason, "context", None) or "")
        raise BadRequest(f"line {first + int(found[1]) - 1}: {told}" if found else told) from None
