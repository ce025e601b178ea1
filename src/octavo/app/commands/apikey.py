"""`octavo apikey create`, `list`, `revoke`."""

import asyncio
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import tell, tell_rows
from octavo.app.database import database
from octavo.auth import api_keys
from octavo.auth.api_keys import Scope
from octavo.http.dispatch import utc_now
from octavo.store import tenants
from octavo.store.api_keys import ApiKey

app = typer.Typer(help="Keys with which patron tools come to the edge side.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="what the key is for")],
    tenant: Tenant,
    user: Annotated[str, typer.Option(help="the institution's user in whose name the tool acts")],
    scope: Annotated[list[Scope] | None, typer.Option(help="may be given several times; all three by default")] = None,
    days: Annotated[int, typer.Option(min=1, help="until the key expires")] = 365,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it; it is never shown again.

    Example: octavo apikey create catalogue --tenant city --user librarian --scope account:read
    """
    with database(settings_from(database_url, data_dir)) as url:
        key_id, key = asyncio.run(_create(url, tenant, user, name, scope or list(Scope), days))
    tell({"id": key_id, "apikey": key}, key, as_json=as_json)


@app.command("list")
def show(tenant: Tenant, as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """List the keys of a tenant.

    Example: octavo apikey list --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url:
        keys = asyncio.run(_all(url, tenant))
    rows = [(key.id, key.name, key.username, key.scopes, key.expires, key.revoked_at) for key in keys]
    tell_rows(("id", "name", "user", "scopes", "expires", "revoked"), rows, as_json=as_json)


@app.command()
def revoke(
    key: Annotated[UUID, typer.Argument(help="the id that `octavo apikey list` shows")],
    tenant: Tenant,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key void at once.

    Example: octavo apikey revoke 6d1ef5b0-3ddb-4b8e-9c5c-1a1b1c1d1e1f --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_revoke(url, tenant, key))
    tell({"id": key, "revoked": True}, f"key {key} revoked", as_json=as_json)


async def _create(url: str, tenant: str, user: str, name: str, scopes: list[Scope], days: int) -> tuple[UUID, str]:
    async with tenants.work(url, tenant, utc_now()) as tx:
        made, key = await api_keys.create(tx, tenant, user, name, scopes, tx.now + timedelta(days=days))
        return made.id, key


async def _all(url: str, tenant: str) -> list[ApiKey]:
    async with tenants.work(url, tenant, utc_now()) as tx:
        return await api_keys.everyone(tx)


async def _revoke(url: str, tenant: str, key: UUID) -> None:
    async with tenants.work(url, tenant, utc_now()) as tx:
        await api_keys.revoke(tx, tenant, key)
