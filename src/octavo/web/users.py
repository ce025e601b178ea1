"""Users (FOLIO mod-users)."""

from octavo.catalogue.patrons import USER
from octavo.http.call import NO_CONTENT, Call, Reply
from octavo.http.routes import Route
from octavo.services import users
from octavo.web.reference import routes_of


async def delete_users(call: Call) -> Reply:
    """Delete the users that `query` matches; without a query nothing is deleted."""
    async with call.transaction() as tx:
        await users.remove_users(tx, call.query.get("query", ""))
    return NO_CONTENT


ROUTES: tuple[Route, ...] = (
    *routes_of(USER),
    Route(
        "DELETE", USER.path, f"{USER.permission}.collection.delete", delete_users, "Delete the users that a query matches",
        6, success=204, query=("query",), errors=(400,),
    ),
)  # fmt: skip
