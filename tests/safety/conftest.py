"""A town to be kept safe, and somebody from another tenant."""

from collections.abc import AsyncIterator

import httpx
import pytest

from library import Library
from octavo.app.wiring import Octavo
from octavo.auth import api_keys
from octavo.store.tx import Tx, schema_of
from safety.town import Town
from sides import OTHER_TENANT, Sides


@pytest.fixture
async def town(library: Library, tx: Tx) -> Town:
    return await Town.settled(library, tx)


@pytest.fixture
async def neighbour(octavo: Octavo, sides: Sides) -> AsyncIterator[httpx.AsyncClient]:
    """The Okapi side, as the administrator of another tenant."""
    token = await octavo.token_of(OTHER_TENANT, "admin")
    async with sides.okapi(**{"X-Okapi-Tenant": OTHER_TENANT, "X-Okapi-Token": token}) as client:
        yield client


@pytest.fixture
async def neighbouring_tool(octavo: Octavo, sides: Sides, tx: Tx) -> AsyncIterator[httpx.AsyncClient]:
    """The edge side, with a key of another tenant."""
    there = Tx(tx.connection, schema_of(OTHER_TENANT), tx.now)
    _, key = await api_keys.create(there, OTHER_TENANT, "admin", "tool", list(api_keys.Scope))
    async with sides.edge(Authorization=f"apikey {key}") as client:
        yield client
