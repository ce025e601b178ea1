"""Requests for items over HTTP: placing, showing, changing, queues."""

from uuid import uuid4

import pytest

from requesting import REQUESTS, draft, full_draft, lent, positions, refused, title_level


async def test_a_hold_on_a_lent_item_joins_the_queue_and_shows_everything_about_it(client, library):
    item, loan, _ = await lent(library)
    one = await library.hold(await library.patron(), item)
    two = await library.hold(await library.patron(), item)
    assert (one["position"], two["position"]) == (1, 2)
    assert two["status"] == "Open - Not yet filled"
    assert two["item"]["barcode"] == item["barcode"]
    assert two["item"]["status"] == "Checked out"
    assert two["requester"]["patronGroup"]["group"] == "students"
    assert two["instance"]["contributorNames"] == [{"name": "Austen, Jane"}]
    assert two["pickupServicePoint"]["discoveryDisplayName"] == "The main desk"
    assert two["loan"]["dueDate"] == loan["dueDate"]
    assert "searchIndex" not in two
    assert (await library.get(f"/loan-storage/loans/{loan['id']}"))["action"] == "holdrequested"
    history = await library.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']}")
    assert [entry["loan"]["action"] for entry in history["loansHistory"]][0] == "holdrequested"


async def test_created_requests_say_where_they_are_and_can_be_read_and_found(client, library):
    item, _, _ = await lent(library)
    patron = await library.patron()
    answer = await client.post(REQUESTS, json=await full_draft(library, patron, item))
    assert answer.headers["location"] == f"{REQUESTS}/{answer.json()['id']}"
    assert await library.get(answer.headers["location"]) == answer.json()
    found = await library.get(f"{REQUESTS}?query=(requesterId=={patron['id']} and status=Open*)")
    assert found["totalRecords"] == 1
    assert found["requests"] == [answer.json()]
    stored = await library.get(f"/request-storage/requests/{answer.json()['id']}")
    assert stored["searchIndex"]["pickupServicePointName"] == "main desk"
    assert stored["requester"]["barcode"] == patron["barcode"]
    by_index = await library.get(f'{REQUESTS}?query=searchIndex.pickupServicePointName=="main desk"')
    assert by_index["totalRecords"] == 1


async def test_paging_an_available_item_takes_it_off_the_shelf_until_the_page_is_cancelled(client, library):
    item, patron = await library.item(), await library.patron()
    page = await library.hold(patron, item, requestType="Page")
    paged = await library.get(f"/item-storage/items/{item['id']}")
    assert paged["status"]["name"] == "Paged"
    await library.put(f"{REQUESTS}/{page['id']}", {**page, "status": "Closed - Cancelled"})
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Available"
    cancelled = await library.get(f"{REQUESTS}/{page['id']}")
    assert cancelled["status"] == "Closed - Cancelled"
    assert "position" not in cancelled
    assert cancelled["cancelledDate"]


async def test_a_paged_item_that_somebody_else_waits_for_stays_paged(client, library):
    item = await library.item()
    page = await library.hold(await library.patron(), item, requestType="Page")
    await library.hold(await library.patron(), item)
    assert (await client.delete(f"{REQUESTS}/{page['id']}")).status_code == 204
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Paged"
    ((last, position),) = (await positions(library, item)).items()
    assert position == 1
    await library.put(f"/item-storage/items/{item['id']}", {**await library.get(f"/item-storage/items/{item['id']}"), "status": {"name": "Missing"}})
    assert (await client.delete(f"{REQUESTS}/{last}")).status_code == 204
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Missing"


async def test_a_recall_shortens_the_loan_once(client, library):
    recalls = {"recalls": {"recallReturnInterval": {"duration": 1, "intervalId": "Days"}}}
    policies = await library.get("/loan-policy-storage/loan-policies")
    policy = next(policy for policy in policies["loanPolicies"] if policy["id"] == library.ids["three weeks"])
    await library.put(f"/loan-policy-storage/loan-policies/{policy['id']}", {**policy, "requestManagement": recalls})
    item, loan, _ = await lent(library)
    await library.hold(await library.patron(), item, requestType="Recall")
    recalled = await library.get(f"/loan-storage/loans/{loan['id']}")
    assert recalled["action"] == "recallrequested"
    assert recalled["dueDateChangedByRecall"] is True
    assert recalled["dueDate"] < loan["dueDate"]
    await library.hold(await library.patron(), item, requestType="Recall")
    assert (await library.get(f"/loan-storage/loans/{loan['id']}"))["dueDate"] == recalled["dueDate"]


