"""Answers kept for a day under the key that the client sent, so that a retried POST is done once."""

from dataclasses import dataclass
from datetime import timedelta

import orjson

from octavo.store.tx import Tx

KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Kept:
    """The first answer to a keyed request, and the digest of that request."""

    digest: str
    status: int
    content_type: str
    headers: dict[str, str]
    body: bytes


async def claim(tx: Tx, key: str, digest: str) -> Kept | None:
    """Take a key for this transaction, or return the answer kept under it.

    Two requests with one key meet here: the second waits until the first has committed or rolled back.
    """
    table = tx.table("replay")
    taken = await tx.connection.fetchval(
        f"""INSERT INTO {table} AS kept (caller, key, digest, at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (caller, key) DO UPDATE SET digest = $3, at = $4, status = NULL
            WHERE kept.at < $5 RETURNING true""",
        tx.actor or "", key, digest, tx.now, tx.now - KEPT,
    )
    if taken:
        return None
    row = await tx.connection.fetchrow(
        f"SELECT digest, status, content_type, headers, body FROM {table} WHERE caller = $1 AND key = $2",
        tx.actor or "", key,
    )
    return Kept(row["digest"], row["status"], row["content_type"], orjson.loads(row["headers"]), row["body"])


async def keep(tx: Tx, key: str, kept: Kept) -> None:
    """Store the answer under its key, unless another request has been answered under it meanwhile."""
    await tx.connection.execute(
        f"""INSERT INTO {tx.table("replay")} AS kept (caller, key, digest, at, status, content_type, headers, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (caller, key) DO UPDATE SET status = $5, content_type = $6, headers = $7, body = $8
            WHERE kept.status IS NULL""",
        tx.actor or "", key, kept.digest, tx.now, kept.status, kept.content_type, orjson.dumps(kept.headers), kept.body,
    )


async def forget_old(tx: Tx) -> int:
    """Delete the answers that no key brings back any more; return how many they were."""
    done: str = await tx.connection.execute(f"DELETE FROM {tx.table('replay')} WHERE at < $1", tx.now - KEPT)
    return int(done.rpartition(" ")[2])
