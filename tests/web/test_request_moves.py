"""Requests that are moved to another item of their title."""

from uuid import uuid4

import pytest

from requesting import REQUESTS, lent, positions, refused, title_draft, title_level


async def status_of(library, item):
    return (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"]


async def moved(client, request, item, **more):
    answer = await client.post(f"{REQUESTS}/{request['id']}/move", json={"destinationItemId": item["id"], **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def not_moved(client, request, item, **more):
    (error,) = await refused(client, f"{REQUESTS}/{request['id']}/move", {"destinationItemId": item["id"], **more})
    return error["message"], error.get("code")


@pytest.fixture
async def copies(library):
    """Two copies of one title, both on loan."""
    instance = await library.instance()
    return [(await lent(library, instance=instance))[0] for _ in range(2)]


async def test_a_hold_leaves_one_queue_and_stands_last_in_the_other(client, library, copies):
    here, there = copies
    first, second = [await library.hold(await library.patron(), here) for _ in range(2)]
    waiting = await library.hold(await library.patron(), there)
    after = await moved(client, first, there)
    assert (after["itemId"], after["requestType"], after["position"]) == (there["id"], "Hold", 2)
    assert after["item"]["barcode"] == there["barcode"]
    assert await positions(library, here) == {second["id"]: 1}
    assert await positions(library, there) == {waiting["id"]: 1, first["id"]: 2}


async def test_a_request_moved_to_an_available_item_pages_it(client, library, copies):
    here, free = copies[0], await library.item(await library.instance_of(copies[0]))
    hold = await library.hold(await library.patron(), here)
    after = await moved(client, hold, free, requestType="Recall")
    assert (after["requestType"], after["position"], after["item"]["status"]) == ("Page", 1, "Paged")
    assert await status_of(library, free) == "Paged"
    assert await status_of(library, here) == "Checked out"


async def test_an_item_fetched_for_a_request_that_moves_on_is_available_again(client, library, copies):
    free = await library.item(await library.instance_of(copies[0]))
    page = await library.hold(await library.patron(), free, requestType="Page")
    message, code = await not_moved(client, page, copies[0])
    assert (message, code) == (
        "Page requests are not allowed for this patron and item combination", "REQUEST_NOT_ALLOWED_FOR_PATRON_ITEM_COMBINATION",
    )
    assert await status_of(library, free) == "Paged"
    assert (await moved(client, page, copies[0], requestType="Hold"))["requestType"] == "Hold"
    assert await status_of(library, free) == "Available"
    assert await positions(library, free) == {}


async def test_an_item_that_others_wait_for_stays_paged(client, library, copies):
    free = await library.item(await library.instance_of(copies[0]))
    page = await library.hold(await library.patron(), free, requestType="Page")
    behind = await library.hold(await library.patron(), free)
    await moved(client, page, copies[0], requestType="Hold")
    assert await status_of(library, free) == "Paged"
    assert await positions(library, free) == {behind["id"]: 1}


async def test_moving_a_recall_shortens_the_loan_of_the_new_item(client, library):
    recalling = await library.post(
        "/loan-policy-storage/loan-policies", name="recalled within a week", loanable=True, renewable=False,
        loansPolicy={"profileId": "Rolling", "period": {"duration": 3, "intervalId": "Weeks"},
                     "closedLibraryDueDateManagementId": "CURRENT_DUE_DATE_TIME"},
        requestManagement={"recalls": {"recallReturnInterval": {"duration": 1, "intervalId": "Weeks"}}},
    )
    library.ids["recalled"] = recalling["id"]
    await library.rules(loan="recalled")
    instance = await library.instance()
    (here, _, _), (there, loan, _) = [await lent(library, instance=instance) for _ in range(2)]
    recall = await library.hold(await library.patron(), here, requestType="Recall")
    await moved(client, recall, there)
    after = await library.get(f"/loan-storage/loans/{loan['id']}")
    assert (after["action"], after["dueDateChangedByRecall"]) == ("recallrequested", True)
    assert after["dueDate"] < loan["dueDate"]


async def test_a_request_that_has_an_item_waiting_waits_anew(client, library, copies):
    here, there = copies
    hold = await library.hold(await library.patron(), here)
    await library.check_in(here)
    assert (await library.get(f"{REQUESTS}/{hold['id']}"))["status"] == "Open - Awaiting pickup"
    after = await moved(client, hold, there)
    assert after["status"] == "Open - Not yet filled"
    assert "holdShelfExpirationDate" not in after


async def test_a_request_stays_within_its_title_and_moves_to_another_item(client, library, copies):
    hold = await library.hold(await library.patron(), copies[0])
    elsewhere, _, _ = await lent(library)
    assert (await not_moved(client, hold, elsewhere))[0] == "Request can only be moved to an item with the same instance ID"
    assert (await not_moved(client, hold, {"id": str(uuid4())}))[0] == "Item does not exist"
    assert (await not_moved(client, hold, copies[0]))[1] == "ITEM_ALREADY_REQUESTED"
    assert await positions(library, copies[0]) == {hold["id"]: 1}


async def test_what_refuses_a_new_request_refuses_a_move(client, library, copies):
    borrower = await library.patron()
    owned = await library.item(await library.instance_of(copies[0]))
    await library.check_out(borrower, owned)
    hold = await library.hold(borrower, copies[0])
    assert (await not_moved(client, hold, owned))[1] == "REQUESTER_ALREADY_HAS_THIS_ITEM_ON_LOAN"


async def test_only_an_open_request_is_moved(client, library, copies):
    hold = await library.hold(await library.patron(), copies[0])
    await library.put(f"{REQUESTS}/{hold['id']}", {
        **hold, "status": "Closed - Cancelled", "cancellationReasonId": library.ids["cancelled by patron"],
    })  # fmt: skip
    assert (await not_moved(client, hold, copies[1]))[1] == "REQUEST_ALREADY_CLOSED"
    unknown = str(uuid4())
    body = {"destinationItemId": copies[1]["id"]}
    text = await refused(client, f"{REQUESTS}/{unknown}/move", body, 404)
    assert text == f'request record with ID "{unknown}" cannot be found'
    assert (await client.post(f"{REQUESTS}/{hold['id']}/move", json={})).status_code == 422


async def test_a_page_of_a_title_moves_to_another_available_item_and_stays_one(client, library):
    await title_level(library)
    instance = await library.instance()
    items = [await library.item(instance) for _ in range(2)]
    page = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Page"))
    here, there = sorted(items, key=lambda item: item["id"] != page["itemId"])
    assert await not_moved(client, page, here) == (
        "Not allowed to move title level page request to the same item", "MOVING_REQUEST_TO_THE_SAME_ITEM",
    )
    after = await moved(client, page, there)
    assert (after["requestLevel"], after["requestType"], after["itemId"]) == ("Title", "Page", there["id"])
    assert (await status_of(library, here), await status_of(library, there)) == ("Available", "Paged")


async def test_a_hold_of_a_title_is_not_moved_and_a_recall_keeps_its_place(client, library):
    await title_level(library)
    instance = await library.instance()
    items = [(await lent(library, instance=instance))[0] for _ in range(2)]
    hold = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Hold"))
    recall = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Recall"))
    last = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Hold"))
    assert (await not_moved(client, hold, items[0]))[0] == "Not allowed to move from/to Hold TLR"
    other = next(item for item in items if item["id"] != recall["itemId"])
    assert (await not_moved(client, recall, other, requestType="Hold"))[0] == "Not allowed to move from/to Hold TLR"
    after = await moved(client, recall, other)
    assert (after["requestLevel"], after["position"], after["itemId"]) == ("Item", 2, other["id"])
    queue = await library.get(f"{REQUESTS}/queue/instance/{instance['id']}")
    assert [request["id"] for request in queue["requests"]] == [hold["id"], recall["id"], last["id"]]


async def test_a_request_of_a_title_is_not_moved_once_titles_are_not_requested(client, library):
    await title_level(library)
    instance = await library.instance()
    await library.item(instance)
    page = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Page"))
    other = await library.item(instance)
    await client.delete("/circulation-settings-storage/circulation-settings/91c754c3-33b4-492c-83ba-bd7426e56021")
    assert (await not_moved(client, page, other))[0] == "Can not process TLR - TLR feature is disabled"
