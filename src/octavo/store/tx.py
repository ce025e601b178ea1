"""One piece of work against one tenant's records: who asks, when, and over which connection."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from octavo.errors import BadRequest
from octavo.store.pool import Connections

P = ParamSpec("P")
T = TypeVar("T")

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


def made_once(make: Callable[Concatenate[Tx, P], T]) -> Callable[Concatenate[Tx, P], T]:
    """Let a statement's text be put together once for each schema and its further arguments, not for each request.

    `make` gets a Tx that knows its schema and nothing else, so that nothing of one request can get into the text.
    """

    def made(schema: str, *args: P.args, **kwargs: P.kwargs) -> T:
        return make(Tx(None, schema, _NO_TIME), *args, **kwargs)

    kept: Any = lru_cache(maxsize=4096)(made)

    def recalled(tx: Tx, /, *args: P.args, **kwargs: P.kwargs) -> T:
        found: T = kept(tx.schema, *args, **kwargs)
        return found

    return recalled


_NO_TIME = datetime.min.replace(tzinfo=UTC)


class Store:
    """All tenants' records."""

    def __init__(self, connections: Connections, changed: Callable[[str], None] = lambda _tenant: None) -> None:
        """Keep where connections come from, and who is told of a tenant whose records may have changed.

        changed: called once something has been written. It must be quick and must not fail: the work is done.
        """
        self.connections = connections
        self.changed = changed

    def read(self, tenant: str, now: datetime, actor: str | None = None) -> "Reading":
        """Work without a transaction that changes nothing."""
        return Reading(self.connections.acquire(), schema_of(tenant), now, actor)

    def write(self, tenant: str, now: datetime, actor: str | None = None) -> "Writing":
        """Work without a transaction: each statement stands alone, and is atomic."""
        return Writing(self, tenant, now, actor)

    def transaction(self, tenant: str, now: datetime, actor: str | None = None) -> "Working":
        """Work that happens entirely or not at all: leaving commits, raising rolls back."""
        return Working(self, tenant, now, actor)


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


class Writing(Reading):
    """A connection for as long as a block lasts, at whose end something may have changed."""

    __slots__ = ("_store", "_tenant")

    def __init__(self, store: Store, tenant: str, now: datetime, actor: str | None) -> None:
        super().__init__(store.connections.acquire(), schema_of(tenant), now, actor)
        self._store, self._tenant = store, tenant

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the connection back, and say that something may have changed."""
        await self._lent.__aexit__(kind, error, trace)
        if error is None:
            self._store.changed(self._tenant)


class Working:
    """A connection and a transaction on it for as long as a block lasts; a class like `Reading`, and for the same reason."""

    __slots__ = ("_actor", "_begun", "_lent", "_now", "_store", "_tenant")

    def __init__(self, store: Store, tenant: str, now: datetime, actor: str | None) -> None:
        self._store, self._tenant, self._now, self._actor = store, tenant, now, actor

    async def __aenter__(self) -> Tx:
        """Lend a connection and begin."""
        schema = schema_of(self._tenant)
        self._lent = self._store.connections.acquire()
        connection = await self._lent.__aenter__()
        try:
            self._begun = connection.transaction()
            await self._begun.__aenter__()
        except BaseException as error:
            await self._lent.__aexit__(type(error), error, error.__traceback__)
            raise
        return Tx(connection, schema, self._now, self._actor)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit or roll back, give the connection back, and say that something may have changed."""
        try:
            await self._begun.__aexit__(kind, error, trace)
        except BaseException as failed:
            await self._lent.__aexit__(type(failed), failed, failed.__traceback__)
            raise
        await self._lent.__aexit__(kind, error, trace)
        if error is None:
            self._store.changed(self._tenant)
