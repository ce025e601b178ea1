"""Inventory: what effective values are made from, what requests keep of items, and items as mod-inventory shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from octavo.store import pages
from octavo.store.expressions import document_text, words_vector
from octavo.store.outbox import emitted
from octavo.store.pages import Page
from octavo.store.query import Args
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx


async def load_item_and_holdings(tx: Tx, item_id: str | None, holdings_id: str) -> tuple[bytes | None, bytes | None]:
    """Return an item as stored and the holdings it is to belong to, which nobody else may change meanwhile."""
    row = await tx.connection.fetchrow(
        f"""WITH holdings AS MATERIALIZED (SELECT doc FROM {tx.table("holdings_record")} WHERE id = $2::uuid FOR SHARE)
            SELECT (SELECT doc FROM {tx.table("item")} WHERE id = $1::uuid), (SELECT doc FROM holdings)""",
        item_id, holdings_id,
    )  # fmt: skip
    return row[0], row[1]


async def lock_items_of(tx: Tx, holdings_id: str) -> list[bytes]:
    """Return the items of holdings and keep others from changing them until the transaction ends."""
    rows = await tx.connection.fetch(
        f"SELECT doc FROM {tx.table('item')} WHERE holdings_record_id = $1::uuid ORDER BY id FOR UPDATE", holdings_id
    )
    return [row["doc"] for row in rows]


async def save_items(tx: Tx, items: Sequence[tuple[str, bytes]]) -> None:
    """Write back items that this transaction has locked; their versions grow by one."""
    await tx.connection.execute(
        f"""WITH before AS MATERIALIZED (
                SELECT item.id, item.doc AS old, new.doc AS new FROM {tx.table("item")} item
                JOIN unnest($1::uuid[], $2::jsonb[]) AS new (id, doc) ON new.id = item.id),
            saved AS (UPDATE {tx.table("item")} item
                SET doc = before.new || jsonb_build_object('_version', coalesce((item.doc ->> '_version')::int, 0) + 1)
                FROM before WHERE item.id = before.id RETURNING item.id, before.old, item.doc)
            {emitted(tx.schema, "item", "saved", "U", "$3")} SELECT 1""",
        [item_id for item_id, _ in items], [document for _, document in items], tx.now,
    )  # fmt: skip


async def refresh_requests_of_items(tx: Tx, item_ids: Sequence[str]) -> None:
    """Let the requests for items keep today's barcode, call number and place of them."""
    await _refresh_requests(tx, "item.id = ANY ($1::uuid[])", list(item_ids))


async def refresh_requests_of_location(tx: Tx, location_id: str) -> None:
    """Let the requests for items at a location keep its name and its service point of today."""
    await _refresh_requests(tx, "item.effective_location_id = $1::uuid", location_id)


async def refresh_requests_of_service_point(tx: Tx, service_point_id: str) -> None:
    """Let requests keep today's name of a service point, where they are picked up or fetched from."""
    await _refresh_requests(tx, "location.primary_service_point = $1::uuid", service_point_id)
    await tx.connection.execute(
        f"""WITH before AS MATERIALIZED (
                SELECT request.id, request.doc AS old, desk.doc -> 'name' AS name FROM {tx.table("request")} request
                JOIN {tx.table("service_point")} desk ON desk.id = request.pickup_service_point_id
                WHERE desk.id = $1::uuid AND request.doc ? 'searchIndex'
                AND request.doc #> '{{searchIndex,pickupServicePointName}}' IS DISTINCT FROM desk.doc -> 'name'
                ORDER BY request.id FOR NO KEY UPDATE OF request),
            renamed AS (UPDATE {tx.table("request")} request
                SET doc = jsonb_set(request.doc, '{{searchIndex,pickupServicePointName}}', before.name)
                FROM before WHERE request.id = before.id RETURNING request.id, before.old, request.doc)
            {emitted(tx.schema, "request", "renamed", "U", "$2")} SELECT 1""",
        service_point_id, tx.now,
    )  # fmt: skip


async def _refresh_requests(tx: Tx, which: str, key: Any) -> None:
    item = """jsonb_strip_nulls(jsonb_build_object('barcode', item.doc -> 'barcode',
        'itemEffectiveLocationId', location.id, 'itemEffectiveLocationName', location.doc -> 'name',
        'retrievalServicePointId', desk.id, 'retrievalServicePointName', desk.doc -> 'name'))"""
    index = """(coalesce(request.doc -> 'searchIndex', '{}') - '{callNumberComponents,shelvingOrder}'::text[])
        || jsonb_strip_nulls(jsonb_build_object('shelvingOrder', item.doc -> 'effectiveShelvingOrder',
           'callNumberComponents', (item.doc -> 'effectiveCallNumberComponents') - 'typeId'))"""
    await tx.connection.execute(
        f"""WITH kept AS (
                SELECT request.id, request.doc AS old, jsonb_build_object('item', {item}, 'searchIndex', {index}) AS parts
                FROM {tx.table("request")} request JOIN {tx.table("item")} item ON item.id = request.item_id
                LEFT JOIN {tx.table("location")} location ON location.id = item.effective_location_id
                LEFT JOIN {tx.table("service_point")} desk ON desk.id = location.primary_service_point
                WHERE {which} AND request.status LIKE 'open%' ORDER BY request.id FOR NO KEY UPDATE OF request),
            refreshed AS (UPDATE {tx.table("request")} request SET doc = request.doc || kept.parts
                FROM kept WHERE kept.id = request.id AND NOT request.doc @> kept.parts
                RETURNING request.id, kept.old, request.doc)
            {emitted(tx.schema, "request", "refreshed", "U", "$2")} SELECT 1""",
        key, tx.now,
    )  # fmt: skip


