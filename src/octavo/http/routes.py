"""A route: method, path, the permission it takes, and the function that serves it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from octavo.http.call import Call, Reply

Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    permission: FOLIO's name; None only for what nobody needs to log in for. statements: how many SQL
    statements it takes at most (checked by a test). body, answer: wire models, for the OpenAPI document;
    many: the name of the array where the answer is a list. query: names of documented query parameters.
    errors: documented problem statuses, beyond those that every route has.
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

    @property
    def name(self) -> str:
        """Return `GET /loan-storage/loans`."""
        return f"{self.method} {self.path}"
