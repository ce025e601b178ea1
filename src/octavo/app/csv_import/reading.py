"""CSV files row by row: which columns there are, what stands in a line, and working through them in batches."""

import csv
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from octavo.errors import BadRequest, Problem, Unavailable
from octavo.rules.circulation_rules import RulesError
from octavo.store import bulk
from octavo.store.tx import Store, Tx

_BATCH: Final = 200
_SEPARATORS: Final = ",;\t|"

#: Column → what it holds, and other names that its header may have. Case, blanks and signs do not count.
Columns = Mapping[str, tuple[str, tuple[str, ...]]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Row:
    """A line of a file: its number and its cells by column; empty cells are left out. problem: why it cannot be read."""

    line: int
    cells: Mapping[str, str]
    problem: str | None = None


@dataclass(frozen=True)
class Refused:
    """A line that was refused, and why."""

    line: int
    reason: str


@dataclass
class Report:
    """What an import did, or with dry_run would do. ignored: columns whose names say nothing to us."""

    dry_run: bool = False
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """An open file with its columns."""

    rows: Iterator[Row]
    ignored: list[str]
    lines: int


def read_table(path: Path, columns: Columns, encoding: str) -> Table:
    """Return the rows of a file. Raises BadRequest where it cannot be read, or says nothing that we know."""
    try:
        text = path.read_bytes().decode("utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding)
    except OSError as reason:
        raise BadRequest(f"{path} cannot be read: {reason.strerror}") from None
    except LookupError:
        raise BadRequest(f"no encoding is called {encoding}") from None
    except UnicodeError:
        raise BadRequest(f"{path} is not in {encoding}: name another with --encoding") from None
    head = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=head.count), strict=True)
    try:
        names, ignored = _named(next(reader, []), columns)
    except csv.Error as reason:
        raise BadRequest(f"the first line is no CSV: {reason}") from None
    return Table(_rows(reader, names), ignored, text.count("\n") + 1)


def _named(head: list[str], columns: Columns) -> tuple[list[str | None], list[str]]:
    """Return the column of each header, None for one that is unknown, and the unknown ones."""
    known = {_plain(name): column for column, (_, others) in columns.items() for name in (column, *others)}
    names = [known.get(_plain(header)) for header in head]
    found = [name for name in names if name]
    if not found:
        raise BadRequest(f"the first line names no known column: there are {', '.join(columns)}")
    if twice := [name for name in found if found.count(name) > 1]:
        raise BadRequest(f"the first line names the column {twice[0]} twice")
    return names, [header for header, name in zip(head, names, strict=True) if name is None]


def _plain(header: str) -> str:
    return re.sub(r"[\W_]", "", header.casefold())


def _rows(reader: Any, names: list[str | None]) -> Iterator[Row]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as reason:
            yield Row(line, {}, f"is no CSV: {reason}")
            continue
        if cells is None:
            return
        if any("\0" in cell for cell in cells):
            yield Row(line, {}, "has the character U+0000")
        elif len(cells) > len(names):
            yield Row(line, {}, f"has {len(cells)} cells, the first line has {len(names)}")
        elif any(cell.strip() for cell in cells):
            yield Row(line, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name and cell.strip()})


async def work_through(
    store: Store, tenant: str, now: datetime, table: Table, load: Callable[[Tx, list[Row]], Awaitable[None]],
    *, dry_run: bool, progress: Progress | None,
) -> None:  # fmt: skip
    """Load the rows of a table batch by batch, each in a transaction; a dry run does everything and undoes it."""
    if not dry_run:
        for batch in _batches(table, progress):
            async with store.transaction(tenant, now) as tx:
                await load(tx, batch)
        return
    with suppress(_Rehearsed):
        async with store.transaction(tenant, now) as tx:
            for batch in _batches(table, progress):
                await load(tx, batch)
            raise _Rehearsed


class _Rehearsed(Exception):  # noqa: N818 - it is no error
    """The end of a dry run."""


def _batches(table: Table, progress: Progress | None) -> Iterator[list[Row]]:
    while batch := list(islice(table.rows, _BATCH)):
        yield batch
        if progress:
            progress(batch[-1].line, table.lines)


async def each(tx: Tx, batch: list[Row], report: Report, load: Callable[[Row], Awaitable[None]]) -> None:
    """Load rows one by one; one that is refused is reported and undoes nothing of the others."""
    for row in batch:
        try:
            if row.problem:
                raise BadRequest(row.problem)
            async with bulk.attempt(tx):
                await load(row)
        except Unavailable:
            raise
        except (Problem, RulesError) as problem:
            report.refused.append(Refused(row.line, " ".join(str(problem).split())))


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_DAY_END: Final = time(23, 59, 59)


def moment(row: Row, column: str, zone: ZoneInfo, *, ends: bool = False) -> datetime | None:
    """Return the date or time in a cell, None where it is empty; without an offset it is in the tenant's time zone.

    A date alone is the beginning of the day or, with `ends`, its last second. Raises BadRequest.
    """
    text = row.cells.get(column)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise BadRequest(f"{column} is no date such as 2026-03-31 or 2026-03-31 18:00")
    if len(text) == len("2026-03-31") and ends:
        found = datetime.combine(found.date(), _DAY_END)
    return found if found.tzinfo else found.replace(tzinfo=zone)


_YES, _NO = ("yes", "true", "1", "y", "active", "x"), ("no", "false", "0", "n", "inactive")


def flag(row: Row, column: str) -> bool | None:
    """Return the yes or no in a cell, None where it is empty. Raises BadRequest."""
    text = row.cells.get(column, "").casefold()
    if text and text not in (*_YES, *_NO):
        raise BadRequest(f"{column} is neither yes nor no")
    return text in _YES if text else None


def whole(row: Row, column: str) -> int | None:
    """Return the number in a cell, None where it is empty. Raises BadRequest."""
    text = row.cells.get(column)
    if text is not None and not re.fullmatch(r"\d{1,6}", text, re.ASCII):
        raise BadRequest(f"{column} is no whole number")
    return None if text is None else int(text)


def not_after(moment_: datetime, now: datetime, column: str) -> None:
    """Refuse what has not happened yet; clocks may differ by a minute. Raises BadRequest."""
    if moment_ > now + timedelta(minutes=1):
        raise BadRequest(f"{column} is in the future")
