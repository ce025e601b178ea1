"""Requests: locking a queue, the facts that decide about a new request, positions, and requests rendered for reading."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from octavo.store import pages
from octavo.store.blocks import Standing, read_standing, standing_value
from octavo.store.calendars import CalendarsOf, assigned_since
from octavo.store.circulation import LOAN_STRATEGY, RulesText, rules_text, titles_requestable
from octavo.store.locale import locale_value
from octavo.store.pages import Page
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx, made_once

OPEN = "status LIKE 'open%'"


@dataclass(frozen=True)
class Target:
    """What is requested: one item, or, where there is none, any item of an instance."""

    item_id: str | None = None
    instance_id: str | None = None


def tlr_value(tx: Tx) -> str:
    """Return the SQL expression for the setting of title level requests, NULL where there is none."""
    return f"""(SELECT setting.doc -> 'value' FROM {tx.table("circulation_settings")} setting
        WHERE setting.name IN ('tlr', 'generaltlr') AND setting.doc -> 'value' ? 'titleLevelRequestsFeatureEnabled'
        ORDER BY setting.name DESC LIMIT 1)"""


async def lock_target(tx: Tx, requester_id: str | None, target: Target) -> None:
    """Keep others from requesting, lending or returning what is requested until the transaction ends.

    Locks the patron, the items in the order of their ids, the instance where its items share one queue, and the
    open loans of the items: the order in which everybody locks. What is loaded afterwards is what the last one left.
    """
    text = _lock_target_text(tx, one=target.item_id is not None)
    await tx.connection.execute(text, requester_id, target.item_id, target.instance_id)


@made_once
def _lock_target_text(tx: Tx, *, one: bool) -> str:
    return f"""WITH patron AS MATERIALIZED (SELECT id FROM {tx.table("users")} WHERE id = $1::uuid FOR NO KEY UPDATE),
            items AS MATERIALIZED (
                SELECT item.id FROM {tx.table("item")} item WHERE {_items(tx, one=one)}
                ORDER BY item.id FOR NO KEY UPDATE OF item),
            loans AS MATERIALIZED (
                SELECT id FROM {tx.table("loan")}
                WHERE item_id = ANY (ARRAY(SELECT id FROM items)) AND status_name = 'open'
                ORDER BY id FOR NO KEY UPDATE),
            titles AS MATERIALIZED (
                SELECT id FROM {tx.table("instance")} WHERE id = {_instance(tx)} AND {titles_requestable(tx)}
                FOR NO KEY UPDATE)
            {_taken("patron", "items", "titles", "loans")}"""


def _taken(*rows: str) -> str:
    """Return the SELECT that takes locks in order. Rows that nothing reads are not locked, so each of them is counted."""
    return "SELECT " + ", ".join(f"(SELECT count(*) FROM {name})" for name in rows)


def _items(tx: Tx, *, one: bool) -> str:
    """Return the condition for the items: `$2` is the item where it is one, `$3` the instance."""
    if one:
        return "item.id = $2::uuid"
    return f"""item.holdings_record_id IN (
        SELECT id FROM {tx.table("holdings_record")} WHERE instance_id = $3::uuid)"""


def _instance(tx: Tx) -> str:
    return f"""coalesce((SELECT holdings.instance_id FROM {tx.table("item")} item
        JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id WHERE item.id = $2::uuid), $3::uuid)"""


@dataclass(frozen=True)
class RequestFacts:
    """Everything that decides about a new request.

    documents: requester, group, proxy, sponsorships, instance, pickup: documents or null. pickupServes: the locations that
    the pickup point fetches items from. tlr, locale: setting values.
    policies: all request policies by id. queue: open requests of the instance or its items, by position.
    copies: the items, each with holdings, location, loan, the loan's policy and, where its strategy asks for them, the
    calendars of where the item was lent.
    """

    documents: dict[str, Any]
    rules: RulesText
    standing: Standing


async def load_facts(
    tx: Tx, requester_id: str | None, target: Target, calendars: CalendarsOf, known: Iterable[str],
    proxy_user_id: str | None = None, pickup_id: str | None = None,
) -> RequestFacts:
    """Return everything that decides about a new request, with one statement. known: digests of rules that need not be sent."""
    documents, digest, text, standing = await tx.connection.fetchrow(
        _facts_text(tx, one=target.item_id is not None),
        requester_id, target.item_id, target.instance_id, proxy_user_id, pickup_id, calendars.strategies, calendars.since,
        list(known),
    )  # fmt: skip
    return RequestFacts(orjson.loads(documents), RulesText(digest, text), read_standing(standing))


@made_once
def _facts_text(tx: Tx, *, one: bool) -> str:
    sponsorships = f"SELECT doc, id FROM {tx.table('proxyfor')} WHERE user_id = $1::uuid AND proxy_user_id = $4::uuid"
    return f"""SELECT jsonb_build_object(
            'requester', {_document(tx, "users", "$1::uuid")},
            'group', (SELECT groups.doc FROM {tx.table("users")} users
                JOIN {tx.table("groups")} groups ON groups.id = users.patron_group WHERE users.id = $1::uuid),
            'proxy', {_document(tx, "users", "$4::uuid")},
            'sponsorships', {_listed(sponsorships)},
            'instance', {_document(tx, "instance", _instance(tx))},
            'pickup', {_document(tx, "service_point", "$5::uuid")},
            'pickupServes', {_listed(_served_by(tx, "$5::uuid"))},
            'tlr', {tlr_value(tx)},
            'locale', {locale_value(tx)},
            'policies', coalesce((SELECT jsonb_object_agg(id, doc) FROM {tx.table("request_policy")}), '{{}}'),
            'queue', {_queue(tx, one=one)},
            'hasHoldings', EXISTS (SELECT FROM {tx.table("holdings_record")} WHERE instance_id = {_instance(tx)}),
            'copies', {_copies(tx, one=one)}),
        rules.*, {standing_value(tx, "$1::uuid")} FROM ({rules_text(tx, "$8")}) rules"""


def _document(tx: Tx, table: str, key: str) -> str:
    return f"(SELECT doc FROM {tx.table(table)} WHERE id = {key})"


def _listed(rows: str) -> str:
    return f"coalesce((SELECT jsonb_agg(listed.doc ORDER BY listed.id) FROM ({rows}) listed), '[]')"


def _served_by(tx: Tx, point: str) -> str:
    return f"""SELECT doc, id FROM {tx.table("location")}
        WHERE primary_service_point = {point} OR doc -> 'servicePointIds' ? {point}::text"""


def _queue(tx: Tx, *, one: bool) -> str:
    return f"""coalesce((SELECT jsonb_agg(doc ORDER BY position NULLS LAST, id) FROM {tx.table("request")}
        WHERE {OPEN} AND (instance_id = {_instance(tx)}
            OR item_id = ANY (ARRAY(SELECT item.id FROM {tx.table("item")} item WHERE {_items(tx, one=one)})))), '[]')"""


def _copies(tx: Tx, *, one: bool) -> str:
    return f"""coalesce((SELECT jsonb_agg(jsonb_build_object(
            'item', item.doc, 'holdings', holdings.doc, 'location', location.doc, 'library', library.doc -> 'name',
            'retrievalPoint', jsonb_build_object('id', desk.id, 'name', desk.doc -> 'name'),
            'loan', loan.doc, 'loanPolicy', loan_policy.doc, 'schedule', schedule.doc,
            'calendars', {_calendars(tx)}) ORDER BY item.id)
        FROM {tx.table("item")} item
        JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
        LEFT JOIN {tx.table("location")} location ON location.id = item.effective_location_id
        LEFT JOIN {tx.table("loclibrary")} library ON library.id = location.library_id
        LEFT JOIN {tx.table("service_point")} desk ON desk.id = location.primary_service_point
        LEFT JOIN {tx.table("loan")} loan ON loan.item_id = item.id AND loan.status_name = 'open'
        LEFT JOIN {tx.table("loan_policy")} loan_policy ON loan_policy.id = public.octavo_uuid(loan.doc ->> 'loanPolicyId')
        LEFT JOIN {tx.table("fixed_due_date_schedule")} schedule
            ON schedule.id = loan_policy.loans_policy_fixed_due_date_schedule_id
        WHERE {_items(tx, one=one)}), '[]')"""


def _calendars(tx: Tx) -> str:
    """Return the calendars that moving a loan's due date would ask: `$6` are the strategies that do, `$7` is since when."""
    lent_at = assigned_since(tx, "(loan.doc ->> 'checkoutServicePointId')", "$7::text")
    return f"""CASE WHEN {LOAN_STRATEGY} = ANY ($6::text[])
        THEN (SELECT coalesce(jsonb_agg(assigned.doc), '[]') FROM ({lent_at}) assigned) ELSE '[]' END"""


