"""Who may do what: the tenants' signing keys, the users' rights, and the news that either has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from secrets import token_bytes, token_hex
from typing import Any

from octavo.store.tx import Tx

#: Where changes of keys, users and permissions are told. Payload: `tenant` or `tenant/user id`.
CHANNEL = "octavo_access"
_KEY_BYTES = 32


@dataclass(frozen=True)
class SigningKey:
    """A secret that signs tokens; without `verifies_until` it is in use for good."""

    kid: str
    secret: bytes
    verifies_until: datetime | None = None


@dataclass(frozen=True)
class Rights:
    """What a user may do, sets of permissions opened; tokens issued before `valid_from` are void."""

    username: str
    active: bool
    valid_from: datetime | None
    permissions: frozenset[str]


async def signing_keys(connection: Any, tenant: str) -> tuple[SigningKey, ...] | None:
    """Return a tenant's keys, the newest first; None where there is no such tenant."""
    rows = await connection.fetch(
        """SELECT k.kid, k.secret, k.verifies_until FROM octavo.tenant t
           LEFT JOIN octavo.signing_key k ON k.tenant = t.id WHERE t.id = $1
           ORDER BY k.verifies_until DESC NULLS FIRST, k.created_at DESC""",
        tenant,
    )
    if not rows:
        return None
    return tuple(SigningKey(row["kid"], row["secret"], row["verifies_until"]) for row in rows if row["kid"])


async def ensure_signing_key(connection: Any, tenant: str, now: datetime) -> None:
    """Give a tenant its first signing key, unless it has one that signs."""
    await connection.execute(
        """INSERT INTO octavo.signing_key (tenant, kid, secret, created_at) SELECT $1, $2, $3, $4
           WHERE NOT EXISTS (SELECT FROM octavo.signing_key WHERE tenant = $1 AND verifies_until IS NULL)""",
        tenant, token_hex(8), token_bytes(_KEY_BYTES), now,
    )


async def rotate_signing_key(connection: Any, tenant: str, now: datetime, overlap: timedelta) -> None:
    """Sign with a new key from now on; tokens signed before, by whichever key, are good for `overlap` at most."""
    await connection.execute(
        """WITH gone AS (DELETE FROM octavo.signing_key WHERE tenant = $1 AND verifies_until < $4),
           retired AS (UPDATE octavo.signing_key SET verifies_until = least(verifies_until, $5)
                       WHERE tenant = $1 AND (verifies_until IS NULL OR verifies_until > $5)),
           made AS (INSERT INTO octavo.signing_key (tenant, kid, secret, created_at) VALUES ($1, $2, $3, $4))
           SELECT pg_notify($6, $1)""",
        tenant, token_hex(8), token_bytes(_KEY_BYTES), now, now + overlap, CHANNEL,
    )


async def announce(tx: Tx, tenant: str, user_id: str | None = None) -> None:
    """Tell every worker, once this commits, that a user (or anything of the tenant's) has changed."""
    await tx.connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"{tenant}/{user_id}" if user_id else tenant)


async def rights(tx: Tx, user_id: str) -> Rights | None:
    """Return what a user may do; None where there is no such user."""
    row = await tx.connection.fetchrow(_rights(tx.schema), user_id)
    if row is None:
        return None
    return Rights(row["username"] or "", row["active"], row["valid_from"], frozenset(row["permissions"]))


async def expanded(tx: Tx, names: Iterable[str]) -> list[str]:
    """Return permissions with everything that the sets among them hold, in order of name."""
    return list(await tx.connection.fetchval(_expanded(tx.schema), list(names)))


async def set_password(tx: Tx, user_id: str, password_hash: str) -> None:
    """Give a user a password (already hashed); every token and session they had ends."""
    await tx.connection.execute(
        f"""WITH ended AS (DELETE FROM {tx.table("refresh_token")} WHERE user_id = $1)
            INSERT INTO {tx.table("credential")} (user_id, hash, valid_from) VALUES ($1, $2, $3)
            ON CONFLICT (user_id) DO UPDATE SET hash = $2, valid_from = $3, failures = '{{}}'""",
        user_id, password_hash, tx.now,
    )


async def permission_user_id(tx: Tx, user_id: str) -> str | None:
    """Return the id of a user's permission record."""
    found: str | None = await tx.connection.fetchval(
        f"SELECT id::text FROM {tx.table('permissions_users')} WHERE public.octavo_fold(doc #>> '{{userId}}') = $1",
        user_id.lower(),
    )
    return found


