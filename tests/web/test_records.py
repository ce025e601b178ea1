"""What every generated route does, for every record type there is."""

import gzip
from uuid import uuid4

import pytest

from octavo.app.wiring import okapi_routes
from octavo.catalogue import ALL_TYPES
from octavo.catalogue.settings import CIRCULATION_RULE_SET
from octavo.store.record_type import RecordType

BAD_ID = "Invalid UUID format of id"
GROUP = {"group": "readers", "desc": "who reads"}

SERVED = {route.name for route in okapi_routes()}


def those_with(*operations: str):
    """Run a test for every type that has these operations; the rules are one record, not a list."""
    kinds = [
        kind for kind in ALL_TYPES
        if kind is not CIRCULATION_RULE_SET and all(operation.format(kind.path) in SERVED for operation in operations)
    ]  # fmt: skip
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.table)


@those_with("GET {}")
async def test_a_list_is_an_array_and_a_total(client, kind: RecordType):
    answer = await client.get(kind.path, params={"limit": 3})
    assert answer.status_code == 200
    document = answer.json()
    assert next(iter(document)) == kind.endpoint.many, "clients take the first key for the list"
    assert isinstance(document["totalRecords"], int)


@those_with("GET {}")
async def test_an_unreadable_query_is_refused_with_its_place(client, kind: RecordType):
    answer = await client.get(kind.path, params={"query": "name="})
    assert answer.status_code == 400
    assert "expected index or term, got EOF" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


@those_with("GET {}/{{id}}")
async def test_an_unknown_record_is_not_found(client, kind: RecordType):
    for method in ("GET", "DELETE"):
        if f"{method} {kind.path}/{{id}}" in SERVED:
            answer = await client.request(method, f"{kind.path}/{uuid4()}")
            assert (answer.status_code, bool(answer.text)) == (404, True), method


@those_with("GET {}/{{id}}")
async def test_a_malformed_id_never_reaches_the_database(client, kind: RecordType, statements):
    for method, status in (("GET", {404}), ("DELETE", {400, 404})):
        if f"{method} {kind.path}/{{id}}" in SERVED:
            answer = await client.request(method, f"{kind.path}/x'%20or%201=1")
            assert answer.status_code in status, (method, answer.text)
    assert not [sql for sql in statements if "or 1=1" in sql]


@those_with("POST {}")
async def test_what_is_no_json_object_is_refused(client, kind: RecordType):
    for body in (b"", b"[]", b"null", b"{", b'"x"', b"\xff", b'{"id": {}}'):
        answer = await client.post(kind.path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, (body, answer.text)


async def test_a_record_comes_back_as_it_was_stored(client):
    made = await client.post("/groups", json=GROUP)
    assert made.status_code == 201
    record = made.json()
    assert made.headers["location"] == f"/groups/{record['id']}"
    assert record["metadata"]["createdDate"] == record["metadata"]["updatedDate"]
    found = await client.get(f"/groups/{record['id']}")
    assert found.json() == record


async def test_every_broken_rule_is_listed_at_once(client):
    answer = await client.post("/loan-storage/loans", json={"proxyUserId": "x", "lostItemPolicyId": "y"})
    assert answer.status_code == 422
    found = {(error["parameters"][0]["key"], error["message"].partition('"')[0]) for error in answer.json()["errors"]}
    assert found == {
        ("proxyUserId", "must match "), ("lostItemPolicyId", "must match "), ("itemId", "must not be null"),
        ("loanDate", "must not be null"), ("action", "must not be null"),
    }  # fmt: skip


async def test_an_unknown_property_is_named(client):
    answer = await client.post("/addresstypes", json={"addressType": "Home", "colour": "red"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith('Unrecognized field "colour"')


async def test_null_is_the_same_as_absent(client):
    answer = await client.post("/groups", json={"group": "g", "desc": None, "expirationOffsetInDays": None})
    assert answer.status_code == 201
    assert "desc" not in answer.json()


async def test_text_that_postgresql_cannot_keep_is_refused(client):
    answer = await client.post("/groups", json={"group": "a\u0000b"})
    assert answer.status_code == 400


async def test_a_stale_etag_is_a_conflict_and_changes_nothing(client):
    record = (await client.post("/groups", json=GROUP)).json()
    place = f"/groups/{record['id']}"
    first = (await client.get(place)).headers["etag"]
    changed = await client.put(place, json={**record, "desc": "two"}, headers={"If-Match": first})
    assert changed.status_code == 204
    late = await client.put(place, json={**record, "desc": "three"}, headers={"If-Match": first})
    assert (late.status_code, late.text) == (409, "version conflict")
    assert (await client.delete(place, headers={"If-Match": first})).status_code == 409
    assert (await client.get(place)).json()["desc"] == "two"


async def test_an_unchanged_record_is_not_sent_again(client):
    record = (await client.post("/groups", json=GROUP)).json()
    tag = (await client.get(f"/groups/{record['id']}")).headers["etag"]
    again = await client.get(f"/groups/{record['id']}", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


async def test_put_creates_only_when_asked_to(client):
    place = f"/groups/{uuid4()}"
    assert (await client.put(place, json=GROUP)).status_code == 404
    assert (await client.put(place, json=GROUP, headers={"If-None-Match": "*"})).status_code == 201
    assert (await client.get(place)).status_code == 200


async def test_who_created_a_record_is_kept_when_somebody_changes_it(client, clock):
    record = (await client.post("/groups", json=GROUP)).json()
    clock.advance(hours=1)
    await client.put(f"/groups/{record['id']}", json={**GROUP, "metadata": {"createdDate": "1999-01-01"}})
    after = (await client.get(f"/groups/{record['id']}")).json()["metadata"]
    assert after["createdDate"] == record["metadata"]["createdDate"]
    assert after["updatedDate"] > record["metadata"]["updatedDate"]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"limit": "-1"}, "must be greater than or equal to 0"),
        ({"offset": "-1"}, "must be greater than or equal to 0"),
        ({"limit": "abc"}, "For input string"),
        ({"limit": "2147483648"}, "For input string"),
        ({"limit": ""}, "has been passed empty"),
        ({"lang": "english"}, "must match"),
        ({"totalRecords": "some"}, "must match"),
    ],
)
async def test_a_parameter_out_of_bounds_is_refused(client, parameters, reason):
    answer = await client.get("/groups", params=parameters)
    assert answer.status_code == 400
    assert reason in answer.text


