"""Connections to PostgreSQL: a small pool that leaves no session state behind.

asyncpg's own pool resets each connection on release, which costs more than most of our queries. Ours
does not, so nothing may be left behind: no SET, no temporary table, no advisory lock held by a session.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Protocol

import asyncpg

from octavo.errors import Unavailable

#: What tells that the server went away, as opposed to refusing one statement.
LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)


class TryAgain(Exception):  # noqa: N818 - it is what to do
    """The transaction met another one and was rolled back; done again, it may well succeed."""


@contextmanager
def understood() -> Iterator[None]:
    """Turn the driver's errors that say something about the server, not the statement, into our own."""
    try:
        yield
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as reason:
        raise TryAgain from reason
    except asyncpg.QueryCanceledError as reason:
        raise Unavailable("the request took too long and was given up", retry_after=5) from reason
    except LOST as reason:
        raise Unavailable from reason


class Connections(Protocol):
    """Where a connection comes from: the pool in service, one rolled-back transaction in tests."""

    def acquire(self) -> AbstractAsyncContextManager[Any]:
        """Lend one connection."""


class Pool:
    """Lends up to `size` connections; opens them when first needed, replaces those that broke."""

    def __init__(self, url: str, size: int = 8, patience: float = 10.0) -> None:
        """Remember where to connect; `patience` is how long, in seconds, one waits for a free connection."""
        self._url = url
        self._idle: list[Any] = []
        self._free = asyncio.Semaphore(size)
        self._patience = patience

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        """Lend a connection; one that broke in use is closed and not lent again."""
        try:
            await asyncio.wait_for(self._free.acquire(), self._patience)
        except TimeoutError:
            raise Unavailable("all database connections are busy, try again") from None
        try:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                with understood():
                    yield connection
            finally:
                self._take_back(connection)
        finally:
            self._free.release()

    async def _connect(self) -> Any:
        try:
            with understood():
                return await connect(self._url)
        except Unavailable:
            self._forget()
            raise

    def _take_back(self, connection: Any) -> None:
        """Keep a connection for the next one, unless it is closed or stuck in the middle of something."""
        if connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append(connection)

    def _forget(self) -> None:
        while self._idle:
            self._idle.pop().terminate()

    async def close(self) -> None:
        """Close every idle connection."""
        while self._idle:
            await self._idle.pop().close(timeout=5)


async def connect(url: str) -> Any:
    """Open one connection that hands documents through as bytes and answers in bounded time."""
    connection = await asyncpg.connect(
        url,
        timeout=5,
        command_timeout=60,
        statement_cache_size=2000,
        max_cached_statement_lifetime=0,
        server_settings={
            "application_name": "octavo",
            "jit": "off",
            "search_path": "",
            "statement_timeout": "30000",
            "idle_in_transaction_session_timeout": "60000",
            "timezone": "UTC",
        },
    )
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_jsonb_out, decoder=_jsonb_in
    )
    return connection


def _jsonb_out(document: bytes) -> bytes:
    return b"\x01" + document


def _jsonb_in(wire: bytes) -> bytes:
    return wire[1:]
