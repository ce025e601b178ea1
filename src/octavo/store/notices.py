"""Notices: the facts they are made from, one statement for many; and the scheduled ones, made, changed and deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from octavo.store.requests import tlr_value
from octavo.store.slips import item_tokens, items_shelved
from octavo.store.tx import Tx


@dataclass(frozen=True)
class Subject:
    """What a notice is about, by ids; `key` names it in the answer."""

    key: str
    user_id: str | None
    loan_id: str | None
    request_id: str | None
    action_id: str | None


async def load_facts(tx: Tx, subjects: Sequence[Subject]) -> dict[str, dict[str, Any]]:
    """Return by key what is known about each subject, decoded, null where there is no such record.

    user, loan, request, action, account, item, location, service documents; itemTokens: FOLIO's tokens of the item;
    title: those of a work without item. tlr: the setting of title level requests.
    """
    document = await tx.connection.fetchval(
        f"""SELECT coalesce(jsonb_object_agg(asked.key, {_facts(tx)}), '{{}}')
            FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[])
                AS asked (key, user_id, loan_id, request_id, action_id)
            LEFT JOIN {tx.table("loan")} loan ON loan.id = asked.loan_id
            LEFT JOIN {tx.table("request")} request ON request.id = asked.request_id
            LEFT JOIN {tx.table("feefineactions")} action ON action.id = asked.action_id
            LEFT JOIN {tx.table("accounts")} account ON account.id = action.account_id
            LEFT JOIN {tx.table("users")} person ON person.id = coalesce(asked.user_id, request.requester_id)
            LEFT JOIN {tx.table("item")} thing ON thing.id = coalesce(loan.item_id, request.item_id)""",
        [one.key for one in subjects], [one.user_id for one in subjects], [one.loan_id for one in subjects],
        [one.request_id for one in subjects], [one.action_id for one in subjects],
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = orjson.loads(document)
    return found


def _facts(tx: Tx) -> str:
    by_id = "(SELECT known.doc FROM {table} known WHERE known.id = {key})"

    def one(table: str, key: str) -> str:
        return by_id.format(table=tx.table(table), key=key)

    return f"""jsonb_build_object(
        'user', person.doc, 'loan', loan.doc, 'request', request.doc, 'action', action.doc, 'account', account.doc,
        'group', (SELECT known.doc->'group' FROM {tx.table("groups")} known WHERE known.id = person.patron_group),
        'item', thing.doc, 'location', {one("location", "thing.effective_location_id")},
        'itemTokens', (SELECT {item_tokens(tx)} FROM {items_shelved(tx)} WHERE item.id = thing.id),
        'title', (SELECT jsonb_build_object('title', known.doc->'title', 'contributors', known.doc->'contributors')
            FROM {tx.table("instance")} known WHERE known.id = request.instance_id),
        'loanPolicy', {one("loan_policy", "public.octavo_uuid(loan.doc->>'loanPolicyId')")},
        'overdueFinePolicy', {one("overdue_fine_policy", "public.octavo_uuid(loan.doc->>'overdueFinePolicyId')")},
        'patronInfo', (SELECT past.doc->'actionComment' FROM {tx.table("loan_history")} past
            WHERE past.record_id = loan.id AND past.doc->>'action' = 'patronInfoAdded' ORDER BY past.at DESC LIMIT 1),
        'pickup', (SELECT known.doc->'name' FROM {tx.table("service_point")} known
            WHERE known.id = request.pickup_service_point_id),
        'cancellationReason', {one("cancellation_reason", "request.cancellation_reason_id")},
        'addressType', (SELECT known.doc->'addressType' FROM {tx.table("addresstype")} known
            WHERE known.id = public.octavo_uuid(request.doc->>'deliveryAddressTypeId')),
        'chargeComment', (SELECT charge.doc->'comments' FROM {tx.table("feefineactions")} charge
            WHERE charge.account_id = account.id ORDER BY charge.date_action LIMIT 1),
        'tlr', CASE WHEN request.id IS NOT NULL AND thing.id IS NULL THEN {tlr_value(tx)} END)"""


@dataclass(frozen=True)
class Due:
    """A scheduled notice that is due, and to whom it goes (what it is about, where that is not said)."""

    id: str
    person: str
    document: bytes


async def insert(tx: Tx, notices: Sequence[tuple[str, bytes]]) -> None:
    """Schedule notices, given by id."""
    await tx.connection.execute(
        f"INSERT INTO {tx.table('scheduled_notice')} (id, doc) SELECT * FROM unnest($1::uuid[], $2::jsonb[])",
        [record_id for record_id, _ in notices], [document for _, document in notices],
    )  # fmt: skip


async def load_due(
    tx: Tx, events: Sequence[str], before: datetime, after: str | None, most_people: int, *, real_time: bool | None
) -> list[Due]:
    """Lock and return the scheduled notices of some events that are due: all of some people, from one after another on.

    real_time: only those to be sent at once, or only those that are collected for a day; None for both.
    """
    person = "coalesce(recipient_user_id, request_id, loan_id, id)"
    due = """next_run_time < $1 AND triggering_event = ANY (ARRAY(SELECT lower(one) FROM unnest($2::text[]) one))
        AND ($5::boolean IS NULL OR coalesce((doc #>> '{noticeConfig,sendInRealTime}')::boolean, true) = $5)"""
    rows = await tx.connection.fetch(
        f"""WITH people AS (SELECT DISTINCT {person} AS person FROM {tx.table("scheduled_notice")}
                WHERE {due} AND ($3::uuid IS NULL OR {person} > $3) ORDER BY 1 LIMIT $4)
            SELECT id::text AS id, {person}::text AS person, doc AS document FROM {tx.table("scheduled_notice")}
            WHERE {due} AND {person} IN (SELECT person FROM people)
            ORDER BY {person}, next_run_time, id FOR UPDATE""",
        before, list(events), after, most_people, real_time,
    )  # fmt: skip
    return [Due(**row) for row in rows]


async def load_due_ids(tx: Tx, event: str) -> list[str]:
    """Return the ids of the scheduled notices of an event that are due, the longest due first."""
    rows = await tx.connection.fetch(
        f"""SELECT id::text AS id FROM {tx.table("scheduled_notice")}
            WHERE next_run_time < $1 AND triggering_event = lower($2) ORDER BY next_run_time, id""",
        tx.now, event,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def settle(tx: Tx, deleted: Sequence[str], moved: Mapping[str, bytes]) -> None:
    """Delete scheduled notices that are done, and replace those that come again."""
    await tx.connection.execute(
        f"""WITH gone AS (DELETE FROM {tx.table("scheduled_notice")} WHERE id = ANY ($1::uuid[]))
            UPDATE {tx.table("scheduled_notice")} notice SET doc = made.doc
            FROM unnest($2::uuid[], $3::jsonb[]) AS made (id, doc) WHERE notice.id = made.id""",
        list(deleted), list(moved), list(moved.values()),
    )  # fmt: skip


async def unschedule(tx: Tx, loans: Sequence[str], requests: Sequence[str], events: Sequence[str]) -> None:
    """Delete the scheduled notices of some events about loans and requests."""
    await tx.connection.execute(
        f"""DELETE FROM {tx.table("scheduled_notice")}
            WHERE triggering_event = ANY (ARRAY(SELECT lower(one) FROM unnest($3::text[]) one))
              AND (loan_id = ANY ($1::uuid[]) OR request_id = ANY ($2::uuid[]))""",
        list(loans), list(requests), list(events),
    )  # fmt: skip
