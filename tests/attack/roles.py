"""Every route as everybody who should not have it: patron by tenant by role by route, with ids that exist."""

from collections.abc import Mapping

import httpx

from attack.outcome import Outcome, attack
from attack.victim import NEIGHBOUR, Victim
from octavo.app.wiring import okapi_routes
from octavo.auth.api_keys import Scope
from octavo.edge import side
from octavo.http.routes import Route
from safety.town import EDGE_PLACES, PLACES, filled

_OKAPI = tuple(route for route in okapi_routes() if route.permission)
_EDGE = tuple(route for route in side.ROUTES if route.permission)


@attack("patron by tenant by role by route", "401, 403, or as if it were not there; never what is another's")
def attack_roles(outcome: Outcome, victim: Victim) -> None:
    """Ask for everything with the ids of the library's own records."""
    refused = {401, 403}
    with (
        victim.client() as nobody, victim.client(victim.patron_token) as patron,
        victim.client(victim.neighbour_token) as stranger, victim.client(victim.neighbour_token, NEIGHBOUR) as neighbour,
        victim.tool() as keyless, victim.tool(victim.reading_key) as reader, victim.tool(victim.neighbour_key) as foreign,
    ):  # fmt: skip
        for route in _OKAPI:
            for who, client in (("nobody", nobody), ("a patron", patron), ("a neighbour's token here", stranger)):
                _expect(outcome, client, route, PLACES, victim, refused, who)
            if "{" in route.path and route.method == "GET":
                _expect_nothing(outcome, neighbour, route, PLACES, victim)
        for route in _EDGE:
            _expect(outcome, keyless, route, EDGE_PLACES, victim, {400, 401, 422}, "nobody")
            if route.permission != Scope.READ:
                _expect(outcome, reader, route, EDGE_PLACES, victim, {400, 403, 422}, "a key for reading")
            if "{" in route.path and route.method == "GET":
                _expect_nothing(outcome, foreign, route, EDGE_PLACES, victim)
    outcome.tried = f"{len(_OKAPI) + len(_EDGE)} routes, 7 roles"


def _expect(
    outcome: Outcome, client: httpx.Client, route: Route, places: Mapping[str, Mapping[str, str]], victim: Victim,
    allowed: set[int], who: str,
) -> None:  # fmt: skip
    outcome.times += 1
    answer = client.request(route.method, filled(route, places, victim.names), json={} if route.body else None)
    outcome.check(answer.status_code in allowed, f"{route.name} as {who}: {answer.status_code}")


def _expect_nothing(
    outcome: Outcome, client: httpx.Client, route: Route, places: Mapping[str, Mapping[str, str]], victim: Victim
) -> None:
    """Ask as somebody of another tenant whose own library has the same people in other places."""
    outcome.times += 1
    answer = client.get(filled(route, places, victim.names))
    foreign = {victim.names[name] for name in ("loan", "request", "accounts")}
    told = {value for value in foreign if value in answer.text and value not in str(answer.request.url)}
    outcome.check(not told, f"{route.name} tells a neighbour of {told}")
