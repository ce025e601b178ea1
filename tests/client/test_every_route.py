"""The client against the route tables: no operation of the server lacks one of the client, and none goes nowhere."""

import re
from collections.abc import Iterable
from functools import cache
from types import NoneType
from typing import Any

import pytest

from client.asking import asked_by
from octavo.app.wiring import okapi_routes
from octavo.edge import side
from octavo.http.routes import Route
from octavo_client.calls import Call
from octavo_client.client import EdgeOperations, Operations

SIDES: dict[str, tuple[Any, tuple[Route, ...]]] = {
    "okapi": (Operations, okapi_routes()),
    "edge": (EdgeOperations, side.ROUTES),
}

# the beginnings of names of routes that the client leaves out, and why
LEFT_OUT = {
    "GET /_/": "what the gateway says of itself",
    "GET /admin/": "for who runs the server",
    "GET /metrics": "as above",
    "GET /docs": "for people",
    "GET /openapi.json": "asked by the session alone, to learn whether the server is Octavo",
    "POST /authn/login": "the session logs in",
    "POST /authn/refresh": "the session keeps itself alive",
    "POST /authn/logout": "closing the client logs out; logging out everywhere would end the client's own session",
    "POST /bl-users/login": "the session logs in",
    "GET /perms/": "permissions of staff: none of the areas; `collection(PERMISSIONS)` reaches their records",
    "POST /perms/": "as above",
    "PUT /perms/": "as above",
    "DELETE /perms/": "as above",
    "GET /circulation-settings-storage/": "the same records as /circulation/settings, which refuses in clearer words",
    "POST /circulation-settings-storage/": "as above",
    "PUT /circulation-settings-storage/": "as above",
    "DELETE /circulation-settings-storage/": "as above",
    "PUT /patron/account/{id}/item/{itemId}/hold/{holdId}": "nobody has ever offered it (501)",
    "PUT /patron/account/{patronId}/item/{itemId}/hold/{holdId}": "as above",
}
# bodies of which the route table says nothing, or which are more than it says
OWN_BODIES = {
    "POST /authn/credentials", "POST /authn/update", "POST /inventory/items", "PUT /inventory/items/{id}",
}  # fmt: skip


@cache
def asked(name: str) -> list[tuple[str, Call[Any], Route | None]]:
    client, routes = SIDES[name]
    return [(operation, call, serving(call, routes)) for operation, call in asked_by(client)]


def serving(call: Call[Any], routes: Iterable[Route]) -> Route | None:
    """Return the route that serves a call: of several that fit the one with the fewest parameters."""
    fitting = [
        route for route in routes
        if route.method == call.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), call.path)
    ]  # fmt: skip
    return min(fitting, key=lambda route: route.path.count("{"), default=None)


def left_out(route: Route) -> bool:
    return any(route.name.startswith(beginning) for beginning in LEFT_OUT)


@pytest.mark.parametrize("name", SIDES)
def test_no_operation_of_the_server_lacks_one_of_the_client(name: str) -> None:
    covered = {route.name for _, _, route in asked(name) if route}
    assert sorted({route.name for route in SIDES[name][1] if not left_out(route)} - covered) == []


@pytest.mark.parametrize("name", SIDES)
def test_no_operation_of_the_client_goes_nowhere(name: str) -> None:
    assert [f"{operation}: {call.method} {call.path}" for operation, call, route in asked(name) if route is None] == []


def test_nothing_is_left_out_that_is_there() -> None:
    covered = {route.name for name in SIDES for _, _, route in asked(name) if route}
    served = {route.name for _, routes in SIDES.values() for route in routes}
    for beginning, reason in LEFT_OUT.items():
        assert reason
        assert any(name.startswith(beginning) for name in served), f"there is no {beginning}"
        assert not any(name.startswith(beginning) for name in covered), f"{beginning} is offered"


@pytest.mark.parametrize("name", SIDES)
def test_what_is_sent_is_what_the_route_takes(name: str) -> None:
    for operation, call, route in asked(name):
        assert route
        assert set(call.query) <= set(route.query), operation
        if route.name not in OWN_BODIES:
            expected = NoneType if route.body is None else route.body
            assert isinstance(call.body, expected), f"{operation} sends {type(call.body)}, not {expected}"


def test_only_a_post_that_changes_nothing_may_be_repeated_like_a_get() -> None:
    asking = {route.name for name in SIDES for _, call, route in asked(name) if route and call.asks_only}
    verbs = ("pay", "waive", "transfer", "refund")
    instance = "/patron/account/{}/instance/{{instanceId}}/allowed-service-points-multi-item"
    assert asking == {
        *(f"POST /accounts/{{id}}/check-{verb}" for verb in verbs),
        *(f"POST /accounts-bulk/check-{verb}" for verb in verbs),
        "POST /print-events-storage/print-events-status",
        "POST /circulation/check-out-by-barcode-dry-run",
        "POST /template-request",
        *(f"POST {instance.format(patron)}" for patron in ("{id}", "{patronId}")),
    }
