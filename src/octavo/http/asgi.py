"""The ASGI application made from routes: from the bytes of a request to its route, from a Reply to bytes.

No framework stands in between: for every request one would cost as much as all the rest of Octavo
(docs/decisions/0006).
"""

import asyncio
import gzip
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from octavo.errors import BadRequest, Problem
from octavo.http.call import TEXT, Reply
from octavo.http.dispatch import Request, Surface, serve
from octavo.http.intake import Intake
from octavo.http.parameters import QueryParameters
from octavo.http.routes import Route

_WORTH_PACKING = 1400
_MOST_PARAMETERS = 100
_WITHOUT_LENGTH = frozenset({204, 304})
_NO_QUERY = QueryParameters()
_ALWAYS = (
    (b"cache-control", b"private, no-cache"),  # a cache in between does not know our tokens
    (b"x-content-type-options", b"nosniff"),
)

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Pairs = tuple[tuple[bytes, bytes], ...]
App = Callable[[Any, Receive, Send], Awaitable[None]]


class _Gone(Exception):  # noqa: N818 - as above
    """The client left before it had sent its whole request."""


@dataclass
class _Crossing:
    """A point in the tree of paths: where its next segment may lead, and what can be asked for here."""

    literals: dict[str, "_Crossing"] = field(default_factory=dict)
    parameter: "_Crossing | None" = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)

    def add(self, route: Route) -> None:
        """Add a route below this point. `{name}` matches any one segment, but gives way to a literal one."""
        at, names = self, []
        for segment in route.path.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                at.parameter = at = at.parameter or _Crossing()
            else:
                at = at.literals.setdefault(segment, _Crossing())
        at.routes[route.method] = (route, tuple(names))

    def find(self, segments: list[str], values: list[str]) -> "_Crossing | None":
        """Return where a path leads, None where nowhere; what stands for parameters is added to `values`."""
        point = self
        for at, segment in enumerate(segments):
            literal = point.literals.get(segment)
            if literal and point.parameter:
                return point.search(segments, values, at)
            if not literal and (not point.parameter or not segment):
                return None
            if not literal:
                values.append(segment)
            point = literal or point.parameter or point
        return point if point.routes else None

    def search(self, segments: list[str], values: list[str], at: int) -> "_Crossing | None":
        """Do the same where there is more than one way: a literal one, or where that leads nowhere, by a parameter."""
        if at == len(segments):
            return self if self.routes else None
        segment = segments[at]
        literal = self.literals.get(segment)
        if literal and (found := literal.search(segments, values, at + 1)):
            return found
        if self.parameter and segment:
            values.append(segment)
            if found := self.parameter.search(segments, values, at + 1):
                return found
            values.pop()
        return None


def build(surface: Surface, routes: Iterable[Route], intake: Intake | None = None) -> App:
    """Return the ASGI application that serves the routes. intake: reads bodies, within its bounds."""
    root, intake = _Crossing(), intake or Intake()
    for route in routes:
        root.add(route)

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = _headers(scope["headers"])
        try:
            reply, more = await _answer(surface, root, intake, scope, receive, headers)
        except _Gone:
            return
        await _send(receive, send, reply, more, headers)

    return app


def by_path(apps: Mapping[str, App], others: App) -> App:
    """Return the application that gives what is below a path (`/my`) to an application, and everything else to others."""

    def choose(scope: Any, receive: Receive, send: Send) -> Awaitable[None]:
        first = scope.get("path", "").split("/", 2)[1:2]
        return apps.get(f"/{first[0]}" if first else "", others)(scope, receive, send)

    return choose


async def _answer(
    surface: Surface, root: _Crossing, intake: Intake, scope: Any, receive: Receive, headers: Mapping[str, str]
) -> tuple[Reply, Pairs]:
    """Find the route of a request and serve it, or say why not; return the answer and further headers. Raises _Gone."""
    method, path = scope["method"], _path(scope)
    values: list[str] = []
    crossing = root.find(path.removesuffix("/").split("/")[1:], values)
    if crossing is None:
        return surface.no_such_path(unquote(path)), ()
    found = crossing.routes.get(method)
    if found is None:
        return _not_allowed(method, crossing), ()
    route, names = found
    parameters = {name: unquote(value) for name, value in zip(names, values, strict=True)}
    try:
        query = _query(scope["query_string"]) if scope["query_string"] else _NO_QUERY
        body = await intake.read(_chunks(receive)) if route.sends_body else b""
    except Problem as problem:
        return surface.render(problem), ()
    request = Request(method, path, parameters, query, headers, body, _address(scope))
    reply, request_id = await serve(surface, route, request)
    return reply, ((b"x-okapi-request-id", request_id.encode("latin-1")),)


def _address(scope: Any) -> str:
    """Return the address that a request came from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _path(scope: Any) -> str:
    """Return the path as it was sent, so that an encoded slash stays within its segment."""
    raw = scope.get("raw_path")
    return raw.partition(b"?")[0].decode("ascii", "replace") if raw else str(scope["path"])


def _not_allowed(method: str, crossing: _Crossing) -> Reply:
    allowed = {"Allow": ", ".join(sorted({*crossing.routes, "OPTIONS"}))}
    if method == "OPTIONS":
        return Reply(200, content_type="", headers=allowed)
    return Reply(405, b"method not allowed", TEXT, allowed)


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name in lower case; those sent several times are put together."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        if key in headers:
            text = f"{headers[key]}{'; ' if key == 'cookie' else ','}{text}"
        headers[key] = text
    return headers


def _query(text: bytes) -> QueryParameters:
    parts = text.decode("latin-1").split("&")
    if len(parts) > _MOST_PARAMETERS:
        raise BadRequest(f"more than {_MOST_PARAMETERS} query parameters")
    pairs = [part.partition("=") for part in parts if part]
    return QueryParameters([(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs])


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body as it arrives. Raises _Gone."""
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _Gone
        yield event.get("body", b"")
        more = event.get("more_body", False)


async def _send(receive: Receive, send: Send, reply: Reply, more: Pairs, asked: Mapping[str, str]) -> None:
    headers = [*more, *(_ALWAYS if "Cache-Control" not in reply.headers else _ALWAYS[1:])]
    headers += [
        (name.lower().encode("latin-1"), line.encode("latin-1"))
        for name, value in reply.headers.items()
        for line in (value.split("\n") if name == "Set-Cookie" else (value,))
    ]
    body = reply.body
    if reply.content_type:
        headers.append((b"content-type", reply.content_type.encode("latin-1")))
    if len(body) > _WORTH_PACKING and "gzip" in asked.get("accept-encoding", ""):
        body = gzip.compress(body, compresslevel=1)
        headers += ((b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding"))
    if not reply.stream and reply.status not in _WITHOUT_LENGTH:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.stream:
        async for piece in _until_gone(reply.stream, receive):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": body})


async def _until_gone(stream: AsyncGenerator[bytes, None], receive: Receive) -> AsyncGenerator[bytes, None]:
    """Pass a stream on until the client has gone; one piece is asked for when the last one has been sent."""
    gone = asyncio.create_task(_gone(receive))
    async with aclosing(stream):
        try:
            while True:
                piece = asyncio.ensure_future(anext(stream, None))
                await asyncio.wait({piece, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not piece.done() or (sent := piece.result()) is None:
                    return
                yield sent
        finally:
            await _end(piece, gone)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
