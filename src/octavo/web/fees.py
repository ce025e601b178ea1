"""Fee and fine records in the manner of FOLIO's mod-feesfines."""

from dataclasses import replace
from typing import Any

from octavo.catalogue.fees import ACCOUNT
from octavo.errors import NotFound
from octavo.http.call import Call, Reply, ok
from octavo.http.parameters import is_uuid, read_paging
from octavo.http.routes import Handler, Route
from octavo.services import fees
from octavo.store import fees as store
from octavo.store.record_type import RecordType
from octavo.web.records import envelope
from octavo.web.reference import routes_of


def older_routes(kind: RecordType[Any]) -> list[Route]:
    """Return the routes of an older resource: to read under something that is no id is to find nothing."""
    return [
        replace(route, handler=_finding(kind, route.handler)) if route.name == f"GET {kind.path}/{{id}}" else route
        for route in routes_of(kind)
    ]


def _finding(kind: RecordType[Any], handler: Handler) -> Handler:
    async def serve(call: Call) -> Reply:
        try:
            return await handler(call)
        except NotFound:
            raise NotFound(kind.not_found) from None

    return serve


async def get_accounts(call: Call) -> Reply:
    """List accounts with the holdings and the instance of their items."""
    paging = read_paging(call.query)
    async with call.read() as tx:
        page = await store.page_of_shown_accounts(
            tx, ACCOUNT, paging.query, paging.offset, paging.limit, paging.totals
        )
    return envelope(ACCOUNT.endpoint.many, page, with_info=True)


async def get_account(call: Call) -> Reply:
    """Show an account with the holdings and the instance of its item."""
    account_id = call.parameters["id"]
    found = None
    if is_uuid(account_id):
        async with call.read() as tx:
            found = await store.load_shown_account(tx, account_id)
    if found is None:
        raise NotFound(ACCOUNT.not_found)
    document, etag = found
    return ok(document).with_header("ETag", f'"{etag}"')


_SHOWN: dict[str, Handler] = {f"GET {ACCOUNT.path}": get_accounts, f"GET {ACCOUNT.path}/{{id}}": get_account}

ROUTES: tuple[Route, ...] = (
    *(route for kind in fees.OLDER_TYPES for route in older_routes(kind)),
    *(replace(route, handler=_SHOWN.get(route.name, route.handler)) for route in routes_of(ACCOUNT)),
)
