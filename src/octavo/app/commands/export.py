"""`octavo export`."""

import asyncio
import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer

from octavo.app import tenant_file
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, settings_from
from octavo.app.commands.telling import Moved, bar, tell
from octavo.app.database import database
from octavo.app.tenant_file import Header
from octavo.errors import BadRequest
from octavo.http.dispatch import utc_now
from octavo.store import tenants

_STREAM = "-"


def export(
    tenant: Annotated[str, typer.Argument(help="name of the tenant")],
    file: Annotated[str, typer.Argument(help="where to write; `-` is standard output, a name in .gz is compressed")],
    without_secrets: Annotated[bool, typer.Option("--without-secrets", help="leave out passwords and API keys")] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Write a whole tenant as JSON lines, as it is at one moment; `octavo import tenant` restores it.

    History, hashed passwords and hashed API keys are in it, so keep the file as you keep the database. Sessions and
    the keys that sign tokens are not. Who is served meanwhile notices nothing.

    Example: octavo export city city.jsonl.gz
    """
    with database(settings_from(database_url, data_dir)) as url, bar("rows") as moved, written(file) as out:
        header = asyncio.run(_export(url, tenant, out, moved, secrets=not without_secrets))
    if file != _STREAM:
        report = {"tenant": tenant, "file": file, "rows": header.total, "counts": header.counts}
        tell(report, f"{header.total} rows of {tenant} written to {file}", as_json=as_json)


async def _export(url: str, tenant: str, out: BinaryIO, moved: Moved, *, secrets: bool) -> Header:
    async with tenants.snapshot(url, tenant, utc_now()) as tx:
        return await tenant_file.export(tx, out, secrets=secrets, progress=moved)


@contextmanager
def written(file: str) -> Iterator[BinaryIO]:
    """Open what is to be written; a file takes its name when it is complete, and only its owner may read it."""
    if file == _STREAM:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = Path(f"{file}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as reason:
        raise BadRequest(f"{file} cannot be written: {reason.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as plain:
            if file.endswith(".gz"):
                with gzip.GzipFile("", "wb", compresslevel=6, fileobj=plain, mtime=0) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield plain
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
