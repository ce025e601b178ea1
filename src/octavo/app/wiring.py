"""Putting the server together: the store, who may come in, and the two sides with their routes."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from octavo.app.settings import Settings
from octavo.auth import permissions, sessions
from octavo.auth.api_keys import Doorkeeper
from octavo.auth.authenticator import anonymous, authenticate
from octavo.auth.caller import EVERYTHING, Caller
from octavo.auth.guesses import Guesses
from octavo.auth.passwords import hash_password
from octavo.auth.rate_limit import RateLimit
from octavo.auth.registry import Registry
from octavo.catalogue import ALL_TYPES
from octavo.catalogue.patrons import USER
from octavo.catalogue.scheduler import TIMER_DESCRIPTOR
from octavo.edge import side
from octavo.errors import Unavailable
from octavo.http.asgi import App, build
from octavo.http.bell import Bell
from octavo.http.call import HTML, Call, Reply, ok
from octavo.http.dispatch import Request, Surface, utc_now
from octavo.http.errors import reply_to
from octavo.http.intake import Intake
from octavo.http.openapi import Manner, document
from octavo.http.routes import Route
from octavo.http.routes_page import page
from octavo.page.side import Setting, with_pages
from octavo.page.side import routes as page_routes
from octavo.rules.destinations import Destinations, read_networks
from octavo.store import access, credentials, records, tenants
from octavo.store.tx import Store, Tx
from octavo.web import (
    anonymising,
    blocks,
    calendars,
    check_out_locks,
    circulation,
    emails,
    fee_actions,
    fees,
    inventory,
    loan_actions,
    loan_storage,
    locale,
    lost_items,
    notices,
    patron,
    print_events,
    privacy,
    reference,
    requests,
    rules,
    scheduler,
    slips,
    staging,
    templates,
    timers,
    users,
)
from octavo.web import sessions as action_sessions
from octavo.web import settings as circulation_settings
from octavo.web.bl_users import BlUsersPages
from octavo.web.cookies import Cookies
from octavo.web.events import EventPages
from octavo.web.login import LoginPages
from octavo.web.manner import MANNER
from octavo.web.okapi import GatewayPages
from octavo.web.operating import OperatingPages
from octavo.web.patron_pin import PinPages
from octavo.web.permissions import PermissionPages, permission_names
from octavo.web.webhooks import WebhookPages
from octavo.worker.timers import calling, descriptors
from octavo_models.user import Personal, User


class _NoDatabase:
    """Stands where connections come from while routes are only listed."""

    def acquire(self) -> AbstractAsyncContextManager[Any]:
        raise Unavailable


@dataclass(frozen=True)
class Octavo:
    """A server put together: its two sides, and what knows who may come in. The pages are on the Okapi side's port."""

    okapi: App
    edge: App
    routes: tuple[Route, ...]
    pages: Mapping[str, tuple[Route, ...]]
    registry: Registry
    clock: Callable[[], datetime]
    bell: Bell

    async def token_of(self, tenant: str, username: str) -> str:
        """Return a token for a user without asking for their password: for commands and tests."""
        now = self.clock()
        async with self.registry.store.read(tenant, now) as tx:
            person = await credentials.find_person(tx, username, None)
        if person is None:
            raise LookupError(f"no user {username} in tenant {tenant}")
        return await sessions.lasting_token(self.registry, tenant, person.id, person.username, now)


def assemble(store: Store, settings: Settings, clock: Callable[[], datetime] = utc_now) -> Octavo:
    """Return the server over a store."""
    registry = Registry(store, Guesses(settings.guess_rate, settings.guess_burst))
    doorkeeper = Doorkeeper(registry, RateLimit(settings.key_rate, settings.key_burst))
    registering = RateLimit(settings.register_rate, settings.register_burst, "Too many registrations with this API key")
    intake = Intake(settings.body_seconds)
    bell = Bell()
    routes = okapi_routes(registry, settings, bell)
    pages = page_routes(registry, settings.public_url)
    okapi = build(_okapi_side(store, registry, clock), routes, intake)
    return Octavo(
        with_pages(Setting(registry, clock, intake, not settings.insecure_cookies), pages, okapi),
        build(Surface(store, side.identify(doorkeeper, registering), side.render, clock), edge_routes(), intake),
        routes,
        pages,
        registry,
        clock,
        bell,
    )


def _okapi_side(store: Store, registry: Registry, clock: Callable[[], datetime]) -> Surface:
    async def identify(request: Request, route: Route, now: datetime) -> Caller:
        if route.permission is None:
            return anonymous(request.headers)
        return await authenticate(registry, request.headers, route.permission, now)

    return Surface(store, identify, reply_to, clock)


