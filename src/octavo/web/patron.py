"""Patron Services on the Okapi side (FOLIO mod-patron; seed 001): the id in the path is the patron's user id.

Whether a caller may act for patrons is a matter of permissions; what is done below an account is done to that
patron's own loans and holds only.
"""

from octavo.errors import NotOffered
from octavo.http.account_query import ACCOUNT_QUERY, read_wanted
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, ok
from octavo.http.parameters import LARGEST, path_uuid, read_int
from octavo.http.routes import Route
from octavo.services.account import read_account, renew_for_patron
from octavo.services.allowed_service_points import allowed_for_patron, allowed_for_patron_each
from octavo.services.cancel_hold import cancel_for_patron
from octavo.services.hold import hold_item
from octavo.services.instance_hold import hold_any_copy
from octavo.store.requests import Target
from octavo_models.account import (
    Account,
    AccountLoan,
    AllowedServicePoints,
    AllowedServicePointsPerItem,
    Hold,
    HoldCancellation,
    HoldRequest,
    ItemIds,
)

_ACCOUNT = "/patron/account/{id}"
_ITEM = f"{_ACCOUNT}/item/{{itemId}}"
_INSTANCE = f"{_ACCOUNT}/instance/{{instanceId}}"


async def get_account(call: Call) -> Reply:
    """Show a patron's account."""
    patron_id = path_uuid(call.parameters, "id")
    offset, limit = read_int(call.query, "offset", 0), read_int(call.query, "limit", LARGEST)
    wanted = read_wanted(call.query, offset, limit)
    async with call.read() as tx:
        return ok(await read_account(tx, patron_id, wanted))


async def post_renewal(call: Call) -> Reply:
    """Renew a patron's loan."""
    patron_id, item_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "itemId")
    async with call.transaction() as tx:
        return ok(await renew_for_patron(tx, patron_id, item_id), 201)


async def post_item_hold(call: Call) -> Reply:
    """Place a patron's request on an item."""
    patron_id, item_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "itemId")
    wish = read_body(HoldRequest, call.body)
    async with call.transaction() as tx:
        return ok(await hold_item(tx, patron_id, item_id, wish), 201)


async def post_instance_hold(call: Call) -> Reply:
    """Place a patron's request on any copy of a work."""
    patron_id, instance_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "instanceId")
    wish = read_body(HoldRequest, call.body)
    async with call.transaction() as tx:
        return ok(await hold_any_copy(tx, patron_id, instance_id, wish), 201)


async def put_hold(_: Call) -> Reply:
    """Say that a hold cannot be replaced; nobody ever offered that."""
    raise NotOffered


async def delete_hold(call: Call) -> Reply:
    """Cancel a patron's request."""
    patron_id, hold_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "holdId")
    path_uuid(call.parameters, "itemId")
    async with call.transaction() as tx:
        await cancel_for_patron(tx, patron_id, hold_id, HoldCancellation())
    return NO_CONTENT


async def post_cancellation(call: Call) -> Reply:
    """Cancel a patron's request and show it."""
    patron_id, hold_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "holdId")
    told = read_body(HoldCancellation, call.body)
    async with call.transaction() as tx:
        return ok(await cancel_for_patron(tx, patron_id, hold_id, told))


async def get_item_service_points(call: Call) -> Reply:
    """Tell where a patron may pick up an item."""
    patron_id, item_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "itemId")
    async with call.read() as tx:
        return ok(await allowed_for_patron(tx, patron_id, Target(item_id=item_id)))


async def get_instance_service_points(call: Call) -> Reply:
    """Tell where a patron may pick up any copy of a work."""
    patron_id, instance_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "instanceId")
    async with call.read() as tx:
        return ok(await allowed_for_patron(tx, patron_id, Target(instance_id=instance_id)))


async def post_service_points_of_items(call: Call) -> Reply:
    """Tell where a patron may pick up each of some copies of a work."""
    patron_id, instance_id = path_uuid(call.parameters, "id"), path_uuid(call.parameters, "instanceId")
    asked = read_body(ItemIds, call.body)
    async with call.read() as tx:
        return ok(await allowed_for_patron_each(tx, patron_id, instance_id, asked.item_ids))


ROUTES: tuple[Route, ...] = (
    Route("GET", _ACCOUNT, "patron.account.item.get", get_account, "Show a patron's account", 1,
          answer=Account, query=ACCOUNT_QUERY, errors=(400, 404)),
    Route("POST", f"{_ITEM}/renew", "patron.renew.item.post", post_renewal, "Renew a patron's loan", 11,
          answer=AccountLoan, success=201, errors=(400, 404, 422)),
    Route("POST", f"{_ITEM}/hold", "patron.hold.item.post", post_item_hold, "Place a patron's request on an item", 8,
          body=HoldRequest, answer=Hold, success=201, errors=(400, 404, 422)),
    Route("PUT", f"{_ITEM}/hold/{{holdId}}", "patron.hold.item.put", put_hold, "Not offered", 0, success=501),
    Route("DELETE", f"{_ITEM}/hold/{{holdId}}", "patron.hold.item.delete", delete_hold, "Cancel a patron's request", 7,
          success=204, errors=(400, 404, 422)),
    Route("POST", f"{_INSTANCE}/hold", "patron.hold.instance.item.post", post_instance_hold,
          "Place a patron's request on any copy of a work", 8, body=HoldRequest, answer=Hold, success=201,
          errors=(400, 404, 422)),
    Route("POST", f"{_ACCOUNT}/hold/{{holdId}}/cancel", "patron.hold.cancel.item.post", post_cancellation,
          "Cancel a patron's request and show it", 8, body=HoldCancellation, answer=Hold, errors=(400, 404, 422)),
    Route("GET", f"{_ITEM}/allowed-service-points", "patron.item.allowed-service-points.get", get_item_service_points,
          "Tell where a patron may pick up an item", 2, answer=AllowedServicePoints, errors=(400, 404, 422)),
    Route("GET", f"{_INSTANCE}/allowed-service-points", "patron.instance.allowed-service-points.get",
          get_instance_service_points, "Tell where a patron may pick up any copy of a work", 2,
          answer=AllowedServicePoints, errors=(400, 404, 422)),
    Route("POST", f"{_INSTANCE}/allowed-service-points-multi-item", "patron.instance.allowed-service-points.multi-item.post",
          post_service_points_of_items, "Tell where a patron may pick up each of some copies of a work", 2, body=ItemIds,
          answer=AllowedServicePointsPerItem, errors=(400, 404, 422)),
)  # fmt: skip
