"""Seed 002: the conditions that block a patron, with creating and deleting them as FOLIO offered it until 2020."""

from uuid import uuid4

import pytest

from seeds.exercises import exercises
from seeds.shapes import PatronBlockCondition, PatronBlockConditions, done, failed, refused, shown, text

ALL = "/patron-block-conditions"
UNKNOWN = "7a3e4c2f-7a0c-4d9f-8f3f-0f1d2c3b4a59"
TRUE, FALSE = True, False


def condition(id_: str, name: str, flags: tuple[bool, bool, bool], value_type: str, message: str):
    borrowing, renewals, requests = flags
    return {
        "id": id_, "name": name, "blockBorrowing": borrowing, "blockRenewals": renewals, "blockRequests": requests,
        "valueType": value_type, "message": message,
    }  # fmt: skip


#: The examples of the seed: one condition, and the list of the six that every tenant has.
EXAMPLE = condition(
    "3d7c52dc-c732-4223-8bf8-e5917801386f", "Maximum number of items charged out", (TRUE, FALSE, FALSE), "Integer",
    "The maximum number of charged out items has been reached",
)  # fmt: skip
EXAMPLES = [
    {**EXAMPLE, "blockBorrowing": False, "blockRenewals": True},
    condition(
        "72b67965-5b73-4840-bc0b-be8f3f6e047e", "Maximum number of lost items", (TRUE, TRUE, TRUE), "Integer",
        "The maximum number of lost items has been reached",
    ),
    condition(
        "584fbd4f-6a34-4730-a6ca-73a6a6a9d845", "Maximum number of overdue items", (TRUE, TRUE, TRUE), "Integer",
        "The maximum number of overdue items has been reached",
    ),
    condition(
        "e5b45031-a202-4abb-917b-e1df9346fe2c", "Maximum number of overdue recalls", (TRUE, FALSE, FALSE), "Integer",
        "The maximum number of overdue recalls has been reached",
    ),
    condition(
        "cf7a0d5f-a327-4ca1-aa9e-dc55ec006b8a", "Maximum outstanding fee/fine balance", (TRUE, FALSE, FALSE), "Double",
        "The maximum outstanding fee/fine balance has been reached",
    ),
    condition(
        "08530ac4-07f2-48e6-9dda-a97bc2bf7053", "Recall overdue by maximum number of days", (TRUE, FALSE, FALSE), "Integer",
        "The recall overdue by maximum number of days has been reached",
    ),
]  # fmt: skip
ONE = f"{ALL}/{EXAMPLE['id']}"
OWN = condition(
    "0b9f2d3c-58c8-4f4e-9f3a-2a1c6f6d7e80", "Own condition", (TRUE, FALSE, TRUE), "Double", "Please ask at the desk"
)


def without_metadata(record):
    return {key: value for key, value in record.items() if key != "metadata"}


@exercises("GET /patron-block-conditions", 200)
async def test_a_new_tenant_has_the_six_conditions_which_block_nothing_yet(client):
    found = shown(PatronBlockConditions, await client.get(ALL, params={"query": "cql.allRecords=1 sortBy name"}))
    assert found["totalRecords"] == 6
    quiet = {"blockBorrowing": False, "blockRenewals": False, "blockRequests": False, "message": ""}
    expected = [{**example, **quiet} for example in sorted(EXAMPLES, key=lambda one: one["name"])]
    assert found["patronBlockConditions"] == expected


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
@exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 204)
@exercises("GET /patron-block-conditions/{patronBlockConditionId}", 200)
async def test_each_example_of_the_seed_can_be_set_and_read(client, example):
    place = f"{ALL}/{example['id']}"
    done(await client.put(place, json=example))
    found = shown(PatronBlockCondition, await client.get(place))
    assert without_metadata(found) == example
    assert found["metadata"]["updatedByUserId"]


async def test_what_was_read_can_be_sent_back(client):
    done(await client.put(ONE, json=EXAMPLE))
    found = (await client.get(ONE)).json()
    done(await client.put(ONE, json={**found, "blockRequests": True}))
    assert shown(PatronBlockCondition, await client.get(ONE))["blockRequests"] is True


@exercises("POST /patron-block-conditions", 201)
async def test_a_condition_of_ones_own_is_created_where_the_answer_says(client):
    answer = await client.post(ALL, json=OWN)
    made = shown(PatronBlockCondition, answer, 201)
    assert without_metadata(made) == OWN
    assert answer.headers["location"] == f"{ALL}/{OWN['id']}"
    assert shown(PatronBlockCondition, await client.get(answer.headers["location"])) == made


@exercises("DELETE /patron-block-conditions/{patronBlockConditionId}", 204)
@exercises("GET /patron-block-conditions/{patronBlockConditionId}", 404)
@exercises("DELETE /patron-block-conditions/{patronBlockConditionId}", 404)
async def test_a_condition_of_the_house_can_be_deleted_and_made_again_from_the_seeds_example(client):
    done(await client.delete(ONE))
    assert text(await client.get(ONE), 404) == "patron-block-condition not found"
    assert text(await client.delete(ONE), 404) == "patron-block-condition not found"
    assert without_metadata(shown(PatronBlockCondition, await client.post(ALL, json=EXAMPLE), 201)) == EXAMPLE


@exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 404)
@exercises("GET /patron-block-conditions/{patronBlockConditionId}", 404)
async def test_an_unknown_condition_is_not_found(client):
    place = f"{ALL}/{UNKNOWN}"
    assert text(await client.put(place, json={**OWN, "id": UNKNOWN}), 404) == "patron-block-condition not found"
    assert text(await client.get(place), 404) == "patron-block-condition not found"


