"""Renewing by barcode, one loan after another."""

from typing import Any

import orjson

from octavo.errors import Invalid
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.desk.refusals import Refusal, asked_blocks, read_overrides, refusal
from octavo.page.desk.rights import RENEW, desk_route, place_of
from octavo.page.shared.forms import leave_word, read_form
from octavo.page.shared.render import page, see_other
from octavo.page.shared.visitor import visitor_of
from octavo.services.desk import override_permissions
from octavo.services.renew import renew_by_barcode
from octavo_models.circulation import RenewByBarcode

Json = dict[str, Any]


async def show_renew(call: Call) -> Reply:
    """Show the fields for patron and item; the patron stays for the next item."""
    told = visitor_of(call).told or {}
    return _page(call, 200, told.get("patron", ""))


async def renew(call: Call) -> Reply:
    """Renew the loan of an item by a patron."""
    form, visitor = read_form(call), visitor_of(call)
    patron, item = form.get("patron", ""), form.get("item", "")
    try:
        asked = RenewByBarcode(
            item_barcode=item, user_barcode=patron, service_point_id=place_of(call).id,
            override_blocks=read_overrides(form, visitor.reader),
        )  # fmt: skip
        async with call.transaction() as tx:
            renewed: Json = orjson.loads((await renew_by_barcode(tx, asked, override_permissions(visitor))).document)
            told = {"title": renewed.get("item", {}).get("title", ""), "due": renewed["dueDate"]}
            await leave_word(tx, visitor, {"renewed": told, "patron": patron})
    except Invalid as refused:
        return _page(call, 422, patron, item, refusal(refused, asked_blocks(form)))
    return see_other(call.path)


def _page(call: Call, status: int, patron: str, item: str = "", refused: Refusal | None = None) -> Reply:
    return page(call, "desk/renew.html", status, patron=patron, item=item, refused=refused)


ROUTES: tuple[Route, ...] = (
    desk_route("GET", "/renew", RENEW, show_renew, 0),
    desk_route("POST", "/renew", RENEW, renew, 13),
)