async def test_an_older_client_may_name_the_item_alone(client, library):
    item, _, _ = await lent(library)
    body = draft(library, await library.patron(), item)
    del body["requestLevel"]
    made = await library.post(REQUESTS, **body)
    assert made["requestLevel"] == "Item"
    assert made["holdingsRecordId"] == item["holdingsRecordId"]
    assert made["instance"]["title"]


async def test_the_request_expires_at_the_end_of_the_day_in_the_tenants_time_zone(client, library):
    await client.put("/locale", json={"timezone": "Europe/Berlin", "currency": "EUR", "locale": "de-DE"})
    item, _, _ = await lent(library)
    made = await library.hold(await library.patron(), item, requestExpirationDate="2031-07-04T10:00:00Z")
    assert made["requestExpirationDate"] == "2031-07-04T21:59:59.000+00:00"


async def test_every_reason_to_refuse_is_told_at_once(client, library):
    item, _, lender = await lent(library)
    await library.put(f"/users/{lender['id']}", {**lender, "active": False})
    body = await full_draft(library, lender, item, requestType="Page", pickupServicePointId=str(uuid4()))
    errors = await refused(client, REQUESTS, body)
    assert [error["message"] for error in errors] == [
        "Pickup service point does not exist",
        "Inactive users cannot make requests",
        "Page requests are not allowed for this patron and item combination",
        "This requester already has this item on loan",
    ]
    assert errors[3]["code"] == "REQUESTER_ALREADY_HAS_THIS_ITEM_ON_LOAN"


async def test_nobody_requests_the_same_item_twice(client, library):
    item, _, _ = await lent(library)
    patron = await library.patron()
    first = await library.hold(patron, item)
    (error,) = await refused(client, REQUESTS, await full_draft(library, patron, item))
    assert error["code"] == "ITEM_ALREADY_REQUESTED"
    assert {"key": "requestId", "value": first["id"]} in error["parameters"]


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"status": "Open - Somehow"}, 400, "Request status must be one of the following"),
        ({"requestLevel": "Title"}, 422, 'Request level must be one of the following: "Item"'),
        ({"fulfillmentPreference": "By Owl"}, 422, "Fulfillment preference must be one of the following"),
        ({"requestType": "Wish"}, 422, "Wish requests are not allowed for this patron and item combination"),
        ({"requestDate": None}, 422, "Cannot create a request with no requestDate"),
        ({"pickupServicePointId": None}, 422, "Hold shelf fulfillment requests require a Pickup service point"),
        ({"requesterId": "5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e"}, 422, "A valid user and patron group are required. User is null"),
        ({"proxyUserId": "5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e"}, 422, "proxyUserId is not valid"),
        ({"requestDate": "yesterday"}, 400, "Date"),
    ],
)
async def test_a_request_that_cannot_be_is_refused_in_folios_words(client, library, change, status, text):
    item, _, _ = await lent(library)
    body = {**await full_draft(library, await library.patron(), item), **change}
    answer = await client.post(REQUESTS, json={key: value for key, value in body.items() if value is not None})
    assert answer.status_code == status, answer.text
    assert text in (answer.json()["errors"][0]["message"] if status == 422 else answer.text)


async def test_an_unknown_item_and_an_unknown_instance_are_told(client, library):
    body = await full_draft(library, await library.patron(), await library.item(), requestType="Page")
    errors = await refused(client, REQUESTS, {**body, "itemId": str(uuid4()), "instanceId": str(uuid4())})
    assert [error["message"] for error in errors] == ["Instance does not exist", "Item does not exist"]


async def test_a_proxy_may_request_for_a_sponsor(client, library):
    item, _, _ = await lent(library)
    sponsor, proxy = await library.patron(), await library.patron()
    await library.post(
        "/proxiesfor", userId=sponsor["id"], proxyUserId=proxy["id"], status="Active", requestForSponsor="Yes",
        notificationsTo="Sponsor", accrueTo="Sponsor",
    )
    made = await library.hold(sponsor, item, proxyUserId=proxy["id"])
    assert made["proxy"]["barcode"] == proxy["barcode"]


