"""Queries compiled once for all that differ only in the ids they ask for.

Clients ask the same few questions of ever other patrons, items and loans. Which id a query names cannot change its SQL;
anything else it says may (masks, dates, words), and belongs to its form. So a query is compiled with other ids in the
place of its own, and these are put among the values of the statement afterwards.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from octavo.cql import parse
from octavo.errors import BadRequest
from octavo.store.query import Compiled, Shape, compile_query, history_shape, shape_of
from octavo.store.query_args import Args
from octavo.store.record_type import RecordType

_ID = re.compile(r"(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])", re.IGNORECASE | re.ASCII)
_LONGEST: Final = 1000
_FORMS: Final = 2000


@dataclass(frozen=True, slots=True)
class _Form:
    """A compiled query, its values with other ids in the place of those that are asked for."""

    compiled: Compiled
    values: tuple[Any, ...]


def compiled_query(kind: RecordType[Any], schema: str, text: str, *, of_history: bool = False) -> tuple[Compiled, Args]:
    """Return the SQL of a query about a type's records, or their history, and its values. Raises BadRequest."""
    if len(text) <= _LONGEST:
        own: dict[str, str] = {}
        general = _ID.sub(lambda found: own.setdefault(found[0], _stand_in(len(own))), text)
        same = len({asked.lower() for asked in own}) < len(own)  # ids that differ in case alone share a value
        form = None if same else _form(kind, schema, general, tuple(own.values()), of_history=of_history)
        if form:
            return form.compiled, _filled(form, own)
    args = Args()
    return compile_query(parse(text), known_shape(kind, schema, of_history=of_history), args), args


@lru_cache(maxsize=_FORMS)
def _form(
    kind: RecordType[Any], schema: str, text: str, stand_ins: tuple[str, ...], *, of_history: bool
) -> _Form | None:
    """Return what a query with stand-ins compiles to, None where it must be compiled as it is: a refusal quotes it."""
    args = Args()
    try:
        compiled = compile_query(parse(text), known_shape(kind, schema, of_history=of_history), args)
    except BadRequest:
        return None
    left = repr([_without(value, stand_ins) for value in args.values]) + compiled.where + compiled.order
    return None if any(one in left for one in stand_ins) else _Form(compiled, tuple(args.values))


@lru_cache(maxsize=4096)
def known_shape(kind: RecordType[Any], schema: str, *, of_history: bool = False) -> Shape:
    """Return what may be asked of a type's table, or of its history."""
    return history_shape(kind, schema) if of_history else shape_of(kind, schema)


@lru_cache(maxsize=_LONGEST)
def _uuid(number: int) -> UUID:
    return UUID(int=number, version=4)


@lru_cache(maxsize=_LONGEST)
def _stand_in(number: int) -> str:
    return str(_uuid(number))


def _filled(form: _Form, own: dict[str, str]) -> Args:
    """Return the values of a form with the ids that are asked for."""
    args = Args()
    if not own:
        args.values = list(form.values)
        return args
    place: dict[Any, Any] = {stand_in: asked for asked, stand_in in own.items()}
    place |= {_uuid(number): UUID(asked) for number, asked in enumerate(own)}
    args.values = [
        [place.get(one, one) for one in value] if isinstance(value, list) else place.get(value, value) for value in form.values
    ]
    return args


def _without(value: Any, stand_ins: tuple[str, ...]) -> Any:
    """Return a value without the stand-ins that `_filled` would find in it."""
    if isinstance(value, list):
        return [_without(one, stand_ins) for one in value]
    return None if str(value) in stand_ins else value
