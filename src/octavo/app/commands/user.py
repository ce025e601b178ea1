"""`octavo user create`, `password`, `grant`, `list`, `deactivate`, `erase`."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import tell, tell_rows
from octavo.app.database import database
from octavo.auth import permissions
from octavo.auth.passwords import hash_password
from octavo.catalogue.patrons import GROUP, USER
from octavo.errors import BadRequest, NotFound
from octavo.http.dispatch import utc_now
from octavo.http.parameters import is_uuid
from octavo.services import users
from octavo.services.erase import erase_patron
from octavo.services.find_patron import find_patron
from octavo.store import access, bulk, credentials, pages, records, tenants
from octavo.store.tx import Tx
from octavo_models.user import Personal, User

app = typer.Typer(help="Users: staff, systems and patrons.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="user name, barcode, externalSystemId or id")]
Permissions = Annotated[list[str] | None, typer.Option("--permission", help="may be given several times")]


@app.command()
def create(
    username: Annotated[str, typer.Argument(help="name to log in by")],
    tenant: Tenant,
    last_name: Annotated[str, typer.Option(help="or the name of the system")],
    first_name: Annotated[str | None, typer.Option(help="first name")] = None,
    email: Annotated[str | None, typer.Option(help="e-mail address")] = None,
    barcode: Annotated[str | None, typer.Option(help="barcode of the library card")] = None,
    external_id: Annotated[str | None, typer.Option(help="externalSystemId")] = None,
    group: Annotated[str | None, typer.Option(help="name of the patron group")] = None,
    kind: Annotated[str, typer.Option("--type", help="staff, patron, system, …")] = "staff",
    permission: Permissions = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Create a user, who can log in once `octavo user password` has given a password.

    Example: octavo user create desk --tenant city --last-name Desk --permission circulation.check-out-by-barcode.post
    """
    personal = Personal(last_name=last_name, first_name=first_name, email=email)
    user = User(username=username, active=True, type=kind, barcode=barcode, external_system_id=external_id, personal=personal)
    with database(settings_from(database_url, data_dir)) as url:
        user_id = asyncio.run(_create(url, tenant, user, group, permission or []))
    tell({"id": user_id, "username": username}, f"user {username} created: {user_id}", as_json=as_json)


