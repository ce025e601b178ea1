"""`octavo tenant create`, `list`, `delete`, `rotate-key`."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from octavo.app import wiring
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, settings_from
from octavo.app.commands.telling import tell, tell_rows
from octavo.app.database import database
from octavo.errors import NotFound
from octavo.http.dispatch import utc_now
from octavo.store import access, tenants

app = typer.Typer(help="Libraries served by this Octavo.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="a-z, 0-9 and _, starting with a letter")]


@app.command()
def create(
    name: Name,
    admin: Annotated[str, typer.Option(help="user name of the administrator")] = "admin",
    password: Annotated[
        str, typer.Option(help="password of the administrator; asked for when not given", prompt=True, hide_input=True,
                          confirmation_prompt=True, envvar="OCTAVO_ADMIN_PASSWORD")
    ] = ...,  # type: ignore[assignment]
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Create a tenant with an administrator.

    Example: octavo tenant create city --admin librarian
    """
    tenants.checked_name(name)
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_create(url, name, admin, password))
    tell({"id": name, "admin": admin}, f"tenant {name} created; {admin} may do everything in it", as_json=as_json)


@app.command("list")
def show(as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """List the tenants with the versions of their schemas.

    Example: octavo tenant list --json
    """
    with database(settings_from(database_url, data_dir)) as url:
        found = asyncio.run(_names(url))
    tell_rows(("id", "version"), found.items(), as_json=as_json)


@app.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Delete a tenant with everything it holds.

    Example: octavo tenant delete city --yes
    """
    if not yes:
        typer.confirm(f"Delete the tenant {name} and all its records for good?", abort=True)
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_delete(url, name))
    tell({"id": name, "deleted": True}, f"tenant {name} deleted", as_json=as_json)


@app.command("rotate-key")
def rotate_key(
    name: Name,
    overlap: Annotated[int, typer.Option(min=0, help="hours for which tokens signed before are still good")] = 168,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Sign the tenant's tokens with a new key from now on.

    Example: octavo tenant rotate-key city --overlap 0
    """
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_rotate(url, name, timedelta(hours=overlap)))
    text = f"tenant {name} signs with a new key; tokens signed before end in {overlap} hours at the latest"
    tell({"id": name, "overlap_hours": overlap}, text, as_json=as_json)


async def _create(url: str, name: str, admin: str, password: str) -> None:
    async with tenants.administration(url) as connection:
        await tenants.prepare(connection)
        await wiring.create_tenant(connection, name, admin, password, utc_now())


async def _names(url: str) -> dict[str, int]:
    async with tenants.administration(url) as connection:
        await tenants.prepare(connection)
        return await tenants.names(connection)


async def _rotate(url: str, name: str, overlap: timedelta) -> None:
    async with tenants.administration(url) as connection:
        if name not in await tenants.names(connection):
            raise NotFound(f"Tenant {name} not found")
        await access.rotate_signing_key(connection, name, utc_now(), overlap)


async def _delete(url: str, name: str) -> None:
    async with tenants.administration(url) as connection:
        await tenants.drop(connection, name)
