"""`octavo tenant create`, `list`, `delete`, `rotate-key`."""

import asyncio
from datetime import timedelta
from typing import Annotated

import orjson
import typer

from octavo.app import wiring
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, settings_from
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
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Create a tenant with an administrator. Example: octavo tenant create city --admin librarian."""
    tenants.checked_name(name)
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_create(url, name, admin, password))
    typer.echo(f"tenant {name} created; {admin} may do everything in it")


@app.command("list")
def show(as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """List the tenants with the versions of their schemas. Example: octavo tenant list --json."""
    with database(settings_from(database_url, data_dir)) as url:
        found = asyncio.run(_names(url))
    if as_json:
        typer.echo(orjson.dumps([{"id": name, "version": version} for name, version in found.items()]).decode())
        return
    for name, version in found.items():
        typer.echo(f"{name}\tversion {version}")


@app.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Delete a tenant with everything it holds. Example: octavo tenant delete city."""
    if not yes:
        typer.confirm(f"Delete the tenant {name} and all its records for good?", abort=True)
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_delete(url, name))
    typer.echo(f"tenant {name} deleted")


@app.command("rotate-key")
def rotate_key(
    name: Name,
    overlap: Annotated[int, typer.Option(min=0, help="hours for which tokens signed before are still good")] = 168,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Sign the tenant's tokens with a new key from now on. Example: octavo tenant rotate-key city --overlap 0."""
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_rotate(url, name, timedelta(hours=overlap)))
    typer.echo(f"tenant {name} signs with a new key; tokens signed before end in {overlap} hours at the latest")


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