async def load_pickup_points(tx: Tx) -> list[dict[str, Any]]:
    """Return the service points where requests can be picked up, by name."""
    document = await tx.connection.fetchval(
        f"""SELECT coalesce(jsonb_agg(doc ORDER BY doc ->> 'name', id), '[]')
            FROM {tx.table("service_point")} WHERE pickup_location = 'true'"""
    )
    points: list[dict[str, Any]] = orjson.loads(document)
    return points


async def lock_request(tx: Tx, request_id: str) -> str | None:
    """Keep others from changing a request and its queue until the transaction ends; return which item is locked.

    That is the item that the request was for when the lock was asked for: somebody may have moved it meanwhile.
    """
    row = await tx.connection.fetchrow(
        f"""WITH wanted AS MATERIALIZED (SELECT item_id, instance_id FROM {tx.table("request")} WHERE id = $1::uuid),
            items AS MATERIALIZED (
                SELECT id FROM {tx.table("item")} WHERE id = (SELECT item_id FROM wanted) FOR NO KEY UPDATE),
            titles AS MATERIALIZED (
                SELECT id FROM {tx.table("instance")}
                WHERE id = (SELECT instance_id FROM wanted) AND {titles_requestable(tx)} FOR NO KEY UPDATE),
            requests AS MATERIALIZED (
                SELECT id FROM {tx.table("request")} WHERE id = $1::uuid FOR NO KEY UPDATE)
            {_taken("items", "titles", "requests")}, (SELECT item_id::text FROM wanted) AS item_id""",
        request_id,
    )
    return None if row["item_id"] is None else str(row["item_id"])


