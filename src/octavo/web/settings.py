"""Settings: of circulation under both of their paths, and of any application (mod-circulation, mod-settings)."""

from dataclasses import replace

from octavo.catalogue.settings import CIRCULATION_SETTING, SETTINGS_ENTRY
from octavo.errors import BadRequest, Invalid, refuse
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply
from octavo.http.parameters import is_uuid
from octavo.http.routes import Handler, Route
from octavo.web.records import record_routes
from octavo.web.reference import routes_of
from octavo_models.settings import CirculationSetting

_BUSINESS = "/circulation/settings"


def twin(route: Route) -> Route:
    """Return the route by which mod-circulation serves what its storage stores; it refuses in its own words."""
    return replace(
        route,
        handler=_plain_spoken(route.handler),
        path=route.path.replace(CIRCULATION_SETTING.path, _BUSINESS),
        permission=(route.permission or "").replace(CIRCULATION_SETTING.permission, "circulation.settings"),
        summary=f"{route.summary} (circulation)",
        errors=(*route.errors, 422),
    )


def _plain_spoken(handler: Handler) -> Handler:
    async def serve(call: Call) -> Reply:
        if "id" in call.parameters and not is_uuid(call.parameters["id"]):
            raise refuse("Circulation setting ID is not a valid UUID")
        if call.method in ("POST", "PUT"):
            _check_form(call.body)
        return await handler(call)

    return serve


def _check_form(body: bytes) -> None:
    try:
        read_body(CirculationSetting, body)
    except (BadRequest, Invalid):
        raise refuse("Circulation setting JSON is invalid") from None


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
