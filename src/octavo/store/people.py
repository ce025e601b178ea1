"""A user with everything that belongs to them, by one statement (FOLIO mod-users-bl)."""

from dataclasses import dataclass

from octavo.store.tx import Tx


@dataclass(frozen=True)
class Profile:
    """A user's documents as they are stored; None for what the user does not have."""

    user: bytes
    group: bytes | None
    permissions: bytes | None
    service_points_user: bytes | None
    service_points: list[bytes]
    proxies: list[bytes]


async def find_profile(tx: Tx, username: str | None, user_id: str | None) -> Profile | None:
    """Return a user by name or, without a name, by id (a UUID)."""
    who = "u.username = public.octavo_fold($1)" if username is not None else "u.id = $1"
    owner = "public.octavo_fold(doc #>> '{userId}') = u.id::text"
    row = await tx.connection.fetchrow(
        f"""SELECT u.doc AS user, g.doc AS "group", p.doc AS permissions, s.doc AS desk,
              ARRAY(SELECT point.doc FROM {tx.table("service_point")} point
                    WHERE s.doc -> 'servicePointsIds' ? point.id::text ORDER BY point.name) AS points,
              ARRAY(SELECT doc FROM {tx.table("proxyfor")} WHERE {owner} ORDER BY id) AS proxies
            FROM {tx.table("users")} u
            LEFT JOIN {tx.table("groups")} g ON g.id = u.patron_group
            LEFT JOIN LATERAL (SELECT doc FROM {tx.table("permissions_users")} WHERE {owner}) p ON true
            LEFT JOIN LATERAL (SELECT doc FROM {tx.table("service_point_user")} WHERE {owner}) s ON true
            WHERE {who}""",
        username if username is not None else user_id,
    )
    if row is None:
        return None
    return Profile(row["user"], row["group"], row["permissions"], row["desk"], row["points"], row["proxies"])
