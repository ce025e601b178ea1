"""Reading and writing stored records. One statement each, documents as bytes.

A write puts the record, its metadata, its history row and its event in place with the same statement, so that
it happens entirely or not at all and costs one round trip.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import md5
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import orjson

from octavo.errors import BadRequest, Conflict, NotFound
from octavo.store import constraints
from octavo.store.outbox import emitted
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.record import Metadata, Record
from octavo_models.scalars import format_instant

R = TypeVar("R", bound=Record)

VERSION_CONFLICT = "version conflict"
_ID_FIRST = b'{"id": "'
_METADATA = Metadata(created_date=datetime.min.replace(tzinfo=UTC))  # copied: that costs a third of making one


async def read(tx: Tx, kind: RecordType[R], record_id: str) -> bytes:
    """Return a stored document untouched. Raises NotFound."""
    document: bytes | None = await tx.connection.fetchval(_select(tx.schema, kind.table), record_id)
    if document is None:
        raise NotFound(kind.not_found)
    return document


async def load(tx: Tx, kind: RecordType[R], record_id: str) -> R:
    """Return a record as its model. Raises NotFound."""
    return kind.record.model_validate_json(await read(tx, kind, record_id))


async def lock(tx: Tx, kind: RecordType[R], record_id: str) -> R:
    """Return a record as its model and keep others from changing it until the transaction ends."""
    document = await tx.connection.fetchval(_select(tx.schema, kind.table) + " FOR UPDATE", record_id)
    if document is None:
        raise NotFound(kind.not_found)
    return kind.record.model_validate_json(document)


async def insert(tx: Tx, kind: RecordType[R], record: R) -> bytes:
    """Store a new record and return its document, with id, metadata, hrid and version filled in.

    Raises the declared problem where a unique rule or a reference is broken.
    """
    made = stamped(tx, kind, record)
    async with translated(kind, made):
        return bytes(await tx.connection.fetchval(_insert(tx.schema, kind), made.id, made.to_wire(), tx.now))


async def plant(tx: Tx, kind: RecordType[R], rows: list[R]) -> None:
    """Store the rows that a type ships with, where they are missing; as in FOLIO they carry no metadata."""
    for row in rows:
        await tx.connection.execute(
            f"INSERT INTO {tx.table(kind.table)} (id, doc) VALUES ($1, $2) ON CONFLICT DO NOTHING", row.id, row.to_wire()
        )


def stamped(tx: Tx, kind: RecordType[R], record: R) -> R:
    """Return a new record with its id and the metadata of its creation."""
    update: dict[str, Any] = {"id": record.id or str(uuid4()), "metadata": None}
    if kind.with_metadata:
        update["metadata"] = _METADATA.model_copy(
            update={
                "created_date": tx.now, "created_by_user_id": tx.actor, "updated_date": tx.now, "updated_by_user_id": tx.actor
            }
        )  # fmt: skip
    if kind.versioned:
        update["version"] = 1
    return record.model_copy(update=update)


async def replace(
    tx: Tx, kind: RecordType[R], record_id: str, record: R, if_match: str | None = None, *, versioned: bool | None = None
) -> bytes:
    """Replace a record and return its new document; who created it and when is kept.

    if_match: the ETag the caller read; another one is a Conflict. versioned: whether `_version` must be the
    stored one; by default what the type declares. Raises NotFound, Conflict or the declared problems.
    """
    check = kind.versioned if versioned is None else versioned
    made = record.model_copy(update={"id": record_id, "metadata": None})
    async with translated(kind, made):
        old, new = await tx.connection.fetchrow(
            _replace(tx.schema, kind, check), record_id, made.to_wire(), _update_stamp(tx), tx.now, if_match
        )
    if old is None:
        raise NotFound(kind.not_found)
    if new is None:
        raise Conflict(_conflict_text(record_id, old, record) if check and if_match is None else VERSION_CONFLICT)
    return bytes(new)


async def save(tx: Tx, kind: RecordType[R], record: R) -> bytes:
    """Write back a record that this transaction has locked: no version check is needed."""
    assert record.id is not None, "only a stored record can be saved"  # noqa: S101 - a programming error, not input
    return await replace(tx, kind, record.id, record, versioned=False)


async def delete(tx: Tx, kind: RecordType[R], record_id: str, if_match: str | None = None) -> None:
    """Delete a record. Raises NotFound, Conflict, or the problem of what still refers to it."""
    async with translated(kind, None, record_id):
        found, gone = await tx.connection.fetchrow(_delete(tx.schema, kind), record_id, tx.now, if_match)
    if not found:
        raise NotFound(kind.not_found)
    if not gone:
        raise Conflict(VERSION_CONFLICT)


def etag(document: bytes) -> str:
    """Return the entity tag of a document; the database computes the same from `md5(doc::text)`."""
    return md5(document, usedforsecurity=False).hexdigest()


@asynccontextmanager
async def translated(kind: RecordType[Any], record: Record | None, record_id: str | None = None) -> AsyncIterator[None]:
    """Turn a constraint's violation into the problem that the declaration names."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as violation:
        raise constraints.problem(kind, record, record_id, violation) from None
    except asyncpg.ProgramLimitExceededError:
        raise BadRequest(f"a value of an indexed field of {kind.table} is too long") from None


