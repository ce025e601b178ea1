"""Items, holdings, places: what else changes when one of them is written (FOLIO mod-inventory-storage)."""

from dataclasses import replace
from typing import Any

from octavo.catalogue.inventory import HOLDINGS_RECORD, ITEM
from octavo.catalogue.locations import LOCATION, SERVICE_POINT
from octavo.errors import BadRequest, Invalid, NotFound, storage_violation
from octavo.rules.effective_values import with_effective_location, with_effective_values
from octavo.services.verbs import Verbs, plain, replace_or_text
from octavo.store import inventory as store
from octavo.store import records
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.inventory import Holdings, Item, ItemStatus
from octavo_models.location import Location, ServicePoint
from octavo_models.record import Metadata


async def create_item(tx: Tx, item: Item) -> bytes:
    """Store a new item with its effective values and return the document. Raises Invalid."""
    _, holdings = await store.load_item_and_holdings(tx, None, item.holdings_record_id)
    status = item.status.model_copy(update={"date": item.status.date or tx.now})
    return await records.insert(tx, ITEM, _completed(item.model_copy(update={"status": status}), holdings))


async def replace_item(tx: Tx, item_id: str, item: Item, if_match: str | None) -> bytes:
    """Replace an item; the date of its status changes with the status. Raises BadRequest, NotFound, Conflict."""
    old, holdings = await store.load_item_and_holdings(tx, item_id, item.holdings_record_id)
    if old is None:
        raise NotFound(ITEM.not_found)
    status = _status_since(tx, item.status, Item.model_validate_json(old).status)
    made = _completed(item.model_copy(update={"status": status}), holdings)
    document = await replace_or_text(tx, ITEM, item_id, made, if_match)
    await store.refresh_requests_of_items(tx, [item_id])
    return document


def _completed(item: Item, holdings: bytes | None) -> Item:
    """Return an item with its effective values; where the holdings do not exist, the reference is refused later."""
    return item if holdings is None else with_effective_values(item, Holdings.model_validate_json(holdings))


def _status_since(tx: Tx, new: ItemStatus, old: ItemStatus) -> ItemStatus:
    return new.model_copy(update={"date": old.date if new.name == old.name else tx.now})


async def create_holdings(tx: Tx, holdings: Holdings) -> bytes:
    """Store new holdings with their effective location and return the document. Raises Invalid."""
    return await records.insert(tx, HOLDINGS_RECORD, with_effective_location(holdings))


async def replace_holdings(tx: Tx, holdings_id: str, holdings: Holdings, if_match: str | None) -> bytes:
    """Replace holdings; their items get the effective values that follow. Raises BadRequest, NotFound, Conflict."""
    document = await replace_or_text(tx, HOLDINGS_RECORD, holdings_id, with_effective_location(holdings), if_match)
    await _refresh_items(tx, holdings_id, Holdings.model_validate_json(document))
    return document


async def _refresh_items(tx: Tx, holdings_id: str, holdings: Holdings) -> None:
    changed = []
    for stored in await store.lock_items_of(tx, holdings_id):
        item = Item.model_validate_json(stored)
        made = with_effective_values(item, holdings)
        if made != item:
            changed.append((str(item.id), _touched(tx, made).to_wire()))
    if changed:
        await store.save_items(tx, changed)
        await store.refresh_requests_of_items(tx, [item_id for item_id, _ in changed])


def _touched(tx: Tx, item: Item) -> Item:
    kept = item.metadata or Metadata(created_date=tx.now)
    return item.model_copy(
        update={"metadata": kept.model_copy(update={"updated_date": tx.now, "updated_by_user_id": tx.actor})}
    )


async def replace_location(tx: Tx, location_id: str, location: Location, if_match: str | None) -> bytes:
    """Replace a location; requests for what stands there keep its new name. Raises Invalid, NotFound, Conflict."""
    if location.id is not None and location.id != location_id:
        raise Invalid(storage_violation("Illegal operation: id cannot be changed", "id", location.id))
    document = await records.replace(tx, LOCATION, location_id, location, if_match)
    await store.refresh_requests_of_location(tx, location_id)
    return document


async def replace_service_point(tx: Tx, point_id: str, point: ServicePoint, if_match: str | None) -> bytes:
    """Replace a service point; requests and request policies follow. Raises Invalid, NotFound, Conflict."""
    document = await records.replace(tx, SERVICE_POINT, point_id, point, if_match)
    await store.refresh_requests_of_service_point(tx, point_id)
    if not point.pickup_location:
        await store.withdraw_service_point(tx, point_id)
    return document


async def remove_service_point(tx: Tx, point_id: str, if_match: str | None) -> None:
    """Delete a service point; no request policy names it any more. Raises BadRequest, NotFound, Conflict."""
    await records.delete(tx, SERVICE_POINT, point_id, if_match)
    await store.withdraw_service_point(tx, point_id)


async def create_shown_item(tx: Tx, item: Item) -> bytes:
    """Store a new item and return it as mod-inventory shows it. Raises BadRequest, Invalid."""
    try:
        document = await create_item(tx, item)
    except Invalid as refusal:
        raise _barcode_taken(item, refusal) or refusal from None
    return await read_shown_item(tx, records.id_of(document))


async def replace_shown_item(tx: Tx, item_id: str, item: Item, if_match: str | None) -> None:
    """Replace an item as mod-inventory does. Raises BadRequest, Invalid, NotFound, Conflict."""
    try:
        stored = await records.load(tx, ITEM, item_id)
    except NotFound:
        raise NotFound("No item found") from None
    if item.hrid is not None and item.hrid != stored.hrid:
        raise Invalid(storage_violation("HRID can not be updated", "hrid", item.hrid))
    if stored.status.name == "Claimed returned" and item.status.name == "Missing":
        message = "Claimed returned item cannot be marked as missing"
        raise Invalid(storage_violation(message, "status.name", item.status.name))
    try:
        await replace_item(tx, item_id, item, if_match)
    except BadRequest as refusal:
        raise _barcode_taken(item, refusal) or refusal from None


def _barcode_taken(item: Item, refusal: Invalid | BadRequest) -> BadRequest | None:
    """Return mod-inventory's problem where the refusal is about the barcode, else None."""
    if "'barcode'" not in refusal.text:
        return None
    return BadRequest(f"Barcode must be unique, {item.barcode} is already assigned to another item")


async def read_shown_item(tx: Tx, item_id: str) -> bytes:
    """Return an item as mod-inventory shows it. Raises NotFound."""
    document = await store.load_shown_item(tx, item_id)
    if document is None:
        raise NotFound(ITEM.not_found)
    return document


VERBS: dict[RecordType[Any], Verbs[Any]] = {
    ITEM: replace(plain(ITEM), create=create_item, replace=replace_item, statements=3),
    HOLDINGS_RECORD: replace(plain(HOLDINGS_RECORD), create=create_holdings, replace=replace_holdings, statements=4),
    LOCATION: replace(plain(LOCATION), replace=replace_location, statements=2),
    SERVICE_POINT: replace(
        plain(SERVICE_POINT), replace=replace_service_point, remove=remove_service_point, statements=4
    ),
}
