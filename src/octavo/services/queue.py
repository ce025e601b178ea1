"""The queue of requests for an item or a title: reading it, keeping it without gaps, putting it in another order."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from octavo.errors import Invalid, NotFound, Violation, refuse
from octavo.rules.queue import NOT_YET_FILLED
from octavo.rules.request_types import PAGE
from octavo.store import places
from octavo.store import requests as store
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.new_request import NewPosition

Json = dict[str, Any]


async def read_queue(tx: Tx, target: Target) -> list[bytes]:
    """Return the open requests for an item or an instance as they are shown, in order."""
    _, _, queue = await store.load_queue(tx, target)
    return queue


async def repair(tx: Tx, queue: Sequence[Json]) -> None:
    """Renumber a locked queue from 1 without gaps, where something outside circulation has left any."""
    moved = {
        request["id"]: place for place, request in enumerate(queue, start=1) if request.get("position") != place
    }
    if moved:
        await places.set_positions(tx, moved)


async def reorder(tx: Tx, target: Target, wanted: Sequence[NewPosition]) -> list[bytes]:
    """Put a queue into another order and return it as it is shown. Raises NotFound, Invalid."""
    await store.lock_target(tx, None, target)
    exists, by_title, documents = await store.load_queue(tx, target)
    if not exists:
        what, record_id = ("Item", target.item_id) if target.item_id else ("Instance", target.instance_id)
        raise NotFound(f'{what} record with ID "{record_id}" cannot be found')
    if by_title is (target.item_id is not None):
        state = "ENABLED" if by_title else "DISABLED"
        raise Invalid(Violation(f"Refuse to reorder request queue, TLR feature status is {state}."))
    queue = [orjson.loads(document) for document in documents]
    order = {entry.id: entry.new_position for entry in wanted}
    _check_order(queue, order, wanted, by_title=by_title)
    await places.set_positions(tx, order)
    return await read_queue(tx, target)


def _check_order(
    queue: Sequence[Json], places: Mapping[str, int], wanted: Sequence[NewPosition], *, by_title: bool
) -> None:
    if {request["id"] for request in queue} != set(places) or len(wanted) != len(places):
        raise Invalid(Violation("There is inconsistency between provided reordered queue and existing queue."))
    if sorted(places.values()) != list(range(1, len(places) + 1)):
        positions = ", ".join(str(entry.new_position) for entry in wanted)
        raise refuse("Positions must have sequential order.", newPosition=positions)
    begun = [request for request in queue if request["status"] != NOT_YET_FILLED]
    if by_title:
        if any(places[request["id"]] > len(begun) for request in begun):
            raise Invalid(Violation("Requests can not be displaced from top positions when fulfillment begun."))
        return
    first = queue[0] if queue else None
    if first is None or places[first["id"]] == 1:
        return
    if first["requestType"] == PAGE:
        raise Invalid(Violation("Page requests can not be displaced from position 1."))
    if first in begun:
        raise Invalid(Violation("Requests can not be displaced from position 1 when fulfillment begun."))
