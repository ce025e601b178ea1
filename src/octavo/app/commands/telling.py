"""How commands speak: tables for people, one JSON document for scripts, and exit codes that mean the same everywhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import orjson
import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

#: Exit codes; 2 is given by Typer itself.
DONE, REFUSED, USAGE, PARTLY = 0, 1, 2, 3
EXIT_CODES: Final = {
    DONE: "done",
    REFUSED: "refused, or impossible; standard error says why, and nothing has changed",
    USAGE: "the command cannot be understood",
    PARTLY: "done, but for some records: they were left out, or found wrong, as the report says",
}

Moved = Callable[[int, int], None]


def tell(document: Any, *text: str, as_json: bool) -> None:
    """Print one JSON document, or lines of text for people."""
    if as_json:
        typer.echo(orjson.dumps(document, default=str).decode())
        return
    for line in text:
        typer.echo(line)


def tell_rows(head: Sequence[str], rows: Iterable[Sequence[Any]], *, as_json: bool) -> None:
    """Print rows as a JSON array of objects, or as a table."""
    known = list(rows)
    if as_json:
        tell([dict(zip(head, row, strict=True)) for row in known], as_json=True)
        return
    table = Table(*head, box=SIMPLE_HEAD, pad_edge=False)
    for row in known:
        table.add_row(*(escape(_shown(cell)) for cell in row))
    console = Console()
    if console.is_terminal:
        console.print(table)
    else:
        Console(width=10_000).print(table, crop=False, no_wrap=True)


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return ", ".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


def end(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)


@contextmanager
def bar(of_what: str) -> Iterator[Moved]:
    """Show on a terminal how far something is; yields what to call with (done, total)."""
    columns = (TextColumn(of_what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(of_what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
