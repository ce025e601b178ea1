"""What decides about a user before the record is written, and what follows when users change or go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from octavo.store import access, pages
from octavo.store.messages import forgetting_people
from octavo.store.record_type import RecordType
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
    await access.announce(tx, tx.schema.removeprefix("t_"), user_id)


async def deactivate_expired(tx: Tx) -> int:
    """Make every active user whose membership is over inactive; return how many."""
    at = format_instant(tx.now)
    stamp = {"updatedDate": at} | ({"updatedByUserId": tx.actor} if tx.actor else {})
    ended = await tx.connection.fetch(
        f"""UPDATE {tx.table("users")} SET doc = doc || jsonb_build_object(
                'active', false, 'updatedDate', $2::text, 'metadata', coalesce(doc -> 'metadata', '{{}}') || $3::jsonb)
            WHERE active = 'true' AND expiration_date < $1 RETURNING id""",
        tx.now, at, orjson.dumps(stamp),
    )  # fmt: skip
    return len(ended)


async def delete_what_was_theirs(tx: Tx, user_id: str) -> None:
    """Delete the manual blocks of a user who is gone, and every message and notice to them."""
    await tx.connection.execute(
        f"""WITH gone AS (SELECT $1::uuid AS id), {forgetting_people(tx, "gone")}
            DELETE FROM {tx.table("manualblocks")} WHERE user_id = $1::uuid""",
        user_id,
    )


async def delete_where(tx: Tx, kind: RecordType[Any], query: str) -> None:
    """Delete the users that a CQL query matches, their manual blocks, and every message to them. Raises BadRequest."""
    chosen = pages.select(tx, kind, query)
    await tx.connection.execute(
        f"""WITH gone AS (DELETE FROM {chosen.source} WHERE {chosen.where} RETURNING id),
                {forgetting_people(tx, "gone")}
            DELETE FROM {tx.table("manualblocks")} WHERE user_id IN (SELECT id FROM gone)""",
        *chosen.args.values,
    )


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
