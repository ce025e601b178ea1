"""What one act at the desk changes, changes together or not at all, wherever the connection to the database breaks."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest

from library import Json, Library
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.store import tenants
from octavo.store.doctor import examine
from octavo.store.pool import Pool
from octavo.store.tx import Store, Tx, schema_of

TENANT = "cut"
TABLES = ("loan", "loan_history", "item", "request", "patron_action_session", "check_in", "accounts", "replay")
MANY = 30


@dataclass
class Scissors:
    """Ends the server's side of a connection just before one of its statements: the one that is `left` from now."""

    admin: Any
    left: int | None = None

    async def before(self, connection: Any) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left == 0:
            await self.admin.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())


class Watched:
    """A connection whose every statement, those of the transaction too, passes the scissors."""

    def __init__(self, connection: Any, scissors: Scissors) -> None:
        self._connection = connection
        self._scissors = scissors

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        if name not in ("execute", "fetch", "fetchrow", "fetchval"):
            return method

        async def passing(*arguments: Any) -> Any:
            await self._scissors.before(self._connection)
            return await method(*arguments)

        return passing

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        await self.execute("BEGIN")
        try:
            yield
        except BaseException:
            if not self._connection.is_closed():
                await self._connection.execute("ROLLBACK")
            raise
        await self.execute("COMMIT")


@dataclass
class WatchedPool:
    """The pool in service, every connection of it watched."""

    pool: Pool
    scissors: Scissors

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection:
            yield Watched(connection, self.scissors)


@dataclass
class Desk:
    """A library whose connections can be cut."""

    library: Library
    scissors: Scissors
    admin: Any = field(repr=False)

    async def rows(self) -> dict[str, list[str]]:
        """Return everything that an act at the desk may change."""
        return {
            table: [str(row) for row in await self.admin.fetch(f'SELECT * FROM "t_{TENANT}"."{table}" ORDER BY 1')]
            for table in TABLES
        }


@pytest.fixture
async def desk(migrated: str) -> AsyncIterator[Desk]:
    async with tenants.administration(migrated) as connection:
        await wiring.create_tenant(connection, TENANT, "admin", "admin-password", datetime.now(UTC))
    admin = await asyncpg.connect(migrated)
    scissors = Scissors(admin)
    pool = Pool(migrated, size=1)
    octavo = wiring.assemble(Store(WatchedPool(pool, scissors)), Settings())
    octavo.registry.listening(True)
    headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": await octavo.token_of(TENANT, "admin")}
    transport = httpx.ASGITransport(app=octavo.okapi)
    async with httpx.AsyncClient(transport=transport, base_url="http://octavo", headers=headers) as client:
        yield Desk(await Library.founded(client, lambda: datetime.now(UTC)), scissors, admin)
    await pool.close()
    await admin.close()
    async with tenants.administration(migrated) as connection:
        await tenants.drop(connection, TENANT)


Act = Callable[[Library, Json, Json], Awaitable[httpx.Response]]


async def check_out(library: Library, patron: Json, item: Json) -> httpx.Response:
    asked = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids["main desk"]}
    return await library.client.post("/circulation/check-out-by-barcode", json=asked)


async def check_in(library: Library, patron: Json, item: Json) -> httpx.Response:
    now = library.clock().isoformat()
    asked = {"itemBarcode": item["barcode"], "servicePointId": library.ids["main desk"], "checkInDate": now}
    return await library.client.post("/circulation/check-in-by-barcode", json=asked)


async def renew(library: Library, patron: Json, item: Json) -> httpx.Response:
    return await library.client.post("/circulation/renew-by-id", json={"itemId": item["id"], "userId": patron["id"]})


async def place_hold(library: Library, patron: Json, item: Json) -> httpx.Response:
    now, other = library.clock().isoformat(), library.ids["waiting"]
    asked = {"requestDate": now, "pickupLocationId": library.ids["main desk"]}
    return await library.client.post(f"/patron/account/{other}/item/{item['id']}/hold", json=asked)


@pytest.mark.parametrize(
    ("act", "lent"),
    [(check_out, False), (check_in, True), (renew, True), (place_hold, True)],
    ids=["check-out", "check-in", "renewal", "hold"],
)
async def test_a_connection_that_breaks_at_any_statement_leaves_nothing_half_done(desk: Desk, act: Act, lent: bool):
    library = desk.library
    patron, item = await library.patron(), await library.item()
    library.ids["waiting"] = (await library.patron())["id"]
    if lent:
        await library.check_out(patron, item, loanDate="2026-01-05T10:00:00Z")
    for statement in range(1, MANY):
        before = await desk.rows()
        desk.scissors.left = statement
        answer = await act(library, patron, item)
        cut = desk.scissors.left <= 0
        desk.scissors.left = None
        if not cut:
            break
        assert answer.status_code == 503, f"statement {statement}: {answer.status_code} {answer.text}"
        assert answer.headers["retry-after"]
        assert await desk.rows() == before, f"something remains of what was cut off at statement {statement}"
    assert answer.is_success, answer.text
    assert statement > 3, "the act has no statements to be cut at"
    assert await desk.rows() != before
    assert await examine(Tx(desk.admin, schema_of(TENANT), datetime.now(UTC))) == []
