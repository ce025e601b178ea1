"""What staff find out about lent items: lost, claimed returned, missing (mod-circulation)."""

from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply
from octavo.http.routes import Route
from octavo.services import loan_actions
from octavo.services.loans import known_form
from octavo_models.circulation import ClaimItemReturned, DeclareItemLost, DeclareMissing

_ONE = "/circulation/loans/{id}"
_MISSING = "declare-claimed-returned-item-as-missing"


async def post_declare_lost(call: Call) -> Reply:
    """Declare an item lost."""
    loan_id = known_form(call.parameters["id"])
    asked = read_body(DeclareItemLost, call.body)
    async with call.transaction() as tx:
        await loan_actions.declare_item_lost(tx, loan_id, asked)
    return NO_CONTENT


async def post_claim_returned(call: Call) -> Reply:
    """Note that a patron claims to have returned an item."""
    loan_id = known_form(call.parameters["id"])
    asked = read_body(ClaimItemReturned, call.body)
    async with call.transaction() as tx:
        await loan_actions.claim_item_returned(tx, loan_id, asked)
    return NO_CONTENT


async def post_declare_missing(call: Call) -> Reply:
    """Give up an item claimed to have been returned."""
    loan_id = known_form(call.parameters["id"])
    asked = read_body(DeclareMissing, call.body)
    async with call.transaction() as tx:
        await loan_actions.declare_missing(tx, loan_id, asked)
    return NO_CONTENT


ROUTES: tuple[Route, ...] = (
    Route("POST", f"{_ONE}/declare-item-lost", "circulation.loans.declare-item-lost.post", post_declare_lost,
          "Declare an item lost and charge for it", 12, body=DeclareItemLost, success=204, errors=(400, 404, 422)),
    Route("POST", f"{_ONE}/claim-item-returned", "circulation.loans.claim-item-returned.post", post_claim_returned,
          "Note that a patron claims to have returned an item", 5, body=ClaimItemReturned, success=204,
          errors=(400, 404, 422)),
    Route("POST", f"{_ONE}/{_MISSING}", f"circulation.loans.{_MISSING}.post", post_declare_missing,
          "Give up an item claimed to have been returned", 5, body=DeclareMissing, success=204,
          errors=(400, 404, 422)),
)  # fmt: skip
