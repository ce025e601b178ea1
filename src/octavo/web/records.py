"""The five routes of a record type, made from its declaration.

A type that must differ passes its own function for that step; nothing here asks which type it is.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from octavo.errors import BadRequest, NotFound
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, created, ok
from octavo.http.parameters import BAD_UUID, bad_uuid, check_language, is_uuid, read_paging
from octavo.http.routes import Handler, Route
from octavo.store import pages, records
from octavo.store.pages import Page
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.record import Record

R = TypeVar("R", bound=Record)

Create = Callable[[Tx, R], Awaitable[bytes]]
Replace = Callable[[Tx, str, R, str | None], Awaitable[bytes]]
Remove = Callable[[Tx, str, str | None], Awaitable[None]]

LIST_QUERY = ("query", "offset", "limit", "totalRecords", "lang")
_ALL = ("list", "create", "read", "replace", "remove")


def record_routes(
    kind: RecordType[R],
    *,
    create: Create[R] | None = None,
    replace: Replace[R] | None = None,
    remove: Remove | None = None,
    only: tuple[str, ...] = _ALL,
    statements: int = 1,
) -> list[Route]:
    """Return the routes of a type.

    create, replace, remove: what to do instead of the plain statement; they run in a transaction, and take
    `statements` statements at most. only: which of the five operations there are.
    """
    one = f"{kind.path}/{{id}}"
    name = kind.record.__name__
    writing = statements + 2 if create or replace or remove else 1
    routes = {
        "list": Route(
            "GET", kind.path, f"{kind.permission}.collection.get", lister(kind), f"List {name} records", 2,
            answer=kind.record, many=kind.endpoint.many, query=LIST_QUERY, errors=(400,),
        ),
        "create": Route(
            "POST", kind.path, f"{kind.permission}.item.post", _creator(kind, create), f"Create a {name} record",
            writing, body=kind.record, answer=kind.record, success=201, errors=(400, 422),
        ),
        "read": Route(
            "GET", one, f"{kind.permission}.item.get", _reader(kind), f"Read one {name} record", 1,
            answer=kind.record, errors=(404,), also=(304,),
        ),
        "replace": Route(
            "PUT", one, f"{kind.permission}.item.put", _replacer(kind, create, replace), f"Replace one {name} record",
            writing, body=kind.record, success=204, errors=(400, 404, 409, 422), also=(201,), forms=((201, kind.record),),
        ),
        "remove": Route(
            "DELETE", one, f"{kind.permission}.item.delete", _remover(kind, remove), f"Delete one {name} record",
            writing, success=204, errors=(400, 404, 409, *((422,) if remove else ())),
        ),
    }
    return [routes[operation] for operation in only]


def history_route(kind: RecordType[Any]) -> Route:
    """Return the route that lists every change of a type's records."""
    history = kind.history
    assert history is not None, "only a type with history has this route"  # noqa: S101 - a wrong declaration

    async def serve(call: Call) -> Reply:
        paging = read_paging(call.query)
        async with call.read() as tx:
            page = await pages.history(tx, kind, paging.query, paging.offset, paging.limit, paging.totals)
        return envelope(history.many, page)

    return Route(
        "GET", history.path, f"{kind.permission}-history.collection.get", serve,
        f"List every change of {kind.record.__name__} records, newest first", 2,
        many=history.many, query=LIST_QUERY, errors=(400,),
    )


def clear_route(kind: RecordType[Any], *, by_query: bool = False) -> Route:
    """Return the route that deletes all records of a type; with `by_query` those that a query matches, if one is given."""

    async def serve(call: Call) -> Reply:
        check_language(call.query)
        query = call.query.get("query") if by_query else None
        if query is not None and not query.strip():
            raise BadRequest("Expected CQL but query parameter is empty")
        async with call.read() as tx:
            if query is None:
                await pages.delete_all(tx, kind)
            else:
                await pages.delete_where(tx, kind, query)
        return NO_CONTENT

    name = f"{kind.record.__name__} records"
    return Route(
        "DELETE", kind.path, f"{kind.permission}.collection.delete", serve,
        f"Delete all {name}, or those that a query matches" if by_query else f"Delete all {name}", 1, success=204,
        query=("query", "lang") if by_query else ("lang",), errors=(400,),
    )


