"""What decides about a user before the record is written, and what follows when users change or go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from octavo.store import access, pages
from octavo.store.messages import forgetting_people
from octavo.store.outbox import emitted
from octavo.store.record_type import RecordType, declared
from octavo.store.tx import Tx
from octavo_models.scalars import format_instant


@dataclass(frozen=True)
class Surroundings:
    """The user as stored, if there is one; and those of the named records that there are not."""

    stored: bytes | None
    missing_address_types: list[str]
    missing_departments: list[str]
    group_exists: bool


async def lock_with_surroundings(
    tx: Tx, user_id: str | None, group_id: str | None, address_types: Iterable[str], departments: Iterable[str]
) -> Surroundings:
    """Lock a user, if stored, and look up what the new record refers to, with one statement."""
    row = await tx.connection.fetchrow(
        f"""WITH stored AS MATERIALIZED (SELECT doc FROM {tx.table("users")} WHERE id = $1::uuid FOR UPDATE)
            SELECT (SELECT doc FROM stored), {_missing(tx, "addresstype", "$3")}, {_missing(tx, "departments", "$4")},
                $2::uuid IS NULL OR EXISTS (SELECT FROM {tx.table("groups")} WHERE id = $2::uuid)""",
        user_id, group_id, list(address_types), list(departments),
    )  # fmt: skip
    return Surroundings(*row)


def _missing(tx: Tx, table: str, ids: str) -> str:
    return f"""ARRAY(SELECT named::text FROM unnest({ids}::uuid[]) AS named
        WHERE NOT EXISTS (SELECT FROM {tx.table(table)} known WHERE known.id = named))"""


async def announce(tx: Tx, user_id: str | None = None) -> None:
    """Tell every worker that what it remembers of a user (of all users, without an id) holds no longer."""
    await access.announce(tx, tx.tenant, user_id)


async def deactivate_expired(tx: Tx) -> int:
    """Make every active user whose membership is over inactive; return how many."""
    at = format_instant(tx.now)
    stamp = {"updatedDate": at} | ({"updatedByUserId": tx.actor} if tx.actor else {})
    ended = await tx.connection.fetch(
        f"""WITH over AS MATERIALIZED (SELECT id, doc FROM {tx.table("users")}
                WHERE active = 'true' AND expiration_date < $1 ORDER BY id FOR NO KEY UPDATE),
            ended AS (UPDATE {tx.table("users")} person SET doc = person.doc || jsonb_build_object('active', false,
                    'updatedDate', $2::text, 'metadata', coalesce(person.doc -> 'metadata', '{{}}') || $3::jsonb)
                FROM over WHERE person.id = over.id RETURNING person.id, over.doc AS old, person.doc)
            {emitted(tx.schema, "users", "ended", "U", "$1")} SELECT id FROM ended""",
        tx.now, at, orjson.dumps(stamp),
    )  # fmt: skip
    return len(ended)


async def forget(tx: Tx, user_ids: Iterable[str]) -> None:
    """Delete the manual blocks of users who are gone and what was written to them; of events about them keep their ids.

    Publishing is on hold, so that no event is missed.
    """
    await tx.connection.execute(
        f"""WITH unsent AS (UPDATE {tx.table("outbox")} SET {_only_id("$1", "$2")}),
            sent AS (UPDATE {tx.table("event")} SET {_only_id("$1", "$2")}),
            gone AS (SELECT unnest($1::uuid[]) AS id), {forgetting_people(tx, "gone")}
            DELETE FROM {tx.table("manualblocks")} WHERE user_id = ANY ($1::uuid[])""",
        list(user_ids), declared()["users"].event,
    )  # fmt: skip


def _only_id(ids: str, topic: str) -> str:
    kept = ", ".join(
        f"{side} = CASE WHEN {side} IS NOT NULL THEN jsonb_build_object('id', record_id) END" for side in ("old", "new")
    )
    return f"{kept} WHERE record_id = ANY ({ids}::uuid[]) AND topic = {topic}::text"


async def delete_where(tx: Tx, kind: RecordType[Any], query: str) -> list[str]:
    """Delete the users that a CQL query matches and return their ids. Raises BadRequest."""
    chosen = pages.select(tx, kind, query)
    now = f"{chosen.args.add(tx.now)}::timestamptz"
    rows = await tx.connection.fetch(
        f"""WITH gone AS (DELETE FROM {chosen.source} WHERE {chosen.where} RETURNING id, doc),
            moment AS (SELECT {now}){emitted(tx.schema, kind.table, "gone", "D", now)} SELECT id::text FROM gone""",
        *chosen.args.values,
    )
    return [row["id"] for row in rows]


async def address_type_is_used(tx: Tx, address_type_id: str) -> bool:
    """Tell whether any user has an address of a type."""
    return bool(
        await tx.connection.fetchval(
            f"""SELECT EXISTS (SELECT FROM {tx.table("users")} WHERE doc #> '{{personal,addresses}}'
                @> jsonb_build_array(jsonb_build_object('addressTypeId', $1::text)))""",
            address_type_id,
        )
    )


async def department_is_used(tx: Tx, department_id: str) -> bool:
    """Tell whether any user belongs to a department."""
    return bool(
        await tx.connection.fetchval(
            f"SELECT EXISTS (SELECT FROM {tx.table('users')} WHERE doc -> 'departments' ? $1)", department_id
        )
    )