async def test_a_blocked_patron_is_refused_unless_somebody_who_may_overrides(client, library):
    item, _, _ = await lent(library)
    patron = await library.patron()
    await library.post("/manualblocks", desc="owes us an apology", userId=patron["id"], requests=True, type="Manual")
    body = await full_draft(library, patron, item)
    (error,) = await refused(client, REQUESTS, body)
    assert error["message"] == "Patron blocked from requesting"
    assert error["parameters"] == [{"key": "reason", "value": "owes us an apology"}]
    assert error["overridableBlock"] == {"name": "patronBlock", "missingPermissions": []}
    override = {"overrideBlocks": {"patronBlock": {}, "comment": "forgiven"}}
    assert (await library.post(REQUESTS, **body, requestProcessingParameters=override))["position"] == 1


async def test_a_request_policy_decides_types_and_pickup_points(client, library):
    await library._keep(
        "holds at the branch", "/request-policy-storage/request-policies", name="branch", requestTypes=["Hold"],
        allowedServicePoints={"Hold": [library.ids["branch desk"]]},
    )
    await library.rules(request="holds at the branch")
    item, _, _ = await lent(library)
    patron = await library.patron()
    (error,) = await refused(client, REQUESTS, await full_draft(library, patron, item))
    assert error["code"] == "REQUEST_PICKUP_SERVICE_POINT_IS_NOT_ALLOWED"
    (error,) = await refused(client, REQUESTS, await full_draft(library, patron, item, requestType="Recall"))
    assert error["code"] == "REQUEST_NOT_ALLOWED_FOR_PATRON_ITEM_COMBINATION"
    query = f"operation=create&requesterId={patron['id']}&itemId={item['id']}"
    points = await library.get(f"{REQUESTS}/allowed-service-points?{query}")
    assert {kind: [point["name"] for point in found] for kind, found in points.items()} == {"Hold": ["branch desk"]}
    assert (await library.hold(patron, item, desk="branch desk"))["position"] == 1


async def test_the_queue_closes_up_behind_whoever_leaves(client, library):
    item, _, _ = await lent(library)
    holds = [await library.hold(await library.patron(), item) for _ in range(4)]
    cancelled = {**holds[1], "status": "Closed - Cancelled", "cancellationReasonId": library.ids["cancelled by patron"]}
    await library.put(f"{REQUESTS}/{holds[1]['id']}", cancelled)
    assert await positions(library, item) == {holds[0]["id"]: 1, holds[2]["id"]: 2, holds[3]["id"]: 3}
    assert (await client.delete(f"{REQUESTS}/{holds[0]['id']}")).status_code == 204
    assert await positions(library, item) == {holds[2]["id"]: 1, holds[3]["id"]: 2}


