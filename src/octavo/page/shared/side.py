"""What all sides of the pages have in common: problems as pages, and who may see what."""

from functools import wraps

from octavo.errors import Fault, Problem
from octavo.http.call import Call, Reply
from octavo.http.errors import headers_of, status_of
from octavo.http.routes import Handler, Route
from octavo.page.shared.render import SECURITY, bare_page, page, page_of, see_other
from octavo.page.shared.visitor import NotAllowed, SignInFirst


def shown(handler: Handler) -> Handler:
    """Return a handler whose problems become pages in the visitor's language."""

    @wraps(handler)
    async def show(call: Call) -> Reply:
        try:
            return await handler(call)
        except Fault:
            raise
        except Problem as problem:
            return page(call, "problem.html", status_of(problem), problem=problem)

    return show


def route(method: str, path: str, permission: str | None, handler: Handler, statements: int) -> Route:
    """Return a route of a page; `statements` counts what the page itself asks, who looks at it is one more."""
    summary = (handler.__doc__ or "").strip().splitlines()[0].rstrip(".")
    return Route(method, path, permission, shown(handler), summary, statements + 1)


def render(problem: Problem) -> Reply:
    """Print a problem met before the page itself: who is not signed in is sent to where one does."""
    if isinstance(problem, SignInFirst):
        return see_other(problem.location)
    if isinstance(problem, NotAllowed):
        return page_of(problem.visitor, problem.view, "not_allowed.html", 403, permission=problem.permission)
    status = status_of(problem)
    reply = bare_page("bare_problem.html", status)
    return Reply(reply.status, reply.body, reply.content_type, {**headers_of(problem), **SECURITY})


def no_such_page(_path: str) -> Reply:
    """Answer to an address at which there is no page."""
    return bare_page("bare_problem.html", 404)


