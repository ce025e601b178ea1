"""Whatever somebody sends, the server stays up, changes nothing that it refuses, and keeps quiet about people."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from library import Library
from octavo.app.wiring import okapi_routes
from octavo.edge import side
from octavo.errors import Problem
from octavo.http.bodies import check
from octavo.http.routes import Route
from octavo.store.tx import Tx
from safety.town import CANARY, EDGE_PLACES, PLACES, Town, differences, dump, filled, settle

PROTECTED = [route for route in okapi_routes() if route.permission]
LISTS = [route for route in PROTECTED if route.many and "query" in route.query and "{" not in route.path]


def demands_something(route: Route) -> bool:
    """Tell whether an empty object is too little for a body."""
    try:
        check(route.body, {})
    except Problem:
        return True
    return False


WRITES = [route for route in PROTECTED if route.body and demands_something(route)]
EDGE = [route for route in side.ROUTES if route.permission]

SOME = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
MANY = settings(SOME, max_examples=150)

METACHARACTERS = st.sampled_from(["'", '"', "\\", "%", "_", "*", "?", "^", "(", ")", "<", ">", "=", "/", ";", "--", "$1", "\n",
                                  " or ", " and ", " not ", " sortBy ", "cql.allRecords=1", "\u0000", "é", "İ", "😀", "{}", "[]"])  # fmt: skip
ANY_TEXT = st.text(max_size=40) | st.lists(METACHARACTERS | st.text(max_size=5), max_size=12).map("".join)
FIELDS = st.sampled_from(["id", "userId", "status.name", "dueDate", "metadata.createdDate", "cql.allRecords", "barcode", "name"])
RELATIONS = st.sampled_from(["=", "==", "<>", ">", "<=", " all ", " any ", " adj ", "=/respectCase ", "==/number "])
CLAUSES = st.tuples(FIELDS, RELATIONS, ANY_TEXT.map(lambda text: orjson.dumps(text.replace("\x00", "")).decode())).map("".join)
QUERIES = ANY_TEXT | CLAUSES | st.lists(CLAUSES, min_size=1, max_size=4).map(" or ".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on the loop of the tests, from a thread that waits for it."""
    return asyncio.run_coroutine_threadsafe(work, _LOOP["loop"]).result(60)


_LOOP: dict[str, asyncio.AbstractEventLoop] = {}


async def hostile(ask: Any) -> None:
    """Run a Hypothesis test whose body needs the loop, in a thread beside it."""
    _LOOP["loop"] = asyncio.get_running_loop()
    await asyncio.to_thread(ask)


def answered(answer: httpx.Response) -> httpx.Response:
    assert answer.status_code < 500 or answer.status_code == 501, (answer.request.method, str(answer.request.url), answer.text)
    return answer


@pytest.fixture
async def untouched(town: Town, tx: Tx) -> Any:
    """Check at the end that nothing has changed."""
    before = await dump(tx.connection, tx.schema)
    yield
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def test_any_query_is_answered_or_refused(town: Town, client: httpx.AsyncClient, untouched: None) -> None:
    @MANY
    @given(st.sampled_from(LISTS), QUERIES)
    @example(LISTS[0], "cql.allRecords=1 " * 300)
    @example(LISTS[0], "(" * 3000 + "id==1" + ")" * 3000)
    @example(LISTS[0], "id==1 " + "not id==2 " * 2000)
    @example(LISTS[0], "x" * 30_000)
    def ask(route: Route, query: str) -> None:
        answer = answered(run(client.get(route.path, params={"query": query})))
        assert answer.status_code in {200, 400, 422, 413, 414}, answer.text

    await hostile(ask)


async def test_any_paging_is_answered_or_refused(town: Town, client: httpx.AsyncClient, untouched: None) -> None:
    @SOME
    @given(st.sampled_from(LISTS), st.lists(st.tuples(st.sampled_from(
        ["query", "limit", "offset", "totalRecords", "lang", "sortBy", "expand"]), ANY_TEXT | st.integers().map(str)), max_size=4))  # fmt: skip
    @example(LISTS[0], [("limit", "10")] * 1001)
    @example(LISTS[0], [("limit", "99999999999999999999")])
    @example(LISTS[0], [("limit", "2147483647"), ("offset", "2147483647")])
    def ask(route: Route, query: list[tuple[str, str]]) -> None:
        answered(run(client.get(f"{route.path}?{urlencode(query, errors='surrogatepass')}")))

    await hostile(ask)


