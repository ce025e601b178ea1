"""`octavo apikey create`, `list`, `revoke`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from octavo.app.commands.options import DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.database import database
from octavo.auth import api_keys
from octavo.auth.api_keys import Scope
from octavo.http.dispatch import utc_now
from octavo.store.api_keys import ApiKey
from octavo.store.pool import connect
from octavo.store.tx import Tx, schema_of

app = typer.Typer(help="Keys with which patron tools come to the edge side.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="what the key is for")],
    tenant: Tenant,
    user: Annotated[str, typer.Option(help="the institution's user in whose name the tool acts")],
    scope: Annotated[list[Scope] | None, typer.Option(help="may be given several times; all three by default")] = None,
    days: Annotated[int, typer.Option(help="until the key expires")] = 365,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it; it is never shown again. Example: octavo apikey create catalogue --tenant city --user sys."""
    with database(settings_from(database_url, data_dir)) as url:
        key = asyncio.run(_create(url, tenant, user, name, scope or list(Scope), days))
    typer.echo(key)


@app.command("list")
def show(tenant: Tenant, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """List the keys of a tenant. Example: octavo apikey list --tenant city."""
    with database(settings_from(database_url, data_dir)) as url:
        keys = asyncio.run(_all(url, tenant))
    for key in keys:
        state = "revoked" if key.revoked_at else f"until {key.expires:%Y-%m-%d}" if key.expires else "without end"
        typer.echo(f"{key.id}\t{key.name}\t{key.username}\t{','.join(key.scopes)}\t{state}")


@app.command()
def revoke(
    key: Annotated[UUID, typer.Argument(help="the id that `octavo apikey list` shows")],
    tenant: Tenant,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key void at once. Example: octavo apikey revoke 0f1e… --tenant city."""
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_revoke(url, tenant, key))
    typer.echo(f"key {key} revoked")


async def _create(url: str, tenant: str, user: str, name: str, scopes: list[Scope], days: int) -> str:
    async with _working(url, tenant) as tx:
        _, key = await api_keys.create(tx, tenant, user, name, scopes, tx.now + timedelta(days=days))
        return key


async def _all(url: str, tenant: str) -> list[ApiKey]:
    async with _working(url, tenant) as tx:
        return await api_keys.everyone(tx)


async def _revoke(url: str, tenant: str, key: UUID) -> None:
    async with _working(url, tenant) as tx:
        await api_keys.revoke(tx, tenant, key)


@asynccontextmanager
async def _working(url: str, tenant: str) -> AsyncIterator[Tx]:
    connection = await connect(url)
    try:
        async with connection.transaction():
            yield Tx(connection, schema_of(tenant), utc_now())
    finally:
        await connection.close()
