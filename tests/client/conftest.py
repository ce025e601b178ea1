"""A small library in the live server, shared by the tests that need one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from client.world import World
from library import Library
from octavo.auth import api_keys
from octavo.store.pool import connect
from octavo.store.tx import Tx, schema_of
from octavo_client import ApiKey, AsyncClient, AsyncEdgeClient, Login
from servers import Served
from sides import TENANT


@pytest.fixture(scope="session")
async def world(served: Served) -> AsyncIterator[World]:
    """A library that works, made over HTTP in the live server."""
    async with httpx.AsyncClient(base_url=served.okapi, headers={"X-Okapi-Tenant": served.tenant}) as client:
        login = {"username": served.admin_username, "password": served.admin_password}
        answer = await client.post("/authn/login", json=login)
        assert answer.status_code == 201, answer.text
        client.headers["X-Okapi-Token"] = answer.headers["X-Okapi-Token"]
        library = await Library.founded(client, lambda: datetime.now(UTC))
        key = await _new_key(served)
        yield World(
            served.okapi, served.edge, key, served.tenant, served.admin_username, served.admin_password, library
        )


async def _new_key(served: Served) -> str:
    connection = await connect(served.database_url)
    try:
        async with connection.transaction():
            tx = Tx(connection, schema_of(served.tenant), datetime.now(UTC))
            scopes = list(api_keys.Scope)
            return (await api_keys.create(tx, served.tenant, served.admin_username, "tests", scopes))[1]
    finally:
        await connection.close()


@pytest.fixture
async def typed(octavo: Any, clock: Any) -> AsyncIterator[AsyncClient]:
    """The typed client of the Okapi side in this process, which logs in with name and password."""
    transport = httpx.ASGITransport(app=octavo.okapi)
    login = Login("admin", "admin-password")
    async with AsyncClient("http://octavo", TENANT, login, transport=transport, clock=clock) as client:
        yield client


@pytest.fixture
async def typed_edge(octavo: Any, tx: Any) -> AsyncIterator[AsyncEdgeClient]:
    """The typed client of the edge side in this process, with a key that may do everything a key can."""
    _, key = await api_keys.create(tx, TENANT, "admin", "tests", list(api_keys.Scope))
    transport = httpx.ASGITransport(app=octavo.edge)
    async with AsyncEdgeClient("http://octavo", ApiKey(key), transport=transport) as client:
        yield client
