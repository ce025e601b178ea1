"""`octavo import folio-json`."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from octavo.app import folio_json
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.database import database
from octavo.app.folio_json import Report
from octavo.http.dispatch import utc_now
from octavo.store.pool import Pool
from octavo.store.tx import Store

app = typer.Typer(help="Records from elsewhere.", no_args_is_help=True)


@app.callback()
def importing() -> None:
    """Bring in records from elsewhere."""


@app.command("folio-json")
def folio(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="one record in each file; see MANIFEST.json")],
    tenant: Tenant,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Load records in FOLIO's own JSON; running it again changes nothing.

    Bad records are reported and left out; then the exit code is 2.
    Example: octavo import folio-json exported/ --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url, bar("records") as moved:
        report = asyncio.run(_load(url, tenant, folder, moved))
    if as_json:
        typer.echo(orjson.dumps(report).decode())
    else:
        _tell(report)
    if report.skipped:
        raise typer.Exit(2)


def _tell(report: Report) -> None:
    typer.echo(f"{report.created} created, {report.replaced} replaced, {report.unchanged} unchanged")
    for skipped in report.skipped:
        typer.echo(f"left out: {skipped.file}: {skipped.reason}", err=True)


async def _load(url: str, tenant: str, folder: Path, moved: Callable[[int, int], None]) -> Report:
    pool = Pool(url, size=2)
    try:
        return await folio_json.import_folder(Store(pool), tenant, folder, utc_now(), moved)
    finally:
        await pool.close()


@contextlib.contextmanager
def bar(of_what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far something is, on standard error; yields what to call with (done, total)."""
    columns = (TextColumn(of_what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(of_what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
