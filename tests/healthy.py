"""For tests that have changed records in any way a client can: they fit together all the same."""

import asyncio

from octavo.store.doctor import examine
from octavo.store.tx import Tx


async def assert_healthy(tx: Tx) -> None:
    """Fail with everything that `octavo doctor` would report."""
    findings = await examine(tx)
    await asyncio.sleep(0.001)  # let the log of statements take note of ours, lest the next request be charged with them
    assert [str(finding) for finding in findings] == []
