"""A route: method, path, the permission it takes, and the function that serves it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from octavo.http.call import JSON, Call, Reply

#: For `Route.forms`: an answer whose form cannot be told beforehand.
ANYTHING = "*/*"

Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    permission: FOLIO's name; None only for what nobody needs to log in for. statements: how many SQL
    statements it takes at most (checked by a test). body, answer: wire models, for the OpenAPI document;
    many: the name of the array where the answer is a list. query: names of documented query parameters.
    errors: documented problem statuses, beyond those that every route has. also: further statuses of success.
    media: the content type of the answer. forms: statuses whose answer has another form than one would
    expect: a status with a wire model, with a content type, or with None where there may be no body at all.
    """

    method: str
    path: str
    permission: str | None
    handler: Handler
    summary: str
    statements: int
    body: Any = None
    answer: Any = None
    success: int = 200
    query: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    many: str | None = None
    also: tuple[int, ...] = ()
    media: str = JSON
    forms: tuple[tuple[int, Any], ...] = ()

    @property
    def name(self) -> str:
        """Return `GET /loan-storage/loans`."""
        return f"{self.method} {self.path}"

    @property
    def sends_body(self) -> bool:
        """Tell whether a request's body is read."""
        return self.method in ("POST", "PUT", "PATCH", "DELETE")
