"""Publishing what waits in the outboxes: at once where somebody has marked a tenant, and in a sweep what was missed."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from octavo.store import events, tenants
from octavo.store.tx import Store
from octavo.telemetry import OUTBOX_LAG, PUBLISHED
from octavo.worker.loops import attempted
from octavo.worker.marks import Marks

#: How long changes are gathered before they are published together, in seconds.
GATHER: Final = 0.03
#: After how many seconds what nobody has marked is found: what a crash, an import or a command has left.
SWEEP: Final = 30.0


class Publisher:
    """Moves events from outboxes to where they can be read."""

    def __init__(self, store: Store, marks: Marks, clock: Callable[[], datetime]) -> None:
        """Keep what it works on. marks: the tenants that may have something waiting."""
        self._store = store
        self._marks = marks
        self._clock = clock

    async def publish_marked(self) -> None:
        """Publish what waits in the outboxes of marked tenants; a tenant that cannot be served is marked again."""
        for tenant in await self._marks.take(GATHER):
            if not await attempted(f"publishing the events of {tenant}", partial(self.publish, tenant)):
                self._marks.add(tenant)

    async def publish(self, tenant: str) -> None:
        """Publish everything that waits in one tenant's outbox."""
        moved = events.MOVED
        while moved == events.MOVED:
            async with self._store.transaction(tenant, self._clock()) as tx:
                moved = await events.publish(tx)
            PUBLISHED.inc(moved)

    async def sweep(self) -> None:
        """Mark every tenant in whose outbox something waits, and note for how long the oldest has waited."""
        lag = 0.0
        for tenant in await every_tenant(self._store):
            async with self._store.read(tenant, self._clock()) as tx:
                waiting = await events.waiting_since(tx)
            if waiting:
                self._marks.add(tenant)
                lag = max(lag, (self._clock() - waiting).total_seconds())
        OUTBOX_LAG.set(lag)


async def announce_marked(store: Store, marks: Marks) -> None:
    """Tell whoever publishes of the marked tenants: what a server without a worker of its own does."""
    for tenant in await marks.take(GATHER):
        async with store.connections.acquire() as connection:
            await events.announce_waiting(connection, tenant)


async def every_tenant(store: Store) -> list[str]:
    """Return the names of all tenants."""
    async with store.connections.acquire() as connection:
        return list(await tenants.names(connection))
