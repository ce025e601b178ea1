"""Signing in with a browser: by barcode or user name, with a password or a PIN (FOLIO mod-users)."""

from dataclasses import dataclass

from octavo.store.credentials import FAILURES_COUNT_FOR, MOST_FAILURES
from octavo.store.tx import Tx
from octavo.store.visits import LONGEST

_SINCE = "$2::timestamptz"


def _recent(failures: str) -> str:
    return f"ARRAY(SELECT failure FROM unnest(kept.{failures}) failure WHERE failure > {_SINCE})"


@dataclass(frozen=True)
class Known:
    """Somebody who may sign in: their id and the hashes of what would show it, None where there is none or it is blocked."""

    id: str
    password_hash: str | None
    pin_hash: str | None


async def find_known(tx: Tx, name: str) -> Known | None:
    """Return the active user with a user name or a barcode; where two fit, the one with the user name."""
    row = await tx.connection.fetchrow(
        f"""SELECT users.id::text AS id,
                CASE WHEN cardinality({_recent("failures")}) < {MOST_FAILURES} THEN kept.hash END AS password_hash,
                CASE WHEN cardinality({_recent("pin_failures")}) < {MOST_FAILURES} THEN kept.pin_hash END AS pin_hash
            FROM {tx.table("users")} users LEFT JOIN {tx.table("credential")} kept ON kept.user_id = users.id
            WHERE (users.username = public.octavo_fold($1) OR users.barcode = public.octavo_fold($1))
              AND users.active = 'true'
            ORDER BY users.username = public.octavo_fold($1) DESC NULLS LAST LIMIT 1""",
        name, tx.now - FAILURES_COUNT_FOR,
    )  # fmt: skip
    return Known(row["id"], row["password_hash"], row["pin_hash"]) if row else None


async def set_pin(tx: Tx, user_id: str, pin_hash: str) -> bool:
    """Give a user a PIN (already hashed) in place of any other; False where there is no such user."""
    done: bool | None = await tx.connection.fetchval(
        f"""INSERT INTO {tx.table("credential")} (user_id, valid_from, pin_hash)
            SELECT id, $3::timestamptz, $2 FROM {tx.table("users")} WHERE id = $1::uuid
            ON CONFLICT (user_id) DO UPDATE SET pin_hash = $2, pin_failures = '{{}}' RETURNING true""",
        user_id, pin_hash, tx.now,
    )  # fmt: skip
    return done is True


async def remove_pin(tx: Tx, user_id: str) -> bool:
    """Take a user's PIN away; False where there was none."""
    done: bool | None = await tx.connection.fetchval(
        f"""UPDATE {tx.table("credential")} SET pin_hash = NULL, pin_failures = '{{}}'
            WHERE user_id = $1::uuid AND pin_hash IS NOT NULL RETURNING true""",
        user_id,
    )
    return done is True


async def load_pin(tx: Tx, user_id: str) -> str | None:
    """Return the hash of a user's PIN, None where there is none, or too many guesses were wrong lately."""
    found: str | None = await tx.connection.fetchval(
        f"""SELECT kept.pin_hash FROM {tx.table("credential")} kept
            WHERE kept.user_id = $1::uuid AND cardinality({_recent("pin_failures")}) < {MOST_FAILURES}""",
        user_id, tx.now - FAILURES_COUNT_FOR,
    )  # fmt: skip
    return found


async def record_failures(tx: Tx, user_id: str, *, password: bool, pin: bool) -> None:
    """Remember a wrong password, a wrong PIN, or both; who is blocked is not blocked for longer by further ones."""
    await tx.connection.execute(
        f"""UPDATE {tx.table("credential")} kept SET
                failures = {_recent("failures")} || CASE
                    WHEN $4 AND cardinality({_recent("failures")}) < {MOST_FAILURES} THEN ARRAY[$3::timestamptz] ELSE '{{}}' END,
                pin_failures = {_recent("pin_failures")} || CASE
                    WHEN $5 AND cardinality({_recent("pin_failures")}) < {MOST_FAILURES} THEN ARRAY[$3::timestamptz] ELSE '{{}}' END
            WHERE user_id = $1::uuid""",
        user_id, tx.now - FAILURES_COUNT_FOR, tx.now, password, pin,
    )  # fmt: skip


async def forget_pin_failures(tx: Tx, user_id: str) -> bool:
    """Forget a user's wrong PINs; False where others' guesses have blocked them meanwhile."""
    done: bool | None = await tx.connection.fetchval(
        f"""UPDATE {tx.table("credential")} kept SET pin_failures = '{{}}'
            WHERE user_id = $1::uuid AND cardinality({_recent("pin_failures")}) < {MOST_FAILURES} RETURNING true""",
        user_id, tx.now - FAILURES_COUNT_FOR,
    )  # fmt: skip
    return done is True


async def begin_visit(tx: Tx, user_id: str, by: str, digest: bytes, side: str) -> bool:
    """Open a visit and forget the failures of what was shown (`failures` or `pin_failures`); visits that are over go.

    False where others' guesses have blocked the user meanwhile: asked after the check, so that guessing in parallel
    gains nothing.
    """
    begun: bool = await tx.connection.fetchval(
        f"""WITH entered AS (
                UPDATE {tx.table("credential")} kept SET {by} = '{{}}'
                WHERE user_id = $1::uuid AND cardinality({_recent(by)}) < {MOST_FAILURES} RETURNING user_id),
            over AS (DELETE FROM {tx.table("visit")} WHERE seen < $6),
            opened AS (
                INSERT INTO {tx.table("visit")} (digest, user_id, side, begun, seen)
                SELECT $3, user_id, $4, $5, $5 FROM entered)
            SELECT EXISTS (SELECT FROM entered)""",
        user_id, tx.now - FAILURES_COUNT_FOR, digest, side, tx.now, tx.now - LONGEST,
    )  # fmt: skip
    return begun
