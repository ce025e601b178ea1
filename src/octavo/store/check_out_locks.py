"""Locks of patrons whose check-out is under way; each function is one statement."""

from datetime import timedelta
from uuid import uuid4

from octavo.store.tx import Tx
from octavo_models.check_out_lock import CheckOutLock

_FIELDS = "id::text, user_id::text, creation_date"


async def take(tx: Tx, user_id: str, ttl: timedelta) -> CheckOutLock | None:
    """Give a patron a lock, in the place of one that is older than `ttl`; None while somebody holds a younger one."""
    row = await tx.connection.fetchrow(
        f"""INSERT INTO {tx.table("check_out_lock")} AS held (id, user_id, creation_date) VALUES ($1, $2, $3)
            ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, creation_date = excluded.creation_date
            WHERE held.creation_date < $4 RETURNING {_FIELDS}""",
        str(uuid4()), user_id, tx.now, tx.now - ttl,
    )  # fmt: skip
    return None if row is None else CheckOutLock(**row)


async def find(tx: Tx, lock_id: str) -> CheckOutLock | None:
    """Return a lock."""
    row = await tx.connection.fetchrow(f"SELECT {_FIELDS} FROM {tx.table('check_out_lock')} WHERE id = $1", lock_id)
    return None if row is None else CheckOutLock(**row)


async def find_all(tx: Tx, user_id: str | None, offset: int, limit: int) -> list[CheckOutLock]:
    """Return locks, the oldest first: all, or those of one patron."""
    rows = await tx.connection.fetch(
        f"""SELECT {_FIELDS} FROM {tx.table("check_out_lock")} WHERE $1::uuid IS NULL OR user_id = $1
            ORDER BY creation_date, id LIMIT $2 OFFSET $3""",
        user_id, limit, offset,
    )  # fmt: skip
    return [CheckOutLock(**row) for row in rows]


async def release(tx: Tx, lock_id: str) -> None:
    """Give a lock back; one that nobody holds is no mistake."""
    await tx.connection.execute(f"DELETE FROM {tx.table('check_out_lock')} WHERE id = $1", lock_id)
