"""`octavo settings`: those of this process, and `get` and `set` for those of a tenant."""

import asyncio
from typing import Annotated, Any

import orjson
import typer

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import tell, tell_rows
from octavo.app.database import database
from octavo.app.settings import shown
from octavo.errors import BadRequest
from octavo.http.dispatch import utc_now
from octavo.services import tenant_settings
from octavo.store import tenants

app = typer.Typer(
    help="""Show each setting, its value and where it came from, or those of a tenant. Secrets are masked.

    Example: octavo settings --json
    """
)


@app.callback(invoke_without_command=True)
def settings(
    context: typer.Context, as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None
) -> None:
    """Show each setting, its value and where it came from, or those of a tenant. Secrets are masked.

    Example: octavo settings --json
    """
    if context.invoked_subcommand is None:
        rows = [
            (one.name, one.variable, one.value, one.source, one.text)
            for one in shown(database_url=database_url, data_dir=data_dir)
        ]
        tell_rows(("name", "environment", "value", "from", "what it sets"), rows, as_json=as_json)


@app.command()
def get(
    tenant: Tenant,
    name: Annotated[str | None, typer.Argument(help="one of them; all by default")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Show the settings of a tenant: its locale, and circulation settings by `circulation.` and their name.

    Example: octavo settings get timezone --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url:
        found = asyncio.run(_get(url, tenant))
    if name is None:
        tell_rows(("name", "value"), [(key, _plain(value, as_json)) for key, value in found.items()], as_json=as_json)
        return
    if name not in found:
        raise BadRequest(f"no setting {name} of {tenant}: there are {', '.join(found)}")
    tell({"name": name, "value": found[name]}, _plain(found[name], as_json=False), as_json=as_json)


@app.command("set")
def put(
    name: Annotated[str, typer.Argument(help="locale, timezone, currency, numberingSystem or circulation.NAME")],
    value: Annotated[str, typer.Argument(help="text; for a circulation setting a JSON object")],
    tenant: Tenant,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Change a setting of a tenant; it holds at once.

    Example: octavo settings set timezone Europe/Berlin --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url:
        asyncio.run(_put(url, tenant, name, value))
    tell({"name": name, "value": value}, f"{name} of {tenant} is {value}", as_json=as_json)


async def _get(url: str, tenant: str) -> dict[str, Any]:
    async with tenants.work(url, tenant, utc_now()) as tx:
        return await tenant_settings.read_all(tx)


async def _put(url: str, tenant: str, name: str, value: str) -> None:
    async with tenants.work(url, tenant, utc_now()) as tx:
        await tenant_settings.write(tx, name, value)


def _plain(value: Any, as_json: bool) -> Any:  # noqa: FBT001 - a flag handed on
    return value if as_json or isinstance(value, str) else orjson.dumps(value).decode()
