"""The ASGI application made from routes. The only file that knows the framework (Falcon)."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, unquote

import falcon
import falcon.asgi

from octavo.http.call import TEXT, Reply
from octavo.http.dispatch import Request, Surface, serve
from octavo.http.parameters import QueryParameters
from octavo.http.routes import Route

LARGEST_BODY = 16 * 1024 * 1024
_WORTH_PACKING = 1400
_MOST_PARAMETERS = 100
_RECEIVE = "octavo.receive"

App = Callable[[Any, Any, Any], Awaitable[None]]


def build(surface: Surface, routes: Iterable[Route]) -> App:
    """Return the ASGI application that serves the routes."""
    app = falcon.asgi.App()
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(falcon.HTTPError, _plain_error)
    for path, same_path in groupby(sorted(routes, key=lambda route: route.path), key=lambda route: route.path):
        app.add_route(path, _resource(surface, list(same_path)))
    return _with_raw_path(app)


def _with_raw_path(app: App) -> App:
    """Let the router see the path as it was sent, so that an encoded slash stays within its segment.

    What tells that the client has gone goes along in the scope: a stream that nobody reads must end.
    """

    async def raw(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path = scope["raw_path"].partition(b"?")[0].decode("ascii", "replace") if scope.get("raw_path") else scope["path"]
            scope = {**scope, "path": path, _RECEIVE: receive}
        await app(scope, receive, send)

    return raw


def _resource(surface: Surface, routes: list[Route]) -> Any:
    responders = {f"on_{route.method.lower()}": staticmethod(_responder(surface, route)) for route in routes}
    return type("Resource", (), responders)()


def _responder(surface: Surface, route: Route) -> Callable[..., Awaitable[None]]:
    async def respond(req: falcon.asgi.Request, resp: falcon.asgi.Response, **parameters: str) -> None:
        body = await _read(req) if route.method in ("POST", "PUT", "PATCH", "DELETE") else b""
        request = Request(
            route.method,
            req.path,
            {name: unquote(value) for name, value in parameters.items()},
            _query(req.query_string),
            req.headers_lower,
            body,
        )
        reply = await serve(surface, route, request)
        _write(resp, reply, req.headers_lower)
        if reply.stream:
            resp.stream = _until_gone(reply.stream, req.scope[_RECEIVE])

    return respond


async def _until_gone(stream: AsyncGenerator[bytes, None], receive: Callable[[], Awaitable[Any]]) -> AsyncGenerator[bytes, None]:
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


async def _gone(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _query(text: str) -> QueryParameters:
    try:
        return QueryParameters(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        raise falcon.HTTPBadRequest(title=f"more than {_MOST_PARAMETERS} query parameters") from None


async def _read(req: falcon.asgi.Request) -> bytes:
    body = bytearray()
    async for chunk in req.stream:
        body += chunk
        if len(body) > LARGEST_BODY:
            raise falcon.HTTPContentTooLarge(title="the body is larger than 16 MiB")
    return bytes(body)


def _write(resp: falcon.asgi.Response, reply: Reply, headers: Mapping[str, str]) -> None:
    resp.status = reply.status
    for name, value in reply.headers.items():
        if name != "Set-Cookie":
            resp.set_header(name, value)
    for cookie in reply.headers.get("Set-Cookie", "").split("\n"):
        if cookie:
            resp.append_header("Set-Cookie", cookie)
    if reply.content_type:
        resp.content_type = reply.content_type
    if reply.stream:
        return
    if len(reply.body) > _WORTH_PACKING and "gzip" in headers.get("accept-encoding", ""):
        resp.data = gzip.compress(reply.body, compresslevel=1)
        resp.set_header("Content-Encoding", "gzip")
        resp.set_header("Vary", "Accept-Encoding")
    else:
        resp.data = reply.body


async def _plain_error(req: Any, resp: falcon.asgi.Response, problem: falcon.HTTPError, _parameters: Any) -> None:
    """Answer what never reached a route: unknown path, wrong method, a body that is too large."""
    resp.status = problem.status_code
    resp.content_type = TEXT
    if problem.headers:
        resp.set_headers(problem.headers)
    texts = {404: f"No suitable module found for path {unquote(req.path)}", 405: "method not allowed"}
    resp.data = texts.get(problem.status_code, problem.title or "").encode()