def destinations(settings: Settings) -> Destinations:
    """Return to where webhooks may send. A setting that cannot be read is said plainly."""
    try:
        return Destinations(settings.webhook_http, read_networks(settings.webhook_networks))
    except ValueError as reason:
        raise SystemExit(f"OCTAVO_WEBHOOK_NETWORKS: {reason}") from None


def okapi_routes(
    registry: Registry | None = None, settings: Settings | None = None, bell: Bell | None = None
) -> tuple[Route, ...]:
    """Return every route of the Okapi side. Without a registry they can be listed, but not served."""
    known, chosen = registry or Registry(Store(_NoDatabase())), settings or Settings()
    cookies = Cookies(not chosen.insecure_cookies)
    routes = (
        *GatewayPages(known).routes(),
        *OperatingPages(known.store, chosen.metrics_key).routes(),
        *LoginPages(known, cookies).routes(),
        *BlUsersPages(known, cookies).routes(),
        *PermissionPages(known).routes(),
        *PinPages(known).routes(),
        *EventPages(bell or Bell()).routes(),
        *WebhookPages(destinations(chosen)).routes(),
        *action_sessions.ROUTES,
        *anonymising.ROUTES,
        *blocks.ROUTES,
        *calendars.ROUTES,
        *check_out_locks.ROUTES,
        *circulation.ROUTES,
        *circulation_settings.ROUTES,
        *emails.ROUTES,
        *fee_actions.ROUTES,
        *fees.ROUTES,
        *inventory.ROUTES,
        *loan_actions.ROUTES,
        *loan_storage.ROUTES,
        *locale.ROUTES,
        *lost_items.ROUTES,
        *notices.ROUTES,
        *patron.ROUTES,
        *print_events.ROUTES,
        *privacy.ROUTES,
        *reference.ROUTES,
        *requests.ROUTES,
        *rules.ROUTES,
        *scheduler.routes(calling()),
        *slips.ROUTES,
        *staging.ROUTES,
        *templates.ROUTES,
        *timers.ROUTES,
        *users.ROUTES,
    )
    return (*routes, *_description(routes, MANNER))


def edge_routes() -> tuple[Route, ...]:
    """Return every route of the edge side."""
    return (*side.ROUTES, *_description(side.ROUTES, side.MANNER))


def _description(routes: tuple[Route, ...], manner: Manner) -> tuple[Route, ...]:
    @cache
    def described() -> Reply:
        return ok(document(routes, version("octavo"), manner))

    async def show_document(_: Call) -> Reply:
        return described()

    async def show_page(_: Call) -> Reply:
        return Reply(200, page(routes, version("octavo")), HTML)

    return (
        Route("GET", "/openapi.json", None, show_document, "This API as an OpenAPI 3.1 document", 0),
        Route("GET", "/docs", None, show_page, "This API as a page to read", 0, media=HTML),
    )


async def create_tenant(connection: Any, tenant: str, username: str, password: str, now: datetime) -> Tx:
    """Create a tenant with an administrator who may do everything. Raises BadRequest, Conflict."""
    tenants.checked_name(tenant)
    hashed = await hash_password(password)
    async with connection.transaction():
        tx = await tenants.create(connection, tenant, now)
        await access.ensure_signing_key(connection, tenant, now)
        await declare(tx)
        admin = User(username=username, active=True, type="staff", personal=Personal(last_name="Administrator"))
        user_id = records.id_of(await records.insert(tx, USER, admin))
        await access.set_password(tx, user_id, hashed)
        await permissions.grant(tx, tenant, user_id, [EVERYTHING])
    return tx


async def declare(tx: Tx) -> None:
    """Give a tenant what every tenant has: the names of permissions, and the rows that types ship with."""
    await declare_permissions(tx)
    for kind in ALL_TYPES:
        await records.plant(tx, kind, [kind.record.from_wire(row) for row in kind.defaults])
    await records.plant(tx, TIMER_DESCRIPTOR, descriptors())


def standing_rows() -> dict[str, int]:
    """Return how many rows each table has in a new tenant, permissions apart."""
    return {kind.table: len(kind.defaults) for kind in ALL_TYPES} | {TIMER_DESCRIPTOR.table: len(descriptors())}


async def declare_permissions(tx: Tx) -> None:
    """Make the permissions that routes ask for exist in a tenant."""
    await permissions.declare(tx, permission_names(okapi_routes()))
