"""The two sides of the server in this process, counting what each request costs."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from octavo.app.wiring import Octavo
from octavo.edge import side
from octavo.http.routes import Route

TENANT = "diku"
OTHER_TENANT = "other"

#: What a server in service does once in a while: looking up a token, a key, a caller's rights.
_LOOK_UPS = ("octavo.signing_key", "WITH RECURSIVE held", '"api_key"', "current_setting('jit')", "typeinfo_tree")
#: Erasing a patron tells of nothing: an event would name who is erased.
_SILENT = re.compile(r"/octavo/patrons/[^/]+/erase")
#: What other workers, and this one, would hear of once the transaction had committed.
_ANNOUNCEMENT = "pg_notify"


@dataclass
class Sides:
    """Makes clients of both sides.

    It remembers the requests that took more statements than their route declares, and changes that no event tells of.
    """

    octavo: Octavo
    statements: list[str]
    audit: Any
    overspent: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def okapi(self, **headers: str) -> httpx.AsyncClient:
        return self._client(self.octavo.okapi, self.octavo.routes, headers)

    def pages(self, **headers: str) -> httpx.AsyncClient:
        """A browser without JavaScript: it keeps cookies, and asks over HTTPS so that it may."""
        routes = tuple(route for side in self.octavo.pages.values() for route in side)
        return self._client(self.octavo.okapi, routes, headers, "https://octavo")

    def edge(self, **headers: str) -> httpx.AsyncClient:
        return self._client(self.octavo.edge, side.ROUTES, headers)

    def _client(
        self, app: Any, routes: tuple[Route, ...], headers: dict[str, str], base_url: str = "http://octavo"
    ) -> httpx.AsyncClient:
        async def counting(scope: Any, receive: Any, send: Any) -> None:
            if scope["method"] == "GET":
                await counted(scope, receive, send)
                return
            since = await self.audit.begin()
            await counted(scope, receive, send)
            if _SILENT.fullmatch(scope["path"]):
                return
            self.untold += [f"{scope['method']} {scope['path']}: {what}" for what in await self.audit.untold(since)]

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.sleep(0)  # the driver notes what a test itself has sent only now
            before = len(self.statements)
            await app(scope, receive, send)
            if any(_ANNOUNCEMENT in sql for sql in self.statements[before:]):
                self.octavo.registry.heard(TENANT)
            spent = [sql for sql in self.statements[before:] if not any(known in sql for known in _LOOK_UPS)]
            route = _route_of(routes, scope["method"], scope["path"])
            keyed = any(name == b"idempotency-key" for name, _ in scope["headers"])
            if route and not keyed and len(spent) > route.statements:
                self.overspent.append(f"{route.name}: {len(spent)} statements, declared {route.statements}: {spent}")

        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=counting), base_url=base_url, headers=headers
        )


def _route_of(routes: tuple[Route, ...], method: str, path: str) -> Route | None:
    """Return the route of a request; where several match, the one with the fewest parameters, as the router has it."""
    matching = [
        route for route in routes
        if route.method == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", route.path), path.rstrip("/"))
    ]  # fmt: skip
    return min(matching, key=lambda route: route.path.count("{"), default=None)
