"""What patrons do with their own requests: look, change the pickup point, suspend and resume.

Placing is `hold` and `instance_hold`, cancelling `cancel_hold`. What somebody else has requested is not found.
"""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from octavo.catalogue.requests import REQUEST
from octavo.errors import NotFound, refuse
from octavo.rules.overrides import Overrides
from octavo.rules.queue import NOT_YET_FILLED
from octavo.rules.request_types import HOLD, PAGE
from octavo.services.allowed_service_points import allowed_for_request
from octavo.services.cancel_hold import NO_HOLD, Standing, lock_standing, update_request
from octavo.services.expire import Begin
from octavo.services.hold import effects
from octavo.services.move_request import moved_to
from octavo.services.one_by_one import MOST, one_by_one
from octavo.services.request_facts import gather
from octavo.store import circulation, locale, records
from octavo.store import patron_requests as store
from octavo.store import requests as requests_store
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.new_request import RequestDraft
from octavo_models.request import Request

Json = dict[str, Any]

#: A hold is suspended for so long at most.
LONGEST: Final = timedelta(days=366)


async def read_requests(tx: Tx, patron_id: str) -> list[Json]:
    """Return a patron's open requests as they see them (`store.patron_requests`)."""
    return await store.load_requests(tx, patron_id)


async def read_request(tx: Tx, patron_id: str, request_id: str) -> tuple[Json, list[Json]]:
    """Return a patron's open request, and where it may be picked up instead. Raises NotFound."""
    found = await store.load_requests(tx, patron_id, request_id)
    if not found:
        raise NotFound(NO_HOLD)
    points = await allowed_for_request(tx, request_id, None)
    return found[0], points.get(found[0]["type"], [])


async def change_pickup(tx: Tx, patron_id: str, request_id: str, service_point_id: str) -> None:
    """Let a request be picked up elsewhere, where that is allowed. Raises NotFound, Invalid."""
    standing = await _lock_own(tx, patron_id, request_id)
    _require_waiting(standing)
    allowed = await allowed_for_request(tx, request_id, None)
    if service_point_id not in {point["id"] for point in allowed.get(standing.request["requestType"], [])}:
        raise refuse(
            "One or more Pickup locations are no longer available", "REQUEST_PICKUP_SERVICE_POINT_IS_NOT_ALLOWED",
            pickupServicePointId=service_point_id,
        )  # fmt: skip
    draft = RequestDraft.from_wire({**standing.request, "pickupServicePointId": service_point_id})
    await update_request(tx, request_id, draft, Overrides())


async def suspend(tx: Tx, patron_id: str, request_id: str, until: date) -> None:
    """Let a hold be passed over until the beginning of a day. Raises NotFound, Invalid."""
    standing = await _lock_own(tx, patron_id, request_id)
    _require_waiting(standing)
    if standing.request["requestType"] != HOLD:
        raise refuse("Only holds can be suspended", "REQUEST_NOT_SUSPENDABLE", id=request_id)
    _, house = await locale.load_entry(tx)
    zone = locale.zone_of(house)
    today = tx.now.astimezone(zone).date()
    if not today < until <= today + LONGEST:
        raise refuse("The day must be after today, and within a year", "SUSPENSION_DAY_NOT_ALLOWED", until=str(until))
    await store.suspend(tx, request_id, datetime.combine(until, time(), zone))


async def resume(tx: Tx, patron_id: str, request_id: str) -> None:
    """Let a suspended hold count again at once. Raises NotFound."""
    found = await store.load_requests(tx, patron_id, request_id)
    if not found:
        raise NotFound(NO_HOLD)
    await end_suspension(tx, request_id)


async def end_suspension(tx: Tx, request_id: str) -> bool:
    """Let a hold count again; where a copy has become available meanwhile, it is paged for its patron.

    Nobody would bring that copy to a desk otherwise. Tells whether the hold was suspended.
    """
    found = await requests_store.load_request(tx, request_id)
    if found is None or not await store.resume(tx, request_id):
        return False
    request = Request.model_validate_json(found.request)
    if (request.status, request.request_type) != (NOT_YET_FILLED, HOLD):
        return True
    target = Target(request.item_id, None if request.item_id else request.instance_id)
    facts = await gather(tx, request.requester_id, target, pickup_id=request.pickup_service_point_id)
    copies = [copy for copy in facts.pageable() if request.item_id in (None, copy.id)]
    if copies and any(entry["id"] == request_id for entry in facts.open_requests):
        copy = copies[0]
        await records.save(tx, REQUEST, moved_to(request, facts, copy, PAGE))
        await circulation.write(tx, effects(tx, PAGE, copy, facts))
    return True


async def end_suspensions(begin: Begin) -> int:
    """End the suspensions whose day has come, each in its own transaction; return how many: the work of a timer."""
    async with begin() as tx:
        ended = await store.load_ended_suspensions(tx, MOST)
    return await one_by_one(begin, ended, end_suspension)


async def _lock_own(tx: Tx, patron_id: str, request_id: str) -> Standing:
    standing = await lock_standing(tx, request_id)
    if standing is None or standing.request["requesterId"] != patron_id:
        raise NotFound(NO_HOLD)
    standing.require_open()
    return standing


def _require_waiting(standing: Standing) -> None:
    if standing.request["status"] != NOT_YET_FILLED:
        raise refuse("The request is being filled already", "REQUEST_BEING_FILLED", id=standing.id)