async def withdraw_service_point(tx: Tx, service_point_id: str) -> None:
    """Take a service point where nothing is picked up any more out of all request policies.

    A list of service points that becomes empty goes, and with it the type of request.
    """
    await tx.connection.execute(
        f"""WITH named AS (
                SELECT policy.id, list.key AS type, list.value - $1::text AS points
                FROM {tx.table("request_policy")} policy, jsonb_each(policy.doc -> 'allowedServicePoints') list
                WHERE policy.doc -> 'allowedServicePoints' @? format('$.*[*] ? (@ == "%s")', $1::uuid)::jsonpath),
            shrunk AS (
                SELECT id, coalesce(jsonb_object_agg(type, points) FILTER (WHERE points <> '[]'), '{{}}') AS points,
                       coalesce(array_agg(type) FILTER (WHERE points = '[]'), '{{}}') AS gone
                FROM named GROUP BY id)
            UPDATE {tx.table("request_policy")} policy
            SET doc = (CASE WHEN shrunk.points = '{{}}' THEN policy.doc - 'allowedServicePoints'
                       ELSE jsonb_set(policy.doc, '{{allowedServicePoints}}', shrunk.points) END)
                || jsonb_build_object('requestTypes', (policy.doc -> 'requestTypes') - shrunk.gone)
            FROM shrunk WHERE shrunk.id = policy.id""",
        service_point_id,
    )


async def load_shown_item(tx: Tx, item_id: str) -> bytes | None:
    """Return an item as mod-inventory shows it, None where there is no such item."""
    document: bytes | None = await tx.connection.fetchval(
        f"SELECT {shown_item(tx)} FROM {tx.table('item')} WHERE id = $1::uuid", item_id
    )
    return document


async def page_of_shown_items(
    tx: Tx, kind: RecordType[Any], query: str | None, offset: int, limit: int, totals: str
) -> Page:
    """Return a part of all items as mod-inventory shows them. `query` is CQL over stored items."""
    chosen = replace(pages.select(tx, kind, query), document=shown_item(tx))
    return await pages.take(tx, chosen, offset, limit, totals)


async def page_of_items_in_holdings(
    tx: Tx, kind: RecordType[Any], holdings_id: str, offset: int, limit: int, totals: str
) -> Page:
    """Return a part of the items that belong to holdings or have them bound into themselves."""
    args = Args()
    key = args.add(holdings_id, "uuid")
    where = f"""(holdings_record_id = {key} OR id IN (
        SELECT item_id FROM {tx.table("bound_with_part")} WHERE holdings_record_id = {key}))"""
    chosen = replace(pages.select(tx, kind, None), where=where, order="id", document=shown_item(tx), args=args)
    return await pages.take(tx, chosen, offset, limit, totals)


def shown_item(tx: Tx) -> str:
    """Return the expression for a row of the table `item` as mod-inventory shows it."""
    contributors = """coalesce((SELECT jsonb_agg(jsonb_build_object('name', who -> 'name') ORDER BY place)
        FROM jsonb_array_elements(instance.doc -> 'contributors') WITH ORDINALITY AS people (who, place)), '[]')"""
    types = "'{materialTypeId,permanentLoanTypeId,temporaryLoanTypeId}'::text[]"
    places = "'{permanentLocationId,temporaryLocationId,effectiveLocationId}'::text[]"
    return f"""(SELECT (item.doc - {types} - {places}) || jsonb_strip_nulls(jsonb_build_object(
            'title', instance.doc -> 'title',
            'callNumber', item.doc #> '{{effectiveCallNumberComponents,callNumber}}',
            'contributorNames', {contributors},
            'materialType', {_named(tx, "material_type", "item.material_type_id")},
            'permanentLoanType', {_named(tx, "loan_type", "item.permanent_loan_type_id")},
            'temporaryLoanType', {_named(tx, "loan_type", "item.temporary_loan_type_id")},
            'permanentLocation', {_named(tx, "location", "item.permanent_location_id")},
            'temporaryLocation', {_named(tx, "location", "item.temporary_location_id")},
            'effectiveLocation', {_named(tx, "location", "item.effective_location_id")},
            'isBoundWith', EXISTS (SELECT FROM {tx.table("bound_with_part")} part WHERE part.item_id = item.id)))
        FROM {tx.table("holdings_record")} holdings
        LEFT JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id
        WHERE holdings.id = item.holdings_record_id)"""


def _named(tx: Tx, table: str, record_id: str) -> str:
    return f"""(SELECT jsonb_build_object('id', named.id, 'name', named.doc -> 'name')
        FROM {tx.table(table)} named WHERE named.id = {record_id})"""


async def find_by_identifier(tx: Tx, values: Iterable[str]) -> dict[str, bytes]:
    """Return the instances that have one of the values as an identifier, by the value; of several the first by id."""
    vector = words_vector(document_text("identifiers"))
    rows = await tx.connection.fetch(
        f"""SELECT DISTINCT ON (given) given, doc FROM unnest($1::text[]) AS given
            JOIN {tx.table("instance")} ON {vector} @@ public.octavo_tsquery_phrase(ARRAY[given])
            AND doc -> 'identifiers' @> jsonb_build_array(jsonb_build_object('value', given)) ORDER BY given, id""",
        list(values),
    )
    return {row["given"]: row["doc"] for row in rows}
