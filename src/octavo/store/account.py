"""What a patron sees: open loans, requests and charges of one account, put together by one statement.

It is made as `json`, which is text from the beginning: `jsonb` would be built, sorted and printed for every entry.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from octavo.cql import Query, SortKey
from octavo.store.locale import currency
from octavo.store.query import Args, compile_query, shape_of
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx, made_once
from octavo_models.record import find_kind

#: By what the title of an item is sorted where the record itself keeps a copy of it.
_TITLES = {"request": "instance.title", "accounts": "title"}

_AUTHOR = """CASE jsonb_array_length(instance.doc -> 'contributors') WHEN 1 THEN instance.doc #>> '{contributors,0,name}'
    ELSE (SELECT string_agg(who ->> 'name', '; ' ORDER BY place)
        FROM jsonb_array_elements(instance.doc -> 'contributors') WITH ORDINALITY AS people (who, place)) END"""

#: What the lists need besides the documents.
_COLUMNS = {"loan": "item_id, due_date", "request": "instance_id", "accounts": "public.octavo_uuid(doc ->> 'itemId') AS item_id"}

_OPEN = {
    "loan": "user_id = {patron} AND status_name = 'open'",
    "request": "requester_id = {patron} AND status LIKE 'open%'",
    "accounts": "user_id = {patron} AND status_name = 'open'",
}


@dataclass(frozen=True)
class Wanted:
    """Which lists of an account are wanted, which part of each, and in which order."""

    loans: bool = False
    holds: bool = False
    charges: bool = False
    sort: tuple[SortKey, ...] = ()
    offset: int = 0
    limit: int = 2147483647


@dataclass(frozen=True)
class AccountTypes:
    """The record types that an account is put together from."""

    loan: RecordType[Any]
    request: RecordType[Any]
    account: RecordType[Any]


async def load_account(tx: Tx, patron_id: str, wanted: Wanted, types: AccountTypes) -> bytes | None:
    """Return a patron's account as JSON, None where there is no such user.

    The totals cover everything open, whatever part of the lists is wanted.
    """
    make = _statement if wanted.sort else _usual_statement
    sql, values = make(tx, types, (wanted.loans, wanted.holds, wanted.charges), wanted.sort)
    given = {_Given.PATRON: patron_id, _Given.LIMIT: wanted.limit, _Given.OFFSET: wanted.offset, _Given.NOW: tx.now}
    document: bytes | None = await tx.connection.fetchval(
        sql, *[given[value] if isinstance(value, _Given) else value for value in values]
    )
    return document


class _Given(Enum):
    """What stands among the values of a statement for those of one request."""

    PATRON = auto()
    LIMIT = auto()
    OFFSET = auto()
    NOW = auto()


def _statement(
    tx: Tx, types: AccountTypes, asked: tuple[bool, bool, bool], sort: tuple[SortKey, ...]
) -> tuple[str, list[object]]:
    """Return the statement of an account with those of its lists that are asked for: loans, holds, charges."""
    args = Args()
    patron = args.add(_Given.PATRON, "uuid")
    kinds = zip(asked, (types.loan, types.request, types.account), strict=True)
    loans, holds, charges = (_part(tx, kind, sort, patron, args) if wanted else None for wanted, kind in kinds)
    sql = f"""SELECT convert_to(json_build_object(
                'totalCharges', json_build_object('amount', owed.amount, 'isoCurrencyCode', {currency(tx)}),
                'totalChargesCount', owed.count,
                'totalLoans', (SELECT count(*) FROM {tx.table("loan")} WHERE {_open("loan", patron)}),
                'totalHolds', (SELECT count(*) FROM {tx.table("request")} WHERE {_open("request", patron)}),
                'loans', {_listed(loans and _loans(tx, loans, args.add(_Given.NOW, "timestamptz")))},
                'holds', {_listed(holds and _holds(tx, holds))},
                'charges', {_listed(charges and _charges(tx, charges))})::text, 'UTF8')
            FROM {tx.table("users")} patron, LATERAL (
                SELECT coalesce(sum(public.octavo_number(doc ->> 'remaining')), 0) AS amount, count(*) AS count
                FROM {tx.table("accounts")} WHERE {_open("accounts", patron)}) owed
            WHERE patron.id = {patron}"""
    return sql, args.values


# Without sort keys, of which clients may think out any number.
_usual_statement = made_once(_statement)


async def exist(tx: Tx, patron_id: str, item_id: str) -> tuple[bool, bool]:
    """Tell whether there is such a user, and such an item."""
    row = await tx.connection.fetchrow(
        f"""SELECT EXISTS (SELECT FROM {tx.table("users")} WHERE id = $1::uuid),
                EXISTS (SELECT FROM {tx.table("item")} WHERE id = $2::uuid)""",
        patron_id, item_id,
    )
    return row[0], row[1]


async def load_loan_view(tx: Tx, loan_id: str) -> bytes:
    """Return one loan as its patron sees it."""
    chosen = f"(SELECT doc, {_COLUMNS['loan']}, 1 AS place FROM {tx.table('loan')} WHERE id = $1)"
    return bytes(await tx.connection.fetchval(f"SELECT convert_to(entry::text, 'UTF8') FROM ({_loans(tx, chosen, '$2')}) shown", loan_id, tx.now))


async def load_hold_view(tx: Tx, request_id: str) -> bytes:
    """Return one request as its patron sees it."""
    chosen = f"(SELECT doc, {_COLUMNS['request']}, 1 AS place FROM {tx.table('request')} WHERE id = $1)"
    return bytes(await tx.connection.fetchval(f"SELECT convert_to(entry::text, 'UTF8') FROM ({_holds(tx, chosen)}) shown", request_id))


def _open(table: str, patron: str) -> str:
    return _OPEN[table].format(patron=patron)


def _part(tx: Tx, kind: RecordType[Any], sort: tuple[SortKey, ...], patron: str, args: Args) -> str:
    """Return the rows of a list that are wanted, numbered."""
    order = ", ".join([*(part for key in sort if (part := _order(tx, kind, key, args))), f"{kind.table}.id"])
    return f"""(SELECT doc, {_COLUMNS[kind.table]}, row_number() OVER (ORDER BY {order}) AS place FROM {tx.table(kind.table)}
        WHERE {_open(kind.table, patron)} ORDER BY place
        LIMIT {args.add(_Given.LIMIT, "bigint")} OFFSET {args.add(_Given.OFFSET, "bigint")})"""


def _order(tx: Tx, kind: RecordType[Any], key: SortKey, args: Args) -> str:
    """Return the SQL of a sort key, nothing where the type knows no such field: one key sorts three kinds of record."""
    if key.index == "item.title" and kind.table == "loan":
        descending = any(modifier.name == "sort.descending" for modifier in key.modifiers)
        return f"{_loan_title(tx)} {'DESC' if descending else 'ASC'}"
    index = _TITLES.get(kind.table, key.index) if key.index == "item.title" else key.index
    if find_kind(kind.record, index) is None:
        return ""
    return compile_query(Query(sort=(SortKey(index, key.modifiers),)), shape_of(kind, tx.schema), args).order


def _loan_title(tx: Tx) -> str:
    return f"""(SELECT public.octavo_fold(instance.doc ->> 'title') FROM {tx.table("item")} item
        JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
        JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id WHERE item.id = loan.item_id)"""


def _listed(entries: str | None) -> str:
    return f"coalesce((SELECT json_agg(entry ORDER BY place) FROM ({entries}) listed), '[]')" if entries else "'[]'::json"


def _loans(tx: Tx, chosen: str, now: str) -> str:
    return f"""SELECT chosen.place, json_strip_nulls(json_build_object(
            'id', chosen.doc -> 'id',
            'item', {_item("item.doc -> 'id'", "instance.doc -> 'id'", "instance.doc -> 'title'")},
            'loanDate', {_printed("chosen.doc ->> 'loanDate'")},
            'dueDate', chosen.doc -> 'dueDate',
            'overdue', coalesce(chosen.due_date < {now}::timestamptz, false))) AS entry
        FROM {chosen} chosen
        LEFT JOIN {tx.table("item")} item ON item.id = chosen.item_id
        {_instance_of_item(tx)}"""


def _holds(tx: Tx, chosen: str) -> str:
    title = "coalesce(instance.doc -> 'title', chosen.doc #> '{instance,title}')"
    return f"""SELECT chosen.place, json_strip_nulls(json_build_object(
            'requestId', chosen.doc -> 'id',
            'item', {_item("chosen.doc -> 'itemId'", "chosen.doc -> 'instanceId'", title)},
            'requestDate', chosen.doc -> 'requestDate',
            'expirationDate', chosen.doc -> 'requestExpirationDate',
            'status', chosen.doc -> 'status',
            'pickupLocationId', chosen.doc -> 'pickupServicePointId',
            'queuePosition', chosen.doc -> 'position',
            'patronComments', chosen.doc -> 'patronComments',
            'cancellationReasonId', chosen.doc -> 'cancellationReasonId',
            'canceledByUserId', chosen.doc -> 'cancelledByUserId',
            'cancellationAdditionalInformation', chosen.doc -> 'cancellationAdditionalInformation',
            'canceledDate', chosen.doc -> 'cancelledDate')) AS entry
        FROM {chosen} chosen
        LEFT JOIN {tx.table("instance")} instance ON instance.id = chosen.instance_id"""


def _charges(tx: Tx, chosen: str) -> str:
    item = _item("item.doc -> 'id'", "instance.doc -> 'id'", "instance.doc -> 'title'")
    return f"""SELECT chosen.place, json_strip_nulls(json_build_object(
            'item', CASE WHEN item.id IS NOT NULL THEN {item} END,
            'chargeAmount', json_build_object('amount', chosen.doc -> 'remaining', 'isoCurrencyCode', {currency(tx)}),
            'accrualDate', chosen.doc #> '{{metadata,createdDate}}',
            'state', coalesce(chosen.doc #>> '{{paymentStatus,name}}', 'Unknown'),
            'reason', chosen.doc -> 'feeFineType')) AS entry
        FROM {chosen} chosen
        LEFT JOIN {tx.table("item")} item ON item.id = chosen.item_id
        {_instance_of_item(tx)}"""


def _instance_of_item(tx: Tx) -> str:
    return f"""LEFT JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
        LEFT JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id"""


def _item(item_id: str, instance_id: str, title: str) -> str:
    return f"json_build_object('instanceId', {instance_id}, 'itemId', {item_id}, 'title', {title}, 'author', {_AUTHOR})"


def _printed(text: str) -> str:
    """Return an instant as records print it: UTC, milliseconds, `+00:00`. Text that is no instant stays as it is."""
    printed = f"""to_char(public.octavo_instant({text}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"')"""
    return f"CASE WHEN {text} LIKE '____-__-__T__:__:__.___+00:00' THEN {text} ELSE coalesce({printed}, {text}) END"


@dataclass(frozen=True)
class Counts:
    """How much there is of everything open in an account, and what is owed."""

    loans: int
    holds: int
    ready: int
    charges: int
    owed: Decimal


async def load_counts(tx: Tx, patron_id: str) -> Counts:
    """Return what is open in a patron's account, in numbers. ready: requests whose items wait for the patron."""
    row = await tx.connection.fetchrow(
        f"""SELECT (SELECT count(*) FROM {tx.table("loan")} WHERE {_open("loan", "$1::uuid")}) AS loans,
                (SELECT count(*) FROM {tx.table("request")} WHERE {_open("request", "$1::uuid")}) AS holds,
                (SELECT count(*) FROM {tx.table("request")}
                    WHERE requester_id = $1::uuid AND status = 'open - awaiting pickup') AS ready,
                owed.count AS charges, owed.amount AS owed
            FROM (SELECT coalesce(sum(public.octavo_number(doc ->> 'remaining')), 0) AS amount, count(*) AS count
                FROM {tx.table("accounts")} WHERE {_open("accounts", "$1::uuid")}) owed""",
        patron_id,
    )
    return Counts(**row)