async def unknown_permissions(tx: Tx, names: Iterable[str]) -> list[str]:
    """Return those names that no permission has, in the given order."""
    rows = await tx.connection.fetch(
        f"""SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS given (name, place)
            WHERE NOT EXISTS (SELECT FROM {tx.table("permissions")} p
                              WHERE p.permission_name = public.octavo_fold(name) AND p.doc ->> 'permissionName' = name)
            ORDER BY place""",
        list(names),
    )
    return [row["name"] for row in rows]


async def permission_documents(tx: Tx, names: Iterable[str]) -> list[bytes]:
    """Return the records of permissions, in order of name."""
    rows = await tx.connection.fetch(
        f"SELECT doc FROM {tx.table('permissions')} WHERE doc ->> 'permissionName' = ANY ($1) ORDER BY permission_name",
        list(names),
    )
    return [row["doc"] for row in rows]


async def immutable_among(tx: Tx, names: Iterable[str]) -> set[str]:
    """Return those of the named permissions that the server itself defines."""
    rows = await tx.connection.fetch(
        f"""SELECT doc ->> 'permissionName' AS name FROM {tx.table("permissions")}
            WHERE doc ->> 'permissionName' = ANY ($1) AND doc -> 'mutable' = 'false'""",
        list(names),
    )
    return {row["name"] for row in rows}


async def define_permissions(tx: Tx, documents: dict[str, bytes]) -> None:
    """Make the server's own permissions exactly these (record by id); what people have made stays."""
    ids = list(documents)
    await tx.connection.execute(
        f"""WITH gone AS (DELETE FROM {tx.table("permissions")}
                          WHERE doc -> 'mutable' = 'false' AND NOT id = ANY ($1::uuid[]))
            INSERT INTO {tx.table("permissions")} (id, doc) SELECT * FROM unnest($1::uuid[], $2::jsonb[])
            ON CONFLICT DO NOTHING""",
        ids, [documents[record_id] for record_id in ids],
    )


async def link_children(tx: Tx, names: Iterable[str]) -> None:
    """Write anew, in each named permission, which sets hold it (`childOf`)."""
    permissions = tx.table("permissions")
    await tx.connection.execute(
        f"""UPDATE {permissions} child SET doc = child.doc || jsonb_build_object('childOf', coalesce(
              (SELECT jsonb_agg(parent.doc -> 'permissionName' ORDER BY parent.permission_name) FROM {permissions} parent
               WHERE parent.doc -> 'subPermissions' ? (child.doc ->> 'permissionName')), '[]'))
            WHERE child.doc ->> 'permissionName' = ANY ($1)""",
        list(names),
    )


async def withdraw(tx: Tx, name: str) -> None:
    """Take a permission that is about to be deleted out of every set and from every user."""
    for table, member in (("permissions", "subPermissions"), ("permissions_users", "permissions")):
        await tx.connection.execute(
            f"""UPDATE {tx.table(table)} SET doc = jsonb_set(doc, '{{{member}}}', (doc -> '{member}') - $1)
                WHERE doc -> '{member}' ? $1""",
            name,
        )


_OPENED = """SELECT jsonb_array_elements_text(p.doc -> 'subPermissions') FROM held JOIN {permissions} p
             ON p.permission_name = public.octavo_fold(held.name) AND p.doc ->> 'permissionName' = held.name"""


@lru_cache(maxsize=4096)
def _rights(schema: str) -> str:
    opened = _OPENED.format(permissions=f'"{schema}".permissions')
    return f"""
        WITH RECURSIVE held (name) AS (
          SELECT jsonb_array_elements_text(doc -> 'permissions') FROM "{schema}".permissions_users
          WHERE public.octavo_fold(doc #>> '{{userId}}') = $1::uuid::text
          UNION {opened})
        SELECT u.doc ->> 'username' AS username, u.active IS NOT DISTINCT FROM 'true' AS active, c.valid_from,
               ARRAY(SELECT name FROM held) AS permissions
        FROM "{schema}".users u LEFT JOIN "{schema}".credential c ON c.user_id = u.id WHERE u.id = $1::uuid"""


@lru_cache(maxsize=4096)
def _expanded(schema: str) -> str:
    opened = _OPENED.format(permissions=f'"{schema}".permissions')
    return f"""WITH RECURSIVE held (name) AS (SELECT unnest($1::text[]) UNION {opened})
        SELECT ARRAY(SELECT name FROM held ORDER BY name)"""
