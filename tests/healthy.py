"""For tests that have changed records in any way a client can: they fit together all the same."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

from octavo.store import tenants
from octavo.store.doctor import examine
from octavo.store.tx import Tx


async def assert_healthy(tx: Tx, but: Collection[str] = ()) -> None:
    """Fail with everything that `octavo doctor` would report, but for the findings of some checks."""
    findings = await examine(tx)
    await asyncio.sleep(0.001)  # let the log of statements take note of ours, lest the next request be charged with them
    told = [str(finding) for finding in findings if finding.check.name not in but]
    assert not told, told


async def assert_tenant_healthy(database_url: str, tenant: str, but: Collection[str] = ()) -> None:
    """Examine what tests have committed, over a connection of its own: for the end of a fixture.

    but: `orphans`, where tests store records that name what never was, and `returned-loans`, where they store closed loans.
    """
    async with tenants.snapshot(database_url, tenant, datetime.now(UTC)) as tx:
        await assert_healthy(tx, but)
