"""`octavo sample`."""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated

import typer

from octavo.app import sample as library
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import bar, tell
from octavo.app.database import database
from octavo.http.dispatch import utc_now
from octavo.store import tenants


def sample(
    tenant: Tenant,
    patrons: Annotated[int, typer.Option(min=20, help="how many patrons")] = 60,
    items: Annotated[int, typer.Option(min=60, help="how many items")] = 200,
    loans: Annotated[int, typer.Option(min=20, help="how many loans, closed ones too")] = 120,
    seed: Annotated[int, typer.Option(help="the same seed makes the same library")] = 1,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Fill an empty tenant with an invented library.

    Example: octavo sample --tenant city --loans 100000
    """
    with database(settings_from(database_url, data_dir)) as url, bar("records") as moved:
        count, seconds = asyncio.run(_load(url, tenant, library.Sizes(patrons, items, loans), seed, moved))
    text = f"{count} records in {seconds:.1f} s, {count / seconds:,.0f} a second"
    tell({"records": count, "seconds": round(seconds, 3)}, text, as_json=as_json)


async def _load(
    url: str, tenant: str, sizes: library.Sizes, seed: int, moved: Callable[[int, int], None]
) -> tuple[int, float]:
    started = time.perf_counter()
    async with tenants.work(url, tenant, utc_now()) as tx:
        count = await library.load(tx, library.generate(sizes, seed), moved)
    return count, time.perf_counter() - started
