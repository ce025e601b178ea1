"""Links by which those who have registered show that an e-mail address is theirs; only digests of secrets are kept."""

from datetime import timedelta

from octavo.store.tx import Tx

#: So long a link is good.
LASTS = timedelta(days=2)


async def add(tx: Tx, digest: bytes, staging_id: str) -> None:
    """Keep a link for somebody who has registered."""
    await tx.connection.execute(
        f"INSERT INTO {tx.table('confirmation')} (digest, staging_id, expires) VALUES ($1, $2::uuid, $3)",
        digest, staging_id, tx.now + LASTS,
    )  # fmt: skip


async def is_good(tx: Tx, digest: bytes) -> bool:
    """Tell whether a link could be used now."""
    good: bool = await tx.connection.fetchval(
        f"SELECT EXISTS (SELECT FROM {tx.table('confirmation')} WHERE digest = $1 AND expires > $2)", digest, tx.now
    )
    return good


async def use(tx: Tx, digest: bytes) -> str | None:
    """Use a link up and return whose it was, None where it is not good (any more)."""
    staging_id: str | None = await tx.connection.fetchval(
        f"DELETE FROM {tx.table('confirmation')} WHERE digest = $1 AND expires > $2 RETURNING staging_id::text",
        digest, tx.now,
    )  # fmt: skip
    return staging_id


async def load_unconfirmed(tx: Tx, most: int) -> list[str]:
    """Return the ids of those who have registered and never confirmed while their link was good."""
    rows = await tx.connection.fetch(
        f"""SELECT person.id::text AS id FROM {tx.table("confirmation")} link
            JOIN {tx.table("staging_users")} person ON person.id = link.staging_id
            WHERE link.expires <= $1 AND person.doc -> 'isEmailVerified' IS DISTINCT FROM 'true'
            ORDER BY link.expires LIMIT $2""",
        tx.now, most,
    )  # fmt: skip
    return [row["id"] for row in rows]
