"""What a patron owes: paying and waiving it at the desk."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from octavo.errors import Invalid, refuse
from octavo.http.call import Call, Reply
from octavo.http.routes import Handler, Route
from octavo.page.desk.rights import PAY, SEE_CHARGES, WAIVE, desk_route, place_of
from octavo.page.shared.forms import leave_word, path_id, read_form
from octavo.page.shared.render import page, see_other
from octavo.page.shared.visitor import visitor_of
from octavo.rules.fee_actions import Action
from octavo.rules.money import shown
from octavo.services import fee_actions
from octavo.store import desk as store
from octavo_models.fee_actions import AmountAction

_CHARGES: Final = "/patrons/{patronId}/charges"
_CHARGE_FIELD: Final = "charge-"
_SHOWN: Final = 3
#: By the action: what the page says was done, and the field that says how or why.
_DONE: Final = {Action.PAY: ("paid", "method"), Action.WAIVE: ("waived", "why")}


async def show_charges(call: Call) -> Reply:
    """Show what a patron owes, and the form to pay or waive it."""
    return await _page(call)


def settling(action: Action) -> Handler:
    """Return the handler that pays or waives an amount of the charges that were chosen."""

    async def settle(call: Call) -> Reply:
        form, visitor = read_form(call), visitor_of(call)
        try:
            async with call.transaction() as tx:
                owed = await store.load_charges(tx, path_id(call, "patronId"))
                chosen = [one["id"] for one in owed if _CHARGE_FIELD + one["id"] in form]
                asked = _asked(call, form, form.get(_DONE[action][1], ""), chosen)
                done = await fee_actions.act(tx, action, chosen, asked)
                told = {"settled": _DONE[action][0], "amount": shown(done.amount or Decimal(0))}
                await leave_word(tx, visitor, told)
        except Invalid as refused:
            return await _page(call, 422, form, refused)
        return see_other(f"{visitor.home}/patrons/{path_id(call, 'patronId')}/charges")

    settle.__doc__ = f"{'Pay' if action is Action.PAY else 'Waive'} charges of a patron."
    return settle


def _asked(call: Call, form: Mapping[str, str], way: str, chosen: list[str]) -> AmountAction:
    """Return what a form asks for. Raises Invalid."""
    if not chosen:
        raise refuse("Choose at least one charge", "NO_CHARGE_CHOSEN")
    if not way:
        raise refuse("Choose how it is paid, or why it is waived", "NO_WAY_CHOSEN")
    return AmountAction(
        amount=form.get("amount", "").replace(",", "."), notify_patron="notify" in form, payment_method=way,
        service_point_id=place_of(call).id, user_name=visitor_of(call).formal_name, comments=form.get("comment") or None,
    )  # fmt: skip


async def _page(
    call: Call, status: int = 200, form: Mapping[str, str] | None = None, refused: Invalid | None = None
) -> Reply:
    patron_id = path_id(call, "patronId")
    async with call.read() as tx:
        person = await store.load_person(tx, patron_id)
        charges = await store.load_charges(tx, patron_id)
        methods, reasons = await store.load_ways_to_settle(tx)
    chosen = {one["id"] for one in charges if form is None or _CHARGE_FIELD + one["id"] in form}
    messages = [violation.message for violation in refused.violations] if refused else []
    return page(
        call, "desk/charges.html", status, person=person, charges=charges, methods=methods, why=reasons, chosen=chosen,
        form=form or {}, messages=messages,
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    desk_route("GET", _CHARGES, SEE_CHARGES, show_charges, _SHOWN),
    desk_route("POST", f"{_CHARGES}/pay", PAY, settling(Action.PAY), 8 + _SHOWN),
    desk_route("POST", f"{_CHARGES}/waive", WAIVE, settling(Action.WAIVE), 8 + _SHOWN),
)
