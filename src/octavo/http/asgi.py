"""The ASGI application made from routes. The only file that knows the framework (Falcon)."""

import gzip
from collections.abc import Awaitable, Callable, Iterable, Mapping
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

App = Callable[[Any, Any, Any], Awaitable[None]]


#: Answers what never reached a route: the status, the path, and what the framework says of it.
Unrouted = Callable[[int, str, str], Reply]


def plain(status: int, path: str, title: str) -> Reply:
    """Answer as FOLIO's gateway does."""
    texts = {404: f"No suitable module found for path {path}", 405: "method not allowed"}
    return Reply(status, texts.get(status, title).encode(), TEXT)


def build(surface: Surface, routes: Iterable[Route], unrouted: Unrouted = plain) -> App:
    """Return the ASGI application that serves the routes."""
    app = falcon.asgi.App()
    app.req_options.strip_url_path_trailing_slash = True
    app.add_error_handler(falcon.HTTPError, _answering(unrouted))
    for path, same_path in groupby(sorted(routes, key=lambda route: route.path), key=lambda route: route.path):
        app.add_route(path, _resource(surface, list(same_path)))
    return _with_raw_path(app)


def _with_raw_path(app: App) -> App:
    """Let the router see the path as it was sent, so that an encoded slash stays within its segment."""

    async def raw(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope.get("raw_path"):
            scope = {**scope, "path": scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")}
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
            req.remote_addr,
        )
        _write(resp, await serve(surface, route, request), req.headers_lower)

    return respond


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
    if len(reply.body) > _WORTH_PACKING and "gzip" in headers.get("accept-encoding", ""):
        resp.data = gzip.compress(reply.body, compresslevel=1)
        resp.set_header("Content-Encoding", "gzip")
        resp.set_header("Vary", "Accept-Encoding")
    else:
        resp.data = reply.body


def _answering(unrouted: Unrouted) -> Callable[..., Awaitable[None]]:
    """Return the handler for an unknown path, a wrong method, a body that is too large."""

    async def handle(req: Any, resp: falcon.asgi.Response, problem: falcon.HTTPError, _parameters: Any) -> None:
        resp.status = problem.status_code
        resp.set_headers(problem.headers or {})
        _write(resp, unrouted(problem.status_code, unquote(req.path), problem.title or ""), {})

    return handle


def by_path(apps: Mapping[str, App], others: App) -> App:
    """Return the application that gives what is below a path (`/my`) to an application, and everything else to others."""

    async def choose(scope: Any, receive: Any, send: Any) -> None:
        first = scope.get("path", "").split("/", 2)[1:2]
        await apps.get(f"/{first[0]}" if first else "", others)(scope, receive, send)

    return choose