async def test_a_closed_request_stays_closed(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    await library.put(f"{REQUESTS}/{hold['id']}", {**hold, "status": "Closed - Cancelled"})
    answer = await client.put(f"{REQUESTS}/{hold['id']}", json=hold)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "REQUEST_ALREADY_CLOSED"


async def test_changing_a_request_changes_the_pickup_point_but_never_the_comments_or_the_place(client, library):
    item, _, _ = await lent(library)
    await library.hold(await library.patron(), item)
    hold = await library.hold(await library.patron(), item, patronComments="in large print, please")
    moved = {**hold, "pickupServicePointId": library.ids["branch desk"], "position": 1}
    await library.put(f"{REQUESTS}/{hold['id']}", moved)
    changed = await library.get(f"{REQUESTS}/{hold['id']}")
    assert changed["pickupServicePoint"]["name"] == "branch desk"
    assert changed["position"] == 2
    answer = await client.put(f"{REQUESTS}/{hold['id']}", json={**hold, "patronComments": "never mind"})
    assert answer.json()["errors"][0]["message"] == "Patron comments are not allowed to change"
    answer = await client.put(f"{REQUESTS}/{hold['id']}", json={**hold, "pickupServicePointId": str(uuid4())})
    assert answer.json()["errors"][0]["message"] == "Pickup service point does not exist"


async def test_an_unknown_reason_for_cancelling_is_refused(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    body = {**hold, "status": "Closed - Cancelled", "cancellationReasonId": str(uuid4())}
    answer = await client.put(f"{REQUESTS}/{hold['id']}", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "INVALID_CANCELLATION_REASON"
    assert await positions(library, item) == {hold["id"]: 1}


async def test_putting_an_unknown_request_makes_it(client, library):
    item, _, _ = await lent(library)
    request_id = str(uuid4())
    await library.put(f"{REQUESTS}/{request_id}", await full_draft(library, await library.patron(), item))
    assert await positions(library, item) == {request_id: 1}


async def test_whoever_changes_a_request_as_it_was_does_not_take_it_off_the_hold_shelf(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    before = await library.get(f"{REQUESTS}/{hold['id']}")
    await library.check_in(item)
    await library.put(f"{REQUESTS}/{hold['id']}", {**before, "requestExpirationDate": "2099-01-01"})
    after = await library.get(f"{REQUESTS}/{hold['id']}")
    assert (after["status"], after["requestExpirationDate"][:10]) == ("Open - Awaiting pickup", "2099-01-01")


async def test_what_is_not_there_is_not_made_to_be_closed(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    assert (await client.delete(f"{REQUESTS}/{hold['id']}")).status_code == 204
    answer = await client.put(f"{REQUESTS}/{hold['id']}", json={**hold, "status": "Closed - Cancelled"})
    assert (answer.status_code, answer.text) == (404, f'request record with ID "{hold["id"]}" cannot be found')
    assert await positions(library, item) == {}


async def test_what_does_not_exist_is_not_found(client, library):
    unknown = str(uuid4())
    for answer in (await client.get(f"{REQUESTS}/{unknown}"), await client.delete(f"{REQUESTS}/{unknown}")):
        assert (answer.status_code, answer.text) == (404, f'request record with ID "{unknown}" cannot be found')
    assert (await client.get(f"{REQUESTS}/nonsense")).status_code == 404


async def test_all_requests_can_be_deleted(client, library):
    item, _, _ = await lent(library)
    await library.hold(await library.patron(), item)
    assert (await client.delete(REQUESTS)).status_code == 204
    assert (await library.get(REQUESTS))["totalRecords"] == 0


async def test_a_queue_can_be_put_into_another_order(client, library):
    item, _, _ = await lent(library)
    first, second, third = [await library.hold(await library.patron(), item) for _ in range(3)]
    path = f"{REQUESTS}/queue/item/{item['id']}/reorder"
    order = {"reorderedQueue": [{"id": r["id"], "newPosition": p} for r, p in ((first, 3), (second, 1), (third, 2))]}
    answer = await client.post(path, json=order)
    assert answer.status_code == 200, answer.text
    assert [request["id"] for request in answer.json()["requests"]] == [second["id"], third["id"], first["id"]]
    assert await positions(library, item) == {second["id"]: 1, third["id"]: 2, first["id"]: 3}


async def test_a_queue_is_not_reordered_against_its_rules(client, library):
    item = await library.item()
    page = await library.hold(await library.patron(), item, requestType="Page")
    hold = await library.hold(await library.patron(), item)
    path = f"{REQUESTS}/queue/item/{item['id']}/reorder"

    async def told(*places):
        body = {"reorderedQueue": [{"id": record["id"], "newPosition": place} for record, place in places]}
        return (await refused(client, path, body))[0]["message"]

    assert await told((page, 2), (hold, 1)) == "Page requests can not be displaced from position 1."
    assert await told((page, 1), (hold, 3)) == "Positions must have sequential order."
    assert await told((page, 1)) == "There is inconsistency between provided reordered queue and existing queue."
    by_title = f"{REQUESTS}/queue/instance/{page['instanceId']}/reorder"
    (error,) = await refused(client, by_title, {"reorderedQueue": []})
    assert error["message"] == "Refuse to reorder request queue, TLR feature status is DISABLED."
    same = {"reorderedQueue": [{"id": page["id"], "newPosition": 1}, {"id": hold["id"], "newPosition": 2}]}
    assert (await client.post(path, json=same)).status_code == 200
    unknown = str(uuid4())
    text = await refused(client, f"{REQUESTS}/queue/item/{unknown}/reorder", {"reorderedQueue": []}, 404)
    assert text == f'Item record with ID "{unknown}" cannot be found'
    text = await refused(client, f"{REQUESTS}/queue/instance/{unknown}/reorder", {"reorderedQueue": []}, 404)
    assert text == f'Instance record with ID "{unknown}" cannot be found'


async def test_storage_numbers_that_others_left_are_put_right(client, library):
    item, _, _ = await lent(library)
    first = await library.hold(await library.patron(), item)
    stored = await library.get(f"/request-storage/requests/{first['id']}")
    await library.put(f"/request-storage/requests/{first['id']}", {**stored, "position": 7})
    second = await library.hold(await library.patron(), item)
    assert await positions(library, item) == {first["id"]: 1, second["id"]: 2}


async def test_a_fetched_hold_that_is_given_up_gets_the_time_of_that_in_storage(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    await library.check_in(item)
    stored = await library.get(f"/request-storage/requests/{hold['id']}")
    assert stored["status"] == "Open - Awaiting pickup"
    await library.put(f"/request-storage/requests/{hold['id']}", {**stored, "status": "Closed - Pickup expired"})
    assert (await library.get(f"/request-storage/requests/{hold['id']}"))["awaitingPickupRequestClosedDate"]


async def test_names_with_characters_that_no_record_may_hold_find_nothing(client, edge, library):
    assert (await edge.get("/patron/account/a%00b")).status_code in (400, 404)
    assert (await client.get("/patron/registration-status/a%00b@test.com")).status_code in (400, 404)
    assert (await client.get(f"{REQUESTS}/a%00b")).status_code in (400, 404)


async def test_a_new_expiry_date_is_moved_to_the_end_of_its_day(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item, requestExpirationDate="2031-07-04T10:00:00Z")
    await library.put(f"{REQUESTS}/{hold['id']}", {**hold, "requestExpirationDate": "2031-08-05T01:00:00Z"})
    assert (await library.get(f"{REQUESTS}/{hold['id']}"))["requestExpirationDate"] == "2031-08-05T23:59:59.000+00:00"


async def test_a_hold_that_waits_on_the_shelf_gets_the_time_of_being_given_up(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    await library.check_in(item)
    waiting = await library.get(f"{REQUESTS}/{hold['id']}")
    await library.put(f"{REQUESTS}/{hold['id']}", {**waiting, "status": "Closed - Pickup expired"})
    assert (await library.get(f"{REQUESTS}/{hold['id']}"))["awaitingPickupRequestClosedDate"]
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Awaiting pickup"


async def test_who_is_being_served_stays_in_front(client, library):
    item, _, _ = await lent(library)
    served, waiting = [await library.hold(await library.patron(), item) for _ in range(2)]
    await library.check_in(item)
    order = {"reorderedQueue": [{"id": served["id"], "newPosition": 2}, {"id": waiting["id"], "newPosition": 1}]}
    (error,) = await refused(client, f"{REQUESTS}/queue/item/{item['id']}/reorder", order)
    assert error["message"] == "Requests can not be displaced from position 1 when fulfillment begun."
    await title_level(library)
    by_title = f"{REQUESTS}/queue/instance/{served['instanceId']}/reorder"
    (error,) = await refused(client, by_title, order)
    assert error["message"] == "Requests can not be displaced from top positions when fulfillment begun."
    same = {"reorderedQueue": [{"id": served["id"], "newPosition": 1}, {"id": waiting["id"], "newPosition": 2}]}
    assert (await client.post(by_title, json=same)).status_code == 200
    (error,) = await refused(client, f"{REQUESTS}/queue/item/{item['id']}/reorder", same)
    assert error["message"] == "Refuse to reorder request queue, TLR feature status is ENABLED."


async def test_rules_that_name_a_policy_nobody_stored_are_told(client, library):
    item, _, _ = await lent(library)
    body = await full_draft(library, await library.patron(), item)
    policy = library.ids["all requests"]
    await client.delete(f"/request-policy-storage/request-policies/{policy}")
    (error,) = await refused(client, REQUESTS, body)
    assert error["message"] == f"Request policy {policy} could not be found, please check circulation rules"