async def test_any_path_is_answered(
    town: Town, client: httpx.AsyncClient, edge: httpx.AsyncClient, untouched: None
) -> None:
    """No path makes a read of it fail; what does not fit in a segment does not get out of it."""

    @MANY
    @given(st.sampled_from([*PROTECTED, *EDGE]), st.dictionaries(st.sampled_from([*town.names]), ANY_TEXT.filter(bool), min_size=1))
    @example(PROTECTED[0], {"users": "..%2f..%2f"})
    def ask(route: Route, hostile_names: dict[str, str]) -> None:
        if "{" not in route.path or route.method != "GET":
            return
        sender, places = (edge, EDGE_PLACES) if route in EDGE else (client, PLACES)
        names = {**town.stranger_names(), **{name: encoded(value) for name, value in hostile_names.items()}}
        answered(run(sender.get(filled(route, places, names))))

    await hostile(ask)


@pytest.mark.parametrize("path", ["/users/%ff", "/users/%00", "/users/a%00b", "/%2e%2e/users", "//users", "/users/" + "x" * 60_000, "/users/%"])
async def test_odd_paths_are_answered(client: httpx.AsyncClient, edge: httpx.AsyncClient, path: str) -> None:
    for sender in (client, edge):
        for method in ("GET", "PUT", "DELETE", "POST", "PATCH", "HEAD", "OPTIONS"):
            answered(await sender.request(method, path))


async def test_any_header_is_answered(town: Town, anonymous: httpx.AsyncClient, untouched: None) -> None:
    names = st.sampled_from(
        ["Authorization", "X-Okapi-Token", "X-Okapi-Tenant", "X-Okapi-User-Id", "X-Okapi-Request-Id", "Cookie", "If-Match",
         "Idempotency-Key", "Accept-Encoding", "Content-Type", "If-None-Match", "Accept-Language"]
    )  # fmt: skip
    values = st.binary(max_size=40).map(lambda raw: bytes(byte for byte in raw if byte not in b"\r\n\0"))

    @MANY
    @given(st.dictionaries(names, values | ANY_TEXT.map(lambda text: text.encode().translate(None, b"\r\n\0"))))
    def ask(headers: dict[str, bytes]) -> None:
        raw = {name.encode(): value for name, value in headers.items()}
        assert answered(run(anonymous.get("/users", headers=raw))).status_code in {400, 401, 403}
        assert answered(run(anonymous.post("/groups", headers=raw, json={"group": "x"}))).status_code in {400, 401, 403}
        answered(run(anonymous.post("/authn/refresh", headers=raw)))

    await hostile(ask)


async def test_any_body_is_read_or_refused(town: Town, client: httpx.AsyncClient, untouched: None) -> None:
    """Random JSON never makes a record, and random members never make a server error."""

    @MANY
    @given(st.sampled_from(WRITES), JSON)
    @example(WRITES[0], [[[[[[[[]]]]]]]] * 3)
    def ask(route: Route, body: Any) -> None:
        path = filled(route, PLACES, town.stranger_names())
        answer = answered(run(client.request(route.method, path, content=orjson.dumps(_plain(body)))))
        assert answer.status_code in {400, 404, 422}, (route.name, body, answer.text)

    await hostile(ask)


async def test_any_value_in_a_known_member_is_read_or_refused(town: Town, client: httpx.AsyncClient, tx: Tx) -> None:
    """A stored record with one member replaced by anything; what is accepted is undone."""
    routes = [
        route for route in WRITES
        if route.method == "PUT" and route.path in PLACES and route.path.endswith("/{id}") and "password" not in route.path
    ]  # fmt: skip

    @SOME
    @given(st.sampled_from(routes), st.integers(0, 50), JSON)
    def ask(route: Route, which: int, value: Any) -> None:
        run(replaced(route, which, value))

    async def replaced(route: Route, which: int, value: Any) -> None:
        (what,) = PLACES[route.path].values()
        stored = town.documents[town.names[what]]
        names = sorted(set(stored) - {"id"}) or ["name"]
        body = {**stored, names[which % len(names)]: _plain(value)}
        undo = tx.connection.transaction()
        await undo.start()
        try:
            path = filled(route, PLACES, town.names)
            before = await dump(tx.connection, tx.schema)
            answer = answered(await client.put(path, content=orjson.dumps(body)))
            if answer.status_code >= 400:
                assert differences(before, await dump(tx.connection, tx.schema)) == [], route.name
            else:
                answered(await client.get(path))
        finally:
            await undo.rollback()
            await settle()

    await hostile(ask)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"group":"' + b"x" * 1_000_000 + b'"}', b"\xff\xfe", b"\x00",
                                  b'{"group": 1e999}', b'{"group":"\\ud800"}', b"NaN", b'{"group":"a","group":"b"}x'])  # fmt: skip
async def test_bodies_that_break_readers_do_not_break_this_one(client: httpx.AsyncClient, body: bytes) -> None:
    assert answered(await client.post("/groups", content=body)).status_code in {400, 422}


async def test_a_body_without_end_is_given_up(client: httpx.AsyncClient) -> None:
    answer = await client.post("/groups", content=b" " * (17 * 1024 * 1024))
    assert answer.status_code == 413


