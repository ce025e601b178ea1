"""Every exchange with the server is noted here, so that no test can claim what it did not see."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from octavo.auth import api_keys
from octavo.catalogue.patrons import USER
from octavo.store import records
from octavo.store.tx import Tx
from octavo_models.user import Personal, User
from sides import Sides

Exchange = tuple[str, int]
TENANT = "diku"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "exercises(operation, code): the operation answers with the code in this test")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Fail a test that claims an answer which no request of it was given."""
    outcome = yield
    seen = getattr(item, "funcargs", {}).get("exchanges", [])
    for operation, code in (mark.args for mark in item.iter_markers("exercises")):
        method, path = operation.split(" ")
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        wanted = re.compile(f"{method} {pattern}")
        assert any(wanted.fullmatch(said) and status == code for said, status in seen), (
            f"{operation} was to answer {code}, but there was only {seen}"
        )
    return outcome


@pytest.fixture(autouse=True)
def exchanges() -> list[Exchange]:
    """Every request of this test (method and path as sent) with the status of its answer."""
    return []


def noted(client: httpx.AsyncClient, exchanges: list[Exchange]) -> httpx.AsyncClient:
    async def note(answer: httpx.Response) -> None:
        path = answer.request.url.raw_path.decode("ascii").partition("?")[0]
        exchanges.append((f"{answer.request.method} {path}", answer.status_code))

    client.event_hooks["response"].append(note)
    return client


@pytest.fixture
def client(client: httpx.AsyncClient, exchanges: list[Exchange]) -> httpx.AsyncClient:
    """The Okapi side, as the administrator."""
    return noted(client, exchanges)


@pytest.fixture
def anonymous(anonymous: httpx.AsyncClient, exchanges: list[Exchange]) -> httpx.AsyncClient:
    """The Okapi side, as nobody we know."""
    return noted(anonymous, exchanges)


@pytest.fixture
def edge(edge: httpx.AsyncClient, exchanges: list[Exchange]) -> httpx.AsyncClient:
    """The edge side, with an API key for everything."""
    return noted(edge, exchanges)


@pytest.fixture
async def powerless(sides: Sides, tx: Tx, exchanges: list[Exchange]) -> AsyncIterator[httpx.AsyncClient]:
    """The Okapi side, as a user who is logged in and may do nothing."""
    await records.insert(tx, USER, User(username="nobody", active=True, personal=Personal(last_name="Nobody")))
    token = await sides.octavo.token_of(TENANT, "nobody")
    async with sides.okapi(**{"X-Okapi-Tenant": TENANT, "X-Okapi-Token": token}) as made:
        yield noted(made, exchanges)


@pytest.fixture
async def keyless(sides: Sides, exchanges: list[Exchange]) -> AsyncIterator[httpx.AsyncClient]:
    """The edge side, without an API key."""
    async with sides.edge() as made:
        yield noted(made, exchanges)


@pytest.fixture
async def reading(sides: Sides, tx: Tx, exchanges: list[Exchange]) -> AsyncIterator[httpx.AsyncClient]:
    """The edge side, with an API key that may only read accounts."""
    _, key = await api_keys.create(tx, TENANT, "admin", "reads", [api_keys.Scope.READ])
    async with sides.edge(Authorization=f"apikey {key}") as made:
        yield noted(made, exchanges)


@pytest.fixture
async def break_table(tx: Tx):
    """A way to take a table away, so that whatever needs it fails as nobody foresaw."""

    async def broken(table: str) -> None:
        await tx.connection.execute(f"ALTER TABLE {tx.table(table)} RENAME TO {table}_taken_away")
        await asyncio.sleep(0)  # the driver tells its loggers of a statement a moment later

    return broken
