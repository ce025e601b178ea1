"""What happens to a loan while it is open: at its own path, and to items used in the reading room (mod-circulation)."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, ok
from octavo.http.routes import Handler, Route
from octavo.services import loan_actions, loans, use_at_location
from octavo.store.tx import Tx
from octavo_models.circulation import (
    AddInfo,
    ChangeDueDate,
    ClaimItemReturned,
    DeclareItemLost,
    DeclareMissing,
    HoldForUseAtLocation,
    PickupForUseAtLocation,
    ShownLoan,
)
from octavo_models.record import Part

A = TypeVar("A", bound=Part)


def _on_loan(name: str, model: type[A], act: Callable[[Tx, str, A], Awaitable[None]], summary: str, statements: int) -> Route:
    """Return the route of an action on one loan, which answers nothing."""

    async def serve(call: Call) -> Reply:
        loan_id = loans.known_form(call.parameters["id"])
        asked = read_body(model, call.body)
        async with call.transaction() as tx:
            await act(tx, loan_id, asked)
        return NO_CONTENT

    path, permission = f"/circulation/loans/{{id}}/{name}", f"circulation.loans.{name}.post"
    return Route("POST", path, permission, serve, summary, statements, body=model, success=204, errors=(400, 404, 422))


def _for_use(model: type[A], act: Callable[[Tx, A], Awaitable[bytes]]) -> Handler:
    """Return the handler of an action on a loan found by barcodes, which answers the loan."""

    async def serve(call: Call) -> Reply:
        asked = read_body(model, call.body)
        async with call.transaction() as tx:
            return ok(await act(tx, asked))

    return serve


_MISSING = "declare-claimed-returned-item-as-missing"
_SHELF: dict[str, Any] = {"answer": ShownLoan, "errors": (400, 422)}

ROUTES: tuple[Route, ...] = (
    _on_loan("change-due-date", ChangeDueDate, loans.change_due_date, "Give a loan another due date", 5),
    _on_loan("add-info", AddInfo, loans.add_info, "Attach a remark to a loan", 4),
    _on_loan("declare-item-lost", DeclareItemLost, loan_actions.declare_item_lost,
             "Declare an item lost and charge for it", 12),
    _on_loan("claim-item-returned", ClaimItemReturned, loan_actions.claim_item_returned,
             "Note that a patron claims to have returned an item", 5),
    _on_loan(_MISSING, DeclareMissing, loan_actions.declare_missing, "Give up an item claimed to have been returned", 5),
    Route("POST", "/circulation/hold-by-barcode-for-use-at-location", "circulation.hold-by-barcode-for-use-at-location.post",
          _for_use(HoldForUseAtLocation, use_at_location.hold_for_use),
          "Put an item on the shelf until its patron comes back to the reading room", 8, body=HoldForUseAtLocation, **_SHELF),
    Route("POST", "/circulation/pickup-by-barcode-for-use-at-location",
          "circulation.pickup-by-barcode-for-use-at-location.post",
          _for_use(PickupForUseAtLocation, use_at_location.pick_up_for_use),
          "Give a patron the item that waits on the shelf of the reading room", 6, body=PickupForUseAtLocation, **_SHELF),
)  # fmt: skip
