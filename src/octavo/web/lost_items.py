"""What a scheduler calls about loans (mod-circulation), and what staff decide about actual costs (mod-feesfines)."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, TEXT, Call, Reply, ok
from octavo.http.routes import ANYTHING, Handler, Route
from octavo.rules.fee_actions import Refused
from octavo.services import actual_cost
from octavo.services.age_to_lost import age_to_lost, charge_aged_to_lost
from octavo.services.anonymise_by_time import MOST_BATCHES_TOLD, anonymise_by_time
from octavo.services.expire import Begin
from octavo.services.one_by_one import MOST
from octavo.store.tx import Tx
from octavo_models.actual_cost import ActualCostBill, ActualCostDecision, ActualCostRecord
from octavo_models.record import Part

A = TypeVar("A", bound=Part)

# A transaction to find the loans, and one with a savepoint for each of them.
_TIMER = 3 + 16 * MOST
# A transaction to read the setting, one for each batch, and one to read why others remember.
_ANONYMISING = 7 + 6 * MOST_BATCHES_TOLD


def _timer(work: Callable[[Begin], Awaitable[int]]) -> Handler:
    """Return the handler that does what a timer does, for the caller's tenant."""

    async def serve(call: Call) -> Reply:
        await work(call.transaction)
        return NO_CONTENT

    return serve


async def post_anonymise(call: Call) -> Reply:
    """Let closed loans forget their borrowers."""
    return ok(await anonymise_by_time(call.transaction))


def _decision(model: type[A], decide: Callable[[Tx, A], Awaitable[bytes]]) -> Handler:
    """Return the handler of a decision about an actual cost record, which answers the record as it then is."""

    async def serve(call: Call) -> Reply:
        asked = read_body(model, call.body)
        try:
            async with call.transaction() as tx:
                return ok(await decide(tx, asked), 201)
        except Refused as refusal:
            return Reply(422, refusal.text.encode(), TEXT)

    return serve


#: A refusal is a sentence, a broken body a list of errors.
_FORMS = ((422, ANYTHING),)

ROUTES: tuple[Route, ...] = (
    Route("POST", "/circulation/scheduled-age-to-lost", "circulation.scheduled-age-to-lost.post", _timer(age_to_lost),
          "Give up items that are overdue for too long", _TIMER, success=204),
    Route("POST", "/circulation/scheduled-age-to-lost-fee-charging", "circulation.scheduled-age-to-lost-fee-charging.post",
          _timer(charge_aged_to_lost), "Bill the patrons of items given up", _TIMER, success=204),
    Route("POST", "/circulation/actual-cost-expiration-by-timeout", "circulation.actual-cost-expiration-by-timeout.post",
          _timer(actual_cost.expire_actual_costs), "Let undecided actual cost records expire", _TIMER, success=204),
    Route("POST", "/circulation/scheduled-anonymize-processing", "circulation.scheduled-anonymize-processing.post",
          post_anonymise, "Anonymise closed loans as the setting loan_history says", _ANONYMISING),
    Route("POST", "/actual-cost-fee-fine/cancel", "actual-cost-fee-fine-cancel.post",
          _decision(ActualCostDecision, actual_cost.cancel),
          "Decide not to bill a lost item", 7, body=ActualCostDecision, answer=ActualCostRecord, success=201,
          errors=(400, 422), forms=_FORMS),
    Route("POST", "/actual-cost-fee-fine/bill", "actual-cost-fee-fine-bill.post",
          _decision(ActualCostBill, actual_cost.bill),
          "Bill what a lost item really costs", 9, body=ActualCostBill, answer=ActualCostRecord, success=201,
          errors=(400, 404, 422), forms=_FORMS),
)  # fmt: skip
