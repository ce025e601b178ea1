"""A patron's account as patron tools see it (edge-patron)."""

import base64
import json
from urllib.parse import quote
from uuid import uuid4

import pytest

BAD_COUNT = "'{}' parameter is incorrect. parameter value {{{}}} is not valid: must be an integer, greater than or equal to 0"


def path_of(patron):
    return f"/patron/account/{quote(patron['externalSystemId'], safe='')}"


async def told(answer):
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


async def test_the_server_says_that_it_is_there(edge):
    answer = await edge.get("/admin/health", headers={"Authorization": ""})
    assert (answer.status_code, answer.text) == (200, '"OK"')
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("external_id", ["ext 1", "a/b", "ada@example.org", "o'hara \"x\"", "宮崎 駿", "*", "a?b=c", "100%"])
async def test_a_patron_is_known_by_any_external_id(edge, library, external_id):
    patron = await library.patron(externalSystemId=external_id)
    await library.check_out(patron, await library.item())
    shown = (await edge.get(f"{path_of(patron)}?includeLoans=true")).json()
    assert (shown["totalLoans"], len(shown["loans"])) == (1, 1)


@pytest.mark.parametrize("external_id", ["*", "ext*", 'x" or cql.allRecords=1 or a="', "' OR 1=1 --", "nobody"])
async def test_text_that_is_no_external_id_finds_nobody(edge, library, external_id):
    patron = await library.patron()
    answer = await edge.get(path_of({"externalSystemId": external_id}))
    assert await told(answer) == (404, {"code": 404, "errorMessage": f"Unable to find patron {external_id}"})
    answer = await edge.get(f"/patron/account/{patron['id']}")
    assert answer.status_code == 404


async def test_bad_counts_are_refused_before_the_key_is_looked_at(edge):
    for name, value in (("limit", "-1"), ("limit", "test"), ("offset", "-1"), ("offset", "test"), ("limit", "99999999999")):
        answer = await edge.get(f"/patron/account/x?{name}={value}", headers={"Authorization": ""})
        assert await told(answer) == (400, {"code": 400, "errorMessage": BAD_COUNT.format(name, value)})


async def test_a_page_of_the_lists_can_be_asked_for(edge, library):
    patron = await library.patron()
    for _ in range(3):
        await library.check_out(patron, await library.item())
    shown = (await edge.get(f"{path_of(patron)}?includeLoans=true&limit=2&offset=2&sortBy=dueDate")).json()
    assert (shown["totalLoans"], len(shown["loans"])) == (3, 1)


async def test_without_a_good_key_nobody_gets_in(edge, library):
    patron = await library.patron()
    good = edge.headers["authorization"].removeprefix("apikey ")
    forged = base64.urlsafe_b64encode(json.dumps({"s": "x" * 20, "t": "diku", "u": "admin"}).encode()).decode()
    other = base64.urlsafe_b64encode(json.dumps({"s": "x" * 20, "t": "nowhere", "u": "admin"}).encode()).decode()
    for key in ("", "apikey ", f"apikey {good}0000", f"apikey {forged}", f"apikey {other}", "apikey äö"):
        answer = await edge.get(path_of(patron), headers={"Authorization": key.encode()})
        assert await told(answer) == (401, {"code": 401, "errorMessage": "Access Denied"}), key
    answer = await edge.get(f"{path_of(patron)}?apikey={good}", headers={"Authorization": ""})
    assert answer.status_code == 200
    answer = await edge.get(f"{path_of(patron)}?apikey=")
    assert answer.status_code == 401


async def test_a_key_does_only_what_it_is_for(octavo, edge, library, tx):
    from octavo.auth import api_keys  # noqa: PLC0415 - only here is a second key made

    patron = await library.patron()
    _, key = await api_keys.create(tx, "diku", "admin", "reading", [api_keys.Scope.READ])
    headers = {"Authorization": f"apikey {key}"}
    assert (await edge.get(path_of(patron), headers=headers)).status_code == 200
    for method, path in (
        ("POST", f"{path_of(patron)}/item/{uuid4()}/renew"), ("DELETE", f"{path_of(patron)}/item/{uuid4()}/hold/{uuid4()}"),
        ("GET", f"{path_of(patron)}/external-patrons?expired=true"),
    ):
        answer = await edge.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, 403)


async def test_another_tenant_than_the_keys_is_not_found(edge, library):
    patron = await library.patron()
    assert (await edge.get(f"{path_of(patron)}?alternateTenantId=diku")).status_code == 200
    answer = await edge.get(f"{path_of(patron)}?alternateTenantId=other")
    assert await told(answer) == (404, {"code": 404, "errorMessage": f"Unable to find patron {patron['externalSystemId']}"})


async def test_a_patron_renews_and_a_refusal_tells_the_first_reason(edge, library, clock):
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    clock.advance(days=1)
    assert (await edge.post(f"{path_of(patron)}/item/{item['id']}/renew")).status_code == 201
    clock.advance(days=1)
    assert (await edge.post(f"{path_of(patron)}/item/{item['id']}/renew")).status_code == 201
    clock.advance(days=1)
    answer = await edge.post(f"{path_of(patron)}/item/{item['id']}/renew")
    assert await told(answer) == (422, {"code": 422, "errorMessage": "loan at maximum renewal number"})
    answer = await edge.post(f"{path_of(patron)}/item/{uuid4()}/renew")
    assert await told(answer) == (404, {"code": 404, "errorMessage": "item not found"})


