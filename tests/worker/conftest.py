"""A database that keeps what it is told, and everything that works in the background over it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from conftest import Clock, migrate, new_database
from library import Json
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.rules.destinations import Destinations, read_networks
from octavo.store import events, tenants
from octavo.store.events import Event
from octavo.store.pool import Pool
from octavo.store.tx import Store
from octavo.worker.deliverer import Deliverer
from octavo.worker.marks import Marks
from octavo.worker.publisher import Publisher
from octavo.worker.sending import Sender

LOOPBACK = Destinations(http=True, networks=read_networks("127.0.0.0/8"))


@dataclass
class House:
    """One tenant's server and what works behind it; `news` and `changed` are marked by hand."""

    url: str
    tenant: str
    store: Store
    clock: Clock
    client: httpx.AsyncClient
    changed: Marks = field(default_factory=Marks)
    news: Marks = field(default_factory=Marks)
    start: int = 0

    @property
    def publisher(self) -> Publisher:
        return Publisher(self.store, self.changed, self.clock)

    def deliverer(self, allowed: Destinations = LOOPBACK) -> Deliverer:
        return Deliverer(self.store, self.news, self.clock, Sender(allowed), timedelta(hours=72))

    async def publish(self) -> None:
        await self.publisher.publish(self.tenant)

    async def published(self, after: int | None = None) -> list[Event]:
        """Return every published event since the house was opened."""
        found: list[Event] = []
        after = self.start if after is None else after
        async with self.store.read(self.tenant, self.clock()) as tx:
            while (batch := await events.read_after(tx, after)).events or batch.more:
                found += batch.events
                after = batch.seen
        return found

    async def add_group(self, name: str) -> Json:
        answer = await self.client.post("/groups", json={"group": name})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def rename_group(self, group: Json, name: str) -> None:
        answer = await self.client.put(f"/groups/{group['id']}", json={**group, "group": name})
        assert answer.status_code == 204, answer.text

    async def add_webhook(self, url: str, **more: Any) -> Json:
        answer = await self.client.post("/webhooks", json={"url": url, **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    @asynccontextmanager
    async def delivering(self, allowed: Destinations = LOOPBACK) -> AsyncIterator[None]:
        """Deliver in the background; whoever publishes marks the tenant."""
        task = asyncio.create_task(self.deliverer(allowed).run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture(scope="session")
async def kept_database(server_url: str) -> AsyncIterator[str]:
    async with new_database(server_url, "kept") as url:
        await migrate(url)
        yield url


_numbers = iter(range(10_000))


@pytest.fixture
async def house(kept_database: str) -> AsyncIterator[House]:
    """A house with a tenant of its own."""
    tenant = f"house{next(_numbers)}"
    async with tenants.administration(kept_database) as connection:
        await wiring.create_tenant(connection, tenant, "admin", "admin-password", datetime.now(UTC))
    pool, clock = Pool(kept_database, size=6), Clock(datetime.now(UTC))
    store = Store(pool)
    octavo = wiring.assemble(store, Settings(webhook_http=True, webhook_networks="127.0.0.0/8"), clock=clock)
    headers = {"X-Okapi-Tenant": tenant, "X-Okapi-Token": await octavo.token_of(tenant, "admin")}
    transport = httpx.ASGITransport(app=octavo.okapi)
    async with httpx.AsyncClient(transport=transport, base_url="http://octavo", headers=headers) as client:
        made = House(kept_database, tenant, store, clock, client)
        await made.publish()
        made.start = (await made.published())[-1].position
        yield made
    await pool.close()
    async with tenants.administration(kept_database) as connection:
        await tenants.drop(connection, tenant)


@dataclass
class Letter:
    """What a receiver was sent."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP server. It answers with the next of `answers`, and with 200 when there are no more."""

    url: str = ""
    letters: list[Letter] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = (line.partition(": ") for line in head[1:] if line)
                headers = {name.lower(): value for name, _, value in pairs}
                body = await reader.readexactly(int(headers["content-length"]))
                self.letters.append(Letter(headers, body))
                answer = self.answers.pop(0) if self.answers else b"200 OK"
                line, _, more = answer.partition(b"\n")
                writer.write(b"HTTP/1.1 %b\r\n%bContent-Length: 0\r\n\r\n" % (line, more))
                await writer.drain()
        writer.close()

    async def wait_for(self, number: int) -> list[Letter]:
        async with asyncio.timeout(15):
            while len(self.letters) < number:  # noqa: ASYNC110 - a test's patience
                await asyncio.sleep(0.01)
        return self.letters


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield receiver
    server.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(server.wait_closed(), 0.5)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that is said to the log."""
    caplog.set_level(logging.DEBUG)
    return caplog
