"""Tenants and their schemas: created, upgraded and dropped under a lock, one at a time.

The shared schema `octavo` knows the tenants; each tenant's own schema holds its records. Migrations are
numbered SQL files in which `__schema__` stands for the tenant's schema.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from octavo.errors import BadRequest, Conflict, NotFound
from octavo.store.pool import connect, understood
from octavo.store.tx import Tx, schema_of

_MIGRATION_LOCK = 0x0C7A70


class WrongVersion(Exception):  # noqa: N818 - the name says what is wrong
    """The database was made by another version of Octavo."""


@dataclass(frozen=True)
class Migration:
    """One numbered step of the tenants' schemas."""

    number: int
    name: str
    sql: str


@cache
def migrations() -> tuple[Migration, ...]:
    """Return all steps in order."""
    folder = files("octavo.store") / "migrations"
    steps = []
    for file in folder.iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name)
        if match:
            steps.append(Migration(int(match[1]), match[2], file.read_text()))
    return tuple(sorted(steps, key=lambda step: step.number))


def newest() -> int:
    """Return the version that this Octavo works with."""
    return migrations()[-1].number


@asynccontextmanager
async def administration(url: str) -> AsyncIterator[Any]:
    """Open one connection, holding the lock under which schemas change."""
    connection = await connect(url)
    try:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        yield connection
    finally:
        await connection.close()


async def prepare(connection: Any) -> None:
    """Create or refresh what all tenants share: the functions and the registry. Safe to run twice."""
    for name in ("functions.sql", "shared.sql"):
        await connection.execute((files("octavo.store") / name).read_text())


async def create(connection: Any, tenant: str, now: datetime) -> Tx:
    """Create a tenant with empty tables and return the way to fill it. Raises BadRequest, Conflict."""
    schema = schema_of(tenant)
    taken = await connection.fetchval("SELECT EXISTS (SELECT FROM octavo.tenant WHERE id = $1)", tenant)
    if taken:
        raise Conflict(f"Duplicate tenant id {tenant}")
    async with connection.transaction():
        await connection.execute(f'CREATE SCHEMA "{schema}"')
        await _apply(connection, schema, 0)
        await connection.execute(
            "INSERT INTO octavo.tenant (id, created_at, version) VALUES ($1, $2, $3)", tenant, now, newest()
        )
    return Tx(connection, schema, now)


async def drop(connection: Any, tenant: str) -> None:
    """Remove a tenant and everything it holds. Raises NotFound."""
    async with connection.transaction():
        known = await connection.fetchval("DELETE FROM octavo.tenant WHERE id = $1 RETURNING true", tenant)
        if not known:
            raise NotFound(f"Tenant {tenant} not found")
        await connection.execute(f'DROP SCHEMA "{schema_of(tenant)}" CASCADE')


async def names(connection: Any) -> dict[str, int]:
    """Return the tenants with the version of their schemas."""
    rows = await connection.fetch("SELECT id, version FROM octavo.tenant ORDER BY id")
    return {row["id"]: row["version"] for row in rows}


async def upgrade(connection: Any) -> dict[str, int]:
    """Bring every tenant to the newest version; return those that changed with the version they had."""
    changed = {}
    for tenant, version in (await names(connection)).items():
        if version > newest():
            raise WrongVersion(_too_new(tenant, version))
        if version < newest():
            async with connection.transaction():
                await _apply(connection, schema_of(tenant), version)
                await connection.execute("UPDATE octavo.tenant SET version = $2 WHERE id = $1", tenant, newest())
            changed[tenant] = version
    return changed


async def check(connection: Any) -> None:
    """Refuse to work with schemas of another version. Raises WrongVersion with what to do."""
    if await connection.fetchval("SELECT to_regclass('octavo.tenant')") is None:
        raise WrongVersion("the database has no Octavo schema yet: run `octavo migrate`")
    for tenant, version in (await names(connection)).items():
        if version > newest():
            raise WrongVersion(_too_new(tenant, version))
        if version < newest():
            raise WrongVersion(
                f"tenant {tenant} has schema version {version}, this Octavo needs {newest()}: run `octavo migrate`"
            )


@asynccontextmanager
async def snapshot(url: str, tenant: str, now: datetime) -> AsyncIterator[Tx]:
    """Look at a tenant as it is at one moment, without changing anything. Raises NotFound, WrongVersion, Unreachable."""
    async with (
        _connected(url, tenant) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield Tx(connection, schema_of(tenant), now)


@asynccontextmanager
async def work(url: str, tenant: str, now: datetime) -> AsyncIterator[Tx]:
    """Work on a tenant in one transaction of any length. Raises NotFound, WrongVersion, Unreachable."""
    async with _connected(url, tenant) as connection:
        with understood():
            async with connection.transaction():
                yield Tx(connection, schema_of(tenant), now)


@asynccontextmanager
async def _connected(url: str, tenant: str) -> AsyncIterator[Any]:
    """Open a connection that may take its time, for a tenant that is there and of this version."""
    checked_name(tenant)
    connection = await connect(url)
    try:
        await check(connection)
        if tenant not in await names(connection):
            raise NotFound(f"Tenant {tenant} not found")
        await connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        yield connection
    finally:
        await connection.close()


def _too_new(tenant: str, version: int) -> str:
    return f"tenant {tenant} has schema version {version}, this Octavo knows only {newest()}: install a newer Octavo"


async def _apply(connection: Any, schema: str, version: int) -> None:
    for step in migrations():
        if step.number > version:
            await connection.execute(step.sql.replace("__schema__", f'"{schema}"'))


def checked_name(tenant: str) -> str:
    """Return a tenant's name if it may be one. Raises BadRequest."""
    try:
        schema_of(tenant)
    except BadRequest:
        raise BadRequest(
            f"Invalid tenant id, may only contain a-z and 0-9 and _ after a leading letter, up to 31 characters: {tenant}"
        ) from None
    return tenant
