"""Patron blocks: conditions, limits, what blocks a patron now and why (mod-patron-blocks; seed 002)."""

from octavo.catalogue.blocks import PATRON_BLOCK_CONDITION, PATRON_BLOCK_LIMIT
from octavo.errors import BadRequest
from octavo.http.call import Call, Reply, ok
from octavo.http.parameters import is_uuid
from octavo.http.routes import Route
from octavo.services import patron_blocks
from octavo.web.records import record_routes


async def get_automated_blocks(call: Call) -> Reply:
    """Answer with what automatically blocks a patron; somebody unknown has no blocks."""
    user_id = call.parameters["id"]
    if not is_uuid(user_id):
        raise BadRequest(f'Invalid user UUID: "{user_id[:100]}"')
    async with call.read() as tx:
        return ok({"automatedPatronBlocks": await patron_blocks.automated_blocks(tx, user_id.lower())})


async def get_user_summary(call: Call) -> Reply:
    """Answer with a patron's open loans and charges as blocks see them."""
    user_id = call.parameters["id"]
    if not is_uuid(user_id):
        raise BadRequest(f'Invalid user ID: "{user_id[:100]}"')
    async with call.read() as tx:
        return ok(await patron_blocks.user_summary(tx, user_id.lower()))


ROUTES: tuple[Route, ...] = (
    *record_routes(PATRON_BLOCK_CONDITION),
    *record_routes(PATRON_BLOCK_LIMIT),
    Route(
        "GET", "/automated-patron-blocks/{id}", "automated-patron-blocks.collection.get", get_automated_blocks,
        "List the automated blocks of a patron", 1, errors=(400,),
    ),
    Route(
        "GET", "/user-summary/{id}", "user-summary.item.get", get_user_summary,
        "Read the open loans and charges of a patron, as automated blocks count them", 1, errors=(400, 404),
    ),
)  # fmt: skip