async def test_a_hold_is_placed_as_of_now(edge, library, clock):
    patron, item = await library.patron(), await library.item()
    body = {"requestDate": "2001-01-01T00:00:00Z", "pickupLocationId": library.ids["main desk"]}
    answer = await edge.post(f"{path_of(patron)}/item/{item['id']}/hold", json=body)
    assert answer.status_code == 201, answer.text
    hold = answer.json()
    assert hold["requestDate"] == clock.now.isoformat(timespec="milliseconds")
    assert hold["status"] == "Open - Not yet filled"
    again = await edge.post(f"{path_of(patron)}/item/{item['id']}/hold", json=body)
    assert await told(again) == (422, {"code": 422, "errorMessage": "This requester already has an open request for this item"})


@pytest.mark.parametrize(
    "given",
    [
        "3000-01-30T08:16:30Z", "3000-01-30T08:16:30.000Z", "3000-01-30T08:16:30.000+00:00", "3000-01-30t08:16:30z",
        "3000-01-30T08:16:30.000+0000", "3000-01-30", "3000-01-30T03:16:30-05:00", "3000-01-30 08:16:30Z",
    ],
)
async def test_every_form_of_a_date_is_kept(edge, library, given):
    patron, instance = await library.patron(), await library.instance()
    await library.item(instance)
    body = {"pickupLocationId": library.ids["main desk"], "expirationDate": given}
    answer = await edge.post(f"{path_of(patron)}/instance/{instance['id']}/hold", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["expirationDate"] == "3000-01-30T23:59:59.000+00:00"


@pytest.mark.parametrize("given", ["tomorrow", "3000-02-30T00:00:00Z", 17, "", "30000130", {"a": 1}, "3000-01-30T99:00:00Z"])
async def test_what_is_no_date_is_refused(edge, library, given):
    patron, item = await library.patron(), await library.item()
    body = {"pickupLocationId": library.ids["main desk"], "expirationDate": given}
    answer = await edge.post(f"{path_of(patron)}/item/{item['id']}/hold", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


async def test_a_hold_without_a_body_is_refused_before_the_key_is_looked_at(edge, library):
    patron, item = await library.patron(), await library.item()
    path = f"{path_of(patron)}/item/{item['id']}/hold"
    answer = await edge.post(path, headers={"Authorization": ""})
    assert await told(answer) == (400, {"code": 400, "errorMessage": "No hold data provided"})
    for body in (b"[]", b'"x"', b"{", b"\xff"):
        assert (await edge.post(path, content=body)).status_code == 400
    assert await told(await edge.post(path, json={})) == (422, {"code": 422, "errorMessage": "must not be null"})


async def test_a_patron_cancels_their_own_hold(edge, library):
    patron, thief, item = await library.patron(), await library.patron(), await library.item()
    hold = await library.hold(patron, item, requestType="Page")
    body = {
        "holdId": hold["id"], "cancellationReasonId": library.ids["cancelled by patron"], "canceledByUserId": thief["id"],
        "cancellationAdditionalInformation": "no longer needed",
    }
    answer = await edge.post(f"{path_of(thief)}/hold/{hold['id']}/cancel", json=body)
    assert await told(answer) == (404, {"code": 404, "errorMessage": "hold not found"})
    answer = await edge.post(f"{path_of(patron)}/hold/{hold['id']}/cancel", json=body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["status"], shown["canceledByUserId"]) == ("Closed - Cancelled", patron["id"])
    assert shown["canceledDate"]
    answer = await edge.post(f"{path_of(patron)}/hold/{hold['id']}/cancel", json={**body, "cancellationReasonId": str(uuid4())})
    assert answer.status_code == 422


async def test_a_cancellation_must_name_hold_and_reason(edge):
    missing = "required fields for cancelling holds are missing (holdId, cancellationReasonId)"
    invalid = "invalid values for one of the required fields (holdId, cancellationReasonId)"
    path, some = f"/patron/account/x/hold/{uuid4()}/cancel", str(uuid4())
    for body, text in (
        ({}, missing), ({"holdId": some}, missing), ({"holdId": some, "cancellationReasonId": ""}, missing),
        ({"holdId": "1-1-1-1-1", "cancellationReasonId": some}, invalid),
    ):
        answer = await edge.post(path, json=body, headers={"Authorization": ""})
        assert await told(answer) == (422, {"code": 422, "errorMessage": text})
    for content in (b"", b"[]"):
        answer = await edge.post(path, content=content, headers={"Authorization": ""})
        assert answer.status_code == 422
        assert answer.json()["errorMessage"].startswith("invalid holdCancellationRequest. ")


async def test_the_older_ways_to_change_a_hold(edge, library):
    patron, item = await library.patron(), await library.item()
    hold = await library.hold(patron, item, requestType="Page")
    path = f"{path_of(patron)}/item/{item['id']}/hold/{hold['id']}"
    answer = await edge.put(path, json={})
    assert (answer.status_code, answer.content) == (501, b"")
    assert (await edge.delete(path)).status_code == 204
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Available"


async def test_pickup_points_are_told(edge, library):
    patron, item = await library.patron(), await library.item()
    answer = await edge.get(f"{path_of(patron)}/item/{item['id']}/allowed-service-points")
    assert [point["discoveryName"] for point in answer.json()["allowedServicePoints"]] == ["The branch desk", "The main desk"]
    answer = await edge.get(f"{path_of(patron)}/instance/{uuid4()}/allowed-service-points")
    assert await told(answer) == (404, {"code": 404, "errorMessage": "item not found"})
    several = f"{path_of(patron)}/instance/{(await library.instance_of(item))['id']}/allowed-service-points-multi-item"
    answer = await edge.post(several, json={"itemIds": [item["id"]]})
    (one,) = answer.json()["allowedServicePointsPerItem"]
    assert (one["itemId"], len(one["allowedServicePoints"])) == (item["id"], 2)
    assert await told(await edge.post(several)) == (400, {"code": 400, "errorMessage": "No Item IDs provided"})
