"""Requests that forget who wanted the item (mod-circulation, mod-circulation-storage)."""

from octavo.http.bodies import read_body
from octavo.http.call import Call, Reply, ok
from octavo.http.routes import Route
from octavo.services import anonymise_requests as service
from octavo_models.answers import AnonymizedRequest, AnonymizedRequests, AnonymizeRequestsRequest

# A transaction to read the setting, and one for each batch.
_BY_TIME = 4 + 5 * service.MOST_BATCHES_TOLD


async def post_anonymise_request(call: Call) -> Reply:
    """Let a closed request forget who wanted the item."""
    async with call.transaction() as tx:
        return ok((await service.anonymise_request(tx, call.parameters["id"])).to_wire())


async def post_anonymise_requests(call: Call) -> Reply:
    """Let some closed requests forget who wanted the item."""
    asked = read_body(AnonymizeRequestsRequest, call.body)
    async with call.transaction() as tx:
        return ok((await service.anonymise_requests(tx, asked.request_ids)).to_wire())


async def post_anonymise_by_time(call: Call) -> Reply:
    """Let closed requests forget as the setting says."""
    return ok(await service.anonymise_requests_by_time(call.transaction))


ROUTES: tuple[Route, ...] = (
    Route("POST", "/request-anonymization/{id}", "circulation.requests.item.anonymize.post", post_anonymise_request,
          "Anonymise a closed request", 5, answer=AnonymizedRequest, errors=(404, 422)),
    Route("POST", "/anonymize-storage-requests", "anonymize-storage-requests.post", post_anonymise_requests,
          "Anonymise closed requests", 5, body=AnonymizeRequestsRequest, answer=AnonymizedRequests, errors=(400, 422)),
    Route("POST", "/circulation/scheduled-request-anonymize-processing",
          "circulation.scheduled-request-anonymize-processing.post", post_anonymise_by_time,
          "Anonymise closed requests as the setting requestAnonymization says", _BY_TIME),
)  # fmt: skip
