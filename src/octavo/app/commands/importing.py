"""`octavo import`: the folder of FOLIO JSON and the exported tenant; MARC 21 and CSV have files of their own."""

import asyncio
import gzip
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from octavo.app import folio_json, tenant_file
from octavo.app.commands import import_csv
from octavo.app.commands.import_marc import import_marc
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.pools import patient_store
from octavo.app.commands.telling import PARTLY, Moved, bar, end, tell
from octavo.app.database import database
from octavo.app.folio_json import Report
from octavo.errors import BadRequest
from octavo.http.dispatch import utc_now

app = typer.Typer(help="Bring in records from elsewhere.", no_args_is_help=True)
app.command("marc")(import_marc)
app.command("patrons")(import_csv.patrons)
app.command("loans")(import_csv.loans)


@app.command("folio-json")
def folio(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="one record in each file; see MANIFEST.json")],
    tenant: Tenant,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Load records in FOLIO's own JSON; running it again changes nothing.

    Bad records are reported and left out; then the exit code is 3.

    Example: octavo import folio-json exported/ --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url, bar("records") as moved:
        report = asyncio.run(_load(url, tenant, folder, moved))
    tell(report, f"{report.created} created, {report.replaced} replaced, {report.unchanged} unchanged", as_json=as_json)
    if not as_json:
        for skipped in report.skipped:
            typer.echo(f"left out: {skipped.file}: {skipped.reason}", err=True)
    if report.skipped:
        end(PARTLY)


async def _load(url: str, tenant: str, folder: Path, moved: Moved) -> Report:
    async with patient_store(url, tenant) as store:
        return await folio_json.import_folder(store, tenant, folder, utc_now(), moved)


@app.command("tenant")
def restore(
    file: Annotated[str, typer.Argument(help="what `octavo export` has written; `-` is standard input")],
    tenant: Tenant,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Restore an exported tenant, all of it or nothing, into a tenant that is new or empty.

    Records are as they were: ids, versions, dates, history. A tenant that is not there is made; one that was just made
    loses its administrator to those of the file. API keys name their tenant, so they work under the old name only.
    Webhooks come with it, and tell their receivers of what happens from then on.

    Example: octavo import tenant city.jsonl.gz --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url, bar("rows") as moved, lines_of(file) as lines:
        header = asyncio.run(tenant_file.restore_into(url, tenant, lines, utc_now(), moved))
    report = {"tenant": tenant, "rows": header.total, "secrets": header.secrets, "counts": header.counts}
    keyless = () if header.secrets else ("the file has no passwords: give one with `octavo user password`",)
    tell(report, f"{header.total} rows restored to {tenant}", *keyless, as_json=as_json)


@contextmanager
def lines_of(file: str) -> Iterator[Iterable[bytes]]:
    """Open a file of lines, compressed or not. Raises BadRequest."""
    if file == "-":
        yield sys.stdin.buffer
        return
    opener = gzip.open if file.endswith(".gz") else open
    try:
        with opener(file, "rb") as lines:
            yield lines
    except OSError as reason:
        raise BadRequest(f"{file} cannot be read: {reason.strerror or reason}") from None