def lister(kind: RecordType[Any]) -> Handler:
    """Return the handler that lists a type's records."""

    async def serve(call: Call) -> Reply:
        paging = read_paging(call.query)
        async with call.read() as tx:
            page = await pages.page(tx, kind, paging.query, paging.offset, paging.limit, paging.totals)
        return envelope(kind.endpoint.many, page, with_info=kind.result_info)

    return serve


def envelope(many: str, page: Page, *, with_info: bool = False) -> Reply:
    """Wrap documents as FOLIO's lists are: the array first, then the total; the documents stay bytes."""
    total = b"" if page.total is None else b',"totalRecords":%d' % page.total
    info = b',"resultInfo":{"totalRecords":%d,"facets":[],"diagnostics":[]}' % (page.total or 0) if with_info else b""
    return ok(b'{"%b":[%b]%b%b}' % (many.encode(), b",".join(page.documents), total, info))


def _creator(kind: RecordType[R], create: Create[R] | None) -> Handler:
    async def serve(call: Call) -> Reply:
        check_language(call.query)
        record = _checked(kind, call)
        document = await _create(call, kind, create, record)
        return created(document, f"{kind.path}/{record.id or records.id_of(document)}")

    return serve


async def _create(call: Call, kind: RecordType[R], create: Create[R] | None, record: R) -> bytes:
    if create is None:
        async with call.read() as tx:
            return await records.insert(tx, kind, record)
    async with call.transaction() as tx:
        return await create(tx, record)


def _reader(kind: RecordType[Any]) -> Handler:
    async def serve(call: Call) -> Reply:
        check_language(call.query)
        record_id = call.parameters["id"]
        if not is_uuid(record_id):
            raise NotFound(BAD_UUID)
        async with call.read() as tx:
            document = await records.read(tx, kind, record_id)
        tag = f'"{records.etag(document)}"'
        if call.headers.get("if-none-match") == tag:
            return Reply(304, content_type="", headers={"ETag": tag})
        return Reply(200, document, headers={"ETag": tag})

    return serve


async def _create_at(call: Call, kind: RecordType[R], create: Create[R] | None, record_id: str, record: R) -> Reply:
    document = await _create(call, kind, create, record.model_copy(update={"id": record_id}))
    return created(document, f"{kind.path}/{record_id}")


def _replacer(kind: RecordType[R], create: Create[R] | None, replace: Replace[R] | None) -> Handler:
    async def serve(call: Call) -> Reply:
        check_language(call.query)
        record_id = call.parameters["id"].lower()
        if not is_uuid(record_id):
            raise bad_uuid(kind.table, record_id)
        record = _checked(kind, call)
        if call.headers.get("if-none-match") == "*":
            return await _create_at(call, kind, create, record_id, record)
        expected = expected_tag(call)
        if replace is None:
            async with call.read() as tx:
                await records.replace(tx, kind, record_id, record, expected)
        else:
            async with call.transaction() as tx:
                await replace(tx, record_id, record, expected)
        return NO_CONTENT

    return serve


def _remover(kind: RecordType[Any], remove: Remove | None) -> Handler:
    async def serve(call: Call) -> Reply:
        check_language(call.query)
        record_id = call.parameters["id"].lower()
        if not is_uuid(record_id):
            raise BadRequest(BAD_UUID)
        if remove is None:
            async with call.read() as tx:
                await records.delete(tx, kind, record_id, expected_tag(call))
        else:
            async with call.transaction() as tx:
                await remove(tx, record_id, expected_tag(call))
        return NO_CONTENT

    return serve


def _checked(kind: RecordType[R], call: Call) -> R:
    record = read_body(kind.record, call.body)
    if kind.check:
        kind.check(record)
    return record


def expected_tag(call: Call) -> str | None:
    """Return the entity tag that the client read, None where it takes any."""
    given = call.headers.get("if-match")
    if given is None or given == "*":
        return None
    return given.removeprefix("W/").strip('"')
