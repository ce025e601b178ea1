"""The tables of a tenant, made from the declarations of the record types.

Every name is written `__schema__.name`, so that the text can be kept in a file and applied to any tenant.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from octavo.store.expressions import (
    column_expression,
    column_type,
    document_text,
    fold,
    quote,
    words_text,
    words_vector,
)
from octavo.store.record_type import Column, RecordType, Unique
from octavo_models.scalars import Kind

SCHEMA = "__schema__"

# PostgreSQL cuts longer names, and a violation names the constraint as it was cut.
_LONGEST_NAME = 63


def tenant_ddl(types: Iterable[RecordType[Any]]) -> str:
    """Return the DDL of all tables, then of the references between them."""
    kinds = list(types)
    tables = [statement for kind in kinds for statement in table_ddl(kind)]
    return ";\n".join([*tables, *(statement for kind in kinds for statement in reference_ddl(kind))]) + ";\n"


def table_ddl(kind: RecordType[Any]) -> list[str]:
    """Return the statements that make one type's table, indexes and history table."""
    columns = ["id uuid PRIMARY KEY", "doc jsonb NOT NULL", *(column_ddl(column) for column in kind.columns.values())]
    statements = [f"CREATE TABLE {SCHEMA}.{quote(kind.table)} (\n  " + ",\n  ".join(columns) + "\n)"]
    statements += [_index(kind.table, entry, kind.columns, kind.sparse) for entry in kind.index]
    statements += [_reference_index(kind.table, field, kind) for field in _unindexed_references(kind)]
    statements += [unique_ddl(kind, rule) for rule in kind.unique]
    statements += [_words(kind.table, path, document_text(path)) for path in kind.fulltext]
    statements += [_words(kind.table, words.name, words_text(words.fields)) for words in kind.words]
    if kind.hrid_prefix:
        statements.append(f"CREATE SEQUENCE {SCHEMA}.{quote(kind.table + '_hrid')}")
    return statements + _history(kind)


def column_ddl(column: Column) -> str:
    """Return a generated column that reads its field from the document."""
    return f"{quote(column.name)} {column_type(column)} GENERATED ALWAYS AS ({column_expression(column)}) STORED"


def unique_ddl(kind: RecordType[Any], rule: Unique) -> str:
    """Return the unique index of one rule."""
    columns = ", ".join(_unique_expression(kind, path) for path in rule.fields)
    where = f" WHERE {quote(kind.columns[rule.where[0]].name)} = '{rule.where[1]}'" if rule.where else ""
    return f"CREATE UNIQUE INDEX {quote(index_name(kind, rule))} ON {SCHEMA}.{quote(kind.table)} ({columns}){where}"


def _unique_expression(kind: RecordType[Any], path: str) -> str:
    column = kind.columns[path]
    if column.kind is Kind.UUID:
        return fold(document_text(path))
    return quote(column.name)


def index_name(kind: RecordType[Any], rule: Unique) -> str:
    """Return the name of a unique rule's index."""
    return f"{kind.table}_{rule.name}"[:_LONGEST_NAME]


def reference_ddl(kind: RecordType[Any]) -> list[str]:
    """Return the foreign keys of one type."""
    return [
        f"ALTER TABLE {SCHEMA}.{quote(kind.table)} ADD CONSTRAINT {quote(reference_name(kind, reference.field))} "
        f"FOREIGN KEY ({quote(kind.columns[reference.field].name)}) REFERENCES {SCHEMA}.{quote(reference.table)} (id)"
        for reference in kind.references
    ]


def reference_name(kind: RecordType[Any], field: str) -> str:
    """Return the name of a reference's constraint."""
    return f"{kind.table}_{kind.columns[field].name}_fkey"[:_LONGEST_NAME]


def _unindexed_references(kind: RecordType[Any]) -> list[str]:
    leading = {entry if isinstance(entry, str) else entry[0] for entry in kind.index}
    return [reference.field for reference in kind.references if reference.field not in leading]


def _reference_index(table: str, field: str, kind: RecordType[Any]) -> str:
    return _index(table, field, kind.columns)


def _index(
    table: str, entry: str | tuple[str, ...], columns: Mapping[str, Column], sparse: tuple[str, ...] = ()
) -> str:
    paths = (entry,) if isinstance(entry, str) else entry
    names = [columns[path].name for path in paths]
    listed = ", ".join(quote(name) for name in names)
    where = f" WHERE {quote(names[0])} IS NOT NULL" if paths[0] in sparse else ""
    return f"CREATE INDEX {quote('_'.join([table, *names, 'idx']))} ON {SCHEMA}.{quote(table)} ({listed}){where}"


def _words(table: str, index: str, text: str) -> str:
    name = "_".join([table, index.replace(".", "_").lower(), "words"])
    return f"CREATE INDEX {quote(name)} ON {SCHEMA}.{quote(table)} USING gin ({words_vector(text)})"


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
        f"CREATE TABLE {SCHEMA}.{quote(table)} (\n  " + ",\n  ".join(columns) + "\n)",
        f"CREATE INDEX {quote(table + '_record_id_idx')} ON {SCHEMA}.{quote(table)} (record_id, at)",
        f"CREATE INDEX {quote(table + '_at_idx')} ON {SCHEMA}.{quote(table)} (at, seq)",
        *(_index(table, path, kind.columns, kind.history.sparse) for path in kind.history.index),
    ]
