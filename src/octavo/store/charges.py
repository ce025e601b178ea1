"""What it takes to charge for a loan: who charges, under which policies, what is owed already; and new charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from octavo.store.calendars import assigned_since
from octavo.store.locale import locale_value
from octavo.store.occasions import Occasion, columns_of, noting
from octavo.store.outbox import emitted
from octavo.store.query import Args
from octavo.store.tx import Tx
from octavo_models.fees import Account, FeeFineAction
from octavo_models.inventory import Item
from octavo_models.loan import Loan

_LATEST = """account.doc #>> '{metadata,createdDate}' DESC NULLS LAST,
    account.status_name = 'open' DESC NULLS LAST, account.id DESC"""


@dataclass(frozen=True)
class Facts:
    """What is known about a loan that costs money; documents are bytes, None where there is no such record.

    owner, lost_owner: who charges for the effective and for the permanent location. lost_fees: the latest account of
    each type of lost item fee, a JSON object of ids by type. actual_costs: the loan's open actual cost records.
    calendars: of the primary service point of the effective location.
    """

    location: bytes | None
    permanent_location: bytes | None
    owner: bytes | None
    lost_owner: bytes | None
    loan_policy: bytes | None
    overdue_fine_policy: bytes | None
    lost_item_policy: bytes | None
    instance: bytes | None
    material_type: str | None
    loan_type: str | None
    identifier_types: bytes
    borrower: bytes | None
    patron_group: str | None
    staff: bytes | None
    lost_fees: bytes
    actual_costs: list[bytes]
    calendars: list[bytes]
    locale: bytes | None


async def load_facts(tx: Tx, loan: Loan, item: Item, since: date, lost_types: Sequence[str]) -> Facts:
    """Return what decides about charges for a loan, with one statement. since: the first day whose openings matter."""
    args = Args()
    loan_id, holdings = args.add(loan.id, "uuid"), args.add(item.holdings_record_id, "uuid")
    user = f"public.octavo_uuid({args.add(loan.user_id, 'text')})"
    loan_type = args.add(item.temporary_loan_type_id or item.permanent_loan_type_id, "uuid")
    desk = "(SELECT doc->>'primaryServicePoint' FROM place)"
    row = await tx.connection.fetchrow(
        f"""WITH place AS MATERIALIZED (
                SELECT doc FROM {tx.table("location")} WHERE id = {args.add(item.effective_location_id, "uuid")}),
            holdings AS MATERIALIZED (
                SELECT instance_id, doc->>'permanentLocationId' AS permanent
                FROM {tx.table("holdings_record")} WHERE id = {holdings}),
            permanent AS MATERIALIZED (
                SELECT doc FROM {tx.table("location")} WHERE id = coalesce(
                    {args.add(item.permanent_location_id, "uuid")},
                    (SELECT public.octavo_uuid(permanent) FROM holdings))),
            title AS MATERIALIZED (
                SELECT doc FROM {tx.table("instance")} WHERE id = (SELECT instance_id FROM holdings)),
            patron AS MATERIALIZED (SELECT doc, patron_group FROM {tx.table("users")} WHERE id = {user})
            SELECT (SELECT doc FROM place) AS location, (SELECT doc FROM permanent) AS permanent_location,
                {_owner(tx, "place")} AS owner, {_owner(tx, "permanent")} AS lost_owner,
                {_policy(tx, "loan_policy", loan.loan_policy_id, args)} AS loan_policy,
                {_policy(tx, "overdue_fine_policy", loan.overdue_fine_policy_id, args)} AS overdue_fine_policy,
                {_policy(tx, "lost_item_fee_policy", loan.lost_item_policy_id, args)} AS lost_item_policy,
                (SELECT doc FROM title) AS instance,
                {_name(tx, "material_type", args.add(item.material_type_id, "uuid"))} AS material_type,
                {_name(tx, "loan_type", loan_type)} AS loan_type,
                {_identifier_types(tx)} AS identifier_types,
                (SELECT doc FROM patron) AS borrower,
                (SELECT doc->>'group' FROM {tx.table("groups")} WHERE id = (SELECT patron_group FROM patron))
                    AS patron_group,
                (SELECT doc FROM {tx.table("users")} WHERE id = {args.add(tx.actor, "uuid")}) AS staff,
                {_lost_fees(tx, loan_id, args.add(tuple(lost_types), "text[]"))} AS lost_fees,
                ARRAY(SELECT doc FROM {tx.table("actual_cost_record")}
                      WHERE loan_id = {loan_id} AND status = 'open' ORDER BY id) AS actual_costs,
                ARRAY({assigned_since(tx, desk, args.add(since.isoformat(), "text"))}) AS calendars,
                {locale_value(tx)} AS locale""",
        *args.values,
    )
    return Facts(**row)


def _owner(tx: Tx, place: str) -> str:
    """Return the owner whose service points have the primary one of a location; of several the one with the least id."""
    return f"""(SELECT owner.doc FROM {tx.table("owners")} owner, {place}
        WHERE owner.doc->'servicePointOwner'
            @> jsonb_build_array(jsonb_build_object('value', {place}.doc->'primaryServicePoint'))
        ORDER BY owner.id LIMIT 1)"""


def _policy(tx: Tx, table: str, policy_id: str | None, args: Args) -> str:
    return f"(SELECT doc FROM {tx.table(table)} WHERE id = public.octavo_uuid({args.add(policy_id, 'text')}))"


def _name(tx: Tx, table: str, record_id: str) -> str:
    return f"(SELECT doc->>'name' FROM {tx.table(table)} WHERE id = {record_id})"


def _identifier_types(tx: Tx) -> str:
    """Return the names, by id, of the types of the title's identifiers."""
    return f"""(SELECT coalesce(jsonb_object_agg(kind.id, kind.doc->'name'), '{{}}')
        FROM {tx.table("identifier_type")} kind WHERE kind.id IN (
            SELECT public.octavo_uuid(known->>'identifierTypeId')
            FROM title, jsonb_array_elements(title.doc->'identifiers') known))"""