@exercises("DELETE /patron-block-conditions/{patronBlockConditionId}", 400)
async def test_a_condition_that_a_limit_refers_to_stays(client):
    limit = {"id": str(uuid4()), "patronGroupId": str(uuid4()), "conditionId": EXAMPLE["id"], "value": 10}
    assert (await client.post("/patron-block-limits", json=limit)).status_code == 201
    told = text(await client.delete(ONE), 400)
    assert told == (
        f"Cannot delete patron_block_conditions.id = {EXAMPLE['id']} "
        "because id is still referenced from table patron_block_limits."
    )
    assert (await client.get(ONE)).status_code == 200


@pytest.mark.parametrize("field", ["id", "name", "blockBorrowing", "blockRenewals", "blockRequests", "valueType"])
@exercises("POST /patron-block-conditions", 422)
@exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 422)
async def test_every_required_field_is_required_also_the_id(client, field):
    broken = {key: value for key, value in EXAMPLE.items() if key != field}
    for answer in (await client.post(ALL, json=broken), await client.put(ONE, json=broken)):
        [error] = refused(answer)
        assert error["message"] == "must not be null"
        assert error["parameters"] == [{"key": field, "value": "null"}]


@pytest.mark.parametrize(
    ("message", "blocks", "told"),
    [
        ("", True, "Message to be displayed is a required field if one or more blocked actions selected"),
        (" ", True, "Message to be displayed is a required field if one or more blocked actions selected"),
        ("Ask us", False, "One or more blocked actions must be selected for message to be displayed to be used"),
    ],
)
async def test_a_message_is_there_exactly_when_something_is_blocked(client, message, blocks, told):
    broken = {**EXAMPLE, "blockBorrowing": blocks, "message": message}
    for answer in (await client.post(ALL, json=broken), await client.put(ONE, json=broken)):
        [error] = refused(answer)
        assert error["message"] == told
        assert error["parameters"] == [{"key": "patron block condition id", "value": EXAMPLE["id"]}]


async def test_no_two_conditions_have_the_same_id(client):
    [error] = refused(await client.post(ALL, json=EXAMPLE))
    assert error["parameters"] == [{"key": "id", "value": EXAMPLE["id"]}]


@exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 409)
async def test_a_condition_that_somebody_else_has_changed_is_not_overwritten(client):
    tag = (await client.get(ONE)).headers["etag"]
    done(await client.put(ONE, json=EXAMPLE, headers={"If-Match": tag}))
    assert text(await client.put(ONE, json=EXAMPLE, headers={"If-Match": tag}), 409) == "version conflict"


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        pytest.param("GET", f"{ALL}?query=)", b"", marks=exercises("GET /patron-block-conditions", 400), id="CQL"),
        pytest.param("GET", f"{ALL}?lang=english", b"", marks=exercises("GET /patron-block-conditions", 400), id="lang"),
        pytest.param("GET", f"{ALL}?limit=-1", b"", marks=exercises("GET /patron-block-conditions", 400), id="limit"),
        pytest.param("POST", ALL, b"{", marks=exercises("POST /patron-block-conditions", 400), id="POST of no JSON"),
        pytest.param(
            "PUT", ONE, b'{"valueType": "Text"}',
            marks=exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 400), id="PUT of an unknown value type",
        ),
        pytest.param(
            "DELETE", f"{ALL}/5", b"",
            marks=exercises("DELETE /patron-block-conditions/{patronBlockConditionId}", 400), id="DELETE of no UUID",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_a_bad_request(client, method, path, sent):
    text(await client.request(method, path, content=sent), 400)


EVERY_OPERATION = [("GET", ALL), ("POST", ALL), ("GET", ONE), ("PUT", ONE), ("DELETE", ONE)]


@exercises("GET /patron-block-conditions", 401)
@exercises("POST /patron-block-conditions", 401)
@exercises("GET /patron-block-conditions/{patronBlockConditionId}", 401)
@exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 401)
@exercises("DELETE /patron-block-conditions/{patronBlockConditionId}", 401)
async def test_nothing_is_told_to_nobody(anonymous):
    for method, path in EVERY_OPERATION:
        answer = await anonymous.request(method, path, json=EXAMPLE if method in ("POST", "PUT") else None)
        assert text(answer, 401).startswith("Token missing")
        assert "www-authenticate" in answer.headers


@exercises("GET /patron-block-conditions", 403)
@exercises("POST /patron-block-conditions", 403)
@exercises("GET /patron-block-conditions/{patronBlockConditionId}", 403)
@exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 403)
@exercises("DELETE /patron-block-conditions/{patronBlockConditionId}", 403)
async def test_every_operation_takes_a_permission(powerless):
    for method, path in EVERY_OPERATION:
        answer = await powerless.request(method, path, json=EXAMPLE if method in ("POST", "PUT") else None)
        assert "requires permission: " in text(answer, 403)


@exercises("GET /patron-block-conditions", 500)
@exercises("POST /patron-block-conditions", 500)
@exercises("GET /patron-block-conditions/{patronBlockConditionId}", 500)
@exercises("PUT /patron-block-conditions/{patronBlockConditionId}", 500)
@exercises("DELETE /patron-block-conditions/{patronBlockConditionId}", 500)
async def test_a_failure_that_nobody_foresaw_tells_nothing_of_the_inside(client, break_table):
    await break_table("patron_block_conditions")
    for method, path in EVERY_OPERATION:
        failed(await client.request(method, path, json=EXAMPLE if method in ("POST", "PUT") else None))
