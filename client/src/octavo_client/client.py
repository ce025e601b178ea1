"""The two clients: the same operations, one blocking, one for asyncio."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx

from octavo_client.collection import Collection
from octavo_client.operations import S
from octavo_client.patron import Patron
from octavo_client.senders import Awaiting, Blocking
from octavo_client.session import Login, Retries, Session, Token
from octavo_client.storage import Loans, PatronActionSessions, PatronBlocks
from octavo_models.record import Endpoint, Record

R = TypeVar("R", bound=Record)

_RETRIES = Retries()
_TIMEOUT = 30.0


def _now() -> datetime:
    return datetime.now(UTC)


class Operations(Generic[S]):
    """What both clients offer."""

    def __init__(self, sender: S) -> None:
        self._sender = sender

    @cached_property
    def loans(self) -> Loans[S]:
        """Loans: storage, history, anonymisation."""
        return Loans(self._sender)

    @cached_property
    def sessions(self) -> PatronActionSessions[S]:
        """Patron action sessions."""
        return PatronActionSessions(self._sender)

    @cached_property
    def blocks(self) -> PatronBlocks[S]:
        """Patron blocks: conditions, limits, manual and automatic blocks."""
        return PatronBlocks(self._sender)

    def patron(self, user_id: str) -> Patron[S]:
        """Return the account of a user."""
        return Patron(self._sender, user_id)

    def collection(self, endpoint: Endpoint[R]) -> Collection[S, R]:
        """Return the records of any endpoint of `octavo_models`, such as USERS."""
        return Collection(self._sender, endpoint)


class Client(Operations[Blocking]):
    """The blocking client.

    url: where the server answers, such as `http://localhost:9130`. tenant: its id. credentials: a Login or a
    Token. timeout: seconds for each answer. transport: an httpx transport instead of the network.
    clock: returns the time now, in UTC.
    """

    def __init__(
        self,
        url: str,
        tenant: str,
        credentials: Login | Token | None = None,
        *,
        retries: Retries = _RETRIES,
        timeout: float = _TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        session = Session(url, tenant, credentials, retries, clock)
        super().__init__(Blocking(session, httpx.Client(timeout=timeout, transport=transport)))

    def close(self) -> None:
        """Log out and close the connections."""
        self._sender.close()

    def __enter__(self) -> Self:
        """Return the client; it is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        self.close()


class AsyncClient(Operations[Awaiting]):
    """The client for asyncio; its parameters are those of Client."""

    def __init__(
        self,
        url: str,
        tenant: str,
        credentials: Login | Token | None = None,
        *,
        retries: Retries = _RETRIES,
        timeout: float = _TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        session = Session(url, tenant, credentials, retries, clock)
        super().__init__(Awaiting(session, httpx.AsyncClient(timeout=timeout, transport=transport)))

    async def close(self) -> None:
        """Log out and close the connections."""
        await self._sender.close()

    async def __aenter__(self) -> Self:
        """Return the client; it is closed at the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        await self.close()
