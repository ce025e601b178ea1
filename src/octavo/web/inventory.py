"""Items and instances as FOLIO's mod-inventory shows and takes them: references nested, unknown properties ignored."""

import re
from typing import Any, get_args

from octavo.catalogue.inventory import INSTANCE, ITEM
from octavo.errors import BadRequest, Invalid, NotFound, storage_violation
from octavo.http.bodies import check, read_json
from octavo.http.call import NO_CONTENT, Call, Reply, created, ok
from octavo.http.parameters import BAD_UUID, is_uuid, read_paging
from octavo.http.routes import Route
from octavo.services import inventory
from octavo.store import inventory as store
from octavo.store import records
from octavo.web.records import LIST_QUERY, envelope, lister
from octavo_models.inventory import Instance, Item, ItemStatusName
from octavo_models.record import Part

_ITEMS = "/inventory/items"
_INSTANCES = "/inventory/instances"
#: How a nested reference of mod-inventory is called in storage.
_NESTED = {
    "materialType": "materialTypeId",
    "permanentLoanType": "permanentLoanTypeId",
    "temporaryLoanType": "temporaryLoanTypeId",
    "permanentLocation": "permanentLocationId",
    "temporaryLocation": "temporaryLocationId",
}
_ONE_HOLDINGS = re.compile(r'\s*holdingsRecordId\s*==?\s*"?([0-9a-fA-F-]{36})"?\s*')


