"""How a problem looks on the wire of FOLIO's modules: text, or JSON with a list of errors at 422."""

from typing import Any

import orjson

from octavo import errors
from octavo.errors import Invalid, Problem, Violation
from octavo.http.call import JSON, TEXT, Reply

_STATUS: dict[type[Problem], int] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.TooSlow: 408,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.NotOffered: 501,
    errors.Unavailable: 503,
    errors.Fault: 500,
}

#: Every kind of problem that has a status of its own.
PROBLEMS = tuple(_STATUS)


def status_of(problem: Problem) -> int:
    """Return the HTTP status of a problem."""
    return status_of_kind(type(problem))


def status_of_kind(kind: type[Problem]) -> int:
    """Return the HTTP status of a kind of problem."""
    return next(_STATUS[known] for known in kind.__mro__ if known in _STATUS)


def headers_of(problem: Problem) -> dict[str, str]:
    """Return the headers that tell the client what to do about a problem."""
    if isinstance(problem, errors.Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="octavo"'}
    if isinstance(problem, errors.TooSlow | errors.TooLarge):
        return {"Connection": "close"}
    if isinstance(problem, errors.TooMany | errors.Unavailable):
        return {"Retry-After": str(problem.retry_after)}
    return {}


def reply_to(problem: Problem) -> Reply:
    """Print a problem as FOLIO's modules do."""
    if isinstance(problem, Invalid):
        return Reply(422, violations_document(problem), JSON)
    return Reply(status_of(problem), problem.text.encode(), TEXT if problem.text else "", headers_of(problem))


def violations_document(problem: Invalid) -> bytes:
    """Print the list of broken rules."""
    return orjson.dumps({"errors": [_error(violation) for violation in problem.violations]})


def _error(violation: Violation) -> dict[str, Any]:
    error: dict[str, Any] = {"message": violation.message}
    if violation.type is not None:
        error["type"] = violation.type
    if violation.code is not None:
        error["code"] = violation.code
    error["parameters"] = [{"key": key, "value": value} for key, value in violation.parameters]
    if violation.block is not None:
        missing = list(violation.block.missing_permissions)
        error["overridableBlock"] = {"name": violation.block.name, "missingPermissions": missing}
    return {**error, **violation.extra}
