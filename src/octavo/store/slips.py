"""What staff print on slips: an item, the request that it fills, and who asked for it (FOLIO's staff slip tokens)."""

import orjson

from octavo.store.tx import Tx
from octavo_models.scalars import format_instant

#: The name of an instance's primary contributor, null where none is marked.
PRIMARY_CONTRIBUTOR = "jsonb_path_query_first(instance.doc, '$.contributors[*] ? (@.primary == true).name')"
_WORK = f"""'title', instance.doc->'title', 'primaryContributor', {PRIMARY_CONTRIBUTOR},
        'allContributors', (SELECT string_agg(who->>'name', '; ' ORDER BY place)
            FROM jsonb_array_elements(instance.doc->'contributors') WITH ORDINALITY AS people (who, place))"""
_IN_TRANSIT_TO = "public.octavo_uuid(item.doc->>'inTransitDestinationServicePointId')"
_NOT_YET_FILLED = "request.status = 'open - not yet filled'"


def of_item(tx: Tx, item_id: str, request_id: str, desk_id: str) -> str:
    """Return the expression for the slip of an item that came in at a desk, from the expressions of ids."""
    return f"""jsonb_strip_nulls(jsonb_build_object(
        'item', (SELECT {item_tokens(tx)} || jsonb_build_object(
                'fromServicePoint', {_name_of(tx, "service_point", desk_id)},
                'toServicePoint', {_name_of(tx, "service_point", _IN_TRANSIT_TO)})
            FROM {items_shelved(tx)} WHERE item.id = {item_id}),
        'request', (SELECT {_request(tx)} FROM {tx.table("request")} request WHERE request.id = {request_id}),
        'requester', (SELECT {_requester(tx)} FROM {tx.table("request")} request
            JOIN {tx.table("users")} person ON person.id = request.requester_id WHERE request.id = {request_id})))"""


async def load_pick_slips(tx: Tx, service_point_id: str) -> list[bytes]:
    """Return the slips of items that a service point fetches from its shelves: those paged and not fetched yet."""
    return await _load(tx, service_point_id, "request.request_type = 'page' AND item.status_name = 'paged'")


async def load_search_slips(tx: Tx, service_point_id: str) -> list[bytes]:
    """Return the slips of a service point's items on hold, where the tenant has such holds printed.

    A hold of any copy comes after those of one, at each service point whose shelves have a copy.
    """
    enabled = f"""EXISTS (SELECT FROM {tx.table("circulation_settings")} WHERE name = 'print_hold_requests'
        AND doc #>> '{{value,printHoldRequestsEnabled}}' = 'true')"""
    return [
        *await _load(tx, service_point_id, f"request.request_type = 'hold' AND {enabled}"),
        *await _load_title_holds(tx, service_point_id, enabled),
    ]


async def _load_title_holds(tx: Tx, service_point_id: str, enabled: str) -> list[bytes]:
    rows = await tx.connection.fetch(
        f"""SELECT jsonb_strip_nulls(jsonb_build_object('item', {_title()}, 'request', {_request(tx)},
                'requester', {_requester(tx)} || {_address(tx)})) || jsonb_build_object('currentDateTime', $2::jsonb) AS slip
            FROM {tx.table("request")} request
            JOIN {tx.table("instance")} instance ON instance.id = request.instance_id
            LEFT JOIN {tx.table("users")} person ON person.id = request.requester_id
            WHERE request.request_type = 'hold' AND request.item_id IS NULL AND {_NOT_YET_FILLED} AND {enabled}
            AND EXISTS (SELECT FROM {tx.table("holdings_record")} holdings
                JOIN {tx.table("item")} item ON item.holdings_record_id = holdings.id
                JOIN {tx.table("location")} place ON place.id = item.effective_location_id
                WHERE holdings.instance_id = instance.id AND place.primary_service_point = $1::uuid)
            ORDER BY instance.doc->>'title', request.position, request.id""",
        service_point_id, orjson.dumps(format_instant(tx.now)),
    )  # fmt: skip
    return [row["slip"] for row in rows]


async def _load(tx: Tx, service_point_id: str, which: str) -> list[bytes]:
    """Return slips in the order in which somebody walks along the shelves."""
    rows = await tx.connection.fetch(
        f"""SELECT jsonb_strip_nulls(jsonb_build_object('item', {item_tokens(tx)} || {_shelved(tx)},
                'request', {_request(tx)}, 'requester', {_requester(tx)} || {_address(tx)}))
                || jsonb_build_object('currentDateTime', $2::jsonb) AS slip
            FROM {items_shelved(tx)}
            JOIN {tx.table("request")} request ON request.item_id = item.id
            LEFT JOIN {tx.table("users")} person ON person.id = request.requester_id
            WHERE place.primary_service_point = $1::uuid AND {_NOT_YET_FILLED} AND {which}
            ORDER BY place.doc->>'name', item.doc->>'effectiveShelvingOrder', instance.doc->>'title', request.position,
                request.id""",
        service_point_id, orjson.dumps(format_instant(tx.now)),
    )  # fmt: skip
    return [row["slip"] for row in rows]


def items_shelved(tx: Tx) -> str:
    """Return the tables of items with where they stand and what they are copies of."""
    return f"""{tx.table("item")} item
        LEFT JOIN {tx.table("location")} place ON place.id = item.effective_location_id
        LEFT JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
        LEFT JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id"""