def read_item(body: bytes) -> Item:
    """Return the item that a body of mod-inventory describes. Raises BadRequest, Invalid."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise BadRequest("Cannot deserialize value of type `Item`: a JSON object is expected")
    _check_status(value.get("status"))
    references = {name: value[given].get("id") for given, name in _NESTED.items() if isinstance(value.get(given), dict)}
    return check(Item, {**_known(Item, value, besides=frozenset(_NESTED.values())), **references})


def _check_status(status: Any) -> None:
    if not isinstance(status, dict):
        raise Invalid(storage_violation("Status is a required field", "status", None))
    if status.get("name") not in get_args(ItemStatusName):
        raise Invalid(storage_violation("Undefined status specified", "status.name", str(status.get("name"))))


def _known(model: type[Part], value: dict[str, Any], besides: frozenset[str] = frozenset()) -> dict[str, Any]:
    names = {field.alias or name for name, field in model.model_fields.items()} - besides
    return {name: part for name, part in value.items() if name in names}


async def get_items(call: Call) -> Reply:
    """List items."""
    paging = read_paging(call.query)
    async with call.read() as tx:
        page = await store.page_of_shown_items(tx, ITEM, paging.query, paging.offset, paging.limit, paging.totals)
    return envelope("items", page)


async def get_items_by_holdings(call: Call) -> Reply:
    """List the items of one holdings record, those that have it bound in included; other queries list items as usual."""
    paging = read_paging(call.query)
    asked = _ONE_HOLDINGS.fullmatch(paging.query or "")
    if asked is None:
        return await get_items(call)
    if not is_uuid(asked[1]):
        raise BadRequest(BAD_UUID)
    async with call.read() as tx:
        page = await store.page_of_items_in_holdings(tx, ITEM, asked[1], paging.offset, paging.limit, paging.totals)
    return envelope("items", page)


async def get_item(call: Call) -> Reply:
    """Show one item."""
    async with call.read() as tx:
        return ok(await inventory.read_shown_item(tx, _path_id(call, ITEM.not_found)))


async def post_item(call: Call) -> Reply:
    """Create an item."""
    item = read_item(call.body)
    async with call.transaction() as tx:
        document = await inventory.create_shown_item(tx, item)
    return created(document, f"{_ITEMS}/{records.id_of(document)}")


async def put_item(call: Call) -> Reply:
    """Replace an item."""
    item_id = _path_id(call, "No item found")
    item = read_item(call.body)
    async with call.transaction() as tx:
        await inventory.replace_shown_item(tx, item_id, item, _expected_tag(call))
    return NO_CONTENT


async def delete_item(call: Call) -> Reply:
    """Delete an item."""
    async with call.read() as tx:
        await records.delete(tx, ITEM, _path_id(call, ITEM.not_found))
    return NO_CONTENT


async def get_instance(call: Call) -> Reply:
    """Show one instance."""
    async with call.read() as tx:
        return ok(await records.read(tx, INSTANCE, _path_id(call, INSTANCE.not_found)))


async def post_instance(call: Call) -> Reply:
    """Create an instance."""
    instance = _read_instance(call.body)
    async with call.read() as tx:
        document = await records.insert(tx, INSTANCE, instance)
    return created(document, f"{_INSTANCES}/{records.id_of(document)}")


async def put_instance(call: Call) -> Reply:
    """Replace an instance."""
    instance_id = _path_id(call, INSTANCE.not_found)
    instance = _read_instance(call.body)
    async with call.read() as tx:
        await records.replace(tx, INSTANCE, instance_id, instance, _expected_tag(call))
    return NO_CONTENT


async def delete_instance(call: Call) -> Reply:
    """Delete an instance."""
    async with call.read() as tx:
        await records.delete(tx, INSTANCE, _path_id(call, INSTANCE.not_found))
    return NO_CONTENT


def _read_instance(body: bytes) -> Instance:
    value = read_json(body)
    return check(Instance, _known(Instance, value) if isinstance(value, dict) else value)


def _path_id(call: Call, not_found: str) -> str:
    record_id = call.parameters["id"].lower()
    if not is_uuid(record_id):
        raise NotFound(not_found)
    return record_id


def _expected_tag(call: Call) -> str | None:
    given = call.headers.get("if-match")
    return None if given in (None, "*") else str(given).removeprefix("W/").strip('"')


_ONE_ITEM, _ONE_INSTANCE = f"{_ITEMS}/{{id}}", f"{_INSTANCES}/{{id}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", _ITEMS, "inventory.items.collection.get", get_items, "List items with what they refer to", 2,
          many="items", query=LIST_QUERY, errors=(400,)),
    Route("POST", _ITEMS, "inventory.items.item.post", post_item, "Create an item", 5, body=Item, success=201,
          errors=(400, 422)),
    Route("GET", _ONE_ITEM, "inventory.items.item.get", get_item, "Read one item with what it refers to", 1, errors=(404,)),
    Route("PUT", _ONE_ITEM, "inventory.items.item.put", put_item, "Replace one item", 6, body=Item, success=204,
          errors=(400, 404, 409, 422)),
    Route("DELETE", _ONE_ITEM, "inventory.items.item.delete", delete_item, "Delete one item", 1, success=204,
          errors=(400, 404)),
    Route("GET", "/inventory/items-by-holdings-id", "inventory.items-by-holdings-id.collection.get",
          get_items_by_holdings, "List the items of one holdings record, those bound with it included", 2,
          many="items", query=LIST_QUERY, errors=(400,)),
    Route("GET", _INSTANCES, "inventory.instances.collection.get", lister(INSTANCE), "List instances", 2,
          answer=Instance, many="instances", query=LIST_QUERY, errors=(400,)),
    Route("POST", _INSTANCES, "inventory.instances.item.post", post_instance, "Create an instance", 1, body=Instance,
          answer=Instance, success=201, errors=(400, 422)),
    Route("GET", _ONE_INSTANCE, "inventory.instances.item.get", get_instance, "Read one instance", 1, answer=Instance,
          errors=(404,)),
    Route("PUT", _ONE_INSTANCE, "inventory.instances.item.put", put_instance, "Replace one instance", 1, body=Instance,
          success=204, errors=(400, 404, 409, 422)),
    Route("DELETE", _ONE_INSTANCE, "inventory.instances.item.delete", delete_instance, "Delete one instance", 1,
          success=204, errors=(400, 404)),
)  # fmt: skip
