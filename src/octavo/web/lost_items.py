"""What a scheduler calls about loans (mod-circulation), and what staff decide about actual costs (mod-feesfines)."""

from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, TEXT, Call, Reply, ok
from octavo.http.routes import Route
from octavo.rules.fee_actions import Refused
from octavo.services import actual_cost
from octavo.services.age_to_lost import age_to_lost, charge_aged_to_lost
from octavo.services.anonymise_by_time import MOST_BATCHES, anonymise_by_time
from octavo.services.one_by_one import MOST
from octavo_models.actual_cost import ActualCostBill, ActualCostDecision, ActualCostRecord

# A transaction to find the loans, and one with a savepoint for each of them.
_TIMER = 3 + 16 * MOST
# A transaction to read the setting, and one for each batch.
_ANONYMISING = 4 + 6 * MOST_BATCHES


async def post_age_to_lost(call: Call) -> Reply:
    """Give up items that are overdue for too long."""
    await age_to_lost(call.transaction)
    return NO_CONTENT


async def post_age_to_lost_charging(call: Call) -> Reply:
    """Bill the patrons of items given up."""
    await charge_aged_to_lost(call.transaction)
    return NO_CONTENT


async def post_actual_cost_expiration(call: Call) -> Reply:
    """Let actual cost records expire."""
    await actual_cost.expire_actual_costs(call.transaction)
    return NO_CONTENT


async def post_anonymise(call: Call) -> Reply:
    """Let closed loans forget their borrowers."""
    return ok(await anonymise_by_time(call.transaction))


async def post_cancel(call: Call) -> Reply:
    """Bill nothing for a lost item."""
    asked = read_body(ActualCostDecision, call.body)
    try:
        async with call.transaction() as tx:
            return ok(await actual_cost.cancel(tx, asked), 201)
    except Refused as refusal:
        return _refused(refusal)


async def post_bill(call: Call) -> Reply:
    """Bill what a lost item costs."""
    asked = read_body(ActualCostBill, call.body)
    try:
        async with call.transaction() as tx:
            return ok(await actual_cost.bill(tx, asked), 201)
    except Refused as refusal:
        return _refused(refusal)


def _refused(refusal: Refused) -> Reply:
    return Reply(422, refusal.text.encode(), TEXT)


ROUTES: tuple[Route, ...] = (
    Route("POST", "/circulation/scheduled-age-to-lost", "circulation.scheduled-age-to-lost.post", post_age_to_lost,
          "Give up items that are overdue for too long", _TIMER, success=204),
    Route("POST", "/circulation/scheduled-age-to-lost-fee-charging", "circulation.scheduled-age-to-lost-fee-charging.post",
          post_age_to_lost_charging, "Bill the patrons of items given up", _TIMER, success=204),
    Route("POST", "/circulation/actual-cost-expiration-by-timeout", "circulation.actual-cost-expiration-by-timeout.post",
          post_actual_cost_expiration, "Let undecided actual cost records expire", _TIMER, success=204),
    Route("POST", "/circulation/scheduled-anonymize-processing", "circulation.scheduled-anonymize-processing.post",
          post_anonymise, "Anonymise closed loans as the setting loan_history says", _ANONYMISING),
    Route("POST", "/actual-cost-fee-fine/cancel", "actual-cost-fee-fine-cancel.post", post_cancel,
          "Decide not to bill a lost item", 7, body=ActualCostDecision, answer=ActualCostRecord, success=201,
          errors=(400, 422)),
    Route("POST", "/actual-cost-fee-fine/bill", "actual-cost-fee-fine-bill.post", post_bill,
          "Bill what a lost item really costs", 9, body=ActualCostBill, answer=ActualCostRecord, success=201,
          errors=(400, 404, 422)),
)  # fmt: skip
