"""The clients: of the Okapi side and of the edge side, each blocking and for asyncio, with the same operations."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx

from octavo_client.blocks import PatronBlocks
from octavo_client.circulation import Circulation
from octavo_client.collection import Collection
from octavo_client.edge import EdgePatron, Registrar, WebRegistration
from octavo_client.events import Events
from octavo_client.fees import Fees
from octavo_client.inventory import Inventory
from octavo_client.operations import S
from octavo_client.patron import Patron
from octavo_client.registration import Registration
from octavo_client.requests import Requests
from octavo_client.senders import Awaiting, Blocking
from octavo_client.session import ApiKey, Login, Retries, Session, Token
from octavo_client.settings import Calendars, LibrarySettings, Timers
from octavo_client.storage import Loans, PatronActionSessions
from octavo_client.users import Users
from octavo_models.record import Endpoint, Record

R = TypeVar("R", bound=Record)

_RETRIES = Retries()
_TIMEOUT = 30.0


def _now() -> datetime:
    return datetime.now(UTC)


class Operations(Generic[S]):
    """What both clients offer on the Okapi side."""

    def __init__(self, sender: S) -> None:
        self._sender = sender

    @property
    def loans(self) -> Loans[S]:
        """Loans as they are stored: with history, anonymisation."""
        return Loans(self._sender)

    @property
    def sessions(self) -> PatronActionSessions[S]:
        """Patron action sessions."""
        return PatronActionSessions(self._sender)

    @property
    def blocks(self) -> PatronBlocks[S]:
        """Patron blocks: conditions, limits, manual and automatic blocks."""
        return PatronBlocks(self._sender)

    @property
    def users(self) -> Users[S]:
        """Users with groups, proxies, service points, passwords."""
        return Users(self._sender)

    @property
    def inventory(self) -> Inventory[S]:
        """Instances, holdings, items; places; types."""
        return Inventory(self._sender)

    @property
    def circulation(self) -> Circulation[S]:
        """Check-out, check-in, renewal; what happens to loans; rules and policies."""
        return Circulation(self._sender)

    @property
    def requests(self) -> Requests[S]:
        """Requests and their queues."""
        return Requests(self._sender)

    @property
    def fees(self) -> Fees[S]:
        """Charges, and what is done to them."""
        return Fees(self._sender)

    @property
    def registration(self) -> Registration[S]:
        """Registration over the web."""
        return Registration(self._sender)

    @property
    def calendars(self) -> Calendars[S]:
        """When service points are open."""
        return Calendars(self._sender)

    @property
    def settings(self) -> LibrarySettings[S]:
        """Settings, slips, the locale."""
        return LibrarySettings(self._sender)

    @property
    def timers(self) -> Timers[S]:
        """What a scheduler calls once in a while."""
        return Timers(self._sender)

    @property
    def events(self) -> Events[S]:
        """What has changed in the library (Octavo alone)."""
        return Events(self._sender)

    def patron(self, user_id: str) -> Patron[S]:
        """Return the account of a user."""
        return Patron(self._sender, user_id)

    def collection(self, endpoint: Endpoint[R]) -> Collection[S, R]:
        """Return the records of any endpoint of `octavo_models`, such as PERMISSIONS."""
        return Collection(self._sender, endpoint)


class EdgeOperations(Generic[S]):
    """What both clients offer on the edge side."""

    def __init__(self, sender: S) -> None:
        self._sender = sender

    @property
    def registration(self) -> WebRegistration[S]:
        """Registration over the web."""
        return WebRegistration(self._sender)

    def patron(self, external_id: str) -> EdgePatron[S]:
        """Return the account of the patron with an external id."""
        return EdgePatron(self._sender, external_id)

    def registrar(self, actor_id: str) -> Registrar[S]:
        """Return registration by e-mail address, on behalf of a user or patron with any existing id."""
        return Registrar(self._sender, actor_id)


class _Closing:
    _sender: Blocking

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


class _ClosingLater:
    _sender: Awaiting

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


class Client(Operations[Blocking], _Closing):
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


class AsyncClient(Operations[Awaiting], _ClosingLater):
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


class EdgeClient(EdgeOperations[Blocking], _Closing):
    """The blocking client of the edge side; the key says which tenant. The other parameters are those of Client."""

    def __init__(
        self,
        url: str,
        key: ApiKey,
        *,
        retries: Retries = _RETRIES,
        timeout: float = _TIMEOUT,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        session = Session(url, None, key, retries, clock)
        super().__init__(Blocking(session, httpx.Client(timeout=timeout, transport=transport)))


class AsyncEdgeClient(EdgeOperations[Awaiting], _ClosingLater):
    """The client of the edge side for asyncio; its parameters are those of EdgeClient."""

    def __init__(
        self,
        url: str,
        key: ApiKey,
        *,
        retries: Retries = _RETRIES,
        timeout: float = _TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        session = Session(url, None, key, retries, clock)
        super().__init__(Awaiting(session, httpx.AsyncClient(timeout=timeout, transport=transport)))
