"""Everything that can go wrong when the server is asked.

    OctavoError
    ├── Unreachable             no answer came
    ├── Unreadable              an answer came that is not what the API promises
    └── Refused                 the server said no; `status` and `text` say how
        ├── BadRequest          400  the request cannot be read
        ├── Unauthenticated     401  wrong, missing or expired credentials
        ├── Forbidden           403  the caller lacks a permission
        ├── NotFound            404  there is no such record
        ├── Conflict            409  the record has changed since it was read
        ├── Invalid             422  readable, but breaks rules; `violations` lists them
        ├── TooMany             429  come back after `retry_after` seconds
        ├── NotOffered          501  a documented operation that nobody has
        └── Unavailable         503  come back after `retry_after` seconds
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import httpx


class OctavoError(Exception):
    """Whatever goes wrong between this client and the server."""


class Unreachable(OctavoError):  # noqa: N818 - the tree reads better without suffixes
    """The server did not answer: no connection, or none that lasted."""


class Unreadable(OctavoError):  # noqa: N818 - as above
    """The server answered something that is not what its API promises."""


class Refused(OctavoError):  # noqa: N818 - as above
    """The server refused; `text` is what it said, the first violation's message at 422."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text or f"HTTP {status}")
        self.status = status
        self.text = text


class BadRequest(Refused):
    """The request cannot be read: wrong type, bad parameter, bad CQL."""


class Unauthenticated(Refused):
    """The credentials are wrong, missing or expired."""


class Forbidden(Refused):
    """The caller lacks a permission."""


class NotFound(Refused):
    """There is no such record, or the caller may not know that there is."""


class Conflict(Refused):
    """The record has changed since it was read."""


@dataclass(frozen=True)
class Violation:
    """One broken rule; the parameters name what broke it."""

    message: str
    code: str | None = None
    type: str | None = None
    parameters: Mapping[str, str | None] = field(default_factory=dict)


class Invalid(Refused):
    """The request breaks one or more rules; every one is listed."""

    def __init__(self, status: int, text: str, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(status, text)
        self.violations = violations


class _Later(Refused):
    """The server wants to be asked later; `retry_after` is in seconds, if it said when."""

    def __init__(self, status: int, text: str, retry_after: float | None = None) -> None:
        super().__init__(status, text)
        self.retry_after = retry_after


class TooMany(_Later):
    """The caller asks too often."""


class NotOffered(Refused):
    """A documented operation that the server does not have."""


class Unavailable(_Later):
    """The server, or its database, is away."""


_KINDS: dict[int, type[Refused]] = {
    400: BadRequest,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    501: NotOffered,
}


def refusal(response: httpx.Response, now: datetime) -> Refused:
    """Return what a response without success means, as an exception to raise."""
    status = response.status_code
    violations = _violations(response)
    text = violations[0].message if violations else _text(response)
    if status == httpx.codes.UNPROCESSABLE_ENTITY:
        return Invalid(status, text, violations)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return TooMany(status, text, retry_after(response, now))
    if status == httpx.codes.SERVICE_UNAVAILABLE:
        return Unavailable(status, text, retry_after(response, now))
    return _KINDS.get(status, Refused)(status, text)


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Return the seconds to wait that a response asks for, in either form of the header, or None."""
    given = response.headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _document(response: httpx.Response) -> dict[str, Any]:
    try:
        document = json.loads(response.content)
    except ValueError:
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _text(response: httpx.Response) -> str:
    """Return the text of an error: of the body, or of the patron tools' `errorMessage`."""
    return str(_document(response).get("errorMessage") or response.text).strip()


def _violations(response: httpx.Response) -> tuple[Violation, ...]:
    errors = _document(response).get("errors")
    if not isinstance(errors, list):
        return ()
    return tuple(_violation(error) for error in errors if isinstance(error, dict))


def _violation(error: dict[str, Any]) -> Violation:
    parameters = {str(pair.get("key")): pair.get("value") for pair in error.get("parameters") or ()}
    return Violation(str(error.get("message", "")), error.get("code"), error.get("type"), parameters)
