"""Whom the attack is on: a real server in a process of its own, with the sample library, and everybody's credentials."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson

from octavo.app import sample, wiring
from octavo.app.postgres import EmbeddedPostgres
from octavo.auth import api_keys
from octavo.auth.passwords import hash_password
from octavo.store import access, credentials, tenants
from octavo.store.pool import connect
from octavo.store.tx import Tx, schema_of
from servers import Served, running

TENANT, NEIGHBOUR = "attacked", "neighbour"
ADMIN, PATRON = "admin", sample.PATRON
PASSWORD = "Attack-canary-Passw0rd"

#: Limits of one client are lifted where an attack is not on them: one client makes all requests here.
UNHURRIED = {
    "OCTAVO_KEY_RATE": "100000", "OCTAVO_KEY_BURST": "1000000", "OCTAVO_REGISTER_RATE": "100000",
    "OCTAVO_REGISTER_BURST": "1000000", "OCTAVO_GUESS_RATE": "100000", "OCTAVO_GUESS_BURST": "1000000",
}  # fmt: skip


@dataclass
class Victim:
    """A running server and ways to come to it."""

    okapi: str
    edge: str
    server: Served
    database: str
    log: Path
    admin_token: str
    patron_token: str
    neighbour_token: str
    key: str
    reading_key: str
    neighbour_key: str
    names: dict[str, str]
    people: frozenset[str]

    def client(self, token: str | None = None, tenant: str = TENANT) -> httpx.Client:
        """Return a client of the Okapi side."""
        headers = {"X-Okapi-Tenant": tenant} | ({"X-Okapi-Token": token} if token else {})
        return httpx.Client(base_url=self.okapi, headers=headers, timeout=60)

    def tool(self, key: str | None = None) -> httpx.Client:
        """Return a client of the edge side."""
        return httpx.Client(base_url=self.edge, headers={"Authorization": f"apikey {key}"} if key else {}, timeout=60)


@contextmanager
def on_its_own(**environment: str) -> Iterator[Victim]:
    """Run a server over a database and a log that nobody had before and nobody has afterwards, whatever is done to them."""
    with TemporaryDirectory(prefix="octavo-attack-") as name:
        folder = Path(name)
        with (
            EmbeddedPostgres(folder / "data") as database,
            standing(database.url, asyncio.run(settle(database.url)), folder / "log", **environment) as victim,
        ):
            yield victim


async def settle(url: str) -> dict[str, Any]:
    """Make two tenants with the sample library; return the keys, the patron's things, and what tells of its people."""
    async with tenants.administration(url) as administering:
        await tenants.prepare(administering)
        for tenant in (TENANT, NEIGHBOUR):
            await wiring.create_tenant(administering, tenant, ADMIN, PASSWORD, datetime.now(UTC))
    connection = await connect(url)
    try:
        async with connection.transaction():
            keys = {tenant: await _furnish(connection, tenant) for tenant in (TENANT, NEIGHBOUR)}
            names = await _names(Tx(connection, schema_of(TENANT), datetime.now(UTC)))
    finally:
        await connection.close()
    return {"keys": keys, "names": names, "people": await people(url)}


async def people(url: str) -> frozenset[str]:
    """Return what tells of the people there are now; numbers too short to be anybody's are left out."""
    rows = []
    for tenant in (TENANT, NEIGHBOUR):
        rows += await execute(
            url,
            f"""SELECT unnest(ARRAY[doc #>> '{{personal,email}}', doc ->> 'barcode', doc ->> 'externalSystemId']) AS told
                FROM {schema_of(tenant)}.users WHERE doc ->> 'username' IS NOT NULL""",
        )
    return frozenset(row["told"] for row in rows if row["told"] and re.fullmatch(r"[\w.@+-]{8,}", row["told"], re.ASCII))


async def _furnish(connection: Any, tenant: str) -> dict[str, str]:
    tx = Tx(connection, schema_of(tenant), datetime.now(UTC))
    await sample.load(tx, sample.generate(seed=sum(tenant.encode())))
    patron = await credentials.find_person(tx, PATRON, None)
    assert patron is not None
    await access.set_password(tx, patron.id, await hash_password(PASSWORD))
    scopes = {"all": list(api_keys.Scope), "reading": [api_keys.Scope.READ]}
    return {name: (await api_keys.create(tx, tenant, ADMIN, name, scope))[1] for name, scope in scopes.items()}


async def _names(tx: Tx) -> dict[str, str]:
    """Return the id of a record in every table, of nothing where it is empty; of those that belong together, the patron's own."""
    tables = await tx.connection.fetch(
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = $1 AND column_name = 'doc'", tx.schema
    )
    names = {}
    for (table,) in tables:
        found = await tx.connection.fetchval(f"SELECT id::text FROM {tx.table(table)} ORDER BY id LIMIT 1")
        names[table] = found or str(uuid4())
    user = await tx.connection.fetchrow(
        f"SELECT id::text, doc FROM {tx.table('users')} WHERE doc ->> 'username' = $1", PATRON
    )
    document = orjson.loads(user["doc"])
    loan = await tx.connection.fetchrow(
        f"SELECT id::text, doc ->> 'itemId' AS item FROM {tx.table('loan')} WHERE doc ->> 'userId' = $1 LIMIT 1", user["id"]
    )
    request = await tx.connection.fetchval(
        f"SELECT id::text FROM {tx.table('request')} WHERE doc ->> 'requesterId' = $1 LIMIT 1", user["id"]
    )
    return {
        **names, "users": user["id"], "loan": loan["id"], "item": loan["item"], "request": request or names["request"],
        "username": PATRON, "external id": document["externalSystemId"], "email": document["personal"]["email"],
        "permission": "users.item.get", "registered": "nobody", "lock": names["users"],
    }  # fmt: skip


@contextmanager
def standing(url: str, prepared: dict[str, Any], log: Path, **environment: str) -> Iterator[Victim]:
    """Run a server over a settled database until the attack is over."""
    chosen = {**UNHURRIED, "OCTAVO_LOG_LEVEL": "debug", **environment}
    with running("--database-url", url, log=log, **chosen) as server:
        tokens = {
            (tenant, who): _log_in(server.okapi, tenant, who)
            for tenant, who in ((TENANT, ADMIN), (TENANT, PATRON), (NEIGHBOUR, ADMIN))
        }
        keys = prepared["keys"]
        yield Victim(
            server.okapi, server.edge, server, url, log, tokens[TENANT, ADMIN], tokens[TENANT, PATRON],
            tokens[NEIGHBOUR, ADMIN], keys[TENANT]["all"], keys[TENANT]["reading"], keys[NEIGHBOUR]["all"], prepared["names"],
            prepared["people"],
        )  # fmt: skip


def _log_in(okapi: str, tenant: str, who: str) -> str:
    answer = httpx.post(
        f"{okapi}/authn/login", headers={"X-Okapi-Tenant": tenant}, json={"username": who, "password": PASSWORD}, timeout=30
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["x-okapi-token"]


async def execute(url: str, statement: str) -> Any:
    """Run a statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()