def _update_stamp(tx: Tx) -> bytes:
    by = f',"updatedByUserId":"{tx.actor}"' if tx.actor else ""
    return f'{{"updatedDate":"{format_instant(tx.now)}"{by}}}'.encode()


def _conflict_text(record_id: str, old: bytes, record: Record) -> str:
    stored = orjson.loads(old).get("_version")
    return (
        f"Cannot update record {record_id} because it has been changed (optimistic locking): "
        f"Stored _version is {stored}, _version of request is {getattr(record, 'version', None)}"
    )


@lru_cache(maxsize=4096)
def _select(schema: str, table: str) -> str:
    return f'SELECT doc FROM "{schema}"."{table}" WHERE id = $1'


@lru_cache(maxsize=4096)
def _insert(schema: str, kind: RecordType[Any]) -> str:
    document = "$2::jsonb"
    if kind.hrid_prefix:
        number = f"lpad(nextval('\"{schema}\".\"{kind.table}_hrid\"')::text, 11, '0')"
        made = f"jsonb_build_object('hrid', '{kind.hrid_prefix}' || {number})"
        document = f"CASE WHEN $2::jsonb ? 'hrid' THEN $2::jsonb ELSE $2::jsonb || {made} END"
    history = _history(schema, kind, "new", "I", "$3", "doc")
    return f"""
        WITH new AS (INSERT INTO "{schema}"."{kind.table}" (id, doc) VALUES ($1, {document}) RETURNING id, doc){history}
        {emitted(schema, kind.table, "new", "I", "$3")}
        SELECT doc FROM new"""


@lru_cache(maxsize=4096)
def _replace(schema: str, kind: RecordType[Any], versioned: bool) -> str:  # noqa: FBT001 - part of the cache's key
    table = f'"{schema}"."{kind.table}"'
    parts = ["$2::jsonb"]
    # A row that every tenant has from the start has no metadata until its first change.
    created = "coalesce(old.doc->'metadata', jsonb_build_object('createdDate', $3::jsonb->'updatedDate'))"
    stamp = f"({created} - 'updatedByUserId') || $3::jsonb"
    parts.append(f"jsonb_build_object('metadata', {stamp})" if kind.with_metadata else "($3::jsonb - '{updatedDate,updatedByUserId}'::text[])")
    unchanged = "($5::text IS NULL OR md5(old.doc::text) = $5)"
    if kind.versioned:
        parts.append("jsonb_build_object('_version', coalesce((old.doc->>'_version')::int, 0) + 1)")
    if kind.hrid_prefix:
        parts.append("jsonb_strip_nulls(jsonb_build_object('hrid', old.doc->'hrid'))")
    if versioned:
        unchanged += " AND ($5::text IS NOT NULL OR old.doc->'_version' IS NOT DISTINCT FROM $2::jsonb->'_version')"
    history = _history(schema, kind, "new", "U", "$4", "doc")
    return f"""
        WITH old AS (SELECT id, doc FROM {table} WHERE id = $1 FOR UPDATE),
        new AS (UPDATE {table} t SET doc = {" || ".join(parts)} FROM old
                WHERE t.id = old.id AND {unchanged} RETURNING t.id, old.doc AS old, t.doc){history}
        {emitted(schema, kind.table, "new", "U", "$4")}
        SELECT (SELECT doc FROM old), (SELECT doc FROM new)"""


@lru_cache(maxsize=4096)
def _delete(schema: str, kind: RecordType[Any]) -> str:
    table = f'"{schema}"."{kind.table}"'
    history = _history(schema, kind, "gone", "D", "$2", deleted_snapshot(kind))
    return f"""
        WITH old AS (SELECT id, doc FROM {table} WHERE id = $1 FOR UPDATE),
        gone AS (DELETE FROM {table} t USING old
                 WHERE t.id = old.id AND ($3::text IS NULL OR md5(old.doc::text) = $3) RETURNING t.id, t.doc){history}
        {emitted(schema, kind.table, "gone", "D", "$2")}
        SELECT EXISTS (SELECT FROM old), EXISTS (SELECT FROM gone)"""


def deleted_snapshot(kind: RecordType[Any]) -> str:
    """Return the expression for the last snapshot of a deleted record."""
    if kind.history is None or kind.history.deleted is None:
        return "doc"
    field, value = kind.history.deleted
    return f"""doc || '{{"{field}": "{value}"}}'"""


def _history(schema: str, kind: RecordType[Any], rows: str, operation: str, at: str, document: str) -> str:
    if kind.history is None:
        # A parameter that is used nowhere would have no type.
        return f", moment AS (SELECT {at}::timestamptz)"
    return f""",
        history AS (INSERT INTO "{schema}"."{kind.table}_history" (record_id, operation, at, doc)
                    SELECT id, '{operation}', {at}::timestamptz, {document} FROM {rows})"""


def id_of(document: bytes) -> str:
    """Return the id of a stored document: PostgreSQL prints the shortest names first."""
    if document.startswith(_ID_FIRST):
        return document[len(_ID_FIRST) :][:36].decode()
    return str(orjson.loads(document)["id"])
