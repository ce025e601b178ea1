"""How often a tenant's timers run (FOLIO mod-scheduler). `octavo run-timers` goes by it."""

from collections.abc import Collection
from dataclasses import replace

from octavo.catalogue.scheduler import TIMER_DESCRIPTOR
from octavo.errors import refuse
from octavo.http.bodies import read_body
from octavo.http.call import Call, Reply, ok
from octavo.http.routes import Handler, Route
from octavo.store import records
from octavo.web.records import record_routes
from octavo_models.scheduler import TimerDescriptor


def routes(known: Collection[str]) -> tuple[Route, ...]:
    """Return the routes of timers, of which there are those that call one of the known paths."""
    return tuple(_route(route, known) for route in record_routes(TIMER_DESCRIPTOR))


def _route(route: Route, known: Collection[str]) -> Route:
    if route.method == "POST":
        return replace(route, handler=_checked(route.handler, known))
    if route.method == "PUT":
        handler = _checked(_answering(route.handler), known)
        return replace(route, handler=handler, success=200, answer=TimerDescriptor, statements=route.statements + 1)
    return route


def _checked(handler: Handler, known: Collection[str]) -> Handler:
    """Return a handler that takes no timer that would never run."""

    async def serve(call: Call) -> Reply:
        entry = read_body(TimerDescriptor, call.body).routing_entry
        if entry.path_pattern not in known:
            raise refuse("No timer calls this path", pathPattern=entry.path_pattern)
        if (entry.model_extra or {}).get("schedule") is not None:
            raise refuse("A timer is given by unit and delay, not by a schedule", pathPattern=entry.path_pattern)
        return await handler(call)

    return serve


def _answering(handler: Handler) -> Handler:
    """Return a handler that answers with the record as it then is."""

    async def serve(call: Call) -> Reply:
        await handler(call)
        async with call.read() as tx:
            return ok(await records.read(tx, TIMER_DESCRIPTOR, call.parameters["id"]))

    return serve
