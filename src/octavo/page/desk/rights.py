"""What staff may do at the desk: the permissions of the same operations on the Okapi side, and nothing besides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from octavo.auth.caller import EVERYTHING
from octavo.auth.registry import Registry
from octavo.http.call import Call, Reply
from octavo.http.routes import Handler, Route
from octavo.page.shared.render import see_other
from octavo.page.shared.side import route
from octavo.page.shared.visitor import Place, Visitor, visitor_of

#: Held by whoever may do anything at the desk at all.
STAFF: Final = "page.desk"

CHECK_OUT: Final = "circulation.check-out-by-barcode.post"
END_VISIT: Final = "circulation.end-patron-action-session.post"
CHECK_IN: Final = "circulation.check-in-by-barcode.post"
RENEW: Final = "circulation.renew-by-barcode.post"
RENEW_LOANS: Final = "circulation.renew-by-id.post"
FIND_PATRONS: Final = "users.collection.get"
SEE_PATRON: Final = "users.item.get"
SEE_LOANS: Final = "circulation.loans.collection.get"
SEE_REQUESTS: Final = "circulation.requests.collection.get"
SEE_CHARGES: Final = "accounts.collection.get"
SEE_BLOCKS: Final = "automated-patron-blocks.collection.get"
SEE_MANUAL_BLOCKS: Final = "manualblocks.collection.get"
ADD_BLOCK: Final = "manualblocks.item.post"
REMOVE_BLOCK: Final = "manualblocks.item.delete"
PAY: Final = "feesfines.accounts.pay.post"
WAIVE: Final = "feesfines.accounts.waive.post"
PULL_LIST: Final = "circulation.pick-slips.get"
HOLD_SHELF: Final = "circulation.requests.hold-shelf-clearance-report.get"

#: The pages that one begins with, and the permission of each, in the order in which they are shown.
PAGES: Final = {
    "/check-out": CHECK_OUT,
    "/check-in": CHECK_IN,
    "/renew": RENEW,
    "/patrons": FIND_PATRONS,
    "/pull-list": PULL_LIST,
    "/hold-shelf": HOLD_SHELF,
}


@dataclass(frozen=True)
class StaffRights:
    """Looks up what somebody signed in may do."""

    registry: Registry

    async def __call__(self, tenant: str, user_id: str, now: datetime) -> frozenset[str]:
        """Return a user's permissions, with `STAFF` where one of the desk's pages is among what they allow."""
        rights = await self.registry.rights(tenant, user_id, now)
        held = rights.permissions if rights else frozenset[str]()
        works_here = EVERYTHING in held or not held.isdisjoint(PAGES.values())
        return held | {STAFF} if works_here else held


def first_page(visitor: Visitor) -> str:
    """Return where somebody begins: the first page that they may see."""
    return next(visitor.home + path for path, permission in PAGES.items() if visitor.may(permission))


def place_of(call: Call) -> Place:
    """Return the service point at which the visitor works."""
    place = visitor_of(call).place
    assert place, "these pages ask for a service point first"  # noqa: S101
    return place


def desk_route(method: str, path: str, permission: str, handler: Handler, statements: int) -> Route:
    """Return a route of the desk; who has not said at which service point they work is asked that first."""
    return route(method, f"/desk/{{tenant}}{path}", permission, _at_place(handler), statements)


def _at_place(handler: Handler) -> Handler:
    async def serve(call: Call) -> Reply:
        visitor = visitor_of(call)
        return await handler(call) if visitor.place else see_other(f"{visitor.home}/place")

    serve.__doc__ = handler.__doc__
    return serve
