"""What a patron waits for: where in the queue, to be picked up where and until when; changing it."""

from datetime import timedelta
from typing import Any

from octavo.errors import Invalid
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.shared.forms import leave_word, path_id, read_day, read_form
from octavo.page.shared.render import page, see_other
from octavo.page.shared.side import route
from octavo.page.shared.visitor import PATRON, visitor_of
from octavo.services import my_requests as service
from octavo.services.cancel_hold import cancel_for_patron
from octavo.store.tx import Tx
from octavo_models.account import HoldCancellation

_HOLDS = "/my/{tenant}/holds"
_HOLD = f"{_HOLDS}/{{holdId}}"


async def show_holds(call: Call) -> Reply:
    """Show what a patron waits for."""
    async with call.read() as tx:
        holds = await service.read_requests(tx, visitor_of(call).user_id)
    return page(call, "my/holds.html", holds=holds)


async def show_hold(call: Call) -> Reply:
    """Show one hold and what can be changed of it."""
    return await _hold_page(call)


async def cancel(call: Call) -> Reply:
    """Cancel a hold."""
    read_form(call)

    async def work(tx: Tx, patron_id: str, hold_id: str) -> None:
        await cancel_for_patron(tx, patron_id, hold_id, HoldCancellation())

    return await _changed(call, work, "cancelled", to_list=True)


async def change_pickup(call: Call) -> Reply:
    """Let a hold be picked up elsewhere."""
    form = read_form(call)

    async def work(tx: Tx, patron_id: str, hold_id: str) -> None:
        await service.change_pickup(tx, patron_id, hold_id, form.get("pickup", ""))

    return await _changed(call, work, "moved")


async def suspend(call: Call) -> Reply:
    """Let a hold be passed over until a day."""
    form = read_form(call)

    async def work(tx: Tx, patron_id: str, hold_id: str) -> None:
        await service.suspend(tx, patron_id, hold_id, read_day(form.get("until", "")))

    return await _changed(call, work, "suspended")


async def resume(call: Call) -> Reply:
    """Let a suspended hold count again."""
    read_form(call)
    return await _changed(call, service.resume, "resumed")


async def _changed(call: Call, work: Any, done: str, *, to_list: bool = False) -> Reply:
    """Do something about a hold of the patron's own; a refusal is shown where it was asked for."""
    visitor, hold_id = visitor_of(call), path_id(call, "holdId")
    try:
        async with call.transaction() as tx:
            await work(tx, visitor.user_id, hold_id)
            await leave_word(tx, visitor, {"hold": done})
    except Invalid as refused:
        return await _hold_page(call, 422, refused)
    return see_other(f"{visitor.home}/holds" + ("" if to_list else f"/{hold_id}"))


async def _hold_page(call: Call, status: int = 200, refused: Invalid | None = None) -> Reply:
    visitor = visitor_of(call)
    async with call.read() as tx:
        hold, points = await service.read_request(tx, visitor.user_id, path_id(call, "holdId"))
    today = visitor.reader.today(call.now)
    first, last = today + timedelta(days=1), today + service.LONGEST
    return page(call, "my/hold.html", status, hold=hold, points=points, first=first, last=last, refused=refused)


# Changing: locks, the request, what is allowed, the change; and the page again where it was refused.
_CHANGE = 22

ROUTES: tuple[Route, ...] = (
    route("GET", _HOLDS, PATRON, show_holds, 1),
    route("GET", _HOLD, PATRON, show_hold, 5),
    route("POST", f"{_HOLD}/cancel", PATRON, cancel, _CHANGE),
    route("POST", f"{_HOLD}/pickup", PATRON, change_pickup, _CHANGE),
    route("POST", f"{_HOLD}/suspend", PATRON, suspend, _CHANGE),
    route("POST", f"{_HOLD}/resume", PATRON, resume, _CHANGE),
)
