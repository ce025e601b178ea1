"""How a problem looks to patron tools: `{"code": …, "errorMessage": …}` (FOLIO edge-patron)."""

from typing import Any

from octavo.errors import Invalid, Problem
from octavo.http.call import Reply, ok
from octavo.http.errors import headers_of, status_of

NO_MESSAGE = "No error message found"


def reply_to(problem: Problem) -> Reply:
    """Print a problem: of several broken rules the first, without its parameters."""
    status = status_of(problem)
    if isinstance(problem, Invalid):
        text = problem.violations[0].message if problem.violations else NO_MESSAGE
    else:
        text = problem.text
    return told(status, status, text, headers_of(problem))


def told(status: int, code: int | str, text: str, headers: dict[str, str] | None = None) -> Reply:
    """Return an answer that says what went wrong; without a text it says only that."""
    message: dict[str, Any] = {"code": code} | ({"errorMessage": text} if text else {})
    reply = ok(message, status)
    return Reply(reply.status, reply.body, reply.content_type, headers or {})
