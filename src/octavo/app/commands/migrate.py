"""`octavo migrate`."""

import asyncio

import typer

from octavo.app import wiring
from octavo.app.commands.options import DatabaseUrl, DataDir, settings_from
from octavo.app.database import database
from octavo.http.dispatch import utc_now
from octavo.store import tenants
from octavo.store.tx import Tx, schema_of


def migrate(database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Create or upgrade the schemas of all tenants, under a lock. Safe to run again. Example: octavo migrate."""
    with database(settings_from(database_url, data_dir)) as url:
        changed = asyncio.run(_migrate(url))
    for tenant, version in changed.items():
        typer.echo(f"{tenant}: from version {version} to {tenants.newest()}")
    if not changed:
        typer.echo(f"every tenant has version {tenants.newest()}")


async def _migrate(url: str) -> dict[str, int]:
    async with tenants.administration(url) as connection:
        await tenants.prepare(connection)
        changed = await tenants.upgrade(connection)
        for tenant in await tenants.names(connection):
            async with connection.transaction():
                await wiring.declare(Tx(connection, schema_of(tenant), utc_now()))
        return changed
