"""Lists that staff work through, each rendered by one statement."""

from dataclasses import replace
from typing import Any

from octavo.store import pages
from octavo.store.loans import shown_item
from octavo.store.pages import Page
from octavo.store.record_type import RecordType
from octavo.store.requests import rendered
from octavo.store.tx import Tx

_GIVEN_UP = "('closed - cancelled', 'closed - pickup expired')"


async def load_hold_shelf_clearance(tx: Tx, service_point_id: str) -> list[bytes]:
    """Return the requests whose items lie on a service point's hold shelf for nobody: cancelled or not picked up.

    For each item it is the request that was closed last; it counts where that one was to be picked up.
    """
    rows = await tx.connection.fetch(
        f"""WITH latest AS (
                SELECT DISTINCT ON (request.item_id) request.id, request.pickup_service_point_id AS pickup,
                    request.doc->>'awaitingPickupRequestClosedDate' AS closed
                FROM {tx.table("item")} item JOIN {tx.table("request")} request ON request.item_id = item.id
                WHERE item.status_name = 'awaiting pickup' AND request.status IN {_GIVEN_UP}
                    AND request.doc ? 'awaitingPickupRequestClosedDate'
                    AND NOT EXISTS (SELECT FROM {tx.table("request")} waiting
                        WHERE waiting.item_id = item.id AND waiting.status = 'open - awaiting pickup')
                ORDER BY request.item_id, closed DESC)
            SELECT {rendered(tx)} AS shown FROM {tx.table("request")} request
            JOIN latest USING (id) WHERE latest.pickup = $1::uuid ORDER BY latest.closed DESC, request.id""",
        service_point_id,
    )
    return [row["shown"] for row in rows]


async def page_with_items(tx: Tx, kind: RecordType[Any], query: str | None, offset: int, limit: int, totals: str) -> Page:
    """Return a part of all instances, each with its items as circulation shows them. `query` is CQL over instances."""
    document = f"""instance.doc || jsonb_build_object('items', coalesce((
        SELECT jsonb_agg({shown_item(tx, "copy.id")} ORDER BY copy.barcode, copy.id)
        FROM {tx.table("item")} copy JOIN {tx.table("holdings_record")} shelf ON shelf.id = copy.holdings_record_id
        WHERE shelf.instance_id = instance.id), '[]'))"""
    return await pages.take(tx, replace(pages.select(tx, kind, query), document=document), offset, limit, totals)


async def load_items_in_transit(tx: Tx) -> list[bytes]:
    """Return the items on their way between service points, with the request that moves them and where they were last."""
    rows = await tx.connection.fetch(
        f"""SELECT shown.item || jsonb_strip_nulls(jsonb_build_object(
                'location', {_location(tx)}, 'request', {_request(tx)},
                'lastCheckIn', {_last_check_in(tx)}, 'loan', {_last_loan(tx)})) AS shown
            FROM {tx.table("item")} moving, LATERAL (SELECT {shown_item(tx, "moving.id")} AS item) shown
            WHERE moving.status_name = 'in transit' ORDER BY moving.barcode, moving.id"""
    )
    return [row["shown"] for row in rows]


def _location(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object('name', place.doc->'name', 'code', place.doc->'code', 'libraryName', library.doc->'name')
        FROM {tx.table("location")} place LEFT JOIN {tx.table("loclibrary")} library ON library.id = place.library_id
        WHERE place.id = moving.effective_location_id)"""


def _request(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object(
            'requestType', request.doc->'requestType', 'requestDate', request.doc->'requestDate',
            'requestExpirationDate', request.doc->'requestExpirationDate', 'tags', request.doc #> '{{tags,tagList}}',
            'requestPickupServicePointName', (SELECT desk.doc->'name' FROM {tx.table("service_point")} desk
                WHERE desk.id = request.pickup_service_point_id),
            'requestPatronGroup', (SELECT patron_group.doc->'desc' FROM {tx.table("users")} person
                JOIN {tx.table("groups")} patron_group ON patron_group.id = person.patron_group
                WHERE person.id = request.requester_id))
        FROM {tx.table("request")} request
        WHERE request.item_id = moving.id AND request.status LIKE 'open%' ORDER BY request.position LIMIT 1)"""


def _last_check_in(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object('dateTime', moving.doc #> '{{lastCheckIn,dateTime}}',
            'servicePoint', {_desk(tx, "moving.doc #>> '{lastCheckIn,servicePointId}'")})
        WHERE moving.doc ? 'lastCheckIn')"""


def _last_loan(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object('checkInDateTime', loan.doc->'systemReturnDate',
            'checkInServicePoint', {_desk(tx, "loan.doc->>'checkinServicePointId'")})
        FROM {tx.table("loan")} loan WHERE loan.item_id = moving.id AND loan.doc ? 'systemReturnDate'
        ORDER BY loan.doc->>'systemReturnDate' DESC LIMIT 1)"""


def _desk(tx: Tx, desk_id: str) -> str:
    names = ("name", "code", "discoveryDisplayName", "description", "shelvingLagTime", "pickupLocation")
    fields = ", ".join(f"'{name}', desk.doc->'{name}'" for name in names)
    return f"""(SELECT jsonb_build_object({fields}) FROM {tx.table("service_point")} desk
        WHERE desk.id = public.octavo_uuid({desk_id}))"""
