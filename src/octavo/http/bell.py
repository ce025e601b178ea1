"""Waking those who wait for a tenant's news."""

import asyncio


class Bell:
    """Whoever waits asks for the next ring before looking at what there is, so that no ring is missed."""

    def __init__(self) -> None:
        self._next: dict[str, asyncio.Event] = {}
        self.closed = False

    def next_ring(self, tenant: str) -> asyncio.Event:
        """Return what is set when there is news of a tenant, or when the server closes."""
        ring = self._next.setdefault(tenant, asyncio.Event())
        if self.closed:
            ring.set()
        return ring

    def ring(self, tenant: str) -> None:
        """Wake whoever waits for news of a tenant."""
        ring = self._next.pop(tenant, None)
        if ring:
            ring.set()

    def ring_all(self) -> None:
        """Wake everybody: news may have been missed."""
        for tenant in list(self._next):
            self.ring(tenant)

    def close(self) -> None:
        """Wake everybody for the last time; nobody waits any more."""
        self.closed = True
        self.ring_all()


async def rings(ring: asyncio.Event, seconds: float) -> bool:
    """Wait for a ring, at most some seconds; tell whether there was one."""
    try:
        await asyncio.wait_for(ring.wait(), seconds)
    except TimeoutError:
        return False
    return True
