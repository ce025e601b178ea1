"""Check-in: item after item, and for each what to do with it."""

from typing import Any

import orjson

from octavo.errors import Invalid
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.desk.refusals import Refusal, refusal
from octavo.page.desk.rights import CHECK_IN, desk_route, place_of
from octavo.page.shared.forms import leave_word, read_form, read_moment
from octavo.page.shared.render import page, see_other
from octavo.page.shared.visitor import visitor_of
from octavo.services.check_in import CheckInResult, check_in
from octavo_models.circulation import CheckInByBarcode

Json = dict[str, Any]


async def show_check_in(call: Call) -> Reply:
    """Show the field for the next item, and what to do with the last one."""
    return _page(call)


async def take_back(call: Call) -> Reply:
    """Take an item back, or pass it over the desk."""
    form, visitor = read_form(call), visitor_of(call)
    barcode, returned = form.get("item", ""), form.get("returned", "")
    try:
        at = read_moment(returned, visitor.reader) or call.now
        asked = CheckInByBarcode(item_barcode=barcode, service_point_id=place_of(call).id, check_in_date=at)
        async with call.transaction() as tx:
            done = await check_in(tx, asked)
            await leave_word(tx, visitor, {"checkedIn": _told(done), "returned": returned})
    except Invalid as refused:
        return _page(call, 422, barcode, returned, refusal(refused))
    return see_other(call.path)


def _told(done: CheckInResult) -> Json:
    """Return what the desk is told of an item, as the next page shows it."""
    loan: Json = orjson.loads(done.answer.loan) if done.answer.loan else {}
    slip = orjson.loads(done.answer.slip)
    return {
        "item": slip["item"], "request": slip.get("request", {}), "requester": slip.get("requester", {}),
        "borrower": loan.get("borrower", {}), "due": loan.get("dueDate"), "inHouse": done.in_house_use,
    }  # fmt: skip


def _page(call: Call, status: int = 200, barcode: str = "", returned: str = "", refused: Refusal | None = None) -> Reply:
    """Return the page; a time of return stays for the next item."""
    kept = returned or (visitor_of(call).told or {}).get("returned", "")
    return page(call, "desk/check_in.html", status, barcode=barcode, returned=kept, refused=refused)


ROUTES: tuple[Route, ...] = (
    desk_route("GET", "/check-in", CHECK_IN, show_check_in, 0),
    desk_route("POST", "/check-in", CHECK_IN, take_back, 14),
)
