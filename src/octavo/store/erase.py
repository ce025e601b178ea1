"""Erasing somebody: what of their obligations is open, and taking them out of every table, the outbox and the events.

What is done to which table comes from the data map (`catalogue.personal`), so that a new type of record cannot be forgotten.
Each table is read as a whole once, as anybody's id may stand in any record as that of who made or changed it. As with loans
that forget, no event tells of it: an event would be one more place that names who is gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from octavo.store.outbox import hold_publishing
from octavo.store.personal import Erased, Held, Person
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx

Kinds = Iterable[RecordType[Any]]


@dataclass(frozen=True)
class Obligations:
    """What keeps somebody from being erased, by ids."""

    loans: list[str]
    requests: list[str]
    fees: list[str]
    lost_items: list[str]


async def lock_user(tx: Tx, user_id: str) -> bytes | None:
    """Lock a user and the publishing of events, and return the document, None where there is no such user (any more).

    Whoever lends to the user or takes a request of theirs waits until the transaction ends. It may take its time.
    """
    await tx.connection.execute("SET LOCAL statement_timeout = 0")
    await hold_publishing(tx)
    document: bytes | None = await tx.connection.fetchval(
        f"SELECT doc FROM {tx.table('users')} WHERE id = $1::text::uuid FOR UPDATE", user_id
    )
    return document


async def load_obligations(tx: Tx, user_id: str) -> Obligations:
    """Return what somebody has not brought back, still waits for, and has not paid."""
    row = await tx.connection.fetchrow(
        f"""SELECT ARRAY(SELECT id::text FROM {tx.table("loan")} WHERE user_id = $1::uuid AND status_name = 'open' ORDER BY id) AS loans,
                ARRAY(SELECT id::text FROM {tx.table("request")} WHERE requester_id = $1::uuid AND status LIKE 'open%' ORDER BY id)
                    AS requests,
                ARRAY(SELECT id::text FROM {tx.table("accounts")} WHERE user_id = $1::uuid AND status_name = 'open' ORDER BY id) AS fees,
                ARRAY(SELECT id::text FROM {tx.table("actual_cost_record")}
                    WHERE status = 'open' AND doc #>> '{{user,id}}' = $1::text ORDER BY id) AS lost_items""",
        user_id,
    )  # fmt: skip
    return Obligations(**row)


async def forget_surroundings(tx: Tx, user_id: str, words: Iterable[str], email: str | None, external_id: str | None) -> dict[str, int]:
    """Delete what names somebody without being a record about them; return how much of what.

    words: every identifier, by which answers that are kept to be given again are found.
    """
    loans = f"SELECT id FROM {tx.table('loan')} WHERE user_id = $1::text::uuid"
    requests = f"SELECT id FROM {tx.table('request')} WHERE requester_id = $1::text::uuid"
    actions = f"SELECT id FROM {tx.table('feefineactions')} WHERE user_id = $1::text::uuid"
    parts = {
        "occasion": f"user_id = $1::text::uuid OR loan_id IN ({loans}) OR request_id IN ({requests}) OR action_id IN ({actions})",
        "scheduled_notice": f"loan_id IN ({loans}) OR request_id IN ({requests}) OR fee_fine_action_id IN ({actions})",
        "message": "recipient_user_id IS NULL AND lower(doc->>'to') = lower($3)",
        "staging_users": "lower(doc #>> '{contactInfo,email}') = lower($3) OR lower(doc->>'externalSystemId') = lower($4)",
        "request_suspension": f"request_id IN ({requests})",
        "check_out_lock": "user_id = $1::text::uuid",
        "replay": "caller = $1 OR EXISTS (SELECT FROM unnest($2::text[]) word WHERE position(convert_to(word, 'UTF8') IN body) > 0)",
    }
    deletions = {table: f"DELETE FROM {tx.table(table)} WHERE {where} RETURNING 1" for table, where in parts.items()}
    return await _counted(tx, deletions, user_id, list(words), email, external_id)


async def erase_records(tx: Tx, user_id: str, held: Mapping[str, Held], kinds: Kinds) -> dict[str, int]:
    """Delete the records about somebody, or let them forget whom they are about; return how many of each type.

    The user's own record comes last, with `delete_user`.
    """
    parts = {}
    for kind in kinds:
        entry = held.get(kind.table)
        if entry is None or kind.table == "users":
            continue
        table = tx.table(kind.table)
        named = " OR ".join(_named(person, "doc", kind) for person in entry.persons)
        if entry.erased is Erased.ROW:
            parts[kind.table] = f"DELETE FROM {table} WHERE {named} RETURNING 1"
            continue
        parts[kind.table] = f"UPDATE {table} SET doc = {_without(entry, 'doc')} WHERE {named} RETURNING 1"
        if kind.history:
            past = " OR ".join(_named(person, "doc") for person in entry.persons)
            parts[f"{kind.table}_history"] = (
                f"UPDATE {tx.table(kind.table + '_history')} SET doc = {_without(entry, 'doc')} WHERE {past} RETURNING 1"
            )
    return await _counted(tx, parts, user_id)


