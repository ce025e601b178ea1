"""`octavo sample`."""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated

import typer

from octavo.app import sample as library
from octavo.app.commands.options import DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import bar
from octavo.app.database import database
from octavo.http.dispatch import utc_now
from octavo.store.pool import connect
from octavo.store.tx import Tx, schema_of


def sample(
    tenant: Tenant,
    patrons: Annotated[int, typer.Option(min=20, help="how many patrons")] = 60,
    items: Annotated[int, typer.Option(min=60, help="how many items")] = 200,
    loans: Annotated[int, typer.Option(min=20, help="how many loans, closed ones too")] = 120,
    seed: Annotated[int, typer.Option(help="the same seed makes the same library")] = 1,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Fill an empty tenant with an invented library. Example: octavo sample --tenant city --loans 100000."""
    with database(settings_from(database_url, data_dir)) as url, bar("records") as moved:
        count, seconds = asyncio.run(_load(url, tenant, library.Sizes(patrons, items, loans), seed, moved))
    typer.echo(f"{count} records in {seconds:.1f} s, {count / seconds:,.0f} a second")


async def _load(
    url: str, tenant: str, sizes: library.Sizes, seed: int, moved: Callable[[int, int], None]
) -> tuple[int, float]:
    connection = await connect(url)
    started = time.perf_counter()
    try:
        await connection.execute("SET statement_timeout = 0")
        async with connection.transaction():
            tx = Tx(connection, schema_of(tenant), utc_now())
            count = await library.load(tx, library.generate(sizes, seed), moved)
    finally:
        await connection.close()
    return count, time.perf_counter() - started
