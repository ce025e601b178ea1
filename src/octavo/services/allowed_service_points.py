"""Where a request may be picked up: by type of request, for an item, a title, or a request that is there already."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from octavo.errors import Invalid, NotFound, Violation
from octavo.rules.request_types import HOLD, PAGE, RECALL, types_for_status
from octavo.services.account import NO_ACCOUNT, NO_ITEM
from octavo.services.request_facts import Copy, Facts, look
from octavo.store import requests as store
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.account import (
    AllowedServicePoint,
    AllowedServicePoints,
    AllowedServicePointsOfItem,
    AllowedServicePointsPerItem,
)

Json = dict[str, Any]
Points = dict[str, list[Json]]

_TYPES = (PAGE, HOLD, RECALL)
_SHOWN = ("id", "name", "discoveryDisplayName")


async def allowed_for_item(tx: Tx, requester_id: str | None, group_id: str | None, item_id: str) -> Points:
    """Return where a patron, or anybody of a group, may pick up an item. Raises Invalid."""
    facts = await look(tx, requester_id, Target(item_id), group_id=group_id)
    _require_requester(facts, requester_id)
    if facts.copy(item_id) is None:
        raise Invalid(Violation(f"Item with id={item_id} cannot be found", (("itemId", item_id),)))
    return _points(facts.copies, await store.load_pickup_points(tx))


async def allowed_for_instance(tx: Tx, requester_id: str | None, group_id: str | None, instance_id: str) -> Points:
    """Return where a patron may pick up any copy of a work. Raises Invalid."""
    facts = await look(tx, requester_id, Target(instance_id=instance_id), group_id=group_id)
    _require_requester(facts, requester_id)
    if facts.instance is None:
        raise _not_found("Instance", instance_id)
    points = await store.load_pickup_points(tx)
    return _title_points(facts, points) if facts.title_level else _points(facts.copies, points)


async def allowed_for_request(tx: Tx, request_id: str, item_id: str | None) -> Points:
    """Return where a request may be picked up instead, or, with an item, once it is moved to that. Raises Invalid."""
    found = await store.load_request(tx, request_id)
    if found is None:
        raise _not_found("Request", request_id)
    request = orjson.loads(found.request)
    if item_id is not None:
        return await allowed_for_item(tx, request.get("requesterId"), None, item_id)
    facts = await look(tx, request.get("requesterId"), Target(request.get("itemId"), request["instanceId"]))
    return _points(facts.copies, await store.load_pickup_points(tx), whatever_status=True)


async def allowed_for_patron(tx: Tx, patron_id: str, target: Target) -> bytes:
    """Return where a patron may pick up an item or any copy of a work, whatever the type of request. Raises NotFound."""
    facts = await look(tx, patron_id, target)
    if facts.requester is None:
        raise NotFound(NO_ACCOUNT)
    if facts.instance is None:
        raise NotFound(NO_ITEM)
    points = await store.load_pickup_points(tx)
    by_type = _title_points(facts, points) if facts.title_level and not target.item_id else _points(facts.copies, points)
    return AllowedServicePoints(allowed_service_points=_distinct(by_type)).to_wire()


async def allowed_for_patron_each(tx: Tx, patron_id: str, instance_id: str, item_ids: Sequence[str]) -> bytes:
    """Return where a patron may pick up each of some copies of a work. Raises NotFound if one is not of that work."""
    facts = await look(tx, patron_id, Target(instance_id=instance_id))
    if facts.requester is None:
        raise NotFound(NO_ACCOUNT)
    copies = [copy for item_id in item_ids if (copy := facts.copy(item_id))]
    if facts.instance is None or len(copies) < len(item_ids):
        raise NotFound(NO_ITEM)
    points = await store.load_pickup_points(tx)
    each = [
        AllowedServicePointsOfItem(item_id=copy.id, allowed_service_points=_distinct(_points([copy], points)))
        for copy in copies
    ]
    return AllowedServicePointsPerItem(allowed_service_points_per_item=each).to_wire()


def _distinct(by_type: Points) -> list[AllowedServicePoint]:
    """Return the points of all types of request, each once."""
    found = {point["id"]: point for kind in _TYPES for point in by_type.get(kind, [])}
    return [
        AllowedServicePoint(id=point["id"], name=point["name"], discovery_name=point["discoveryDisplayName"])
        for point in found.values()
    ]


def _require_requester(facts: Facts, requester_id: str | None) -> None:
    if requester_id is not None and facts.requester is None:
        raise _not_found("User", requester_id)


def _not_found(what: str, record_id: str) -> Invalid:
    return Invalid(Violation(f"{what} with ID {record_id} was not found", ((f"{what.lower()}Id", record_id),)))


def _title_points(facts: Facts, points: list[Json]) -> Points:
    """Return where a title may be picked up; holds may go anywhere unless they must follow the circulation rules."""
    found = _points(facts.copies, points)
    if not facts.copies and facts.title().hold_allowed and points:
        found[HOLD] = [_shown(point) for point in points]
    return found


def _points(copies: Sequence[Copy], points: list[Json], *, whatever_status: bool = False) -> Points:
    found: Points = {}
    for kind in _TYPES:
        allowing = [
            copy
            for copy in copies
            if kind in copy.policy.request_types and (whatever_status or kind in types_for_status(copy.status))
        ]
        places = [_shown(point) for point in points if any(_serves(copy, kind, point) for copy in allowing)]
        if places:
            found[kind] = places
    return found


def _serves(copy: Copy, kind: str, point: Mapping[str, Any]) -> bool:
    allowed = copy.policy.allowed_service_points
    listed = {PAGE: allowed.page, HOLD: allowed.hold, RECALL: allowed.recall}[kind] if allowed else None
    return listed is None or point["id"] in listed


def _shown(point: Json) -> Json:
    return {name: point[name] for name in _SHOWN if name in point}
