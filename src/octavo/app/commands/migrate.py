"""`octavo migrate`."""

import asyncio

from octavo.app import wiring
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, settings_from
from octavo.app.commands.telling import tell
from octavo.app.database import database
from octavo.http.dispatch import utc_now
from octavo.store import tenants
from octavo.store.tx import Tx, schema_of


def migrate(as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Create or upgrade the schemas of all tenants, under a lock. Safe to run again.

    Example: octavo migrate
    """
    with database(settings_from(database_url, data_dir)) as url:
        changed = asyncio.run(_migrate(url))
    lines = [f"{tenant}: from version {version} to {tenants.newest()}" for tenant, version in changed.items()]
    usual = f"every tenant has version {tenants.newest()}"
    tell({"version": tenants.newest(), "upgraded_from": changed}, *(lines or [usual]), as_json=as_json)


async def _migrate(url: str) -> dict[str, int]:
    async with tenants.administration(url) as connection:
        await tenants.prepare(connection)
        changed = await tenants.upgrade(connection)
        for tenant in await tenants.names(connection):
            async with connection.transaction():
                await wiring.declare(Tx(connection, schema_of(tenant), utc_now()))
        return changed
