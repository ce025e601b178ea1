"""The declaration of a record type: everything that makes one type differ from another.

From a RecordType come its table, columns, indexes, constraints and history table (`store.ddl`), the
statements that read and write it (`store.records`), what CQL can ask (`store.query`), its routes and
permissions (`web.records`) and its page in the reference. A misspelt field fails at import.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from octavo.errors import Problem
from octavo_models.record import Endpoint, Record, field_kind
from octavo_models.scalars import Kind

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Unique:
    """No two records may have the same values in these fields (where one is absent, nothing is compared).

    Text is compared without case and accents. `where` limits the rule to records whose field has a value,
    as `("status.name", "open")`. `says` makes the problem from the values that clash, in field order;
    without it the text is FOLIO's own for a broken unique index.
    """

    fields: tuple[str, ...]
    where: tuple[str, str] | None = None
    says: Callable[[dict[str, str | None]], Problem] | None = None

    @property
    def name(self) -> str:
        """Return the name of the index, without schema."""
        return "unique_" + "_".join(column_name(path) for path in self.fields)


@dataclass(frozen=True)
class Reference:
    """A field that holds the id of another record, which must exist.

    `alias` is the CQL prefix with which this type asks about the other (`instance.title`), `reverse` the
    prefix with which the other asks about this type (`item.barcode`).
    """

    field: str
    table: str
    alias: str | None = None
    reverse: str | None = None
    says: Callable[[str], Problem] | None = None


@dataclass(frozen=True)
class History:
    """Every change of a record is kept as a row: when, which operation (I, U, D), the record after it.

    key: the name of the record in a row of the list `many`. index: the fields by which rows are asked for; those that
    are also `sparse` are missing in so many rows that only the others are in the index.
    deleted: the field and value that mark the snapshot of a deletion.
    """

    path: str
    key: str
    many: str
    index: tuple[str, ...] = ()
    sparse: tuple[str, ...] = ()
    deleted: tuple[str, str] | None = None


@dataclass(frozen=True)
class Column:
    """A generated column: a field of the document, typed, so that an index can serve it."""

    path: str
    kind: Kind
    keep_case: bool = False
    keep_accents: bool = False

    @property
    def name(self) -> str:
        """Return the column's name."""
        return column_name(self.path)


@dataclass(frozen=True)
class Words:
    """A virtual CQL index: the words of several fields together, such as `keywords` of a user."""

    name: str
    fields: tuple[str, ...]


Index = str | tuple[str, ...]

_DECLARED: "dict[str, RecordType[Any]]" = {}


def declared() -> "Mapping[str, RecordType[Any]]":
    """Return every declared record type by its table, for queries that ask about related records."""
    return _DECLARED


@dataclass(frozen=True, eq=False)
class RecordType(Generic[R]):
    """One type of record; see the module's text.

    index: fields (or tuples of fields) that queries use; each becomes a generated column with an index.
    sparse: fields of `index` that most records lack; those that do are not in the index, which serves no sorting then.
    unique, references: what must hold. exact: text fields compared with accents kept (FOLIO's schema.json).
    fulltext: fields with an index for `=`. words: virtual indexes. history: keep every change.
    versioned: FOLIO's `_version` rule: a PUT must name the stored version.
    with_metadata: the server notes who created and changed the record.
    result_info: lists carry FOLIO's older `resultInfo` beside `totalRecords`.
    permission: FOLIO's prefix, completed with `.collection.get`, `.item.get`, `.item.post`, …
    event: the topic under which each change is published, as `circulation.loan`; without one nothing is.
    check: the rules that a record must keep by itself, asked on POST and PUT before the write; raises a Problem.
    """

    endpoint: Endpoint[R]
    table: str
    permission: str
    not_found: str = "Not found"
    index: tuple[Index, ...] = ()
    sparse: tuple[str, ...] = ()
    unique: tuple[Unique, ...] = ()
    references: tuple[Reference, ...] = ()
    exact: tuple[str, ...] = ()
    fulltext: tuple[str, ...] = ()
    words: tuple[Words, ...] = ()
    history: History | None = None
    versioned: bool = False
    with_metadata: bool = True
    result_info: bool = False
    hrid_prefix: str | None = None
    event: str | None = None
    check: Callable[[R], None] | None = None
    defaults: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Fail at import where a declaration names a field that the record does not have."""
        for path in self._declared_paths():
            field_kind(self.record, path)
        _DECLARED.setdefault(self.table, self)

    @property
    def record(self) -> type[R]:
        """Return the model of the record."""
        return self.endpoint.record

    @property
    def path(self) -> str:
        """Return the path of the collection."""
        return self.endpoint.path

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Return the generated columns by the path of their field."""
        indexed = [path for entry in self.index for path in ((entry,) if isinstance(entry, str) else entry)]
        unique = [path for rule in self.unique for path in (*rule.fields, *((rule.where[0],) if rule.where else ()))]
        referring = [reference.field for reference in self.references]
        return {path: self._column(path) for path in (*indexed, *unique, *referring)}

    def _column(self, path: str) -> Column:
        kind = field_kind(self.record, path)
        return Column(path, kind, keep_accents=path in self.exact)

    def _declared_paths(self) -> list[str]:
        return [*self.columns, *self.sparse, *self.exact, *self.fulltext, *(path for words in self.words for path in words.fields)]


def column_name(path: str) -> str:
    """Return the column for a field: `status.name` → `status_name`, `dueDate` → `due_date`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", path).replace(".", "_").lower()


