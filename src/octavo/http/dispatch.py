"""The way of a request: credential → Caller → permission → handler → reply. Problems become replies here."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import getrandbits

from octavo.auth.caller import Caller
from octavo.errors import Fault, Forbidden, Problem, Unavailable
from octavo.http import idempotency
from octavo.http.call import TEXT, Call, Reply
from octavo.http.parameters import QueryParameters
from octavo.http.routes import Route
from octavo.store.pool import TryAgain
from octavo.store.tx import Store
from octavo.telemetry import RETRIES, request_seconds, span

log = logging.getLogger("octavo.request")

NOBODY = Caller("", "", "")
_ATTEMPTS = 4
_HARMLESS = re.compile(r"[\w/;.,:-]{1,200}", re.ASCII).fullmatch


@dataclass(slots=True, eq=False)
class Request:
    """A request as the server received it, not yet believed; `address` is whom it came from. Nobody changes one."""

    method: str
    path: str
    parameters: Mapping[str, str]
    query: QueryParameters
    headers: Mapping[str, str]
    body: bytes
    address: str = ""


Authenticate = Callable[[Request, Route, datetime], Awaitable[Caller]]
Render = Callable[[Problem], Reply]


def utc_now() -> datetime:
    """Return the time, cut to milliseconds as records keep it."""
    return datetime.fromtimestamp(int(time.time() * 1000) / 1000, UTC)


def no_module(path: str) -> Reply:
    """Answer to an unknown path as FOLIO's gateway does."""
    return Reply(404, f"No suitable module found for path {path}".encode(), TEXT)


@dataclass(frozen=True)
class Surface:
    """One side of the server: how it knows who asks, how it prints problems, and what it says of a path that is none."""

    store: Store
    authenticate: Authenticate
    render: Render
    clock: Callable[[], datetime] = utc_now
    no_such_path: Callable[[str], Reply] = no_module


async def serve(surface: Surface, route: Route, request: Request) -> tuple[Reply, str]:
    """Answer one request, whatever happens; return the answer and the request's id, which it is to carry."""
    request_id = _request_id(request.headers)
    started = time.perf_counter()
    with span(route.name, request.headers):
        try:
            reply = await _answer(surface, route, request)
        except Problem as problem:
            reply = surface.render(problem)
        except Exception:
            log.exception("%s failed, request %s", route.name, request_id)
            reply = surface.render(Fault())
    seconds = time.perf_counter() - started
    request_seconds(route.name, reply.status).observe(seconds)
    if log.isEnabledFor(logging.INFO):
        told = {"route": route.name, "status": reply.status, "milliseconds": round(seconds * 1000, 1), "request": request_id}
        log.info("%s %d %.1f ms, request %s", *told.values(), extra=told)
    return reply, request_id


async def _answer(surface: Surface, route: Route, request: Request) -> Reply:
    now = surface.clock()
    caller = await surface.authenticate(request, route, now)
    if route.permission and not caller.may(route.permission):
        raise Forbidden(f"Access for user '{caller.username}' ({caller.user_id}) requires permission: {route.permission}")
    for attempt in range(_ATTEMPTS):
        call = Call(
            request.method, request.path, request.parameters, request.query, request.headers, request.body,
            caller, surface.store, surface.clock, now, address=request.address,
        )
        try:
            if idempotency.HEADER in request.headers:
                return await idempotency.once(call, route.handler, surface.render)
            return await route.handler(call)
        except TryAgain:
            RETRIES.inc()
            log.warning("%s met another transaction, attempt %d", route.name, attempt + 1)
            now = surface.clock()
    raise Unavailable("too many changes of the same record at once, try again")


def _request_id(headers: Mapping[str, str]) -> str:
    """Return the gateway's request id where it is harmless to print, else one of our own."""
    given = headers.get("x-okapi-request-id", "")
    return given if given and _HARMLESS(given) else f"{getrandbits(64):016x}"  # nosec B311 - no secret is made of it
