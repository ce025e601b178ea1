"""A whole tenant as a file of JSON lines, and such a file as a tenant again.

The first line says what follows: `{"format", "version", "schema", "secrets", "counts"}`, where `counts` has the rows of
each table, in the order in which they stand in the file. Then one line for each row: `{"type", "record"}` for a record,
`{"type", "row", "record"}` for a change of one, `{"type", "row"}` for others. The last line has the numbers that
the sequences of human readable ids have given. Two exports of the same data are the same, byte by byte.
"""

import re
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

import orjson

from octavo.app import wiring
from octavo.catalogue import ALL_TYPES
from octavo.errors import BadRequest
from octavo.store import access, dump, tenants
from octavo.store.dump import Form, Row, Table
from octavo.store.tx import Tx, schema_of

FORMAT: Final = "octavo tenant"
VERSION: Final = 1

Progress = Callable[[int, int], None]

_SEQUENCES = "sequences"
_EVERY = 1000
_LARGEST = 2**63


@dataclass(frozen=True)
class Header:
    """What a file says about itself in its first line."""

    schema: int
    secrets: bool
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return how many rows the file has."""
        return sum(self.counts.values())

    def line(self) -> bytes:
        """Return the first line of a file."""
        told = {
            "format": FORMAT, "version": VERSION, "schema": self.schema, "secrets": self.secrets, "counts": dict(self.counts),
        }  # fmt: skip
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


async def export(tx: Tx, out: BinaryIO, *, secrets: bool = True, progress: Progress | None = None) -> Header:
    """Write all of a tenant that a snapshot sees, in constant memory; tell `progress` how many rows of how many are done.

    Without secrets there are neither passwords nor API keys in it.
    """
    wanted = dump.tables(ALL_TYPES, secrets=secrets)
    header = Header(tenants.newest(), secrets, await dump.count(tx, wanted))
    out.write(header.line())
    done = 0
    for table in wanted:
        async for line in _lines(tx, table):
            out.write(line)
            done += 1
            if progress and (done % _EVERY == 0 or done == header.total):
                progress(done, header.total)
    out.write(orjson.dumps({"type": _SEQUENCES, "row": await dump.sequences(tx, ALL_TYPES)}, option=orjson.OPT_APPEND_NEWLINE))
    return header


async def _lines(tx: Tx, table: Table) -> AsyncIterator[bytes]:
    head = b'{"type":"' + table.name.encode() + b'"'
    async for row in dump.rows(tx, table):
        columns = b"" if row.columns is None else b',"row":' + row.columns
        document = b"" if row.document is None else b',"record":' + row.document
        yield head + columns + document + b"}\n"


async def restore(tx: Tx, tenant: str, file: Iterable[bytes], progress: Progress | None = None) -> Header:
    """Fill an empty tenant from the lines of a file; what a new tenant has is replaced. Raises BadRequest, Conflict.

    Nothing but the tables' own rules checks the records: they were checked when they were first written.
    """
    lines = _Lines(iter(file), progress)
    header = lines.header()
    await dump.clear(tx, ALL_TYPES, wiring.standing_rows())
    for name, number in header.counts.items():
        await dump.restore(tx, _TABLES[name], lines.rows(_TABLES[name], number), lines.number + 1, number)
    await dump.set_sequences(tx, lines.sequences())
    await wiring.declare_permissions(tx)
    await access.announce(tx, tenant)
    return header


_TABLES: Final = {table.name: table for table in dump.tables(ALL_TYPES)}


class _Lines:
    """The lines of a file, read one after the other; `number` is that of the last one read, from 1."""

    def __init__(self, lines: Iterator[bytes], progress: Progress | None) -> None:
        self.number = 0
        self._lines = lines
        self._progress = progress
        self._total = 0

    def header(self) -> Header:
        """Read the first line. Raises BadRequest where it is of another kind or version."""
        told = self._read(self._next())
        if told.get("format") != FORMAT:
            raise BadRequest("this is no exported tenant: its first line says nothing of one")
        if told.get("version") != VERSION:
            raise BadRequest(f"the file has format version {told.get('version')}, this Octavo reads {VERSION}")
        if told.get("schema") != tenants.newest():
            raise BadRequest(
                f"the file was made at schema version {told.get('schema')}, this Octavo has {tenants.newest()}: "
                "restore it with the Octavo that made it, and migrate that"
            )
        counts = told.get("counts")
        if not isinstance(counts, dict) or not all(isinstance(number, int) and number >= 0 for number in counts.values()):
            raise BadRequest("line 1: counts are missing")
        if unknown := [name for name in counts if name not in _TABLES]:
            raise BadRequest(f"line 1: no table is called {unknown[0]}")
        header = Header(told["schema"], told.get("secrets") is True, counts)
        self._total = header.total
        return header

    def rows(self, table: Table, expected: int) -> Iterator[Row]:
        """Read the rows of one table. Raises BadRequest where a line is something else."""
        for _ in range(expected):
            yield self._row(table, self._next())
            if self._progress and (self.number % _EVERY == 0 or self.number > self._total):
                self._progress(self.number - 1, self._total)

    def sequences(self) -> dict[str, int]:
        """Read the last line. Raises BadRequest where it is something else, or others follow."""
        told = self._read(self._next())
        given = told.get("row")
        if told.get("type") != _SEQUENCES or not isinstance(given, dict):
            raise BadRequest(f"line {self.number}: the line with the sequences is expected here")
        if set(given) != _SEQUENCE_NAMES or not all(isinstance(value, int) and 0 <= value < _LARGEST for value in given.values()):
            raise BadRequest(f"line {self.number}: the numbers of {', '.join(sorted(_SEQUENCE_NAMES))} are expected")
        if next(self._lines, None) is not None:
            raise BadRequest(f"line {self.number + 1}: nothing is expected after the sequences")
        return given

    def _next(self) -> bytes:
        try:
            line = next(self._lines, None)
        except (EOFError, OSError, zlib.error) as reason:
            raise BadRequest(f"line {self.number + 1} cannot be read: {reason}") from None
        if line is None:
            raise BadRequest(f"the file ends after line {self.number}, in the middle")
        self.number += 1
        return line

    def _read(self, line: bytes) -> dict[str, Any]:
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError as reason:
            raise BadRequest(f"line {self.number}: malformed JSON: {reason.msg}") from None
        if not isinstance(told, dict):
            raise BadRequest(f"line {self.number}: a JSON object is expected")
        return told

    def _row(self, table: Table, line: bytes) -> Row:
        told = self._read(line)
        if told.get("type") != table.name:
            raise BadRequest(f"line {self.number}: a row of {table.name} is expected, this is one of {told.get('type')}")
        match = _PARTS[table.form].fullmatch(line)
        if match is None:
            raise BadRequest(f"line {self.number}: its parts are not those of a row of {table.name}")
        parts = match.groupdict()
        return Row(parts.get("row"), parts.get("record"))


_SEQUENCE_NAMES: Final = {f"{kind.table}_hrid" for kind in ALL_TYPES if kind.hrid_prefix}

_HEAD = rb'\{"type":"\w+"'
#: How a line is cut, once it is known to be JSON: documents are stored as they stand, numbers and all.
_PARTS: Final = {
    Form.RECORD: re.compile(_HEAD + rb',"record":(?P<record>\{.*\})\}\s*', re.DOTALL),
    Form.CHANGE: re.compile(_HEAD + rb',"row":(?P<row>\{[^{}]*\}),"record":(?P<record>\{.*\})\}\s*', re.DOTALL),
    Form.COLUMNS: re.compile(_HEAD + rb',"row":(?P<row>\{.*\})\}\s*', re.DOTALL),
}


async def restore_into(
    url: str, tenant: str, file: Iterable[bytes], now: datetime, progress: Progress | None = None
) -> Header:
    """Restore a file in one transaction into a tenant, which is made unless it is there. Raises BadRequest, Conflict."""
    tenants.checked_name(tenant)
    async with tenants.administration(url) as connection, connection.transaction():
        await tenants.prepare(connection)
        await tenants.check(connection)
        if tenant in await tenants.names(connection):
            tx = Tx(connection, schema_of(tenant), now)
        else:
            tx = await tenants.create(connection, tenant, now)
            await access.ensure_signing_key(connection, tenant, now)
        return await restore(tx, tenant, file, progress)
