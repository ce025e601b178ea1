"""Searching the catalogue, looking at a title, and asking for it."""

from typing import Any

import orjson

from octavo.errors import Invalid, NotFound
from octavo.http.call import Call, Reply
from octavo.http.parameters import is_uuid
from octavo.http.routes import Route
from octavo.page.shared.forms import leave_word, page_number, path_id, read_day, read_form
from octavo.page.shared.render import page, see_other
from octavo.page.shared.side import route
from octavo.page.shared.visitor import PATRON, visitor_of
from octavo.services import catalogue_search as service
from octavo.services.allowed_service_points import allowed_for_patron
from octavo.services.catalogue_search import MOST, PAGE, WAYS, Search
from octavo.services.hold import hold_item
from octavo.services.instance_hold import hold_any_copy
from octavo.store.requests import Target
from octavo_models.account import HoldRequest

_TITLE = "/my/{tenant}/title/{titleId}"
_LONGEST = 200
_LAST_PAGE = MOST // PAGE


async def show_search(call: Call) -> Reply:
    """Show what the catalogue has for some words."""
    text, by = call.query.get("q", "").replace("\0", "")[:_LONGEST], call.query.get("by", "any")
    asked = Search(text, by, page_number(call, _LAST_PAGE))
    async with call.read() as tx:
        found = await service.search(tx, asked)
    pages = -(-min(found.total, MOST) // PAGE)
    return page(call, "my/search.html", asked=asked, found=found, ways=WAYS, most=MOST, pages=pages)


async def show_title(call: Call) -> Reply:
    """Show a title with its copies, and how to have it kept."""
    return await _title_page(call)


async def place_hold(call: Call) -> Reply:
    """Ask for a title, or for one copy of it."""
    form, visitor = read_form(call), visitor_of(call)
    title_id, copy_id = path_id(call, "titleId"), form.get("copy", "")
    try:
        wish = _wish(call, form.get("pickup", ""), form.get("until", ""), form.get("comment", ""))
        async with call.transaction() as tx:
            if copy_id:
                await hold_item(tx, visitor.user_id, _known(copy_id), wish)
            else:
                await hold_any_copy(tx, visitor.user_id, title_id, wish)
            await leave_word(tx, visitor, {"hold": "placed"})
    except Invalid as refused:
        return await _title_page(call, 422, refused=refused, copy_id=copy_id)
    return see_other(f"{visitor.home}/holds")


def _wish(call: Call, pickup: str, until: str, comment: str) -> HoldRequest:
    return HoldRequest(
        request_date=call.now,
        pickup_location_id=_known(pickup),
        expiration_date=visitor_of(call).reader.start_of(read_day(until)) if until else None,
        patron_comments=comment or None,
    )


def _known(record_id: str) -> str:
    if not is_uuid(record_id):
        raise NotFound("not found")
    return record_id.lower()


async def _title_page(
    call: Call, status: int = 200, refused: Invalid | None = None, copy_id: str | None = None
) -> Reply:
    visitor, title_id = visitor_of(call), path_id(call, "titleId")
    chosen = copy_id if copy_id is not None else call.query.get("copy", "")
    async with call.read() as tx:
        work = await service.read_work(tx, title_id)
        copy = next((one for one in work["items"] if one["id"] == chosen), None)
        points: list[dict[str, Any]] = []
        if visitor.signed_in:
            target = Target(copy["id"]) if copy else Target(instance_id=title_id)
            points = orjson.loads(await allowed_for_patron(tx, visitor.user_id, target))["allowedServicePoints"]
    return page(call, "my/title.html", status, work=work, copy=copy, points=points, refused=refused)


ROUTES: tuple[Route, ...] = (
    route("GET", "/my/{tenant}/search", None, show_search, 1),
    route("GET", _TITLE, None, show_title, 3),
    route("POST", f"{_TITLE}/hold", PATRON, place_hold, 17),
)
