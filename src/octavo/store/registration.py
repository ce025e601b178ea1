"""Finding people by e-mail address or external id, and what registration needs to know of the tenant."""

from dataclasses import dataclass
from datetime import datetime

from octavo.store.locale import locale_value
from octavo.store.tx import Tx

_BY_EMAIL = """personal_email = public.octavo_fold({email}::text)
    AND lower(doc #>> '{{personal,email}}') = lower({email}::text)"""

_BY_EXTERNAL_ID = """external_system_id = public.octavo_fold($1::text)
    AND lower(doc ->> 'externalSystemId') = lower($1::text)"""


@dataclass(frozen=True)
class RegistrationTerms:
    """The patron group and the address type for registered patrons, and the locale; None where there is none."""

    group_id: str | None
    home_id: str | None
    locale: bytes | None


async def find_patron(tx: Tx, external_id: str, *, or_user_id: bool = False) -> str | None:
    """Return the id of the user with an external id, whatever its letters' case, or else with a user id."""
    record_id = await tx.connection.fetchval(
        f"""SELECT id FROM {tx.table("users")}
            WHERE {_BY_EXTERNAL_ID} OR ($2 AND id = public.octavo_uuid($1::text))
            ORDER BY ({_BY_EXTERNAL_ID}) IS NOT TRUE LIMIT 1""",
        external_id, or_user_id,
    )
    return None if record_id is None else str(record_id)


async def lock_emails(tx: Tx, *emails: str) -> None:
    """Let nobody else register or change these e-mail addresses until the transaction ends."""
    await tx.connection.execute(
        """SELECT pg_advisory_xact_lock(hashtextextended(key, 0))
           FROM (SELECT DISTINCT $1::text || ' ' || lower(email) AS key FROM unnest($2::text[]) email ORDER BY 1) keys""",
        tx.schema, list(emails),
    )


async def users_with_email(tx: Tx, email: str) -> list[bytes]:
    """Return up to two users with an e-mail address, whatever its letters' case."""
    rows = await tx.connection.fetch(
        f"SELECT doc FROM {tx.table('users')} WHERE {_BY_EMAIL.format(email='$1')} ORDER BY id LIMIT 2", email
    )
    return [row["doc"] for row in rows]


async def load_terms(tx: Tx, group: str, address_type: str) -> RegistrationTerms:
    """Return what registration needs to know of the tenant."""
    row = await tx.connection.fetchrow(
        f"""SELECT (SELECT id::text FROM {tx.table("groups")} WHERE "group" = public.octavo_fold($1::text)),
                (SELECT id::text FROM {tx.table("addresstype")} WHERE address_type = public.octavo_fold($2::text)),
                {locale_value(tx)}""",
        group, address_type,
    )
    return RegistrationTerms(*row)


async def expired_patrons(tx: Tx, group: str, start: datetime, end: datetime) -> list[bytes]:
    """Return the patrons of a group whose membership ended from one instant to before another."""
    rows = await tx.connection.fetch(
        f"""SELECT users.doc FROM {tx.table("users")} users JOIN {tx.table("groups")} groups ON groups.id = users.patron_group
            WHERE groups."group" = public.octavo_fold($1::text) AND users.type = 'patron'
              AND users.expiration_date >= $2 AND users.expiration_date < $3
            ORDER BY users.expiration_date, users.id""",
        group, start, end,
    )
    return [row["doc"] for row in rows]


async def patrons_by(tx: Tx, *, email: str | None = None, external_id: str | None = None) -> list[bytes]:
    """Return up to two users of type patron with an e-mail address or an external id."""
    condition = _BY_EXTERNAL_ID if email is None else _BY_EMAIL.format(email="$1")
    rows = await tx.connection.fetch(
        f"SELECT doc FROM {tx.table('users')} WHERE {condition} AND type = 'patron' ORDER BY id LIMIT 2",
        external_id if email is None else email,
    )
    return [row["doc"] for row in rows]


async def lock_staging_user(tx: Tx, external_id: str) -> bytes | None:
    """Return the staging user with an external id and keep others from changing it."""
    document: bytes | None = await tx.connection.fetchval(
        f"SELECT doc FROM {tx.table('staging_users')} WHERE external_system_id = public.octavo_uuid($1::text) FOR UPDATE",
        external_id,
    )
    return document


async def load_group(tx: Tx, name: str) -> bytes | None:
    """Return the patron group of a name."""
    document: bytes | None = await tx.connection.fetchval(
        f"""SELECT doc FROM {tx.table("groups")} WHERE "group" = public.octavo_fold($1::text)""", name
    )
    return document


async def load_group_by_id(tx: Tx, group_id: str) -> bytes | None:
    """Return a patron group."""
    document: bytes | None = await tx.connection.fetchval(
        f"SELECT doc FROM {tx.table('groups')} WHERE id = $1::uuid", group_id
    )
    return document


async def load_home_type(tx: Tx) -> str | None:
    """Return the id of the address type called Home."""
    record_id: str | None = await tx.connection.fetchval(
        f"SELECT id::text FROM {tx.table('addresstype')} WHERE address_type = public.octavo_fold('Home')"
    )
    return record_id
