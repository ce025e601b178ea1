"""Who looks at a page: somebody signed in, or a stranger; in which language; and what the last page left to be said."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from octavo.auth import visits
from octavo.auth.caller import Caller
from octavo.auth.headers import cookie
from octavo.auth.registry import Registry
from octavo.errors import BadRequest, Forbidden, NotFound, Unauthenticated
from octavo.http.call import Call
from octavo.http.dispatch import Request
from octavo.http.routes import Route
from octavo.page.shared import languages
from octavo.page.shared.languages import Reader
from octavo.store import visits as store
from octavo.store.tx import Tx
from octavo.store.visits import House, Visit
from octavo_models.locale import Locale

Json = dict[str, Any]

@dataclass(frozen=True)
class View:
    """What is looked at: the page's path, the parameters of its address, and when."""

    path: str
    query: Mapping[str, str]
    now: datetime


#: What a patron who is signed in may do: everything on the patron's page, for themselves.
PATRON: Final = "page.my"


@dataclass(frozen=True)
class Place:
    """A service point at which somebody works: id and name."""

    id: str
    name: str


@dataclass(slots=True)
class Visitor(Caller):
    """A caller with a browser.

    secret: what the cookie holds, "" before there is one. address: where they come from. told: what the page before
    left to be said. secure: cookies go over HTTPS alone. place: where staff work, once they have said so.
    """

    side: str = "my"
    secret: str = ""
    address: str = ""
    library: str = ""
    reader: Reader = field(default_factory=lambda: Reader("en"))
    user: Json = field(default_factory=dict)
    told: Json | None = None
    secure: bool = True
    place: Place | None = None

    @property
    def signed_in(self) -> bool:
        """Tell whether we know who this is."""
        return bool(self.user_id)

    @property
    def name(self) -> str:
        """Return how to address them."""
        personal = self.user.get("personal", {})
        return str(personal.get("preferredFirstName") or personal.get("firstName") or personal.get("lastName") or self.username)

    @property
    def formal_name(self) -> str:
        """Return how records name them: `Last, First`."""
        personal = self.user.get("personal", {})
        return ", ".join(part for key in ("lastName", "firstName") if (part := personal.get(key))) or self.username

    @property
    def home(self) -> str:
        """Return the address of their first page."""
        return f"/{self.side}/{self.tenant}"


class NotAllowed(Forbidden):
    """A page for which its visitor lacks the permission."""

    def __init__(self, visitor: Visitor, permission: str, view: View) -> None:
        super().__init__(f"requires permission: {permission}")
        self.visitor, self.permission, self.view = visitor, permission, view


class SignInFirst(Unauthenticated):
    """A page that only somebody signed in may see; `location` is where to sign in."""

    def __init__(self, location: str) -> None:
        super().__init__("sign in first")
        self.location = location


def visitor_of(call: Call) -> Visitor:
    """Return who looks at the page of a call."""
    assert isinstance(call.caller, Visitor), "pages are served to visitors"  # noqa: S101
    return call.caller


Rights = Callable[[str, str, datetime], Awaitable[frozenset[str]]]


@dataclass(frozen=True)
class Door:
    """How a side knows its visitors. rights: what they may do there. secure: whether cookies go over HTTPS alone."""

    registry: Registry
    side: str
    rights: Rights
    secure: bool = True

    async def identify(self, request: Request, route: Route, now: datetime) -> Caller:
        """Return who looks at a page, by the secret in the side's cookie. Raises NotFound, SignInFirst, NotAllowed."""
        tenant = request.parameters["tenant"]
        try:
            await self.registry.keys(tenant, now)
        except BadRequest:
            raise NotFound("there is no such library") from None
        secret = cookie(request.headers, cookie_name(self.side)) or ""
        async with self.registry.store.read(tenant, now) as tx:
            house, visit = await _resumed(tx, secret, self.side)
        if visit is None and route.permission is not None:
            raise SignInFirst(f"/{self.side}/{tenant}/sign-in")
        permissions = await self.rights(tenant, str(visit.user["id"]), now) if visit else frozenset[str]()
        visitor = _visitor(request, self, secret, house, visit, permissions)
        if route.permission is not None and not visitor.may(route.permission):
            raise NotAllowed(visitor, route.permission, View(request.path, request.query, now))
        return visitor


async def _resumed(tx: Tx, secret: str, side: str) -> tuple[House, Visit | None]:
    if not secret:
        return await store.load_house(tx), None
    return await store.resume(tx, visits.digest_of(secret), side)


def _visitor(
    request: Request, door: Door, secret: str, house: House, visit: Visit | None, permissions: frozenset[str]
) -> Visitor:
    user = visit.user if visit else {}
    tenant = request.parameters["tenant"]
    return Visitor(
        tenant, str(user.get("id", "")), str(user.get("username") or user.get("barcode") or ""), permissions,
        side=door.side, secret=secret, address=request.address, library=house.name or tenant,
        reader=_reader(request, house.locale), user=user, told=visit.told if visit else None, secure=door.secure,
        place=_place(request, door.side, secret) if visit else None,
    )  # fmt: skip


def cookie_name(side: str) -> str:
    """Return the name of the cookie that holds a visit's secret."""
    return f"octavo_{side}"


def place_cookie_name(side: str) -> str:
    """Return the name of the cookie that holds where somebody works."""
    return f"octavo_{side}_place"


def sealed_place(visitor: Visitor, place: Place) -> str:
    """Return a place as the visitor's browser keeps it."""
    return visits.seal(visitor.secret, f"{place.id} {place.name}")


def _place(request: Request, side: str, secret: str) -> Place | None:
    kept = visits.unseal(secret, cookie(request.headers, place_cookie_name(side)) or "")
    if kept is None:
        return None
    place_id, _, name = kept.partition(" ")
    return Place(place_id, name)


def _reader(request: Request, house: Locale) -> Reader:
    kept = cookie(request.headers, languages.COOKIE)
    language = languages.chosen(request.query, kept, request.headers.get("accept-language", ""), house.locale)
    try:
        zone = ZoneInfo(house.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return Reader(language, house.locale, zone, house.currency)


async def patrons_rights(_tenant: str, _user_id: str, _now: datetime) -> frozenset[str]:
    """Return what any signed-in patron may do; no permission of theirs elsewhere counts on this page."""
    return frozenset({PATRON})

