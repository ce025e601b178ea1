"""Everything that can go wrong on purpose.

    Problem
    ├── BadRequest          the request cannot be read            400 text
    ├── Unauthenticated     nobody we know                        401 text
    ├── Forbidden           known, but not allowed                403 text
    ├── NotFound            no such record, or not yours          404 text
    ├── Conflict            somebody else was faster              409 text
    ├── Gone                was there, is kept no longer          410 text
    ├── Invalid             readable, but breaks rules            422 list of violations
    ├── TooMany             come back later                       429 text, Retry-After
    ├── NotOffered          a documented operation nobody has     501 empty
    ├── Unavailable         the database is away                  503 text, Retry-After
    └── Fault               our own mistake, told to the log      500 text

A Problem is raised where it is found and printed by `octavo.http.errors`; the transaction it passes
through rolls back. Texts may name ids and field names, never what a patron typed about themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Problem(Exception):  # noqa: N818 - not every problem is an error of ours
    """A request that cannot be served, with a text for whoever sent it."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.text = text


class BadRequest(Problem):
    """The request cannot be read: not JSON, wrong type, bad parameter, bad CQL."""


class Unauthenticated(Problem):
    """No credential, or one that is not valid."""


class Forbidden(Problem):
    """The caller lacks a permission."""


class NotFound(Problem):
    """There is no such record, or the caller may not know that there is."""


class Conflict(Problem):
    """The record has changed since the caller read it."""


class Gone(Problem):
    """What is asked for was there and is kept no longer."""


class NotOffered(Problem):
    """A documented operation that no FOLIO ever offered."""


class Fault(Problem):
    """A mistake of ours; what it was is for the log, not for the client."""

    def __init__(self) -> None:
        super().__init__("internal server error, contact administrator")


@dataclass(frozen=True)
class OverridableBlock:
    """A refusal that somebody with the permission may override (FOLIO mod-circulation)."""

    name: str
    missing_permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Violation:
    """One broken rule: a message, machine-readable details, and whether it can be overridden."""

    message: str
    parameters: tuple[tuple[str, str | None], ...] = ()
    code: str | None = None
    type: str | None = None
    block: OverridableBlock | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Invalid(Problem):
    """Readable, but breaks one or more rules; every violation is listed."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(violation.message for violation in violations))
        self.violations = violations


class TooLarge(Problem):
    """The request is larger than anybody needs."""


class TooSlow(Problem):
    """The client took too long to send its request."""


class TooMany(Problem):
    """The caller asked too often; `retry_after` is in seconds."""

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Unavailable(Problem):
    """The database is away or busy; `retry_after` is in seconds."""

    def __init__(self, text: str = "the database is not available, try again", retry_after: int = 1) -> None:
        super().__init__(text)
        self.retry_after = retry_after


def storage_violation(message: str, key: str, value: str | None) -> Violation:
    """Return a violation in the form of FOLIO's storage modules: type 1, code -1, one parameter."""
    return Violation(message, ((key, value),), code="-1", type="1")


def refuse(message: str, code: str | None = None, /, **parameters: str | None) -> Invalid:
    """Return the refusal of FOLIO's business modules: message, parameters, perhaps a code."""
    return Invalid(Violation(message, tuple(parameters.items()), code=code))


def raise_all(violations: Iterable[Violation]) -> None:
    """Raise one Invalid that lists all violations, or do nothing when there are none."""
    found = tuple(violations)
    if found:
        raise Invalid(*found)