async def test_an_external_id_finds_exactly_the_one_who_has_it(library: Library, edge: httpx.AsyncClient) -> None:
    """Whatever is in it: it is compared, not read as a query."""
    odd = ["a*", "a?", "*", "%", "_", 'x" or cql.allRecords=1 or barcode="', "x') or 1=1 --", "a\\*", "ä/b", "a b ", "{id}", "..", "+", "a&b=c#d"]
    patrons = {text: await library.patron(externalSystemId=text) for text in odd}
    for text, patron in patrons.items():
        item = await library.item()
        loan = await library.check_out(patron, item)
        answer = await edge.get(f"/patron/account/{encoded(text)}", params={"includeLoans": "true"})
        assert answer.status_code == 200, (text, answer.text)
        assert [entry["id"] for entry in answer.json()["loans"]] == [loan["id"]], text

    @SOME
    @given(ANY_TEXT.filter(bool))
    def ask(text: str) -> None:
        answer = answered(run(edge.get(f"/patron/account/{encoded(text)}")))
        known = {name.strip().lower() for name in patrons}
        assert answer.status_code in ({200} if text.strip().lower() in known else {400, 404, 405}), (text, answer.text)

    await hostile(ask)


async def test_the_log_tells_nothing_about_people(
    town: Town, client: httpx.AsyncClient, edge: httpx.AsyncClient, tx: Tx, caplog: pytest.LogCaptureFixture
) -> None:
    """Names, addresses, barcodes, passwords, tokens and keys: not even at level DEBUG, not even when something fails."""
    caplog.set_level(logging.DEBUG)
    patron, secret = town.ann.patron, "S3cret-Passw0rd"
    canaries = {
        CANARY, patron["barcode"], patron["username"], patron["externalSystemId"], patron["personal"]["email"], secret,
        client.headers["x-okapi-token"], edge.headers["authorization"].removeprefix("apikey "), town.ann.item["barcode"],
    }  # fmt: skip
    login = {"username": patron["username"], "password": secret}
    await client.post("/authn/credentials", json={"userId": patron["id"], "password": secret})
    for path in ("/authn/login", "/authn/login-with-expiry", "/bl-users/login"):
        answer = await client.post(path, json=login)
        assert answer.status_code == 201
        canaries |= {answer.headers.get("x-okapi-token", secret), *answer.cookies.values()}
        assert (await client.post(path, json={**login, "password": f"{secret}x"})).status_code == 422
    await client.get("/users", params={"query": f'barcode=="{patron["barcode"]}" or personal.lastName="{CANARY}'})
    await client.get("/users", params={"query": f'barcode=="{patron["barcode"]}" or personal.lastName="{CANARY}"'})
    await client.post("/users", json=patron)
    await client.put(f"/users/{patron['id']}", json={**patron, "personal": {"lastName": CANARY, "email": 7, "x": CANARY}})
    await library_acts(town, client)
    external, email = quote(patron["externalSystemId"]), quote(patron["personal"]["email"])
    key = edge.headers["authorization"].removeprefix("apikey ")
    for path in (f"/patron/account/{external}?includeLoans=true", f"/patron/account/{external}/by-email/{email}",
                 f"/patron/registration-status?emailId={email}", f"/patron/account/{external}?apikey={key}"):  # fmt: skip
        await edge.get(path)
    await tx.connection.execute(f"ALTER TABLE {tx.table('users')} RENAME TO lost")
    await settle()
    for answer in (await client.post("/users", json=patron), await edge.get(f"/patron/account/{external}")):
        assert answer.status_code == 500
    said = [record for record in caplog.records if record.name.startswith(("octavo", "uvicorn", "asyncpg"))]
    assert said, "nothing was logged: the test proves nothing"
    for record in said:
        text = logging.Formatter().format(record)
        assert not [canary for canary in canaries if canary in text], text


async def library_acts(town: Town, client: httpx.AsyncClient) -> None:
    patron, item, desk = town.ann.patron, town.ann.item, town.library.ids["main desk"]
    barcodes = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    await client.post("/circulation/check-out-by-barcode", json={**barcodes, "servicePointId": desk})
    await client.post("/circulation/renew-by-barcode", json=barcodes)
    await client.post("/circulation/renew-by-barcode", json=barcodes, headers={"Idempotency-Key": "once"})


def encoded(text: str) -> str:
    """Return a text as one segment of a path, also where it looks like the way up."""
    return quote(text, safe="", errors="replace").replace(".", "%2E")


def _plain(value: Any) -> Any:
    """Return a JSON value that orjson can print: integers within its range, no lone surrogates."""
    if isinstance(value, dict):
        return {_plain(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return max(min(value, 2**63 - 1), -(2**63)) if type(value) is int else value
