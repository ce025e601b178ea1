"""The tables of a tenant, made from the declarations of the record types.

Every name is written `__schema__.name`, so that the text can be kept in a file and applied to any tenant.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from octavo.store.record_type import Column, RecordType, Unique
from octavo_models.scalars import Kind

SCHEMA = "__schema__"

_TYPES = {
    Kind.TEXT: 'text COLLATE "C"',
    Kind.JSON: 'text COLLATE "C"',
    Kind.FLAG: 'text COLLATE "C"',
    Kind.UUID: "uuid",
    Kind.INSTANT: "timestamptz",
    Kind.NUMBER: "numeric",
}
_READERS = {Kind.UUID: "octavo_uuid", Kind.INSTANT: "octavo_instant", Kind.NUMBER: "octavo_number", Kind.FLAG: "octavo_lower"}


def tenant_ddl(types: Iterable[RecordType[Any]]) -> str:
    """Return the DDL of all tables, then of the references between them."""
    kinds = list(types)
    tables = [statement for kind in kinds for statement in table_ddl(kind)]
    return ";\n".join([*tables, *(statement for kind in kinds for statement in reference_ddl(kind))]) + ";\n"


def table_ddl(kind: RecordType[Any]) -> list[str]:
    """Return the statements that make one type's table, indexes and history table."""
    columns = ["id uuid PRIMARY KEY", "doc jsonb NOT NULL", *(column_ddl(column) for column in kind.columns.values())]
    statements = [f"CREATE TABLE {SCHEMA}.{_quoted(kind.table)} (\n  " + ",\n  ".join(columns) + "\n)"]
    statements += [_index(kind.table, entry, kind.columns) for entry in kind.index]
    statements += [_reference_index(kind.table, field, kind) for field in _unindexed_references(kind)]
    statements += [unique_ddl(kind, rule) for rule in kind.unique]
    statements += [_fulltext(kind.table, path) for path in kind.fulltext]
    if kind.hrid_prefix:
        statements.append(f"CREATE SEQUENCE {SCHEMA}.{_quoted(kind.table + '_hrid')}")
    return statements + _history(kind)


def column_ddl(column: Column) -> str:
    """Return a generated column that reads its field from the document."""
    return f"{_quoted(column.name)} {_TYPES[column.kind]} GENERATED ALWAYS AS ({reader(column, 'doc')}) STORED"


def reader(column: Column, document: str) -> str:
    """Return the expression that reads a column's value from a document."""
    return f"public.{_reader_name(column)}({document} #>> '{path_literal(column.path)}')"


def _reader_name(column: Column) -> str:
    if column.kind in _READERS:
        return _READERS[column.kind]
    return "octavo_lower" if column.keep_accents else "octavo_fold"


def path_literal(path: str) -> str:
    """Return a declared path as a text[] literal: `status.name` → `{status,name}`."""
    return "{" + path.replace(".", ",") + "}"


def unique_ddl(kind: RecordType[Any], rule: Unique) -> str:
    """Return the unique index of one rule."""
    columns = ", ".join(_unique_expression(kind, path) for path in rule.fields)
    where = f" WHERE {_quoted(kind.columns[rule.where[0]].name)} = '{rule.where[1]}'" if rule.where else ""
    return f"CREATE UNIQUE INDEX {_quoted(index_name(kind, rule))} ON {SCHEMA}.{_quoted(kind.table)} ({columns}){where}"


def _unique_expression(kind: RecordType[Any], path: str) -> str:
    column = kind.columns[path]
    if column.kind is Kind.UUID:
        return f"public.octavo_fold(doc #>> '{path_literal(path)}')"
    return _quoted(column.name)


def index_name(kind: RecordType[Any], rule: Unique) -> str:
    """Return the name of a unique rule's index."""
    return f"{kind.table}_{rule.name}"


def reference_ddl(kind: RecordType[Any]) -> list[str]:
    """Return the foreign keys of one type."""
    return [
        f"ALTER TABLE {SCHEMA}.{_quoted(kind.table)} ADD CONSTRAINT {_quoted(reference_name(kind, reference.field))} "
        f"FOREIGN KEY ({_quoted(kind.columns[reference.field].name)}) REFERENCES {SCHEMA}.{_quoted(reference.table)} (id)"
        for reference in kind.references
    ]


def reference_name(kind: RecordType[Any], field: str) -> str:
    """Return the name of a reference's constraint."""
    return f"{kind.table}_{kind.columns[field].name}_fkey"


def _unindexed_references(kind: RecordType[Any]) -> list[str]:
    leading = {entry if isinstance(entry, str) else entry[0] for entry in kind.index}
    return [reference.field for reference in kind.references if reference.field not in leading]


def _reference_index(table: str, field: str, kind: RecordType[Any]) -> str:
    return _index(table, field, kind.columns)


def _index(table: str, entry: str | tuple[str, ...], columns: Mapping[str, Column]) -> str:
    paths = (entry,) if isinstance(entry, str) else entry
    names = [columns[path].name for path in paths]
    listed = ", ".join(_quoted(name) for name in names)
    return f"CREATE INDEX {_quoted('_'.join([table, *names, 'idx']))} ON {SCHEMA}.{_quoted(table)} ({listed})"


def _fulltext(table: str, path: str) -> str:
    name = "_".join([table, path.replace(".", "_").lower(), "words"])
    words = f"public.octavo_tsvector(doc #>> '{path_literal(path)}')"
    return f"CREATE INDEX {_quoted(name)} ON {SCHEMA}.{_quoted(table)} USING gin ({words})"


def _history(kind: RecordType[Any]) -> list[str]:
    if kind.history is None:
        return []
    table = f"{kind.table}_history"
    columns = [
        "id uuid PRIMARY KEY DEFAULT gen_random_uuid()",
        "seq bigint GENERATED ALWAYS AS IDENTITY",
        "record_id uuid NOT NULL",
        "operation text NOT NULL",
        "at timestamptz NOT NULL",
        "doc jsonb NOT NULL",
        *(column_ddl(kind.columns[path]) for path in kind.history.index),
    ]
    return [
        f"CREATE TABLE {SCHEMA}.{_quoted(table)} (\n  " + ",\n  ".join(columns) + "\n)",
        f"CREATE INDEX {_quoted(table + '_record_id_idx')} ON {SCHEMA}.{_quoted(table)} (record_id, at)",
        f"CREATE INDEX {_quoted(table + '_at_idx')} ON {SCHEMA}.{_quoted(table)} (at, seq)",
        *(_index(table, path, kind.columns) for path in kind.history.index),
    ]


def _quoted(name: str) -> str:
    return f'"{name}"'
