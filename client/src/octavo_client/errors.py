"""Everything that can go wrong when the server is asked.

    OctavoError
    ├── Unreachable             no answer came; `maybe_done` tells whether it may have been done all the same
    ├── Unreadable              an answer came that is not what the API promises
    └── Refused                 the server said no; `status`, `text`, `code` and `violations` say how
        ├── BadRequest          400  the request cannot be read
        ├── Unauthenticated     401  wrong, missing or expired credentials
        ├── Forbidden           403  the caller lacks a permission
        ├── NotFound            404  there is no such record
        ├── Conflict            409  the record has changed since it was read
        ├── Invalid             422  readable, but breaks rules; `violations` lists every one
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
    """The server did not answer: no connection (then nothing was done), or none that lasted (then `maybe_done`)."""

    def __init__(self, text: str, *, maybe_done: bool) -> None:
        super().__init__(text)
        self.maybe_done = maybe_done


class Unreadable(OctavoError):  # noqa: N818 - as above
    """The server answered something that is not what its API promises."""


@dataclass(frozen=True)
class Violation:
    """One broken rule; the parameters name what broke it."""

    message: str
    code: str | None = None
    type: str | None = None
    parameters: Mapping[str, str | None] = field(default_factory=dict)


class Refused(OctavoError):  # noqa: N818 - as above
    """The server refused; `text` is what it said, of several broken rules the first one's message."""

    def __init__(self, status: int, text: str, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(text or f"HTTP {status}")
        self.status = status
        self.text = text
        self.violations = violations

    @property
    def code(self) -> str | None:
        """Return the first code by which the server names the reason, such as USER_IS_BLOCKED_MANUALLY."""
        return next((violation.code for violation in self.violations if violation.code), None)


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


class Invalid(Refused):
    """The request breaks one or more rules; `violations` lists every one."""


class _Later(Refused):
    """The server wants to be asked later; `retry_after` is in seconds, if it said when."""

    def __init__(self, status: int, text: str, violations: tuple[Violation, ...], retry_after: float | None) -> None:
        super().__init__(status, text, violations)
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
    422: Invalid,
    501: NotOffered,
}


_LATER: dict[int, type[_Later]] = {429: TooMany, 503: Unavailable}

_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def unreachable(error: httpx.RequestError) -> Unreachable:
    """Return what a failure of the connection means, as an exception to raise."""
    return Unreachable(str(error), maybe_done=not isinstance(error, _NOTHING_SENT))


def refusal(response: httpx.Response, now: datetime) -> Refused:
    """Return what a response without success means, as an exception to raise."""
    status = response.status_code
    violations = _violations(response)
    text = violations[0].message if violations else response.text.strip()
    if status in _LATER:
        return _LATER[status](status, text, violations, retry_after(response, now))
    return _KINDS.get(status, Refused)(status, text, violations)


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


def _violations(response: httpx.Response) -> tuple[Violation, ...]:
    """Return the reasons in any of the forms that FOLIO's modules have: a list of errors, or one message."""
    document = _document(response)
    errors = document.get("errors")
    if isinstance(errors, list):
        return tuple(_violation(error) for error in errors if isinstance(error, dict))
    message = document.get("errorMessage") or document.get("message")
    if not isinstance(message, str):
        return ()
    code = document.get("code")
    told = {name: str(value) for name, value in document.items() if isinstance(value, str | int) and name not in _SAID}
    return (Violation(message, code if isinstance(code, str) else None, parameters=told),)


_SAID = ("errorMessage", "message", "code")


def _violation(error: dict[str, Any]) -> Violation:
    parameters = {str(pair.get("key")): pair.get("value") for pair in error.get("parameters") or ()}
    return Violation(str(error.get("message", "")), error.get("code"), error.get("type"), parameters)
