"""Patron action sessions beyond the plain record: visits to the desk that are over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from octavo.store.tx import Tx


async def delete_sessions(tx: Tx, ended: Iterable[tuple[str, str]]) -> None:
    """Delete the patron action sessions of patrons, given with the type of action."""
    pairs = list(ended)
    await tx.connection.execute(
        f"""DELETE FROM {tx.table("patron_action_session")} WHERE (patron_id, action_type) IN
            (SELECT public.octavo_uuid(patron), public.octavo_fold(action)
             FROM unnest($1::text[], $2::text[]) AS ended (patron, action))""",
        [patron for patron, _ in pairs], [action for _, action in pairs],
    )  # fmt: skip


async def delete_idle_sessions(tx: Tx, before: datetime) -> int:
    """Delete the sessions of patrons whose newest of a type was made before an instant; return how many."""
    created = "max(public.octavo_instant(doc #>> '{metadata,createdDate}'))"
    gone = await tx.connection.fetch(
        f"""DELETE FROM {tx.table("patron_action_session")} WHERE (patron_id, action_type) IN (
                SELECT patron_id, action_type FROM {tx.table("patron_action_session")}
                GROUP BY 1, 2 HAVING {created} < $1) RETURNING id""",
        before,
    )
    return len(gone)


@dataclass(frozen=True)
class Expired:
    """A patron whose visit to the desk is over."""

    patron_id: str
    action_type: str


async def load_expired_sessions(tx: Tx, before: datetime, action_type: str | None, limit: int) -> list[Expired]:
    """Return patrons whose newest session of a type was made before an instant, the longest gone first."""
    rows = await tx.connection.fetch(
        f"""SELECT doc->>'patronId' AS patron_id, doc->>'actionType' AS action_type
            FROM {tx.table("patron_action_session")} WHERE $2::text IS NULL OR action_type = public.octavo_fold($2)
            GROUP BY 1, 2 HAVING max(public.octavo_instant(doc #>> '{{metadata,createdDate}}')) < $1
            ORDER BY max(public.octavo_instant(doc #>> '{{metadata,createdDate}}')), 1 LIMIT $3""",
        before, action_type, limit,
    )  # fmt: skip
    return [Expired(**row) for row in rows]
