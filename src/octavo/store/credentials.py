"""Logging in: who somebody is, the passwords they got wrong, and the sessions they have open."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from octavo.store.tx import Tx

#: So many wrong passwords within this time block the log-in (FOLIO mod-login).
MOST_FAILURES = 5
FAILURES_COUNT_FOR = timedelta(minutes=10)

_RECENT = "ARRAY(SELECT f FROM unnest(c.failures) f WHERE f > $2)"


@dataclass(frozen=True)
class Person:
    """A user who wants in. `hash` is None for somebody without a password."""

    id: str
    username: str
    active: bool
    hash: str | None
    blocked: bool

    @property
    def may_log_in(self) -> bool:
        """Tell whether the right password is enough."""
        return self.active and not self.blocked and self.hash is not None


@dataclass(frozen=True)
class RefreshToken:
    """A refresh token as it is kept: its id, the session it belongs to, and its end."""

    id: UUID
    session: UUID
    expires: datetime


async def find_person(tx: Tx, username: str | None, user_id: UUID | None) -> Person | None:
    """Return a user by name (letter case and accents do not count) or, without a name, by id."""
    who = "u.username = public.octavo_fold($1)" if username is not None else "u.id = $1"
    row = await tx.connection.fetchrow(
        f"""SELECT u.id::text, u.doc ->> 'username' AS username, u.active IS NOT DISTINCT FROM 'true' AS active, c.hash,
                   coalesce(cardinality({_RECENT}), 0) >= {MOST_FAILURES} AS blocked
            FROM {tx.table("users")} u LEFT JOIN {tx.table("credential")} c ON c.user_id = u.id WHERE {who}""",
        username if username is not None else user_id, tx.now - FAILURES_COUNT_FOR,
    )
    return Person(row["id"], row["username"] or "", row["active"], row["hash"], row["blocked"]) if row else None


async def record_failure(tx: Tx, user_id: str) -> None:
    """Remember a wrong password; while somebody is blocked, further ones do not prolong it."""
    await tx.connection.execute(
        f"""UPDATE {tx.table("credential")} c SET failures = {_RECENT} || $3::timestamptz
            WHERE user_id = $1 AND cardinality({_RECENT}) < {MOST_FAILURES}""",
        user_id, tx.now - FAILURES_COUNT_FOR, tx.now,
    )


async def enter(tx: Tx, user_id: str, refresh: RefreshToken | None = None) -> bool:
    """Forget a user's failures and open a session; False where others' guesses have blocked them meanwhile.

    Asked after the password was checked, so that guessing in parallel gains nothing.
    """
    tokens = tx.table("refresh_token")
    entered: bool = await tx.connection.fetchval(
        f"""WITH entered AS (UPDATE {tx.table("credential")} c SET failures = '{{}}'
                             WHERE user_id = $1 AND cardinality({_RECENT}) < {MOST_FAILURES} RETURNING user_id),
            expired AS (DELETE FROM {tokens} WHERE user_id = $1 AND expires < $3),
            opened AS (INSERT INTO {tokens} (id, user_id, session, expires)
                       SELECT $4, user_id, $5, $6 FROM entered WHERE $4::uuid IS NOT NULL)
            SELECT EXISTS (SELECT FROM entered)""",
        user_id, tx.now - FAILURES_COUNT_FOR, tx.now,
        *((refresh.id, refresh.session, refresh.expires) if refresh else (None, None, None)),
    )
    return entered


async def renew(tx: Tx, user_id: str, spent: UUID, token: UUID, expires: datetime) -> str | None:
    """Exchange a refresh token for the next one and return the user's name; None where it is not good any more.

    A token used twice was stolen by one of the two users: the whole session ends.
    """
    tokens = tx.table("refresh_token")
    username: str | None = await tx.connection.fetchval(
        f"""WITH given AS (SELECT t.id, t.session, t.spent, u.doc ->> 'username' AS username
                           FROM {tokens} t JOIN {tx.table("users")} u ON u.id = t.user_id AND u.active = 'true'
                           WHERE t.id = $2 AND t.user_id = $1 AND t.expires > $5 FOR UPDATE OF t),
            ended AS (DELETE FROM {tokens} t USING given WHERE given.spent AND t.session = given.session),
            spent AS (UPDATE {tokens} t SET spent = true FROM given WHERE t.id = given.id AND NOT given.spent
                      RETURNING t.session, t.user_id),
            made AS (INSERT INTO {tokens} (id, user_id, session, expires) SELECT $3, user_id, session, $4 FROM spent)
            SELECT coalesce(username, '') FROM given WHERE NOT spent""",
        user_id, spent, token, expires, tx.now,
    )
    return username


async def end_session(tx: Tx, user_id: str, token: UUID) -> None:
    """End the session that a refresh token belongs to."""
    tokens = tx.table("refresh_token")
    await tx.connection.execute(
        f"""DELETE FROM {tokens} t USING {tokens} given
            WHERE given.id = $2 AND given.user_id = $1 AND t.session = given.session""",
        user_id, token,
    )


async def end_all_sessions(tx: Tx, user_id: str) -> None:
    """End every session of a user and void every token issued before."""
    await tx.connection.execute(
        f"""WITH ended AS (DELETE FROM {tx.table("refresh_token")} WHERE user_id = $1)
            INSERT INTO {tx.table("credential")} (user_id, valid_from) VALUES ($1, $2)
            ON CONFLICT (user_id) DO UPDATE SET valid_from = $2""",
        user_id, tx.now,
    )


async def add_password(tx: Tx, user_id: str, password_hash: str) -> bool:
    """Give a user their first password; False where they have one."""
    made: bool | None = await tx.connection.fetchval(
        f"""INSERT INTO {tx.table("credential")} AS kept (user_id, hash, valid_from) VALUES ($1, $2, $3)
            ON CONFLICT (user_id) DO UPDATE SET hash = $2, valid_from = $3, failures = '{{}}' WHERE kept.hash IS NULL
            RETURNING true""",
        user_id, password_hash, tx.now,
    )
    return made is True


async def remove_password(tx: Tx, user_id: str) -> bool:
    """Take a user's password away and void their tokens; False where there was none."""
    removed: bool | None = await tx.connection.fetchval(
        f"""WITH ended AS (DELETE FROM {tx.table("refresh_token")} WHERE user_id = $1)
            UPDATE {tx.table("credential")} SET hash = NULL, valid_from = $2
            WHERE user_id = $1 AND hash IS NOT NULL RETURNING true""",
        user_id, tx.now,
    )
    return removed is True
