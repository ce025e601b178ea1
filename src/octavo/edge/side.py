"""The edge side as a whole: its routes, how it knows who asks, how it tells problems."""

from collections.abc import Mapping
from datetime import datetime

from octavo.auth.api_keys import Doorkeeper, Scope
from octavo.auth.caller import Caller
from octavo.auth.headers import api_key
from octavo.auth.rate_limit import RateLimit
from octavo.edge import account, registration
from octavo.edge.checks import Check, Entry
from octavo.edge.errors import reply_to, told
from octavo.edge.manner import MANNER
from octavo.errors import Problem
from octavo.http.call import TEXT, Call, Reply
from octavo.http.dispatch import NOBODY, Authenticate, Request
from octavo.http.errors import status_of
from octavo.http.routes import Route


async def get_health(_: Call) -> Reply:
    """Say that the server is there."""
    return Reply(200, b'"OK"', TEXT)


__all__ = ["MANNER", "ROUTES", "identify", "render"]

_ENTRIES: tuple[Entry, ...] = (
    *account.ENTRIES,
    *registration.ENTRIES,
    Entry(Route("GET", "/admin/health", None, get_health, "Tell whether the server is there", 0, media=TEXT)),
)
_CHECKS: Mapping[str, tuple[Check, ...]] = {entry.route.name: entry.checks for entry in _ENTRIES}

ROUTES: tuple[Route, ...] = tuple(entry.route for entry in _ENTRIES)


def identify(doorkeeper: Doorkeeper, registering: RateLimit) -> Authenticate:
    """Return how the edge side knows who asks: by the API key, after the checks that come before it.

    registering: how often one key may register people or ask who is registered.
    """

    async def authenticate(request: Request, route: Route, now: datetime) -> Caller:
        for check in _CHECKS.get(route.name, ()):
            check(request)
        if route.permission is None:
            return NOBODY
        caller = await doorkeeper.admit(api_key(request.headers, request.query), now, request.address)
        if route.permission == Scope.REGISTER and caller.may(Scope.REGISTER):
            registering.take((caller.tenant, caller.user_id), now)
        alternate = request.query.get("alternateTenantId")
        if alternate and alternate != caller.tenant:
            raise account.unknown_patron(request.parameters.get("patronId", ""))
        return caller

    return authenticate


def render(problem: Problem) -> Reply:
    """Print a problem for a patron tool; registration names some cases by a word."""
    if isinstance(problem, registration.NAMED):
        return told(status_of(problem), problem.code, problem.text)
    return reply_to(problem)
