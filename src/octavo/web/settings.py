"""Settings: of circulation under both of their paths, and of any application (mod-circulation, mod-settings)."""

from dataclasses import replace

from octavo.catalogue.settings import CIRCULATION_SETTING, SETTINGS_ENTRY
from octavo.http.call import NO_CONTENT, Call, Reply
from octavo.http.routes import Handler, Route
from octavo.web.records import record_routes
from octavo.web.reference import routes_of

_BUSINESS = "/circulation/settings"


def twin(route: Route) -> Route:
    """Return the route by which mod-circulation serves what its storage stores."""
    return replace(
        route,
        path=route.path.replace(CIRCULATION_SETTING.path, _BUSINESS),
        permission=(route.permission or "").replace(CIRCULATION_SETTING.permission, "circulation.settings"),
        summary=f"{route.summary} (circulation)",
    )


def silent(handler: Handler) -> Handler:
    """Return a handler that answers 204 with nothing, as mod-settings does to a POST."""

    async def serve(call: Call) -> Reply:
        await handler(call)
        return NO_CONTENT

    return serve


def _entry_route(route: Route) -> Route:
    if route.method != "POST":
        return route
    return replace(route, handler=silent(route.handler), success=204, answer=None)


ROUTES: tuple[Route, ...] = (
    *routes_of(CIRCULATION_SETTING),
    *(twin(route) for route in routes_of(CIRCULATION_SETTING)),
    *(_entry_route(route) for route in record_routes(SETTINGS_ENTRY)),
)
