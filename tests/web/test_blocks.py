"""Patron block conditions and limits (seed 002)."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

Json = dict[str, Any]

CHARGED_OUT = "3d7c52dc-c732-4223-8bf8-e5917801386f"
PATH = "/patron-block-conditions"


def condition(**changes: Any) -> Json:
    record = {
        "id": str(uuid4()), "name": "Maximum", "blockBorrowing": True, "blockRenewals": False, "blockRequests": False,
        "valueType": "Integer", "message": "No more",
    }  # fmt: skip
    return {**record, **changes}


async def test_a_tenant_has_six_conditions_that_block_nothing(client: httpx.AsyncClient) -> None:
    found = (await client.get(PATH)).json()
    assert found["totalRecords"] == 6
    assert not any(one["blockBorrowing"] for one in found["patronBlockConditions"])


async def test_a_condition_is_made_read_changed_and_deleted(client: httpx.AsyncClient) -> None:
    made = condition(colour="red")
    answer = await client.post(PATH, json=made)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{PATH}/{made['id']}"
    where = answer.headers["Location"]
    assert (await client.get(where)).json()["colour"] == "red"
    assert (await client.put(where, json=condition(name="Other"))).status_code == 204
    assert (await client.get(where)).json()["name"] == "Other"
    assert (await client.delete(where)).status_code == 204
    gone = await client.get(where)
    assert (gone.status_code, gone.text) == (404, "patron-block-condition not found")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"message": " "}, "Message to be displayed is a required field if one or more blocked actions selected"),
        (
            {"blockBorrowing": False},
            "One or more blocked actions must be selected for message to be displayed to be used",
        ),
    ],
)
async def test_a_message_goes_with_a_block(client: httpx.AsyncClient, changes: Json, message: str) -> None:
    bad = condition(**changes)
    for answer in (await client.post(PATH, json=bad), await client.put(f"{PATH}/{bad['id']}", json=bad)):
        assert answer.status_code == 422
        (only,) = answer.json()["errors"]
        assert only == {
            "message": message, "type": "1", "code": "-1",
            "parameters": [{"key": "patron block condition id", "value": bad["id"]}],
        }  # fmt: skip


async def test_a_condition_that_limits_refer_to_stays(client: httpx.AsyncClient) -> None:
    limit = {"id": str(uuid4()), "patronGroupId": str(uuid4()), "conditionId": CHARGED_OUT, "value": 3}
    answer = await client.post("/patron-block-limits", json=limit)
    assert (answer.status_code, answer.json()["value"]) == (201, 3.0)
    refused = await client.delete(f"{PATH}/{CHARGED_OUT}")
    assert refused.status_code == 400
    assert refused.text == (
        f"Cannot delete patron_block_conditions.id = {CHARGED_OUT} because id is still referenced"
        " from table patron_block_limits."
    )


async def test_a_limit_belongs_to_a_condition(client: httpx.AsyncClient) -> None:
    nowhere = str(uuid4())
    limit = {"id": str(uuid4()), "patronGroupId": str(uuid4()), "conditionId": nowhere, "value": 3}
    (only,) = (await client.post("/patron-block-limits", json=limit)).json()["errors"]
    assert only["message"] == (
        f"Cannot set patron_block_limits.conditionid = {nowhere} because it does not exist in patron_block_conditions.id."
    )
