"""What a violated constraint says to the client, found from the declaration that made it."""

import re
from typing import Any

import asyncpg
import orjson

from octavo.errors import BadRequest, Invalid, Problem, storage_violation
from octavo.store.ddl import index_name, reference_name
from octavo.store.record_type import RecordType, Reference, Unique
from octavo_models.record import Record

# Citus adds the number of the shard to the names of constraints.
_SHARD = re.compile(r"_\d{5,}$")


def problem(
    kind: RecordType[Any], record: Record | None, record_id: str | None, violation: asyncpg.IntegrityConstraintViolationError
) -> Problem:
    """Return the problem for a violated constraint, in FOLIO's words or the declaration's own."""
    name = _SHARD.sub("", violation.constraint_name or "")
    if isinstance(violation, asyncpg.ForeignKeyViolationError):
        return _reference_problem(kind, record, record_id, name, violation)
    if record is None:
        return BadRequest(f"cannot change {kind.table}")
    if name == f"{kind.table}_pkey":
        return Invalid(storage_violation(f"id value already exists in table {kind.table}: {record.id}", "id", record.id))
    for rule in kind.unique:
        if name == index_name(kind, rule):
            return _unique_problem(kind, rule, values_of(record, rule.fields))
    return BadRequest(f"{kind.table} breaks {name}")


def values_of(record: Record, paths: tuple[str, ...]) -> dict[str, str | None]:
    """Return the record's values at dotted wire paths, as text."""
    document = orjson.loads(record.to_wire())
    return {path: _value_at(document, path) for path in paths}


def _value_at(document: Any, path: str) -> str | None:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document if document is None or isinstance(document, str) else orjson.dumps(document).decode()


def _unique_problem(kind: RecordType[Any], rule: Unique, values: dict[str, str | None]) -> Problem:
    if rule.says:
        return rule.says(values)
    expression = ", ".join(f"lower(f_unaccent(jsonb ->> '{path}'::text))" for path in rule.fields)
    shown = ", ".join((value or "").lower() for value in values.values())
    message = f"{expression} value already exists in table {kind.table}: {shown}"
    return Invalid(storage_violation(message, expression, shown))


def _reference_problem(
    kind: RecordType[Any], record: Record | None, record_id: str | None, name: str, violation: asyncpg.ForeignKeyViolationError
) -> Problem:
    for reference in kind.references:
        if record is not None and name == reference_name(kind, reference.field):
            return _missing_target(kind, reference, values_of(record, (reference.field,))[reference.field] or "")
    other = violation.table_name or "another table"
    return BadRequest(f"Cannot delete {kind.table}.id = {record_id} because id is still referenced from table {other}.")


def _missing_target(kind: RecordType[Any], reference: Reference, value: str) -> Problem:
    if reference.says:
        return reference.says(value)
    column = f"{kind.table}.{reference.field.lower()}"
    message = f"Cannot set {column} = {value} because it does not exist in {reference.table}.id."
    return Invalid(storage_violation(message, column, value))
