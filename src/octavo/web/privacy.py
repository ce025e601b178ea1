"""Erasing a patron."""

from octavo.http.call import Call, Reply, ok
from octavo.http.routes import Route
from octavo.services import erase as service
from octavo_models.answers import ErasedPatron


async def erase(call: Call) -> Reply:
    """Erase a patron for good; say how many rows of which table were touched."""
    async with call.transaction() as tx:
        return ok(ErasedPatron(erased=await service.erase_patron(tx, call.parameters["id"])).to_wire())


ROUTES: tuple[Route, ...] = (
    Route("POST", "/octavo/patrons/{id}/erase", "octavo.patrons.erase.post", erase,
          "Erase a patron who owes nothing: every trace, in every table, for good", 12, answer=ErasedPatron, errors=(400, 404, 422)),
)  # fmt: skip
