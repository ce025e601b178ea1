"""Check-out: a patron first, then item after item, until the visit to the desk ends."""

from octavo.errors import Conflict, Invalid, NotFound
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.desk.refusals import Refusal, asked_blocks, read_overrides, refusal
from octavo.page.desk.rights import CHECK_OUT, END_VISIT, desk_route, place_of
from octavo.page.shared.forms import leave_word, path_id, read_form
from octavo.page.shared.render import page, see_other
from octavo.page.shared.visitor import visitor_of
from octavo.services import loans
from octavo.services.check_out import check_out
from octavo.services.desk import override_permissions
from octavo.services.find_patron import find_patron
from octavo.store import desk as store
from octavo_models.circulation import CheckOutByBarcode, EndSession, EndSessions

_PATRON = "/check-out/{patronId}"
_SHOWN = 2


async def show_start(call: Call) -> Reply:
    """Ask for the patron."""
    return page(call, "desk/check_out.html", barcode="", wrong="")


async def find(call: Call) -> Reply:
    """Begin with a patron, by barcode, user name or external id."""
    key = read_form(call).get("patron", "")
    if not key:
        return page(call, "desk/check_out.html", 422, barcode="", wrong="nobody")
    try:
        async with call.read() as tx:
            patron = await find_patron(tx, key)
    except NotFound:
        return page(call, "desk/check_out.html", 422, barcode=key, wrong="nobody")
    except Conflict:
        return page(call, "desk/check_out.html", 422, barcode=key, wrong="several")
    return see_other(f"{visitor_of(call).home}/check-out/{patron.id}")


async def show_visit(call: Call) -> Reply:
    """Show a patron, what was lent to them in this visit, and the field for the next item."""
    return await _visit(call)


async def lend(call: Call) -> Reply:
    """Lend an item."""
    form, visitor, patron_id = read_form(call), visitor_of(call), path_id(call, "patronId")
    barcode = form.get("item", "")
    try:
        overrides = read_overrides(form, visitor.reader)
        async with call.transaction() as tx:
            person = await store.load_person(tx, patron_id)
            asked = CheckOutByBarcode(
                item_barcode=barcode, user_barcode=person.get("barcode"), service_point_id=place_of(call).id,
                override_blocks=overrides,
            )  # fmt: skip
            lent = await check_out(tx, asked, override_permissions(visitor))
            await leave_word(tx, visitor, {"lent": lent.loan_id})
    except Invalid as refused:
        return await _visit(call, 422, barcode, refusal(refused, asked_blocks(form)))
    return see_other(call.path)


async def end(call: Call) -> Reply:
    """End a patron's visit to the desk: what it was told of goes out in one message."""
    read_form(call)
    asked = EndSessions(end_sessions=[EndSession(patron_id=path_id(call, "patronId"), action_type="Check-out")])
    async with call.transaction() as tx:
        await loans.end_sessions(tx, asked)
        await leave_word(tx, visitor_of(call), {"ended": True})
    return see_other(f"{visitor_of(call).home}/check-out")


async def _visit(call: Call, status: int = 200, barcode: str = "", refused: Refusal | None = None) -> Reply:
    patron_id = path_id(call, "patronId")
    async with call.read() as tx:
        person = await store.load_person(tx, patron_id)
        lent = await store.load_lent(tx, patron_id)
    return page(call, "desk/visit.html", status, person=person, lent=lent, barcode=barcode, refused=refused)


ROUTES: tuple[Route, ...] = (
    desk_route("GET", "/check-out", CHECK_OUT, show_start, 0),
    desk_route("POST", "/check-out", CHECK_OUT, find, 4),
    desk_route("GET", _PATRON, CHECK_OUT, show_visit, _SHOWN),
    desk_route("POST", _PATRON, CHECK_OUT, lend, 8 + _SHOWN),
    desk_route("POST", f"{_PATRON}/end", END_VISIT, end, 4),
)