def _lost_fees(tx: Tx, loan_id: str, types: str) -> str:
    return f"""(SELECT coalesce(jsonb_object_agg(kind, id), '{{}}') FROM (
            SELECT DISTINCT ON (account.doc->>'feeFineType') account.doc->>'feeFineType' AS kind, account.id
            FROM {tx.table("accounts")} account
            WHERE account.loan_id = {loan_id} AND account.doc->>'feeFineType' = ANY ({types})
            ORDER BY account.doc->>'feeFineType', {_LATEST}) latest)"""


async def insert_charges(
    tx: Tx, accounts: Sequence[Account], actions: Sequence[FeeFineAction], told: Sequence[Occasion] = ()
) -> None:
    """Store new accounts and the records that tell of them, and note the occasions, with one statement."""
    args = Args()
    now = args.add(tx.now, "timestamptz")
    made, acted = (_columns(rows, args) for rows in (accounts, actions))
    parts = [
        f"made AS (INSERT INTO {tx.table('accounts')} (id, doc) SELECT * FROM {made} RETURNING id, doc)"
        + emitted(tx.schema, "accounts", "made", "I", now),
        f"acted AS (INSERT INTO {tx.table('feefineactions')} (id, doc) SELECT * FROM {acted})",
        f"moment AS (SELECT {now})",
        *([noting(tx, [args.add(tuple(column), "text[]") for column in columns_of(told).values()], now)] if told else []),
    ]
    await tx.connection.execute(f"WITH {', '.join(parts)} SELECT 1", *args.values)


def _columns(rows: Sequence[Account] | Sequence[FeeFineAction], args: Args) -> str:
    ids = args.add(tuple(record.id for record in rows), "uuid[]")
    return f"unnest({ids}, {args.add(tuple(record.to_wire() for record in rows), 'jsonb[]')})"
