"""Calls: one request to the server, and how to read what comes back. Nothing here touches the network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from octavo_client.errors import Unreadable

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and how to read the response of success as a T."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    query: Mapping[str, str | int | bool | None] = field(default_factory=dict)
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the query parameters that have a value, as text."""
        return {name: _text(value) for name, value in self.query.items() if value is not None}

    @property
    def content(self) -> bytes | None:
        """Return the body as compact JSON in wire form, absent values left out."""
        return None if self.body is None else self.body.model_dump_json(by_alias=True, exclude_none=True).encode()


@dataclass(frozen=True)
class Page(Generic[R]):
    """A part of a list. `total` counts all matches; it is an estimate above 1,000, None when not asked for."""

    records: list[R]
    total: int | None


@dataclass(frozen=True)
class Tagged(Generic[R]):
    """A record with the tag of the state it was read in; give the tag back as `if_match`."""

    record: R
    etag: str | None


@dataclass(frozen=True)
class Walk(Generic[R]):
    """A list that is read page by page: the first call, and the call that follows a page."""

    first: Call[Page[R]]
    following: Callable[[Page[R]], Call[Page[R]] | None]


def path_of(base: str, *parts: str) -> str:
    """Return a path whose variable parts are escaped.

    Raises ValueError for a part that would make it the path of something else: empty, `.` or `..`.
    """
    for part in parts:
        if part in ("", ".", ".."):
            raise ValueError(f"not an id: {part!r}")
    return "/".join((base, *(quote(part, safe="") for part in parts)))


def nothing(_response: httpx.Response) -> None:
    """Read an answer without content."""


def model(kind: type[M]) -> Callable[[httpx.Response], M]:
    """Return the reader of one record; properties that the model does not know are kept in it."""

    def read(response: httpx.Response) -> M:
        content = response.content
        return _checked(lambda: kind.model_validate_json(content, by_alias=True, by_name=False, extra="allow"))

    return read


def tagged(kind: type[M]) -> Callable[[httpx.Response], Tagged[M]]:
    """Return the reader of one record with its tag."""
    read = model(kind)
    return lambda response: Tagged(read(response), response.headers.get("etag"))


def page(kind: type[M], many: str) -> Callable[[httpx.Response], Page[M]]:
    """Return the reader of a list whose records stand under the name `many`."""
    records = TypeAdapter(list[kind])  # type: ignore[valid-type]  # a type made from a value
    lists = TypeAdapter(dict[str, Any])

    def read(response: httpx.Response) -> Page[M]:
        document = _checked(lambda: lists.validate_json(response.content))
        found = document.get(many)
        return Page(
            _checked(lambda: records.validate_python(found, by_alias=True, by_name=False, extra="allow")),
            document.get("totalRecords"),
        )

    return read


def _checked(read: Callable[[], T]) -> T:
    try:
        return read()
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        raise Unreadable(f"the answer is not as the API describes it: {details}") from None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
