"""What every record has in common: camelCase on the wire, snake_case in Python, a place in the API."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from octavo_models.scalars import Instant, Kind, LooseUuid, Text, Uuid


class Part(BaseModel):
    """A part of a record. Unknown properties are refused; see OpenPart for the schemas that keep them."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid")

    @classmethod
    def from_wire(cls, value: Any) -> Self:
        """Read a decoded JSON object; only wire names count."""
        return cls.model_validate(value, by_alias=True, by_name=False)

    def to_wire(self) -> bytes:
        """Print compact JSON in wire form, absent values left out."""
        return self.__pydantic_serializer__.to_json(self, by_alias=True, exclude_none=True)


class OpenPart(Part):
    """A part whose schema keeps and returns properties it does not know."""

    model_config = ConfigDict(extra="allow")


class Metadata(Part):
    """Who made and changed a record, and when. Written by the server alone."""

    created_date: Instant
    created_by_user_id: LooseUuid | None = None
    created_by_username: Text | None = None
    updated_date: Instant | None = None
    updated_by_user_id: LooseUuid | None = None
    updated_by_username: Text | None = None


class Record(Part):
    """A stored record: it has an id, and the server keeps its metadata."""

    #: Properties that only the server writes; what a client sends there is dropped without a word.
    read_only: ClassVar[frozenset[str]] = frozenset()

    id: Uuid | None = None
    metadata: Metadata | None = None


class OpenRecord(Record):
    """A stored record whose schema keeps and returns properties it does not know."""

    model_config = ConfigDict(extra="allow")


R = TypeVar("R", bound="Record")


class Tags(Part):
    """Free words attached to a record."""

    tag_list: list[Text] = Field(default_factory=list)


@dataclass(frozen=True)
class Endpoint(Generic[R]):
    """Where a record type lives: its path and the name of its list."""

    record: type[R]
    path: str
    many: str


class UnknownFieldError(LookupError):
    """A declaration names a field that the record does not have."""


def field_kind(record: type[BaseModel], path: str) -> Kind:
    """Return the kind of a dotted wire path such as `status.name`; fails on a misspelt one."""
    kind = find_kind(record, path)
    if kind is None:
        raise UnknownFieldError(f"{record.__name__} has no field {path}")
    return kind


def find_kind(record: type[BaseModel], path: str) -> Kind | None:
    """Return the kind of a dotted wire path, or None where the schema says nothing of it."""
    name, _, rest = path.partition(".")
    for field_name, field in record.model_fields.items():
        if (field.alias or field_name) == name:
            kinds = [mark for mark in field.metadata if isinstance(mark, Kind)]
            return _kind_of(field.annotation, rest, kinds)
    return None


def _kind_of(annotation: Any, rest: str, marks: list[Kind]) -> Kind | None:
    for option in _options(annotation):
        found, base = _unwrap(option)
        if isinstance(base, type) and issubclass(base, BaseModel):
            return find_kind(base, rest) if rest else Kind.JSON
        if rest:
            continue
        if marks or found:
            return (marks + found)[0]
        return _BARE.get(base, Kind.TEXT if _is_literal(base) else Kind.JSON)
    return None


_BARE: dict[Any, Kind] = {str: Kind.TEXT, int: Kind.NUMBER, float: Kind.NUMBER, bool: Kind.FLAG}


def _is_literal(base: Any) -> bool:
    return "Literal" in repr(get_origin(base))


def _options(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        yield from (arg for arg in get_args(annotation) if arg is not type(None))
    else:
        yield annotation


def _unwrap(option: Any) -> tuple[list[Kind], Any]:
    if hasattr(option, "__metadata__"):
        return [mark for mark in option.__metadata__ if isinstance(mark, Kind)], get_args(option)[0]
    return [], option
