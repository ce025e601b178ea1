"""Visits: who is signed in with a browser, and since when. Only the digest of the cookie's secret is kept."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from octavo.store.locale import locale_value, read_locale
from octavo.store.tx import Tx
from octavo_models.locale import Locale

#: A visit ends so long after the last page, and so long after signing in, whatever happens.
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
#: The time of the last page is kept only so exactly, so that reading pages writes little.
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class House:
    """What every page says of the library: its name and its locale."""

    name: str | None
    locale: Locale


@dataclass(frozen=True)
class Visit:
    """A signed-in user (a decoded record), and what the page before left to be said."""

    user: dict[str, Any]
    told: dict[str, Any] | None


async def load_house(tx: Tx) -> House:
    """Return what pages say of the library to somebody who is not signed in."""
    row = await tx.connection.fetchrow(f"SELECT {_name(tx)} AS name, {locale_value(tx)} AS locale")
    return House(row["name"], read_locale(row["locale"]))


async def resume(tx: Tx, digest: bytes, side: str) -> tuple[House, Visit | None]:
    """Return the library and the visit with a digest, None where it is over; what it was told is told once.

    It is over after `IDLE` or `LONGEST`, and as soon as the user is not active or their older tokens are void.
    """
    row = await tx.connection.fetchrow(
        f"""WITH mine AS MATERIALIZED (
                SELECT visit.digest, visit.seen, visit.told, users.doc FROM {tx.table("visit")} visit
                JOIN {tx.table("users")} users ON users.id = visit.user_id AND users.active = 'true'
                LEFT JOIN {tx.table("credential")} credential ON credential.user_id = visit.user_id
                WHERE visit.digest = $1 AND visit.side = $2 AND visit.seen > $3 AND visit.begun > $4
                  AND (credential.valid_from IS NULL OR visit.begun >= credential.valid_from)),
            noted AS (
                UPDATE {tx.table("visit")} visit SET seen = $5, told = NULL FROM mine
                WHERE visit.digest = mine.digest AND (mine.seen < $6 OR mine.told IS NOT NULL))
            SELECT {_name(tx)} AS name, {locale_value(tx)} AS locale, (SELECT doc FROM mine) AS doc,
                   (SELECT told FROM mine) AS told""",
        digest, side, tx.now - IDLE, tx.now - LONGEST, tx.now, tx.now - _NOTED_EVERY,
    )  # fmt: skip
    told = orjson.loads(row["told"]) if row["told"] else None
    visit = Visit(orjson.loads(row["doc"]), told) if row["doc"] else None
    return House(row["name"], read_locale(row["locale"])), visit


async def leave_word(tx: Tx, digest: bytes, told: dict[str, Any]) -> None:
    """Let the next page say what was done."""
    await tx.connection.execute(
        f"UPDATE {tx.table('visit')} SET told = $2::jsonb WHERE digest = $1", digest, orjson.dumps(told)
    )


async def end(tx: Tx, digest: bytes) -> None:
    """End one visit."""
    await tx.connection.execute(f"DELETE FROM {tx.table('visit')} WHERE digest = $1", digest)


async def end_all(tx: Tx, user_id: str) -> None:
    """End all visits of a user."""
    await tx.connection.execute(f"DELETE FROM {tx.table('visit')} WHERE user_id = $1::uuid", user_id)


def _name(tx: Tx) -> str:
    return f"(SELECT place.doc ->> 'name' FROM {tx.table('locinstitution')} place ORDER BY place.id LIMIT 1)"
