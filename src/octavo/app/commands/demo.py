"""`octavo demo`: a library to try, with everything needed to try it."""

import asyncio
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import typer

from octavo.app import sample, wiring
from octavo.app.commands import serve
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, EdgePort, Host, Port, settings_from
from octavo.app.commands.telling import bar
from octavo.app.database import database
from octavo.app.settings import Settings
from octavo.auth import api_keys
from octavo.auth.api_keys import Scope
from octavo.auth.passwords import hash_password
from octavo.catalogue.patrons import USER
from octavo.http.dispatch import utc_now
from octavo.store import access, credentials, records, tenants
from octavo.store.tx import Tx

TENANT = "demo"


@dataclass(frozen=True)
class Person:
    """Somebody to log in as."""

    username: str
    password: str
    barcode: str
    id: str
    externalSystemId: str  # noqa: N815 - the name on the wire, and in the printed JSON


@dataclass(frozen=True)
class Access:
    """How to get in: kept beside the data, for the secrets in it cannot be read from the database again."""

    admin: Person
    patron: Person
    apikey: str


def demo(
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    edge_port: EdgePort = None,
) -> None:
    """Start Octavo with a sample library and say what to try.

    Example: octavo demo --data-dir /tmp/try
    """
    # A demo is looked at over plain HTTP, where no browser would send back a cookie that is `Secure`.
    settings = replace(settings_from(database_url, data_dir, host, port, edge_port), insecure_cookies=True)
    with database(settings) as url:
        access_data = asyncio.run(_prepared(settings, url))
        told = _json if as_json else _tour
        serve.run(settings, url, lambda okapi, edge: told(okapi, edge, access_data))


async def _prepared(settings: Settings, url: str) -> Access:
    """Return how to get in; the first time, the library is made."""
    kept = settings.data_dir / "demo.json"
    async with tenants.administration(url) as connection:
        await tenants.prepare(connection)
        await tenants.upgrade(connection)
        if TENANT in await tenants.names(connection):
            if kept.exists():
                return _read(kept)
            await tenants.drop(connection, TENANT)
        made = await _make(connection)
    _write(kept, made)
    return made


async def _make(connection: Any) -> Access:
    now = utc_now()
    password = secrets.token_urlsafe(9)
    async with connection.transaction():
        tx = await wiring.create_tenant(connection, TENANT, "librarian", password, now)
        with bar("sample library") as moved:
            await sample.load(tx, sample.generate(), moved)
        librarian = await _identified(tx, "librarian", password)
        patron_password = secrets.token_urlsafe(9)
        patron = await _identified(tx, sample.PATRON, patron_password)
        await access.set_password(tx, patron.id, await hash_password(patron_password))
        _, key = await api_keys.create(tx, TENANT, "librarian", "demo", list(Scope))
    return Access(librarian, patron, key)


async def _identified(tx: Tx, username: str, password: str) -> Person:
    person = await credentials.find_person(tx, username, None)
    assert person, "the sample library has this user"  # noqa: S101
    user = await records.lock(tx, USER, person.id)
    if user.barcode is None:
        user = user.model_copy(update={"barcode": f"demo-{username}", "external_system_id": f"demo-{username}"})
        await records.save(tx, USER, user)
    return Person(username, password, user.barcode or "", person.id, user.external_system_id or "")


def _read(kept: Path) -> Access:
    told = orjson.loads(kept.read_bytes())
    return Access(Person(**told["admin"]), Person(**told["patron"]), told["apikey"])


def _write(kept: Path, made: Access) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(made))


def _json(okapi: str, edge: str, made: Access) -> None:
    print(orjson.dumps({"okapi": okapi, "edge": edge, "page": f"{okapi}/my/{TENANT}", "desk": f"{okapi}/desk/{TENANT}", "tenant": TENANT, **asdict(made)}).decode(), flush=True)


def _tour(okapi: str, edge: str, made: Access) -> None:
    """Say what there is, and three lines that work when they are pasted."""
    typer.echo(f"""
Octavo serves a sample library.

  patron's page  {okapi}/my/{TENANT}
                 sign in as {made.patron.username} (or {made.patron.barcode}) with {made.patron.password}

  the desk       {okapi}/desk/{TENANT}
                 sign in as {made.admin.username} with {made.admin.password}

  Okapi side   {okapi}        every operation: {okapi}/docs
  edge side    {edge}

  tenant       {TENANT}
  librarian    {made.admin.username} / {made.admin.password}
  patron       {made.patron.username} / {made.patron.password}   barcode {made.patron.barcode}
  API key      {made.apikey}

Try, in another terminal:

1. What the patron sees, as a discovery system asks for it:
curl -s -H 'Authorization: apikey {made.apikey}' '{edge}/patron/account/{made.patron.externalSystemId}?includeLoans=true&includeHolds=true&includeCharges=true'

2. Log in as the librarian and list overdue loans:
TOKEN=$(curl -si -H 'X-Okapi-Tenant: {TENANT}' -H 'Content-Type: application/json' -d '{{"username":"{made.admin.username}","password":"{made.admin.password}"}}' {okapi}/authn/login | tr -d '\\r' | sed -n 's/^x-okapi-token: //Ip'); curl -s -H "X-Okapi-Token: $TOKEN" -G {okapi}/circulation/loans --data-urlencode 'query=status.name==Open and dueDate<"{utc_now():%Y-%m-%dT%H:%M:%SZ}" sortBy dueDate' -d limit=3

3. Renew the patron's first loan:
ITEM=$(curl -s -H 'Authorization: apikey {made.apikey}' '{edge}/patron/account/{made.patron.externalSystemId}?includeLoans=true' | python3 -c 'import json,sys; print(json.load(sys.stdin)["loans"][0]["item"]["itemId"])'); curl -s -X POST -H 'Authorization: apikey {made.apikey}' "{edge}/patron/account/{made.patron.externalSystemId}/item/$ITEM/renew"

Ctrl-C stops all of it.""")