async def lock_move(tx: Tx, request_id: str, destination_id: str) -> str | None:
    """Lock what moving a request to another item touches, in the order of `lock_target`; return which item it leaves."""
    row = await tx.connection.fetchrow(
        f"""WITH wanted AS MATERIALIZED (
                SELECT requester_id, item_id, instance_id FROM {tx.table("request")} WHERE id = $1::uuid),
            patron AS MATERIALIZED (
                SELECT id FROM {tx.table("users")} WHERE id = (SELECT requester_id FROM wanted) FOR NO KEY UPDATE),
            items AS MATERIALIZED (
                SELECT id FROM {tx.table("item")} WHERE id IN ($2::uuid, (SELECT item_id FROM wanted))
                ORDER BY id FOR NO KEY UPDATE),
            loans AS MATERIALIZED (
                SELECT id FROM {tx.table("loan")}
                WHERE item_id = ANY (ARRAY(SELECT id FROM items)) AND status_name = 'open'
                ORDER BY id FOR NO KEY UPDATE),
            titles AS MATERIALIZED (
                SELECT id FROM {tx.table("instance")}
                WHERE id = (SELECT instance_id FROM wanted) AND {titles_requestable(tx)} FOR NO KEY UPDATE),
            requests AS MATERIALIZED (
                SELECT id FROM {tx.table("request")} WHERE id = $1::uuid FOR NO KEY UPDATE)
            {_taken("patron", "items", "titles", "loans", "requests")}, (SELECT item_id::text FROM wanted) AS item_id""",
        request_id, destination_id,
    )
    return None if row["item_id"] is None else str(row["item_id"])


@dataclass(frozen=True)
class StoredRequest:
    """A request with its item and its queue; the queue holds open requests alone, by position."""

    request: bytes
    item: bytes | None
    queue: list[bytes]
    pickup: bytes | None


