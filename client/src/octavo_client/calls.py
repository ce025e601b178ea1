"""Calls: one request to the server, and how to read what comes back. Nothing here touches the network."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from octavo_client.errors import Unreadable

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Parameter = str | int | bool | Sequence[str] | None
Query = Mapping[str, Parameter]


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One request, and how to read the response of success as a T_co.

    asks_only: nothing is changed although the method is POST, so it may be sent any number of times.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], T_co]
    query: Query = field(default_factory=dict)
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    asks_only: bool = False

    @property
    def parameters(self) -> dict[str, str | list[str]]:
        """Return the query parameters that have a value, as text."""
        return {name: _text(value) for name, value in self.query.items() if value is not None}

    @property
    def content(self) -> bytes | None:
        """Return the body as compact JSON in wire form, absent values left out."""
        if self.body is None:
            return None
        document = _with_unknown(self.body, self.body.model_dump(mode="json", by_alias=True, exclude_none=True))
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


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


#: Calls that follow each other: each is yielded, and its answer is sent back; the last answer is returned.
Steps = Generator[Call[Any], Any, T]


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


def part(kind: type[M], pick: Callable[[M], R]) -> Callable[[httpx.Response], R]:
    """Return the reader of one part of an answer."""
    read = model(kind)
    return lambda response: pick(read(response))


def listed(kind: type[M], many: str) -> Callable[[httpx.Response], list[M]]:
    """Return the reader of all of a list, whose records stand under the name `many`."""
    read = page(kind, many)
    return lambda response: read(response).records


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


def _text(value: object) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with_unknown(value: Any, printed: Any) -> Any:
    """Return what was printed of a value, with the properties that its models do not know but have read.

    So that a record of a newer server, read and written back, loses nothing.
    """
    if isinstance(value, list):
        return [_with_unknown(*pair) for pair in zip(value, printed, strict=True)]
    if not isinstance(value, BaseModel):
        return printed
    known = {field.serialization_alias or name: name for name, field in type(value).model_fields.items()}
    parts = {wire: _with_unknown(getattr(value, known[wire]), printed[wire]) for wire in printed if wire in known}
    return {**printed, **(value.model_extra or {}), **parts}
