"""API keys as they are kept: never the secret, only its digest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from octavo.store.tx import Tx


@dataclass(frozen=True)
class ApiKey:
    """A key of a patron tool: whose it is, what it is for, and whether it still works."""

    id: UUID
    name: str
    user_id: str
    username: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires: datetime | None
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Tell whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires is None or now < self.expires)


_COLUMNS = "id, name, user_id::text, username, scopes, created_at, expires, revoked_at"


async def insert(tx: Tx, key: ApiKey, digest: bytes) -> None:
    """Keep a new key."""
    await tx.connection.execute(
        f"""INSERT INTO {tx.table("api_key")} (id, digest, name, user_id, username, scopes, created_at, expires)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        key.id, digest, key.name, key.user_id, key.username, list(key.scopes), key.created_at, key.expires,
    )


async def find(tx: Tx, digest: bytes) -> tuple[bytes, ApiKey] | None:
    """Return the key with a digest, and the digest that is kept."""
    row = await tx.connection.fetchrow(f"SELECT digest, {_COLUMNS} FROM {tx.table('api_key')} WHERE digest = $1", digest)
    return (row["digest"], _key(row)) if row else None


async def everyone(tx: Tx) -> list[ApiKey]:
    """Return all keys, the oldest first."""
    rows = await tx.connection.fetch(f"SELECT {_COLUMNS} FROM {tx.table('api_key')} ORDER BY created_at, id")
    return [_key(row) for row in rows]


async def revoke(tx: Tx, key_id: UUID) -> bool:
    """Make a key void for ever; False where there is no such key."""
    found: bool | None = await tx.connection.fetchval(
        f"UPDATE {tx.table('api_key')} SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING true",
        key_id, tx.now,
    )
    return found is True


def _key(row: Any) -> ApiKey:
    return ApiKey(
        row["id"], row["name"], row["user_id"], row["username"], tuple(row["scopes"]),
        row["created_at"], row["expires"], row["revoked_at"],
    )
