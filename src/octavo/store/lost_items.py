"""Loans of lost items: closed once everything is paid; found where they have been paid already."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import orjson

from octavo.store.outbox import emitted
from octavo.store.tx import Tx
from octavo_models.scalars import format_instant

_ASTRAY: Final = timedelta(days=4)
_OPEN_COST = "cost.loan_id = loan.id AND cost.status = 'open'"


async def lock_items_of_accounts(tx: Tx, account_ids: Sequence[str], statuses: Sequence[str]) -> list[str]:
    """Lock those lost items, of some statuses, whose open loans the accounts belong to; return the ids of the loans.

    In the order of their ids, and before the accounts: as at the desk, items come first.
    """
    rows = await tx.connection.fetch(
        f"""SELECT loan.id::text FROM {tx.table("item")} item
            JOIN {tx.table("loan")} loan ON loan.item_id = item.id AND loan.status_name = 'open'
            WHERE item.doc #>> '{{status,name}}' = ANY ($2::text[]) AND loan.id IN (
                SELECT loan_id FROM {tx.table("accounts")}
                WHERE id = ANY (ARRAY(SELECT public.octavo_uuid(given) FROM unnest($1::text[]) given)))
            ORDER BY item.id FOR NO KEY UPDATE OF item""",
        list(account_ids), list(statuses),
    )  # fmt: skip
    return [row["id"] for row in rows]


async def close_paid_loans(
    tx: Tx, loan_ids: Sequence[str], fees: Sequence[str], statuses: Sequence[str], paid: str
) -> list[str]:
    """Close those open loans of lost items for which nothing is owed any more, and return their ids.

    Nothing is owed where all accounts of the types `fees` are closed, no actual cost is to be found out, and an item
    that aged to lost has been billed. The items, whose rows the caller has locked, get the status `paid`.
    """
    stamp = {"updatedDate": format_instant(tx.now)} | ({"updatedByUserId": tx.actor} if tx.actor else {})
    rows = await tx.connection.fetch(
        f"""WITH settled AS MATERIALIZED (
                SELECT loan.id, loan.doc AS loan, item.id AS item_id, item.doc AS item FROM {tx.table("loan")} loan JOIN {tx.table("item")} item ON item.id = loan.item_id
                WHERE loan.id = ANY ($1::uuid[]) AND loan.status_name = 'open'
                AND item.doc #>> '{{status,name}}' = ANY ($3::text[])
                AND loan.doc #> '{{agedToLostDelayedBilling,lostItemHasBeenBilled}}' IS DISTINCT FROM 'false'
                AND NOT EXISTS (SELECT FROM {tx.table("accounts")} account WHERE account.loan_id = loan.id
                    AND account.status_name = 'open' AND account.doc->>'feeFineType' = ANY ($2::text[]))
                AND NOT EXISTS (SELECT FROM {tx.table("actual_cost_record")} cost WHERE {_OPEN_COST})
                FOR NO KEY UPDATE OF loan),
            closed AS (UPDATE {tx.table("loan")} loan SET doc = (loan.doc - 'actionComment') || jsonb_build_object(
                    'status', jsonb_build_object('name', 'Closed'), 'action', 'closedLoan', 'itemStatus', $4::text,
                    'metadata', coalesce(loan.doc->'metadata', '{{}}') || $5::jsonb)
                FROM settled WHERE loan.id = settled.id RETURNING loan.id, settled.loan AS old, loan.doc),
            recorded AS (INSERT INTO {tx.table("loan_history")} (record_id, operation, at, doc)
                SELECT id, 'U', $6::timestamptz, doc FROM closed),
            paid AS (UPDATE {tx.table("item")} item SET doc = item.doc || jsonb_build_object(
                    'status', jsonb_build_object('name', $4::text, 'date', $7::text),
                    '_version', coalesce((item.doc->>'_version')::int, 0) + 1,
                    'metadata', coalesce(item.doc->'metadata', '{{}}') || $5::jsonb)
                FROM settled WHERE item.id = settled.item_id RETURNING item.id, settled.item AS old, item.doc)
            {emitted(tx.schema, "loan", "closed", "U", "$6")}{emitted(tx.schema, "item", "paid", "U", "$6")}
            SELECT id::text FROM closed""",
        list(loan_ids), list(fees), list(statuses), paid, orjson.dumps(stamp), tx.now, format_instant(tx.now),
    )  # fmt: skip
    return [row["id"] for row in rows]


async def load_paid_loan(tx: Tx, item_id: str) -> bytes | None:
    """Return and lock the latest loan of an item that was closed because the lost item had been paid."""
    document: bytes | None = await tx.connection.fetchval(
        f"""SELECT doc FROM {tx.table("loan")} WHERE item_id = $1 AND status_name = 'closed' AND action = 'closedloan'
            ORDER BY loan_date DESC LIMIT 1 FOR NO KEY UPDATE""",
        item_id,
    )
    return document


async def close_actual_costs(tx: Tx, loan_id: str, status: str) -> None:
    """Give the open actual cost records of a loan another status."""
    stamp = {"updatedDate": format_instant(tx.now)} | ({"updatedByUserId": tx.actor} if tx.actor else {})
    await tx.connection.execute(
        f"""UPDATE {tx.table("actual_cost_record")} SET doc = doc || jsonb_build_object('status', $2::text,
                'metadata', coalesce(doc->'metadata', '{{}}') || $3::jsonb)
            WHERE loan_id = $1 AND status = 'open'""",
        loan_id, status, orjson.dumps(stamp),
    )  # fmt: skip


async def load_expired_costs(tx: Tx) -> list[str]:
    """Return the ids of the loans with open actual cost records that have expired, the longest expired first."""
    rows = await tx.connection.fetch(
        f"""SELECT loan_id::text AS id FROM {tx.table("actual_cost_record")}
            WHERE status = 'open' AND expiration_date < $1 GROUP BY loan_id ORDER BY min(expiration_date), loan_id""",
        tx.now,
    )
    return [row["id"] for row in rows]


async def load_overdue(tx: Tx, spared: Sequence[str]) -> list[str]:
    """Return the ids of open loans so long overdue that their items may count as lost, the longest overdue first.

    spared: the statuses of items that do not age. Periods are added in UTC; a day more is let through, for the rules
    to decide about in the tenant's time zone. Loans overdue for less than the shortest period of all policies are not
    read: a few days less, as months are unequal.
    """
    shortest = await tx.connection.fetchval(
        f"""SELECT min(extract(epoch FROM {_length("period.value")})) FROM {tx.table("lost_item_fee_policy")} policy,
            jsonb_each(policy.doc) period WHERE period.key IN ('itemAgedLostOverdue', 'recalledItemAgedLostOverdue')"""
    )
    if shortest is None:
        return []
    rows = await tx.connection.fetch(
        f"""SELECT loan.id::text AS id FROM {tx.table("loan")} loan
            JOIN {tx.table("item")} item ON item.id = loan.item_id
            JOIN {tx.table("lost_item_fee_policy")} policy
                ON policy.id = public.octavo_uuid(loan.doc->>'lostItemPolicyId')
            CROSS JOIN LATERAL (SELECT policy.doc->(CASE WHEN loan.doc->>'dueDateChangedByRecall' = 'true'
                THEN 'recalledItemAgedLostOverdue' ELSE 'itemAgedLostOverdue' END)) AS overdue (period)
            WHERE loan.status_name = 'open'
            AND loan.due_date < $3
            AND item.doc #>> '{{status,name}}' <> ALL ($2::text[])
            AND loan.due_date + {_length("period")} < $1::timestamptz + '1 day'::interval
            ORDER BY loan.due_date, loan.id""",
        tx.now, list(spared), tx.now + _ASTRAY - timedelta(seconds=float(shortest)),
    )  # fmt: skip
    return [row["id"] for row in rows]


def _length(period: str) -> str:
    """Return the expression for a period of a policy, NULL where it is absent or beyond all sense."""
    return f"""(CASE WHEN length({period}->>'duration') <= 5
        THEN ({period}->>'duration' || ' ' || ({period}->>'intervalId'))::interval END)"""


async def load_unbilled(tx: Tx, aged: str) -> list[str]:
    """Return the ids of open loans, of items with the status `aged`, that are to be billed by now."""
    billing = "agedToLostDelayedBilling"
    rows = await tx.connection.fetch(
        f"""SELECT loan.id::text AS id FROM {tx.table("loan")} loan
            JOIN {tx.table("item")} item ON item.id = loan.item_id
            WHERE loan.aged_to_lost_delayed_billing_date_lost_item_should_be_billed <= $1
            AND loan.status_name = 'open' AND loan.doc #> '{{{billing},lostItemHasBeenBilled}}' = 'false'
            AND item.doc #>> '{{status,name}}' = $2
            ORDER BY loan.aged_to_lost_delayed_billing_date_lost_item_should_be_billed, loan.id""",
        tx.now, aged,
    )  # fmt: skip
    return [row["id"] for row in rows]
