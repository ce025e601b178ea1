"""What patron blocks are computed from: open loans, open charges, limits, conditions, blocks that staff made."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from octavo.store.tx import Tx, made_once

#: Item statuses of an open loan under which the item counts as lost.
_LOST = "('Declared lost', 'Aged to lost')"


@dataclass(frozen=True)
class Standing:
    """A patron's open loans and charges, the limits of their group, all conditions and their manual blocks.

    Where no limit applies, loans, charges and conditions may have been left out: they decide nothing.
    Each is a list of decoded JSON objects; amounts and limits are text, so that no digit is lost.
    """

    loans: list[dict[str, Any]] = field(default_factory=list)
    fees: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    manual: list[dict[str, Any]] = field(default_factory=list)


async def load_standing(tx: Tx, user_id: str, *, whole: bool = False) -> Standing:
    """Return everything that decides whether a patron is blocked, with one statement.

    whole: with the loans and charges of a patron to whose group no limit applies, which decide nothing.
    """
    return read_standing(await tx.connection.fetchval(_standing_text(tx, whole=whole), user_id))


def read_standing(value: bytes) -> Standing:
    """Return a standing from the value of `standing_value`."""
    return Standing(*orjson.loads(value))


@made_once
def _standing_text(tx: Tx, *, whole: bool) -> str:
    return f"SELECT {standing_value(tx, '$1::uuid', whole=whole)}"


def standing_value(tx: Tx, user: str, *, whole: bool = False) -> str:
    """Return the expression for an array of what a standing is made of. user: the expression for the patron's id."""
    decides = "true" if whole else f"EXISTS ({_limits(tx, user)})"
    conditions = f"SELECT doc AS entry, id AS place FROM {tx.table('patron_block_conditions')} WHERE {decides}"
    lists = (
        _list(entries)
        for entries in (
            f"{_open_loans(tx, user)} AND {decides}",
            f"{_open_fees(tx, user)} AND {decides}",
            _limits(tx, user),
            conditions,
            f"SELECT doc AS entry, id AS place FROM {tx.table('manualblocks')} WHERE user_id = {user}",
        )
    )
    return f"jsonb_build_array({', '.join(lists)})"


def _list(entries: str) -> str:
    return f"(SELECT coalesce(jsonb_agg(entry ORDER BY place), '[]') FROM ({entries}) entries)"


def _open_loans(tx: Tx, user: str) -> str:
    return f"""SELECT loan.id AS place, jsonb_build_object(
            'loanId', loan.id,
            'dueDate', loan.doc->'dueDate',
            'recall', coalesce((loan.doc->>'dueDateChangedByRecall')::boolean, false),
            'itemLost', coalesce(loan.doc->>'itemStatus' IN {_LOST}, false),
            'itemClaimedReturned', coalesce(loan.doc->>'itemStatus' = 'Claimed returned', false),
            'gracePeriod', policy.doc->'loansPolicy'->'gracePeriod') AS entry
        FROM {tx.table("loan")} loan
        LEFT JOIN {tx.table("loan_policy")} policy ON policy.id = public.octavo_uuid(loan.doc->>'loanPolicyId')
        WHERE loan.user_id = {user} AND loan.status_name = 'open'"""


def _open_fees(tx: Tx, user: str) -> str:
    return f"""SELECT id AS place, jsonb_build_object(
            'feeFineId', id, 'feeFineTypeId', doc->'feeFineId', 'loanId', doc->'loanId', 'balance', doc->>'remaining') AS entry
        FROM {tx.table("accounts")}
        WHERE user_id = {user} AND status_name = 'open' AND public.octavo_number(doc->>'remaining') <> 0"""


def _limits(tx: Tx, user: str) -> str:
    return f"""SELECT limits.id AS place, jsonb_build_object(
            'conditionId', limits.doc->'conditionId', 'value', limits.doc->>'value') AS entry
        FROM {tx.table("users")} users
        JOIN {tx.table("patron_block_limits")} limits ON limits.patron_group_id = users.patron_group
        WHERE users.id = {user}"""
