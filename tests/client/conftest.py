"""A small library in the live server, shared by the tests that need one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from client.world import World
from library import Library
from servers import Served


@pytest.fixture(scope="session")
async def world(served: Served) -> AsyncIterator[World]:
    """A library that works, made over HTTP in the live server."""
    async with httpx.AsyncClient(base_url=served.okapi, headers={"X-Okapi-Tenant": served.tenant}) as client:
        login = {"username": served.admin_username, "password": served.admin_password}
        answer = await client.post("/authn/login", json=login)
        assert answer.status_code == 201, answer.text
        client.headers["X-Okapi-Token"] = answer.headers["X-Okapi-Token"]
        library = await Library.founded(client, lambda: datetime.now(UTC))
        yield World(served.okapi, served.tenant, served.admin_username, served.admin_password, library)
