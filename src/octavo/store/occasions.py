"""Occasions: what has happened that patrons may be told of, noted by the same statement as the change itself.

What is told, and when, is decided later from the notice policy, so that nobody at a desk waits for it and no policy
can refuse a check-out. An occasion of a visit to the desk waits until the visit ends: until its session is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from octavo.store.tx import Tx

#: The columns of an occasion beside its time, in the order in which they are written.
OCCASION_COLUMNS: Final = ("event", "user_id", "loan_id", "request_id", "action_id", "session_id")
#: The scheduled notices that hold only as long as the loan is due when it was; as columns keep them.
_OF_DUE_DATE = "('due date', 'due date - with reminder fee', 'aged to lost')"


@dataclass(frozen=True)
class Occasion:
    """Something that has happened to a loan, a request or a charge. Its name is that of the notice policies' options.

    user_id: who is told; where it is absent, the requester. session_id: the visit's record that must be gone first.
    """

    event: str
    user_id: str | None = None
    loan_id: str | None = None
    request_id: str | None = None
    action_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True)
class Waiting:
    """An occasion to be dealt with: its number, when it was, and how often that has failed."""

    id: int
    at: datetime
    failures: int
    occasion: Occasion


async def note(tx: Tx, occasions: Sequence[Occasion]) -> None:
    """Note occasions by a statement of their own."""
    arrays = [f"${number}::text[]" for number in range(2, 2 + len(OCCASION_COLUMNS))]
    await tx.connection.execute(
        f"WITH {noting(tx, arrays, '$1::timestamptz')} SELECT 1", tx.now, *columns_of(occasions).values()
    )


def columns_of(occasions: Sequence[Occasion]) -> dict[str, list[str | None]]:
    """Return the values of some occasions by `OCCASION_COLUMNS`."""
    return {name: [getattr(one, name) for one in occasions] for name in OCCASION_COLUMNS}


def noting(tx: Tx, arrays: Sequence[str], at: str) -> str:
    """Return the part of a WITH that notes occasions, from the placeholders of their columns (as text[]) and of the time."""
    event, *ids = OCCASION_COLUMNS
    # Loans may name a patron by an id that is none (FOLIO never checks it); nobody is told then.
    read = ", ".join(f"public.octavo_uuid(made.{name})" for name in ids)
    return f"""occasions_noted AS (INSERT INTO {tx.table("occasion")} (at, {event}, {", ".join(ids)})
        SELECT {at}, made.{event}, {read} FROM unnest({", ".join(arrays)}) AS made ({", ".join(OCCASION_COLUMNS)}))"""


def unscheduling(tx: Tx, loans: str, requests: str) -> str:
    """Return the part of a WITH that deletes what was to be sent of loans' due dates, and of requests; both are uuid[]."""
    return f"""notices_unscheduled AS (DELETE FROM {tx.table("scheduled_notice")}
        WHERE loan_id = ANY ({loans}) AND triggering_event IN {_OF_DUE_DATE} OR request_id = ANY ({requests}))"""


async def take_turn(tx: Tx) -> bool:
    """Tell whether nobody else writes this tenant's notices; until the transaction ends, nobody else does."""
    return bool(
        await tx.connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtext($1))", f"{tx.schema} notices")
    )


async def load_ready(tx: Tx, most_people: int) -> list[Waiting]:
    """Lock and return the occasions that wait for nothing: all of some people, those who have waited longest first."""
    ready = f"""at <= $1 AND NOT EXISTS (
        SELECT FROM {tx.table("patron_action_session")} visit WHERE visit.id = occasion.session_id)"""
    rows = await tx.connection.fetch(
        f"""WITH people AS (
                SELECT coalesce(user_id, request_id) AS person FROM {tx.table("occasion")} occasion WHERE {ready}
                GROUP BY 1 ORDER BY min(at) LIMIT $2)
            SELECT id, at, failures, event, user_id::text, loan_id::text, request_id::text, action_id::text
            FROM {tx.table("occasion")} occasion
            WHERE {ready} AND coalesce(user_id, request_id) IN (SELECT person FROM people)
            ORDER BY at, id FOR UPDATE""",
        tx.now, most_people,
    )  # fmt: skip
    return [
        Waiting(
            row["id"], row["at"], row["failures"],
            Occasion(row["event"], row["user_id"], row["loan_id"], row["request_id"], row["action_id"]),
        )
        for row in rows
    ]  # fmt: skip


async def finish(tx: Tx, done: Sequence[int], failed: Sequence[int], again: datetime) -> None:
    """Delete the occasions that are dealt with; those that failed are tried again."""
    await tx.connection.execute(
        f"""WITH gone AS (DELETE FROM {tx.table("occasion")} WHERE id = ANY ($1::bigint[]))
            UPDATE {tx.table("occasion")} SET at = $3, failures = failures + 1 WHERE id = ANY ($2::bigint[])""",
        list(done), list(failed), again,
    )  # fmt: skip