async def load_request(tx: Tx, request_id: str, pickup_id: str | None = None) -> StoredRequest | None:
    """Return a request, its item, the queue that it stands in and a service point, None where there is no such request."""
    row = await tx.connection.fetchrow(
        f"""SELECT wanted.doc, (SELECT item.doc FROM {tx.table("item")} item WHERE item.id = wanted.item_id),
                ARRAY(SELECT queued.doc FROM {tx.table("request")} queued WHERE queued.{OPEN}
                    AND CASE WHEN {titles_requestable(tx)} THEN queued.instance_id = wanted.instance_id
                        ELSE queued.item_id = wanted.item_id END
                    ORDER BY queued.position NULLS LAST, queued.id),
                {_document(tx, "service_point", "$2::uuid")}
            FROM {tx.table("request")} wanted WHERE wanted.id = $1::uuid""",
        request_id, pickup_id,
    )
    return None if row is None else StoredRequest(*row)


async def load_expired(tx: Tx) -> list[str]:
    """Return the ids of requests that have waited, or whose item has waited, longer than was agreed; oldest first."""
    rows = await tx.connection.fetch(
        f"""SELECT id::text AS id FROM (
                SELECT id, request_expiration_date AS ended FROM {tx.table("request")}
                WHERE status = 'open - not yet filled' AND request_expiration_date < $1
                UNION ALL
                SELECT id, hold_shelf_expiration_date FROM {tx.table("request")}
                WHERE status = 'open - awaiting pickup' AND hold_shelf_expiration_date < $1) expired
            ORDER BY ended, id""",
        tx.now,
    )
    return [row["id"] for row in rows]


async def load_queue(tx: Tx, target: Target) -> tuple[bool, bool, list[bytes]]:
    """Return whether the item or instance exists, whether title level requests are on, and its queue, rendered."""
    table, column, key = ("item", "item_id", target.item_id) if target.item_id else ("instance", "instance_id", target.instance_id)
    row = await tx.connection.fetchrow(
        f"""SELECT EXISTS (SELECT FROM {tx.table(table)} WHERE id = $1::uuid), {titles_requestable(tx)},
                ARRAY(SELECT {rendered(tx)} FROM {tx.table("request")} WHERE {column} = $1::uuid AND {OPEN}
                    ORDER BY position NULLS LAST, id)""",
        key,
    )
    return row[0], row[1], row[2]


async def load_rendered(tx: Tx, request_id: str) -> bytes | None:
    """Return one request with everything that is shown beside it."""
    document: bytes | None = await tx.connection.fetchval(
        f"SELECT {rendered(tx)} FROM {tx.table('request')} WHERE id = $1::uuid", request_id
    )
    return document


def rendered(tx: Tx) -> str:
    """Return the SQL expression for a row of the table `request` with everything that is shown beside it.

    The item, the work, the people and the places are as they are now; where one is gone, what the request keeps.
    """
    return f"""(SELECT (request.doc - '{{searchIndex,item,instance,requester,proxy}}'::text[])
        || jsonb_strip_nulls(jsonb_build_object(
            'item', coalesce({_item_shown(tx)}, request.doc -> 'item'),
            'instance', coalesce({_instance_shown(tx)}, request.doc -> 'instance'),
            'requester', coalesce({_person_shown(tx, "requester_id")}, request.doc -> 'requester'),
            'proxy', coalesce({_person_shown(tx, "proxy_user_id")}, request.doc -> 'proxy'),
            'loan', {_loan_shown(tx)},
            'pickupServicePoint', {_pickup_shown(tx)},
            'deliveryAddress', {_address_shown(tx)},
            'printDetails', {_printing_shown(tx)})))"""


def _fields(document: str, *names: str) -> str:
    return ", ".join(f"'{name}', {document} -> '{name}'" for name in names)


