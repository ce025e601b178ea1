"""What the tests share: one PostgreSQL a run, one database a worker, one rolled-back transaction a test."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

import auditing
from healthy import assert_tenant_healthy
from library import Library
from octavo.app import wiring
from octavo.app.postgres import EmbeddedPostgres
from octavo.app.settings import Settings
from octavo.auth import api_keys
from octavo.store import tenants
from octavo.store.pool import connect, understood
from octavo.store.tx import Store, Tx, schema_of
from servers import Served, running
from sides import OTHER_TENANT, TENANT, Sides

pytest_plugins = ["provoked"]


@dataclass
class Clock:
    """The time as the server sees it; a test may set it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


class OneTransaction:
    """Lends the one connection of a test, each time within a savepoint, so that everything can be undone."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self._turn, self._connection.transaction():
            with understood():
                yield self._connection


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server that all workers share."""
    if given := os.environ.get("OCTAVO_TEST_DATABASE_URL"):
        yield given
        return
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with EmbeddedPostgres(shared / "octavo-tests") as server:
        yield server.url


@asynccontextmanager
async def new_database(server_url: str, purpose: str) -> AsyncIterator[str]:
    """Create an empty database and drop it at the end."""
    name = f"octavo_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{purpose}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING \'UTF8\' LOCALE \'C.UTF-8\'')
    head, _, tail = server_url.partition("?")
    yield f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def migrate(database_url: str) -> None:
    """Make two tenants, each with an administrator `admin`."""
    async with tenants.administration(database_url) as connection:
        await tenants.prepare(connection)
        for tenant in (TENANT, OTHER_TENANT):
            await wiring.create_tenant(connection, tenant, "admin", "admin-password", datetime.now(UTC))


@pytest.fixture(scope="session")
async def database_url(server_url: str) -> AsyncIterator[str]:
    """An empty database of this worker."""
    async with new_database(server_url, "rolled_back") as url:
        yield url


@pytest.fixture(scope="session")
async def migrated(database_url: str) -> str:
    """The database with its tenants; every change in the first one is noted."""
    await migrate(database_url)
    admin = await asyncpg.connect(database_url)
    await auditing.install(admin)
    await admin.close()
    return database_url


@pytest.fixture(scope="session")
async def served(server_url: str) -> AsyncIterator[Served]:
    """A real server on loopback ports, with a database of its own that keeps what it is told."""
    async with new_database(server_url, "served") as url:
        await migrate(url)
        with running("--database-url", url, OCTAVO_KEY_RATE="10000", OCTAVO_KEY_BURST="10000") as server:
            server.database_url = url
            yield server
            for tenant in (TENANT, OTHER_TENANT):
                await assert_tenant_healthy(url, tenant, but=("orphans", "returned-loans"))


@pytest.fixture(scope="session")
async def _connection(migrated: str) -> AsyncIterator[Any]:
    connection = await connect(migrated)
    yield connection
    await connection.close()


@pytest.fixture
async def connection(_connection: Any) -> AsyncIterator[Any]:
    """The connection of this test; what it writes is rolled back."""
    transaction = _connection.transaction()
    await transaction.start()
    yield _connection
    await transaction.rollback()


@pytest.fixture
def clock() -> Clock:
    now = datetime.now(UTC)
    return Clock(now.replace(microsecond=now.microsecond // 1000 * 1000))


@pytest.fixture
def tx(connection: Any, clock: Clock) -> Tx:
    """A piece of work on the first tenant."""
    return Tx(connection, schema_of(TENANT), clock.now)


@pytest.fixture
def begin(tx: Tx) -> Callable[[], Any]:
    """What begins a piece of a timer's work: here a part of the test's one transaction."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[Tx]:
        async with tx.connection.transaction():
            yield tx

    return begin


@pytest.fixture
def statements(connection: Any) -> Iterator[list[str]]:
    """The SQL statements sent since the list was last cleared, savepoints left out."""
    seen: list[str] = []

    def note(record: Any) -> None:
        savepoint = record.query.lstrip().upper().startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO"))
        if not savepoint and auditing.MARK not in record.query:
            seen.append(record.query)

    with connection.query_logger(note):
        yield seen


@pytest.fixture
async def octavo(connection: Any, clock: Clock) -> wiring.Octavo:
    """The whole server over this test's connection."""
    made = wiring.assemble(Store(OneTransaction(connection)), Settings(), clock=clock)
    made.registry.listening(True)  # there is no other worker to hear of
    return made


@pytest.fixture
def sides(octavo: wiring.Octavo, statements: list[str], connection: Any) -> Iterator[Sides]:
    """Both sides of the server.

    A route that sends more statements than it declares, or changes a record without an event, fails the test.
    """
    made = Sides(octavo, statements, auditing.Audit(connection))
    yield made
    assert made.overspent == []
    assert made.untold == []


@pytest.fixture
async def client(octavo: wiring.Octavo, sides: Sides) -> AsyncIterator[httpx.AsyncClient]:
    """The Okapi side, logged in as the administrator."""
    token = await octavo.token_of(TENANT, "admin")
    claims = await octavo.registry.claims(token, octavo.clock())
    await octavo.registry.rights(TENANT, claims.user_id, octavo.clock())
    async with sides.okapi(**{"X-Okapi-Tenant": TENANT, "X-Okapi-Token": token}) as made:
        yield made


@pytest.fixture
async def anonymous(sides: Sides) -> AsyncIterator[httpx.AsyncClient]:
    """The Okapi side, not logged in."""
    async with sides.okapi(**{"X-Okapi-Tenant": TENANT}) as made:
        yield made


@pytest.fixture
async def edge(sides: Sides, tx: Tx) -> AsyncIterator[httpx.AsyncClient]:
    """The edge side, with an API key that may do everything an API key can."""
    _, key = await api_keys.create(tx, TENANT, "admin", "tests", list(api_keys.Scope))
    async with sides.edge(Authorization=f"apikey {key}") as made:
        yield made


@pytest.fixture
async def library(client: httpx.AsyncClient, clock: Clock) -> Library:
    """A small library that works: places, groups, types, policies and rules."""
    return await Library.founded(client, clock)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parent.parent
