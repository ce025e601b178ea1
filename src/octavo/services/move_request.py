"""Moving a request to another item of its title (FOLIO mod-circulation)."""

from dataclasses import replace
from typing import Any

from octavo.catalogue.requests import REQUEST
from octavo.errors import refuse
from octavo.rules.queue import NOT_YET_FILLED, TITLE
from octavo.rules.request_types import AVAILABLE, HOLD, PAGE
from octavo.rules.requests import ITEM, check_request
from octavo.services.cancel_hold import Standing, no_such_request, standing_of
from octavo.services.hold import asked_for, circumstances, effects, item_kept, search_index
from octavo.services.queue import repair
from octavo.services.request_facts import Copy, Facts, look
from octavo.store import circulation, records
from octavo.store import requests as store
from octavo.store.circulation import Changes
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.new_request import MoveRequest, RequestDraft
from octavo_models.request import Request

Json = dict[str, Any]


async def move_request(tx: Tx, request_id: str, asked: MoveRequest) -> None:
    """Move an open request to another item. Raises NotFound, Invalid with what refuses a new request of that item.

    An available item is paged, whatever type was asked for. The request waits anew: where queues are those of items
    it stands last. The item that it leaves is free again if it had been fetched for nobody else.
    """
    standing = await _lock(tx, request_id, asked.destination_item_id)
    request = Request.from_wire(standing.request)
    facts = await look(
        tx,
        request.requester_id,
        Target(asked.destination_item_id),
        proxy_user_id=request.proxy_user_id,
        pickup_id=request.pickup_service_point_id,
    )
    copy = facts.copy(asked.destination_item_id)
    if copy is None:
        raise refuse("Item does not exist", itemId=asked.destination_item_id)
    kind = PAGE if copy.status == AVAILABLE else asked.request_type or request.request_type
    _check_title(request, facts, kind)
    _check_item(request, facts, copy)
    _check_as_new(request, facts, copy, kind)
    await _write(tx, standing, moved_to(request, facts, copy, kind), facts, copy)


async def _lock(tx: Tx, request_id: str, destination_id: str) -> Standing:
    left = await store.lock_move(tx, request_id, destination_id)
    found = await store.load_request(tx, request_id)
    if found is None:
        raise no_such_request(request_id)
    standing = standing_of(found, left)
    standing.require_open()
    return standing


def _check_title(request: Request, facts: Facts, kind: str) -> None:
    """Refuse to move what is requested of a title as such."""
    if request.request_level != TITLE:
        return
    if not facts.title_level:
        raise refuse("Can not process TLR - TLR feature is disabled", requestId=request.id)
    if HOLD in (request.request_type, kind):
        raise refuse("Not allowed to move from/to Hold TLR", requestId=request.id)


def _check_item(request: Request, facts: Facts, copy: Copy) -> None:
    if facts.instance_id != request.instance_id:
        raise refuse("Request can only be moved to an item with the same instance ID", itemId=copy.id)
    if (request.request_level, request.request_type, request.item_id) == (TITLE, PAGE, copy.id):
        message = "Not allowed to move title level page request to the same item"
        raise refuse(message, "MOVING_REQUEST_TO_THE_SAME_ITEM", itemId=copy.id)


def _check_as_new(request: Request, facts: Facts, copy: Copy, kind: str) -> None:
    """Refuse what would be refused if the request were placed on the item now."""
    sent = request.model_dump(
        include={
            "id", "request_date", "requester_id", "proxy_user_id", "instance_id", "fulfillment_preference",
            "pickup_service_point_id",
        }
    )  # fmt: skip
    named = {"request_level": ITEM, "request_type": kind, "item_id": copy.id, "holdings_record_id": copy.holdings["id"]}
    asked = asked_for(RequestDraft.model_validate({**sent, **named}, by_name=True))
    others = [entry for entry in facts.open_requests if entry["id"] != request.id or request.item_id == copy.id]
    check_request(asked, circumstances(asked, replace(facts, open_requests=others), copy))


def moved_to(request: Request, facts: Facts, copy: Copy, kind: str) -> Request:
    """Return a request as it is once it is for a copy."""
    queue = [entry["id"] for entry in facts.queue(copy.id)]
    position = queue.index(request.id) if request.id in queue else len(queue)
    return request.model_copy(
        update={
            "request_type": kind,
            "request_level": TITLE if (request.request_level, kind) == (TITLE, PAGE) else ITEM,
            "status": NOT_YET_FILLED,
            "item_id": copy.id,
            "holdings_record_id": copy.holdings["id"],
            "item": item_kept(copy),
            "search_index": search_index(copy.item, facts.pickup),
            "hold_shelf_expiration_date": None,
            "position": position + 1,
        }
    )


async def _write(tx: Tx, standing: Standing, moved: Request, facts: Facts, copy: Copy) -> None:
    await repair(tx, facts.queue(copy.id))
    await records.save(tx, REQUEST, moved)
    closed_up = () if facts.title_level else standing.queue.closed(standing.id)[1:]
    left = Changes(item=standing.item_set_free(tx), requests=closed_up)
    for changes in (left, effects(tx, moved.request_type, copy, facts)):
        if changes != Changes():
            await circulation.write(tx, changes)
