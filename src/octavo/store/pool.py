"""Connections to PostgreSQL: a small pool that leaves no session state behind.

asyncpg's own pool resets each connection on release, which costs more than most of our queries. Ours
does not, so nothing may be left behind: no SET, no temporary table, no advisory lock held by a session.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import TracebackType
from typing import Any, Protocol

import asyncpg

from octavo.errors import BadRequest, Unavailable

log = logging.getLogger("octavo.database")

#: What tells that the server went away or is at its limits, as opposed to refusing one statement.
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
_CONNECT_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
_LOOKS = 8


class Unreachable(Unavailable):
    """Nobody lets us in: to clients the database is away, to an operator it says why."""

    def __str__(self) -> str:
        """Return the reason, without the password that may have been wrong."""
        return f"cannot connect to the database: {str(self.__cause__) or type(self.__cause__).__name__}"

    @property
    def refused(self) -> bool:
        """Tell whether nobody listens where the database should be."""
        return isinstance(self.__cause__, ConnectionRefusedError | FileNotFoundError)


class TryAgain(Exception):  # noqa: N818 - it is what to do
    """The transaction met another one and was rolled back; done again, it may well succeed."""


@contextmanager
def understood() -> Iterator[None]:
    """Turn the driver's errors that say something about the server, not the statement, into our own."""
    try:
        yield
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as reason:
        raise TryAgain from reason
    except asyncpg.CharacterNotInRepertoireError:
        raise BadRequest("a text may not contain the character U+0000") from None
    except asyncpg.QueryCanceledError as reason:
        raise Unavailable("the request took too long and was given up", retry_after=5) from reason
    except LOST as reason:
        log.info("the database is not available: %s", type(reason).__name__)
        raise Unavailable from reason


class Connections(Protocol):
    """Where a connection comes from: the pool in service, one rolled-back transaction in tests."""

    def acquire(self) -> AbstractAsyncContextManager[Any]:
        """Lend one connection."""


class Pool:
    """Lends up to `size` connections; opens them when first needed, replaces those that broke."""

    def __init__(self, url: str, size: int = 8, patience: float = 10.0, longest: float = 45.0) -> None:
        """Remember where to connect.

        patience: how long, in seconds, one waits for a free connection. longest: for how long one may keep it;
        then it is closed, so that nobody waits for ever for a server that has stopped answering.
        """
        self._url = url
        self._idle: list[Any] = []
        self._lent: dict[Any, float] = {}
        self._free = asyncio.Semaphore(size)
        self._patience = patience
        self._waiting = 0
        self._longest = longest
        self._watch: asyncio.TimerHandle | None = None

    def acquire(self) -> "_Loan":
        """Lend a connection; one that broke in use is closed and not lent again."""
        return _Loan(self)

    async def lend(self) -> Any:
        """Return a connection that is to be taken back. Raises Unavailable."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            connection = self._unbroken() or await self._new()
        except BaseException:
            self._free.release()
            raise
        self._lent[connection] = time.monotonic()
        if self._watch is None:
            self._look_after()
        return connection

    def take_back(self, connection: Any) -> None:
        """Keep a connection for the next one, unless it is closed or stuck in the middle of something."""
        self._lent.pop(connection, None)
        if connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append(connection)
        self._free.release()

    async def _new(self) -> Any:
        with understood():
            return await connect(self._url)

    def _look_after(self) -> None:
        """Close what is kept for too long; look again soon, as long as anything is lent. A timer for each would cost more."""
        now = time.monotonic()
        for connection, since in self._lent.items():
            if now - since >= self._longest:
                connection.terminate()
        soon = self._longest / _LOOKS
        self._watch = asyncio.get_running_loop().call_later(soon, self._look_after) if self._lent else None

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable("all database connections are busy, try again") from None
        finally:
            self._waiting -= 1

    def _unbroken(self) -> Any:
        """Return an idle connection, None when there is none; the server may have closed some meanwhile."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    @property
    def counts(self) -> dict[str, int]:
        """Return how many connections are lent and idle, and how many wait for one."""
        return {"lent": len(self._lent), "idle": len(self._idle), "waited for": self._waiting}

    async def close(self) -> None:
        """Close every connection; whoever still has one loses it."""
        for connection in self._lent:
            connection.terminate()
        if self._watch:
            self._watch.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(one.close(timeout=_CLOSE_SECONDS) for one in idle), return_exceptions=True)


class _Loan:
    """A connection for as long as a block lasts. A class, as every request passes here and generators cost twice as much."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Any:
        self._connection = await self._pool.lend()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Who is cancelled may have left a BEGIN or a COMMIT on its way, of which the driver still knows nothing: on such a
        # connection the next transaction would be a savepoint of the last one, and never commit.
        if isinstance(error, LOST) or (error is not None and not isinstance(error, Exception)):
            self._connection.terminate()
        self._pool.take_back(self._connection)
        if error is not None:
            with understood():
                raise error


async def connect(url: str) -> Any:
    """Open one connection that hands documents through as bytes. Raises Unreachable."""
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await _opened(url)
    except (*LOST, asyncpg.PostgresError) as reason:
        log.info("the database is not available: %s", type(reason).__name__)
        raise Unreachable from reason


async def _opened(url: str) -> Any:
    connection = await asyncpg.connect(
        url,
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
    try:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", format="binary", encoder=_jsonb_out, decoder=_jsonb_in
        )
    except BaseException:
        connection.terminate()
        raise
    return connection


def _jsonb_out(document: bytes) -> bytes:
    return b"\x01" + document


def _jsonb_in(wire: bytes) -> bytes:
    return wire[1:]