async def erase_events(tx: Tx, user_id: str, held: Mapping[str, Held], kinds: Kinds) -> dict[str, int]:
    """Let events forget somebody, those to be published and those that are; delete those of the user's own record."""
    changes = [(kind.event, held[kind.table]) for kind in kinds if kind.event and kind.table in held and kind.table != "users"]
    parts = {}
    for table in ("outbox", "event"):
        sides = ", ".join(f"{side} = public.octavo_without({_told(changes, side)}, $1)" for side in ("old", "new"))
        own = "topic = 'users.users' AND record_id = $1::text::uuid"
        tells = "position($1 IN lower(concat_ws(' ', old::text, new::text))) > 0"
        parts[table] = f"UPDATE {tx.table(table)} SET {sides} WHERE {tells} AND ({own}) IS NOT TRUE RETURNING 1"
        parts[f"{table} of the user"] = f"DELETE FROM {tx.table(table)} WHERE {own} RETURNING 1"
    return await _counted(tx, parts, user_id)


async def erase_id(tx: Tx, user_id: str, kinds: Kinds) -> dict[str, int]:
    """Take somebody's id out of every other record, where it says who made, changed or did something."""
    names = [name for kind in kinds if kind.table != "users" for name in (kind.table, *_past(kind))]
    parts = {
        name: f"""UPDATE {tx.table(name)} SET doc = public.octavo_without(doc, $1)
            WHERE position($1 IN lower(doc::text)) > 0 RETURNING 1"""
        for name in names
    }
    # Other users are named by proxies of old; the record of the one who goes is left to `delete_user`.
    parts["users"] = f"""UPDATE {tx.table("users")} SET doc = public.octavo_without(doc, $1)
        WHERE id <> $1::text::uuid AND position($1 IN lower(doc::text)) > 0 RETURNING 1"""
    return await _counted(tx, parts, user_id)


async def delete_user(tx: Tx, user_id: str) -> None:
    """Delete the user's record; credentials, sessions, keys and decisions go with it."""
    await tx.connection.execute(f"DELETE FROM {tx.table('users')} WHERE id = $1::text::uuid", user_id)


def _past(kind: RecordType[Any]) -> tuple[str, ...]:
    return (f"{kind.table}_history",) if kind.history else ()


def _named(person: Person, document: str, kind: RecordType[Any] | None = None) -> str:
    """Return the condition that a document names the user; by its column where it has one."""
    if kind and person.field in kind.columns:
        return f"{kind.columns[person.field].name} = $1::text::uuid"
    return f"lower({document} #>> {_path(person.field)}) = $1"


def _without(held: Held, document: str) -> str:
    """Return the document without what tells of the user, for each of the ways in which it names one."""
    left = document
    for person in held.persons:
        gone = left
        for path in (person.field, *person.about):
            gone = f"({gone} #- {_path(path)})"
        if person.stand_in:
            gone = f"jsonb_set({gone}, {_path(person.field)}, {document} -> '{person.stand_in}')"
        left = f"CASE WHEN {_named(person, document)} THEN {gone} ELSE {left} END"
    return left


def _told(changes: Iterable[tuple[str, Held]], side: str) -> str:
    cases = " ".join(f"WHEN '{topic}' THEN {_without(held, side)}" for topic, held in changes)
    return f"CASE topic {cases} ELSE {side} END"


def _path(path: str) -> str:
    return f"'{{{path.replace('.', ',')}}}'"


async def _counted(tx: Tx, parts: Mapping[str, str], *args: Any) -> dict[str, int]:
    """Do several changes of different tables with one statement; return how many rows each touched."""
    names = {name: f"part_{number}" for number, name in enumerate(parts)}
    made = ", ".join(f"{names[name]} AS ({sql})" for name, sql in parts.items())
    counts = ", ".join(f"(SELECT count(*) FROM {part}) AS {part}" for part in names.values())
    row = await tx.connection.fetchrow(f"WITH {made} SELECT {counts}", *args)
    return {name: row[part] for name, part in names.items() if row[part]}