async def test_totals_are_exact_for_small_lists_and_can_be_left_out(client):
    for number in range(7):
        await client.post("/groups", json={"group": f"g{number}"})
    page = (await client.get("/groups", params={"limit": 4, "offset": 4})).json()
    assert (len(page["usergroups"]), page["totalRecords"]) == (3, 7)
    assert (await client.get("/groups", params={"limit": 0})).json() == {"usergroups": [], "totalRecords": 7}
    assert "totalRecords" not in (await client.get("/groups", params={"totalRecords": "none"})).json()


async def test_a_large_answer_is_packed_when_the_client_can_unpack_it(client):
    for number in range(20):
        await client.post("/groups", json={"group": f"g{number}"})
    packed = await client.get("/groups", params={"limit": 50}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = await client.get("/groups", params={"limit": 50}, headers={"Accept-Encoding": "identity"})
    assert plain.json() == packed.json()
    assert gzip.compress(plain.content)


async def test_the_same_key_makes_one_record_and_another_body_is_refused(client):
    key = {"Idempotency-Key": "k1"}
    first = await client.post("/groups", json=GROUP, headers=key)
    again = await client.post("/groups", json=GROUP, headers=key)
    assert again.status_code == first.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (await client.post("/groups", json={"group": "other"}, headers=key)).status_code == 422
    assert (await client.get("/groups", params={"limit": 0})).json()["totalRecords"] == 1


async def test_a_refusal_is_replayed_too(client):
    key = {"Idempotency-Key": "k2"}
    assert (await client.post("/groups", json={}, headers=key)).status_code == 422
    again = await client.post("/groups", json={}, headers=key)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (422, "true")


async def test_a_key_may_be_used_again_after_a_day(client, clock):
    key = {"Idempotency-Key": "k3"}
    await client.post("/groups", json={"group": "first"}, headers=key)
    clock.advance(hours=25)
    assert (await client.post("/groups", json={"group": "second"}, headers=key)).status_code == 201


async def test_every_answer_carries_a_request_id(client):
    assert (await client.get("/groups")).headers["x-okapi-request-id"]
    given = await client.get("/groups", headers={"X-Okapi-Request-Id": "123456/groups"})
    assert given.headers["x-okapi-request-id"] == "123456/groups"
    forged = await client.get("/groups", headers={"X-Okapi-Request-Id": "a b<script>"})
    assert forged.headers["x-okapi-request-id"] != "a b<script>"


async def test_an_unknown_path_and_a_wrong_method_are_told_apart(client):
    assert (await client.get("/nowhere")).status_code == 404
    assert (await client.patch("/groups")).status_code == 405
    assert (await client.get("/groups/")).status_code == 200


async def test_reading_and_writing_take_one_statement(client, statements):
    made = await client.post("/groups", json=GROUP)
    place = f"/groups/{made.json()['id']}"
    await client.get(place)
    for method, path, body in (("GET", place, None), ("GET", "/groups", None), ("POST", "/groups", {"group": "x"}), ("PUT", place, GROUP)):
        statements.clear()
        answer = await client.request(method, path, json=body)
        assert answer.is_success
        assert len(statements) == 1, statements


def test_every_route_carries_a_permission_unless_nobody_can_hold_one_yet(octavo):
    open_to_all = {route.name for route in octavo.routes if route.permission is None}
    assert open_to_all == {
        "GET /_/version", "GET /admin/health", "GET /admin/ready", "GET /metrics", "GET /_/proxy/tenants/{tenant}", "GET /_/proxy/tenants/{tenant}/modules",
        "GET /openapi.json", "GET /docs", "POST /authn/login", "POST /authn/login-with-expiry", "POST /authn/refresh",
        "POST /authn/logout", "POST /bl-users/login", "POST /bl-users/login-with-expiry",
        # These ask for one's own password or token, and for no permission beyond.
        "POST /authn/logout-all", "POST /authn/update", "GET /bl-users/_self",
    }  # fmt: skip


def test_no_two_routes_are_the_same(octavo):
    names = [route.name for route in octavo.routes]
    assert len(names) == len(set(names))
