"""A library in which several people do something at the same moment, over real connections, in transactions that commit."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from healthy import assert_tenant_healthy
from library import Library
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.store import tenants
from octavo.store.pool import Pool
from octavo.store.tx import Store

TENANT = "crowded"


@pytest.fixture
async def crowded(migrated: str) -> AsyncIterator[Library]:
    """A library in a tenant of its own, over four connections."""
    async with tenants.administration(migrated) as connection:
        await wiring.create_tenant(connection, TENANT, "admin", "admin-password", datetime.now(UTC))
    pool = Pool(migrated, size=4, patience=60)
    octavo = wiring.assemble(Store(pool), Settings())
    headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": await octavo.token_of(TENANT, "admin")}
    transport = httpx.ASGITransport(app=octavo.okapi)
    async with httpx.AsyncClient(transport=transport, base_url="http://octavo", headers=headers, timeout=60) as client:
        yield await Library.founded(client, lambda: datetime.now(UTC))
    await pool.close()
    await assert_tenant_healthy(migrated, TENANT)
    async with tenants.administration(migrated) as connection:
        await tenants.drop(connection, TENANT)
