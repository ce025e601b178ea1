"""Tenants for which there may be something to do, remembered until somebody does it."""

import asyncio
from collections.abc import Iterable


class Marks:
    """A set of tenants that one can wait for. Adding is cheap and never fails: whoever has just committed does it."""

    def __init__(self) -> None:
        self._tenants: set[str] = set()
        self._some = asyncio.Event()

    def add(self, tenant: str) -> None:
        """Remember a tenant."""
        self._tenants.add(tenant)
        self._some.set()

    def add_all(self, tenants: Iterable[str]) -> None:
        """Remember tenants."""
        for tenant in tenants:
            self.add(tenant)

    async def take(self, gather: float = 0.0) -> set[str]:
        """Wait for some tenants, `gather` seconds more for others, and return them all."""
        await self._some.wait()
        await asyncio.sleep(gather)
        self._some.clear()
        tenants, self._tenants = self._tenants, set()
        return tenants
