"""The pages as a whole: their routes, how they know who looks, how they tell problems."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from octavo.auth.caller import Caller
from octavo.auth.rate_limit import RateLimit
from octavo.auth.registry import Registry
from octavo.http.asgi import App, build, by_path
from octavo.http.dispatch import NOBODY, Request, Surface
from octavo.http.intake import Intake
from octavo.http.routes import Route
from octavo.page.desk import charges as desk_charges
from octavo.page.desk import check_in, check_out, patrons, renewing, shelves
from octavo.page.desk.rights import StaffRights
from octavo.page.desk.signing_in import SigningIn as DeskSigningIn
from octavo.page.my import catalogue, charges, holds, loans, privacy
from octavo.page.my.registering import Registering
from octavo.page.my.signing_in import SigningIn
from octavo.page.shared import static
from octavo.page.shared.side import no_such_page, render
from octavo.page.shared.visitor import Door, patrons_rights

#: How often one address may register: so many times at once, and then once in so many seconds.
_REGISTRATIONS, _REGISTRATION_SECONDS = 10, 300.0


def routes(registry: Registry, url: str) -> dict[str, tuple[Route, ...]]:
    """Return the routes of each side, by the first part of their paths. url: where the pages are, from outside."""
    signing_in = SigningIn(registry)
    registering = Registering(RateLimit(1 / _REGISTRATION_SECONDS, _REGISTRATIONS, "Too many registrations"), url)
    return {
        "/my": (
            *signing_in.routes(),
            *registering.routes(),
            *loans.ROUTES,
            *holds.ROUTES,
            *charges.ROUTES,
            *privacy.ROUTES,
            *catalogue.ROUTES,
        ),
        "/desk": (
            *DeskSigningIn(registry).routes(),
            *check_out.ROUTES,
            *check_in.ROUTES,
            *renewing.ROUTES,
            *patrons.ROUTES,
            *desk_charges.ROUTES,
            *shelves.ROUTES,
        ),
        "/static": static.ROUTES,
    }


@dataclass(frozen=True)
class Setting:
    """What the pages are served with, as the other sides are. secure: cookies go over HTTPS alone."""

    registry: Registry
    clock: Callable[[], datetime]
    intake: Intake
    secure: bool


def with_pages(setting: Setting, sides: Mapping[str, tuple[Route, ...]], others: App) -> App:
    """Return the application that serves the pages' routes, and gives all other paths to `others`."""
    registry, clock, intake = setting.registry, setting.clock, setting.intake
    store = registry.store
    doors = {
        "/my": Door(registry, "my", patrons_rights, setting.secure).identify,
        "/desk": Door(registry, "desk", StaffRights(registry), setting.secure).identify,
        "/static": _nobody,
    }
    apps = {
        side: build(Surface(store, identify, render, clock, no_such_page), sides[side], intake)
        for side, identify in doors.items()
    }
    return by_path(apps, others)


async def _nobody(_request: Request, _route: Route, _now: datetime) -> Caller:
    return NOBODY


