"""One piece of work against one tenant's records: who asks, when, and over which connection."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import TracebackType
from typing import Any

from octavo.errors import BadRequest
from octavo.store.pool import Connections

_TENANT = re.compile(r"[a-z][a-z0-9_]{0,30}")


@lru_cache(maxsize=1000)
def schema_of(tenant: str) -> str:
    """Return the schema that holds a tenant's records; a name with anything odd in it never gets near SQL."""
    if not _TENANT.fullmatch(tenant):
        raise BadRequest(f"No such Tenant {tenant[:40]}")
    return f"t_{tenant}"


@dataclass(slots=True, eq=False)
class Tx:
    """What every statement needs: a connection, the tenant's schema, the time and the acting user's id. Nobody changes one.

    `now` is the time of the whole piece of work, so that all its records carry the same one.
    """

    connection: Any
    schema: str
    now: datetime
    actor: str | None = None

    @property
    def tenant(self) -> str:
        """Return the tenant's name."""
        return self.schema.removeprefix("t_")

    def table(self, name: str) -> str:
        """Return a table's name with its schema, quoted."""
        return f'"{self.schema}"."{name}"'


class Store:
    """All tenants' records."""

    def __init__(self, connections: Connections, changed: Callable[[str], None] = lambda _tenant: None) -> None:
        """Keep where connections come from, and who is told of a tenant whose records may have changed.

        changed: called once a transaction has committed; whoever writes without one says so (`http.call`). It must be
        quick and must not fail: the work is done.
        """
        self.connections = connections
        self.changed = changed

    def read(self, tenant: str, now: datetime, actor: str | None = None) -> "Reading":
        """Work without a transaction: each statement stands alone (a statement that writes is atomic too)."""
        return Reading(self.connections.acquire(), schema_of(tenant), now, actor)

    @asynccontextmanager
    async def transaction(self, tenant: str, now: datetime, actor: str | None = None) -> AsyncIterator[Tx]:
        """Work that happens entirely or not at all: leaving commits, raising rolls back."""
        schema = schema_of(tenant)
        async with self.connections.acquire() as connection, connection.transaction():
            yield Tx(connection, schema, now, actor)
        self.changed(tenant)


class Reading:
    """A connection for as long as a block lasts. A class, as every request passes here and generators cost twice as much."""

    __slots__ = ("_actor", "_lent", "_now", "_schema")

    def __init__(self, lent: AbstractAsyncContextManager[Any], schema: str, now: datetime, actor: str | None) -> None:
        self._lent, self._schema, self._now, self._actor = lent, schema, now, actor

    async def __aenter__(self) -> Tx:
        """Lend the connection."""
        return Tx(await self._lent.__aenter__(), self._schema, self._now, self._actor)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        await self._lent.__aexit__(kind, error, trace)