def item_tokens(tx: Tx) -> str:
    """Return the expression for FOLIO's tokens of an item, over the tables of `items_shelved`."""
    return f"""jsonb_build_object(
        {_WORK},
        'barcode', item.doc->'barcode', 'status', item.doc #> '{{status,name}}',
        'callNumber', item.doc #> '{{effectiveCallNumberComponents,callNumber}}',
        'callNumberPrefix', item.doc #> '{{effectiveCallNumberComponents,prefix}}',
        'callNumberSuffix', item.doc #> '{{effectiveCallNumberComponents,suffix}}',
        'enumeration', item.doc->'enumeration', 'volume', item.doc->'volume', 'chronology', item.doc->'chronology',
        'copy', coalesce(item.doc->>'copyNumber', ''), 'displaySummary', item.doc->'displaySummary',
        'materialType', {_name_of(tx, "material_type", "item.material_type_id")},
        'loanType', {_name_of(tx, "loan_type", "coalesce(item.temporary_loan_type_id, item.permanent_loan_type_id)")},
        'effectiveLocationSpecific', place.doc->'name',
        'effectiveLocationDiscoveryDisplayName', place.doc->'discoveryDisplayName',
        'effectiveLocationLibrary', {_name_of(tx, "loclibrary", "place.library_id")},
        'effectiveLocationCampus', {_name_of(tx, "loccampus", "place.campus_id")},
        'effectiveLocationInstitution', {_name_of(tx, "locinstitution", "place.institution_id")},
        'lastCheckedInDateTime', item.doc #> '{{lastCheckIn,dateTime}}')"""


def _shelved(tx: Tx) -> str:
    """Return the expression for what besides helps to find an item on its shelf."""
    return f"""jsonb_build_object(
        'effectiveLocationPrimaryServicePointName', {_name_of(tx, "service_point", "place.primary_service_point")},
        {_edition()},
        'accessionNumber', item.doc->'accessionNumber',
        'administrativeNotes', {_joined("item.doc->'administrativeNotes'")},
        'yearCaption', {_joined("item.doc->'yearCaption'")},
        'numberOfPieces', item.doc->'numberOfPieces', 'descriptionOfPieces', item.doc->'descriptionOfPieces')"""


def _title() -> str:
    """Return the expression for a work of which any copy will do."""
    return f"jsonb_build_object({_WORK}, {_edition()})"


def _edition() -> str:
    return f"""'instanceHrid', instance.doc->'hrid',
        'datesOfPublication', (SELECT string_agg(one->>'dateOfPublication', '; ' ORDER BY nr)
            FROM jsonb_array_elements(instance.doc->'publication') WITH ORDINALITY AS published (one, nr)),
        'editions', {_joined("instance.doc->'editions'")},
        'physicalDescriptions', {_joined("instance.doc->'physicalDescriptions'")}"""


def _joined(texts: str) -> str:
    return f"""(SELECT string_agg(one, '; ' ORDER BY nr)
        FROM jsonb_array_elements_text({texts}) WITH ORDINALITY AS listed (one, nr))"""


def _name_of(tx: Tx, table: str, record_id: str) -> str:
    return f"(SELECT named.doc->'name' FROM {tx.table(table)} named WHERE named.id = {record_id})"


def _request(tx: Tx) -> str:
    return f"""jsonb_build_object(
        'requestID', request.id, 'requestDate', request.doc->'requestDate',
        'servicePointPickup', {_name_of(tx, "service_point", "request.pickup_service_point_id")},
        'requestExpirationDate', request.doc->'requestExpirationDate',
        'holdShelfExpirationDate', request.doc->'holdShelfExpirationDate',
        'deliveryAddressType', (SELECT kind.doc->'addressType' FROM {tx.table("addresstype")} kind
            WHERE kind.id = public.octavo_uuid(request.doc->>'deliveryAddressTypeId')),
        'patronComments', request.doc->'patronComments')"""


def _requester(tx: Tx) -> str:
    return f"""jsonb_build_object(
        'firstName', coalesce(person.doc #> '{{personal,preferredFirstName}}', person.doc #> '{{personal,firstName}}'),
        'lastName', person.doc #> '{{personal,lastName}}', 'middleName', person.doc #> '{{personal,middleName}}',
        'barcode', person.doc->'barcode',
        'patronGroup', (SELECT doc->'group' FROM {tx.table("groups")} WHERE id = person.patron_group))"""


def _address(tx: Tx) -> str:
    """Return the expression for where a requester is found: departments, and the address to deliver to."""
    names = ("addressLine1", "addressLine2", "city", "region", "postalCode", "countryId")
    fields = ", ".join(f"'{name}', address->'{name}'" for name in names)
    return f"""jsonb_build_object('departments', (SELECT string_agg(department.doc->>'name', '; ' ORDER BY nr)
            FROM jsonb_array_elements_text(person.doc->'departments') WITH ORDINALITY AS known (id, nr)
            JOIN {tx.table("departments")} department ON department.id = public.octavo_uuid(known.id)))
        || coalesce((SELECT jsonb_build_object({fields}) FROM jsonb_array_elements(person.doc #> '{{personal,addresses}}') address
            WHERE address->>'addressTypeId' = request.doc->>'deliveryAddressTypeId' LIMIT 1), '{{}}')"""
