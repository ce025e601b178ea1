"""What a CQL index stands for: a field of the document, its column, or a field of a related record.

A dotted index is, in this order: the alias of a related table (`instance.title` asked of an item), a
reference and a field of what it points at (`patronGroup.group`), a field of the record itself.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel

from octavo.store.expressions import document_text, fold, quote, words_text, words_vector
from octavo.store.query_args import Args
from octavo.store.record_type import Column, RecordType, Reference, column_name, declared
from octavo_models.record import find_kind
from octavo_models.scalars import Kind

T = TypeVar("T")

#: How many indexes of a table are remembered once they were looked up.
_REMEMBERED: Final = 500

#: Kinds whose column holds the folded text itself, so that any comparison of text may use it.
_TEXTUAL = frozenset((Kind.TEXT, Kind.FLAG, Kind.JSON))

_DECLARED_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_POSITION = re.compile(r"\s*[+-]?\d+\s*")

#: A point in time as records print it.
_STAMP = """to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')"""


@dataclass(frozen=True)
class Field:
    """A field as a query sees it: where its text is, and the column that holds it typed, if any.

    path: its place in `source`; a path that the model declares may stand in SQL. sql: its text where that is
    not in the document. key: the record's id and its references, which follow the rules of ids.
    """

    kind: Kind
    path: str = ""
    source: str = "doc"
    declared: bool = False
    sql: str | None = None
    column: str | None = None
    keep_case: bool = False
    keep_accents: bool = False
    key: bool = False

    def text(self, args: Args) -> str:
        """Return the field's text as the document has it."""
        if self.sql is not None:
            return f"({self.sql})"
        if self.declared and self.source == "doc":
            return f"({document_text(self.path)})"
        return f"({self.source} #>> {self._place(args)})"

    def value(self, args: Args) -> str:
        """Return the field as JSON."""
        return f"({self.source} #> {self._place(args)})" if self.sql is None else f"to_jsonb({self.sql})"

    def _place(self, args: Args) -> str:
        parts = tuple(self.path.split("."))
        # PostgreSQL would take a number for a position in an array, which CQL never does.
        return "NULL::text[]" if any(_POSITION.fullmatch(part) for part in parts) else args.add(parts, "text[]")

    def folded(self, args: Args) -> str:
        """Return the field's text in the form in which it is compared."""
        return self.text_column or self.fold(self.text(args))

    def fold(self, text: str) -> str:
        """Return a text in the form in which this field is compared."""
        return fold(text, keep_case=self.keep_case, keep_accents=self.keep_accents)

    def vector(self, args: Args) -> str:
        """Return the field's words."""
        return words_vector(self.text(args))

    @property
    def text_column(self) -> str | None:
        """Return the column if it holds the folded text."""
        return self.column if self.kind in _TEXTUAL else None

    def typed(self, kind: Kind, args: Args) -> str:
        """Return the field as a value of a kind: its column, or its text converted."""
        if self.column and self.kind is kind:
            return self.column
        return f"public.octavo_{kind.value}({self.text(args)})"

    def defined(self, args: Args) -> str:
        """Return the condition that the field is there and not null."""
        if self.text_column:
            return f"{self.text_column} IS NOT NULL"
        present = f"{self.text(args)} IS NOT NULL"
        # A typed column is also empty where the text could not be read as its type.
        return f"({self.column} IS NOT NULL OR {present})" if self.column else present


@dataclass(frozen=True)
class Hop:
    """A step to a related table: our column, the table and its column, all quoted."""

    ours: str
    table: str
    theirs: str


@dataclass(frozen=True)
class Way:
    """The way to a related table, and what to ask there."""

    hops: tuple[Hop, ...]
    shape: "Shape"
    index: str


