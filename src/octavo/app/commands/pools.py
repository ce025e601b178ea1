"""Connections for commands that take their time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from octavo.errors import NotFound
from octavo.store import tenants
from octavo.store.pool import Pool
from octavo.store.tx import Store

_DAY = 86_400.0


@asynccontextmanager
async def patient_store(url: str, tenant: str) -> AsyncIterator[Store]:
    """Open the records of a tenant that is there and of this version. Raises NotFound, WrongVersion, Unreachable."""
    tenants.checked_name(tenant)
    pool = Pool(url, size=2, longest=_DAY)
    try:
        async with pool.acquire() as connection:
            await tenants.check(connection)
            if tenant not in await tenants.names(connection):
                raise NotFound(f"Tenant {tenant} not found")
        yield Store(pool)
    finally:
        await pool.close()
