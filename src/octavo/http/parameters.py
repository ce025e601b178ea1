"""The query parameters that every list takes, with FOLIO's bounds and texts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from octavo.errors import BadRequest, Invalid, storage_violation
from octavo_models.scalars import STRICT_UUID

LARGEST = 2147483647
_DIGITS_OF_LARGEST = 10
BAD_UUID = (
    "Invalid UUID format of id, should be xxxxxxxx-xxxx-Mxxx-Nxxx-xxxxxxxxxxxx "
    "where M is 1-5 and N is 8, 9, a, b, A or B and x is 0-9, a-f or A-F."
)
_UUID = re.compile(STRICT_UUID, re.ASCII)


class QueryParameters(dict[str, str]):
    """Query parameters by name. Where one is repeated the last counts; `every` returns them all."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Keep the parameters in the order in which they were sent."""
        self.pairs = tuple(pairs)
        super().__init__(self.pairs)

    def every(self, name: str) -> list[str]:
        """Return all values of a parameter that may be repeated."""
        return [value for key, value in self.pairs if key == name]


@dataclass(slots=True, eq=False)
class Paging:
    """Which part of a list: `query` is CQL (None: everything), `totals` how to count. Nobody changes one."""

    query: str | None
    offset: int
    limit: int
    totals: str


def read_paging(query: Mapping[str, str]) -> Paging:
    """Return the paging parameters, checked. Raises BadRequest."""
    check_language(query)
    totals = query.get("totalRecords", "auto")
    if totals not in ("exact", "estimated", "none", "auto"):
        raise BadRequest(_text("totalRecords", totals, 'must match "exact|estimated|none|auto"'))
    return Paging(query.get("query"), read_int(query, "offset", 0), read_int(query, "limit", 10), totals)


def read_int(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a parameter that counts something: 0 to 2147483647."""
    text = query.get(name)
    if text is None:
        return default
    if not text:
        raise BadRequest(f"{name} does not have a default value in the RAML and has been passed empty")
    if text.isascii() and text.isdigit() and len(text) < _DIGITS_OF_LARGEST:
        return int(text)
    if not re.fullmatch(r"[+-]?\d{1,11}", text, re.ASCII) or abs(int(text)) > LARGEST:
        raise BadRequest(f'For input string: "{text[:40]}"')
    if int(text) < 0:
        raise BadRequest(_text(name, text, "must be greater than or equal to 0"))
    return int(text)


def read_flag(query: Mapping[str, str], name: str) -> bool:
    """Return a boolean parameter; absent and empty are false, as in FOLIO."""
    return query.get(name, "").lower() == "true"


def check_language(query: Mapping[str, str]) -> None:
    """Refuse a `lang` that is not two letters; nothing else is done with it."""
    language = query.get("lang")
    if language is not None and not re.fullmatch("[a-zA-Z]{2}", language):
        raise BadRequest(_text("lang", language, 'must match "[a-zA-Z]{2}"'))


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID of version 1 to 5."""
    return _UUID.match(text) is not None and len(text) == 36  # noqa: PLR2004 - `$` also matches before a final newline


def path_uuid(parameters: Mapping[str, str], name: str) -> str:
    """Return a path parameter that must be a UUID. Raises BadRequest."""
    value = parameters[name]
    if not is_uuid(value):
        raise BadRequest(_text(name, value, f'must match "{STRICT_UUID}"'))
    return value.lower()


def bad_uuid(table: str, value: str) -> Invalid:
    """Return the 422 for an id in the path that is no UUID."""
    return Invalid(storage_violation(BAD_UUID, f"{table}.id", value))


def _text(name: str, value: str, reason: str) -> str:
    return f"\n '{name}' parameter is incorrect. parameter value {{{value[:100]}}} is not valid: {reason}"
