"""The ASGI application made from routes. The only file that knows the framework (Falcon)."""

import gzip
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, unquote

import falcon
import falcon.asgi

from octavo.errors import BadRequest, Problem
from octavo.http.call import TEXT, Reply
from octavo.http.dispatch import Request, Surface, serve
from octavo.http.intake import Intake
from octavo.http.parameters import QueryParameters
from octavo.http.routes import Route

_WORTH_PACKING = 1400
_MOST_PARAMETERS = 100

App = Callable[[Any, Any, Any], Awaitable[None]]


def build(surface: Surface, routes: Iterable[Route], intake: Intake | None = None) -> App:
    """Return the ASGI application that serves the routes."""
    intake = intake or Intake()
    app = falcon.asgi.App()
    app.req_options.strip_url_path_trailing_slash = True
    # Where there is no body, it has no type.
    app.resp_options.default_media_type = None  # type: ignore[assignment]
    app.add_error_handler(falcon.HTTPError, _plain_error)
    for path, same_path in groupby(sorted(routes, key=lambda route: route.path), key=lambda route: route.path):
        app.add_route(path, _resource(surface, list(same_path), intake))
    return _with_raw_path(app)


def _with_raw_path(app: App) -> App:
    """Let the router see the path as it was sent, so that an encoded slash stays within its segment."""

    async def raw(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope.get("raw_path"):
            scope = {**scope, "path": scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")}
        await app(scope, receive, send)

    return raw


def _resource(surface: Surface, routes: list[Route], intake: Intake) -> Any:
    responders = {f"on_{route.method.lower()}": staticmethod(_responder(surface, route, intake)) for route in routes}
    return type("Resource", (), responders)()


def _responder(surface: Surface, route: Route, intake: Intake) -> Callable[..., Awaitable[None]]:
    async def respond(req: falcon.asgi.Request, resp: falcon.asgi.Response, **parameters: str) -> None:
        try:
            request = Request(
                route.method,
                req.path,
                {name: unquote(value) for name, value in parameters.items()},
                _query(req.query_string),
                req.headers_lower,
                await intake.read(req.stream) if route.sends_body else b"",
                _address(req.scope),
            )
        except Problem as problem:
            reply = surface.render(problem)
        else:
            reply = await serve(surface, route, request)
        _write(resp, reply, req.headers_lower)

    return respond


def _address(scope: Mapping[str, Any]) -> str:
    """Return the address that a request came from."""
    client = scope.get("client")
    return client[0] if client else ""


def _query(text: str) -> QueryParameters:
    try:
        return QueryParameters(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        raise BadRequest(f"more than {_MOST_PARAMETERS} query parameters") from None


def _write(resp: falcon.asgi.Response, reply: Reply, headers: Mapping[str, str]) -> None:
    resp.status = reply.status
    resp.set_header("Cache-Control", "private, no-cache")  # a cache in between does not know our tokens
    resp.set_header("X-Content-Type-Options", "nosniff")
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


async def _plain_error(req: Any, resp: falcon.asgi.Response, problem: falcon.HTTPError, _parameters: Any) -> None:
    """Answer what never reached a route: unknown path, wrong method, a body that is too large."""
    resp.status = problem.status_code
    resp.content_type = TEXT
    if problem.headers:
        resp.set_headers(problem.headers)
    texts = {404: f"No suitable module found for path {unquote(req.path)}", 405: "method not allowed"}
    resp.data = texts.get(problem.status_code, problem.title or "").encode()
