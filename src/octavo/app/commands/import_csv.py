"""`octavo import patrons` and `octavo import loans`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.pools import patient_store
from octavo.app.commands.telling import PARTLY, bar, end, tell
from octavo.app.csv_import import LOAN_COLUMNS, PATRON_COLUMNS, Report, import_loans, import_patrons
from octavo.app.csv_import.reading import Columns
from octavo.app.database import database
from octavo.app.settings import Settings
from octavo.http.dispatch import utc_now

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with names of columns in its first line")]
Encoding = Annotated[str, typer.Option(help="how the file is encoded, such as cp1252")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="do everything, say what came of it, and undo it")]


def _columns(columns: Columns) -> str:
    """Return one line for each column, as the help prints them."""
    lines = [f"  {name:<19}{text}" if text else f"  {name}" for name, (text, _) in columns.items()]
    return "\n".join(["\b", *lines])


def patrons(
    file: File,
    tenant: Tenant,
    dry_run: DryRun = False,
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Create and update patrons."""
    _import(import_patrons, settings_from(database_url, data_dir), file, tenant, encoding, dry_run=dry_run, as_json=as_json)


patrons.__doc__ = f"""Create and update patrons from a CSV file; an empty cell leaves a field as it is.

A patron is known by externalSystemId, barcode or username. Separators may be commas, semicolons or tabs; case, blanks
and signs in the names of columns do not count, and usual other names are known. Dates are in the tenant's time zone.
Each refused line is reported; then the exit code is 3. Columns:

{_columns(PATRON_COLUMNS)}

Example: octavo import patrons students.csv --tenant city --dry-run
"""


def loans(
    file: File,
    tenant: Tenant,
    dry_run: DryRun = False,
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Store loans."""
    _import(import_loans, settings_from(database_url, data_dir), file, tenant, encoding, dry_run=dry_run, as_json=as_json)


loans.__doc__ = f"""Store loans from a CSV file, open and returned ones, with their own dates.

Items of open loans are checked out from now on; the circulation rules say which policies loans have. Running it again
changes nothing. Dates are in the tenant's time zone. Each refused line is reported; then the exit code is 3. Columns:

{_columns(LOAN_COLUMNS)}

Example: octavo import loans loans.csv --tenant city
"""


def _import(
    load: Callable[..., Any], settings: Settings, file: Path, tenant: str, encoding: str, *, dry_run: bool, as_json: bool
) -> None:
    async def run(url: str, moved: Callable[[int, int], None]) -> Report:
        async with patient_store(url, tenant) as store:
            report: Report = await load(store, tenant, file, utc_now(), encoding=encoding, dry_run=dry_run, progress=moved)
            return report

    with database(settings) as url, bar("lines") as moved:
        report = asyncio.run(run(url, moved))
    would = "would be " if dry_run else ""
    counts = f"{report.created} {would}created, {report.updated} {would}updated, {report.unchanged} unchanged"
    ignored = [f"columns that say nothing here: {', '.join(report.ignored)}"] if report.ignored else []
    tell(report, f"{counts}, {len(report.refused)} refused", *ignored, as_json=as_json)
    if not as_json:
        for refused in report.refused:
            typer.echo(f"refused: line {refused.line}: {refused.reason}", err=True)
    if report.refused:
        end(PARTLY)