@app.command()
def password(
    user: Who,
    tenant: Tenant,
    secret: Annotated[
        str, typer.Option("--password", help="asked for when not given", prompt="Password", hide_input=True,
                          confirmation_prompt=True, envvar="OCTAVO_PASSWORD")
    ] = ...,  # type: ignore[assignment]
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Give a user a new password; all their sessions end. It is asked for, or read from OCTAVO_PASSWORD.

    Example: octavo user password librarian --tenant city
    """
    if not secret:
        raise typer.BadParameter("the password is empty")
    with database(settings_from(database_url, data_dir)) as url:
        username = asyncio.run(_set_password(url, tenant, user, secret))
    tell({"username": username}, f"{username} has a new password", as_json=as_json)


@app.command()
def grant(
    user: Who,
    names: Annotated[list[str], typer.Argument(metavar="permission…", help="names of permissions or of sets of them")],
    tenant: Tenant,
    take: Annotated[bool, typer.Option("--take", help="take them instead")] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Give permissions to a user, or take them; `octavo.all` is everything.

    Example: octavo user grant desk circulation.check-in-by-barcode.post --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url:
        held = asyncio.run(_grant(url, tenant, user, names, take=take))
    tell({"permissions": held}, f"{user} has {', '.join(held) or 'no permission'}", as_json=as_json)


@app.command("list")
def show(
    tenant: Tenant,
    query: Annotated[str | None, typer.Option(help="which of them, in CQL")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="how many at most")] = 100,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """List users.

    Example: octavo user list --tenant city --query 'type==staff sortBy username'
    """
    with database(settings_from(database_url, data_dir)) as url:
        found = asyncio.run(_list(url, tenant, query, limit))
    head = ("id", "username", "barcode", "externalSystemId", "type", "active")
    tell_rows(head, [[one.get(name) for name in head] for one in found], as_json=as_json)


@app.command()
def deactivate(
    user: Who, tenant: Tenant, as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None
) -> None:
    """Let a user neither log in nor borrow any more; their sessions end, their loans and charges stay.

    Example: octavo user deactivate desk --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url:
        username = asyncio.run(_deactivate(url, tenant, user))
    tell({"username": username, "active": False}, f"{username} is not active any more", as_json=as_json)


@app.command()
def erase(
    user: Who,
    tenant: Tenant,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Erase a patron who owes nothing: every trace, in every table. It cannot be undone.

    Refused while there are open loans, open requests or unpaid fees. With an id, it also erases what is left of a user
    who was deleted before. `octavo doctor --leftovers` shows that nothing is left.

    Example: octavo user erase P000017 --tenant city
    """
    if not yes:
        typer.confirm(f"Erase {user} from {tenant} for good?", abort=True, err=True)
    with database(settings_from(database_url, data_dir)) as url:
        erased = asyncio.run(_erase(url, tenant, user))
    lines = [f"  {table}: {rows}" for table, rows in erased.items()]
    tell({"erased": erased}, f"{user} is erased; rows deleted or changed:", *lines, as_json=as_json)


async def _create(url: str, tenant: str, user: User, group: str | None, names: Sequence[str]) -> str:
    async with tenants.work(url, tenant, utc_now()) as tx:
        if group is not None:
            found = await bulk.find_by(tx, GROUP, "group", [group])
            if not found:
                raise BadRequest(f"no patron group is called {group}")
            user = user.model_copy(update={"patron_group": records.id_of(found[group])})
        await _check_known(tx, names)
        user_id = records.id_of(await users.create_user(tx, user))
        if names:
            await permissions.grant(tx, tenant, user_id, names)
        return user_id


async def _set_password(url: str, tenant: str, key: str, secret: str) -> str:
    async with tenants.work(url, tenant, utc_now()) as tx:
        user = await find_patron(tx, key)
        if not user.username:
            raise BadRequest("the user has no user name to log in by")
        await access.set_password(tx, user.id or "", await hash_password(secret))
        await access.announce(tx, tenant, user.id)
        return user.username


async def _grant(url: str, tenant: str, key: str, names: Sequence[str], *, take: bool) -> list[str]:
    async with tenants.work(url, tenant, utc_now()) as tx:
        user = await find_patron(tx, key)
        await _check_known(tx, names)
        if take:
            return await permissions.take(tx, tenant, user.id or "", names)
        return await permissions.grant(tx, tenant, user.id or "", names)


async def _check_known(tx: Tx, names: Sequence[str]) -> None:
    if unknown := await access.unknown_permissions(tx, names):
        raise BadRequest(f"no permission is called {', '.join(unknown)}")


async def _list(url: str, tenant: str, query: str | None, limit: int) -> list[dict[str, Any]]:
    async with tenants.work(url, tenant, utc_now()) as tx:
        page = await pages.page(tx, USER, query, 0, limit)
        return [orjson.loads(document) for document in page.documents]


async def _deactivate(url: str, tenant: str, key: str) -> str:
    async with tenants.work(url, tenant, utc_now()) as tx:
        user = await find_patron(tx, key)
        await users.replace_user(tx, user.id or "", user.model_copy(update={"active": False}), None)
        await credentials.end_all_sessions(tx, user.id or "")
        await access.announce(tx, tenant, user.id)
        return user.username or key


async def _erase(url: str, tenant: str, key: str) -> dict[str, int]:
    async with tenants.work(url, tenant, utc_now()) as tx:
        try:
            user_id = (await find_patron(tx, key)).id or ""
        except NotFound:
            if not is_uuid(key):
                raise
            user_id = key
        return await erase_patron(tx, user_id)