@dataclass(frozen=True)
class Shape:
    """What a query may ask of one table.

    columns, texts: columns and SQL texts by the CQL index they answer. types: every record type by its table,
    for questions about related records. defaults: the fields that a bare term searches; without any it is
    refused. prefix: the name under which the record's own fields are asked where a row wraps the record.
    document: what a row shows.
    """

    record: type[BaseModel]
    schema: str
    columns: Mapping[str, Column] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()
    table: str = ""
    references: tuple[Reference, ...] = ()
    types: Mapping[str, RecordType[Any]] = field(default_factory=dict)
    defaults: tuple[str, ...] = ()
    prefix: str = ""
    document: str = "doc"
    _fields: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)
    _ways: dict[str, Way | None] = field(default_factory=dict, repr=False, compare=False)

    def own_path(self, index: str) -> str | None:
        """Return the path in the document that an index names, None where it can name none."""
        if not self.prefix:
            return index
        return index[len(self.prefix) + 1 :] if index.startswith(f"{self.prefix}.") else None

    def field(self, index: str) -> Field:
        """Return the field of this table that an index names; an unknown one is simply never defined."""
        return _remembered(self._fields, index, self._field)

    def _field(self, index: str) -> Field:
        column = self.columns.get(index)
        path = self.own_path(index)
        kind = column.kind if column else path and find_kind(self.record, path)
        own_id = index == "id"
        return Field(
            Kind.UUID if own_id else kind or Kind.TEXT,
            path or "",
            declared=bool(kind and path and _DECLARED_PATH.fullmatch(path)),
            sql=self.texts.get(index, None if path else "NULL::text"),
            column=quote("id") if own_id else quote(column.name) if column else None,
            keep_case=column is not None and column.keep_case,
            keep_accents=column.keep_accents if column else index in self.exact,
            key=own_id or any(reference.field == index for reference in self.references),
        )

    def related(self, index: str) -> Way | None:
        """Return the way to the related table that an index asks about, if it does."""
        return _remembered(self._ways, index, self._related) if "." in index else None

    def _related(self, index: str) -> Way | None:
        first, _, rest = index.partition(".")
        if not rest or not self.types:
            return None
        for reference in self._known(self.references):
            if reference.alias == first:
                return self._way((self._up(reference),), reference.table, rest)
        for table, reference in self._referring(self.table):
            if reference.reverse == first:
                return self._way((self._down(table, reference),), table, rest)
        return self.referred(index) or self._far(first, rest)

    def referred(self, index: str) -> Way | None:
        """Return the way through the reference that an index begins with, as in `patronGroup.group`."""
        for reference in self._known(self.references):
            if index.startswith(f"{reference.field}."):
                return self._way((self._up(reference),), reference.table, index[len(reference.field) + 1 :])
        return None

    def _far(self, alias: str, rest: str) -> Way | None:
        """Look for an alias further away; only references that name both directions are passed through."""
        if find_kind(self.record, alias) is not None:
            return None
        return self._search(alias, rest, self._steps_up) or self._search(alias, rest, self._steps_down)

    def _search(self, alias: str, rest: str, steps: Callable[[str], "Iterator[_Step]"]) -> Way | None:
        waiting: list[tuple[str, tuple[Hop, ...]]] = [(self.table, ())]
        seen = {self.table}
        for table, hops in waiting:
            for step in steps(table):
                if step.alias == alias:
                    return self._way((*hops, step.hop), step.table, rest)
                if step.table not in seen:
                    seen.add(step.table)
                    waiting.append((step.table, (*hops, step.hop)))
        return None

    def _steps_up(self, table: str) -> "Iterator[_Step]":
        references = self.types[table].references if table in self.types else ()
        for reference in self._known(references):
            if reference.alias and reference.reverse:
                yield _Step(reference.alias, reference.table, self._up(reference))

    def _steps_down(self, table: str) -> "Iterator[_Step]":
        for child, reference in self._referring(table):
            if reference.alias and reference.reverse:
                yield _Step(reference.reverse, child, self._down(child, reference))

    def _known(self, references: tuple[Reference, ...]) -> Iterator[Reference]:
        return (reference for reference in references if reference.table in self.types)

    def _referring(self, table: str) -> Iterator[tuple[str, Reference]]:
        for name, record_type in self.types.items():
            for reference in record_type.references:
                if reference.table == table:
                    yield name, reference

    def _up(self, reference: Reference) -> Hop:
        return Hop(quote(column_name(reference.field)), self._in_schema(reference.table), quote("id"))

    def _down(self, table: str, reference: Reference) -> Hop:
        return Hop(quote("id"), self._in_schema(table), quote(column_name(reference.field)))

    def _in_schema(self, table: str) -> str:
        return f"{quote(self.schema)}.{quote(table)}"

    def _way(self, hops: tuple[Hop, ...], table: str, rest: str) -> Way:
        # What is asked there does not go on to a third table: FOLIO's aliases are no paths.
        return Way(hops, shape_of(self.types[table], self.schema, types={}), rest)


def _remembered(known: dict[str, T], index: str, find: Callable[[str], T]) -> T:
    """Return what an index stands for; so many are remembered, as clients may invent them without end."""
    if index in known:
        return known[index]
    found = find(index)
    if len(known) < _REMEMBERED:
        known[index] = found
    return found


@dataclass(frozen=True)
class _Step:
    alias: str
    table: str
    hop: Hop


def shape_of(
    kind: RecordType[Any],
    schema: str,
    *,
    types: Mapping[str, RecordType[Any]] | None = None,
    defaults: tuple[str, ...] = (),
) -> Shape:
    """Return what may be asked of a record type's table. `types` by table; by default all that are declared."""
    return Shape(
        kind.record,
        schema,
        kind.columns,
        {words.name: words_text(words.fields) for words in kind.words},
        frozenset(kind.exact),
        kind.table,
        kind.references,
        declared() if types is None else types,
        defaults,
    )


def history_shape(kind: RecordType[Any], schema: str) -> Shape:
    """Return what may be asked of a record type's history: `loan.userId`, `operation`, `createdDate`.

    The schema of FOLIO's history says `creationDate`, its rows `createdDate`: both are shown and may be asked.
    """
    if kind.history is None:
        raise LookupError(f"{kind.table} keeps no history")
    key = kind.history.key
    changed_at = Column("at", Kind.INSTANT)
    return Shape(
        kind.record,
        schema,
        {
            "createdDate": changed_at,
            "creationDate": changed_at,
            f"{key}.id": Column("recordId", Kind.UUID),
            **{f"{key}.{path}": kind.columns[path] for path in kind.history.index},
        },
        {"operation": quote("operation"), "createdDate": _STAMP, "creationDate": _STAMP},
        frozenset(f"{key}.{path}" for path in kind.exact),
        prefix=key,
        document=(
            f"jsonb_build_object('id', id, 'operation', operation, 'createdDate', {_STAMP}, 'creationDate', {_STAMP}, "
            f"'{key}', doc)"
        ),
    )


def element_model(record: type[BaseModel], path: str) -> type[BaseModel] | None:
    """Return the model of the objects in an array of a record, None where the field is no such array."""
    model: type[BaseModel] | None = record
    *outer, last = path.split(".")
    for name in outer:
        model = _model_in(_annotation(model, name)) if model else None
    annotation = _annotation(model, last) if model else None
    for option in (annotation, *get_args(annotation)):
        if get_origin(option) is list:
            return _model_in(get_args(option)[0])
    return None


def wire_names(model: type[BaseModel]) -> list[str]:
    """Return the names of a model's fields on the wire."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _annotation(model: type[BaseModel], name: str) -> Any:
    fields = model.model_fields.items()
    return next((field.annotation for field_name, field in fields if (field.alias or field_name) == name), None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None