def _item_shown(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object(
            {_fields("item.doc", "barcode", "copyNumber", "enumeration", "chronology", "volume", "displaySummary")},
            'status', item.doc #> '{{status,name}}',
            'callNumber', item.doc #> '{{effectiveCallNumberComponents,callNumber}}',
            'callNumberComponents', jsonb_build_object(
                {_fields("(item.doc -> 'effectiveCallNumberComponents')", "callNumber", "prefix", "suffix")}),
            'location', CASE WHEN location.id IS NOT NULL THEN jsonb_build_object(
                'name', location.doc -> 'name', 'libraryName', library.doc -> 'name', 'code', location.doc -> 'code') END,
            'itemEffectiveLocationId', location.id, 'itemEffectiveLocationName', location.doc -> 'name',
            'retrievalServicePointId', desk.id, 'retrievalServicePointName', desk.doc -> 'name',
            'loanTypeId', loan_type.id, 'loanTypeName', loan_type.doc -> 'name')
        FROM {tx.table("item")} item
        LEFT JOIN {tx.table("location")} location ON location.id = item.effective_location_id
        LEFT JOIN {tx.table("loclibrary")} library ON library.id = location.library_id
        LEFT JOIN {tx.table("service_point")} desk ON desk.id = location.primary_service_point
        LEFT JOIN {tx.table("loan_type")} loan_type
            ON loan_type.id = coalesce(item.temporary_loan_type_id, item.permanent_loan_type_id)
        WHERE item.id = request.item_id)"""


def _instance_shown(tx: Tx) -> str:
    names = """(SELECT jsonb_agg(jsonb_build_object('name', who -> 'name') ORDER BY place)
        FROM jsonb_array_elements(instance.doc -> 'contributors') WITH ORDINALITY AS people (who, place))"""
    identifiers = """(SELECT jsonb_agg(jsonb_build_object('value', one -> 'value', 'identifierTypeId', one -> 'identifierTypeId')
        ORDER BY place) FROM jsonb_array_elements(instance.doc -> 'identifiers') WITH ORDINALITY AS known (one, place))"""
    return f"""(SELECT jsonb_build_object(
            {_fields("instance.doc", "title", "hrid")}, 'identifiers', coalesce({identifiers}, '[]'),
            'contributorNames', coalesce({names}, '[]'),
            'publication', coalesce(instance.doc -> 'publication', '[]'), 'editions', coalesce(instance.doc -> 'editions', '[]'))
        FROM {tx.table("instance")} instance WHERE instance.id = request.instance_id)"""


def _person_shown(tx: Tx, column: str) -> str:
    return f"""(SELECT jsonb_build_object(
            {_fields("(person.doc -> 'personal')", "firstName", "lastName", "middleName")},
            'barcode', person.doc -> 'barcode', 'patronGroupId', person.doc -> 'patronGroup',
            'patronGroup', CASE WHEN groups.id IS NOT NULL THEN jsonb_build_object(
                'id', groups.id, 'group', groups.doc -> 'group', 'desc', groups.doc -> 'desc') END)
        FROM {tx.table("users")} person LEFT JOIN {tx.table("groups")} groups ON groups.id = person.patron_group
        WHERE person.id = request.{column})"""


def _loan_shown(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object('dueDate', loan.doc -> 'dueDate')
        FROM {tx.table("loan")} loan WHERE loan.item_id = request.item_id AND loan.status_name = 'open' LIMIT 1)"""


def _pickup_shown(tx: Tx) -> str:
    names = ("name", "code", "discoveryDisplayName", "description", "shelvingLagTime", "pickupLocation")
    return f"""(SELECT jsonb_build_object({_fields("point.doc", *names)})
        FROM {tx.table("service_point")} point WHERE point.id = request.pickup_service_point_id)"""


def _address_shown(tx: Tx) -> str:
    names = ("addressTypeId", "addressLine1", "addressLine2", "city", "region", "postalCode", "countryId")
    return f"""(SELECT jsonb_build_object({_fields("address", *names)})
        FROM {tx.table("users")} person, jsonb_array_elements(person.doc #> '{{personal,addresses}}') address
        WHERE person.id = request.requester_id
          AND address ->> 'addressTypeId' = request.doc ->> 'deliveryAddressTypeId' LIMIT 1)"""


def _printing_shown(tx: Tx) -> str:
    return f"""(SELECT (request.doc -> 'printDetails') || jsonb_build_object('lastPrintRequester', jsonb_build_object(
            {_fields("(person.doc -> 'personal')", "firstName", "middleName", "lastName")}))
        FROM {tx.table("users")} person
        WHERE person.id = public.octavo_uuid(request.doc #>> '{{printDetails,requesterId}}'))"""


async def page_of_rendered(tx: Tx, kind: RecordType[Any], query: str | None, offset: int, limit: int, totals: str) -> Page:
    """Return a part of all requests as circulation shows them. `query` is CQL over stored requests."""
    chosen = replace(pages.select(tx, kind, query), document=rendered(tx))
    return await pages.take(tx, chosen, offset, limit, totals)
