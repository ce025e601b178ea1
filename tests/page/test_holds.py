"""What a patron sees of their holds, and changing them."""

from datetime import timedelta

import pytest

from browsing import MY


@pytest.fixture
async def hold(library, reader):
    """A hold of the reader's on a lent item, with somebody else waiting behind."""
    item = await library.item(await library.instance("Cranford"))
    await library.check_out(await library.patron(), item)
    made = await library.hold(reader, item)
    await library.hold(await library.patron(), item)
    return made


async def test_a_hold_shows_its_place_in_the_queue_and_its_pickup_point(signed_in, hold):
    page = await signed_in.get(f"{MY}/holds")
    assert "Cranford" in page.text
    assert "You are number 1 of 2 in the queue" in page.text
    assert "Pick up at The main desk" in page.text


async def test_the_pickup_point_is_changed_to_an_allowed_one(signed_in, library, hold):
    page = await signed_in.get(f"{MY}/holds/{hold['id']}")
    page = await signed_in.send(page, "/pickup", pickup=library.ids["branch desk"])
    assert "The pickup point is changed." in page.text
    stored = await library.get(f"/circulation/requests/{hold['id']}")
    assert stored["pickupServicePointId"] == library.ids["branch desk"]
    assert (stored["position"], stored["requestType"], stored["status"]) == (1, "Hold", "Open - Not yet filled")


async def test_a_pickup_point_that_the_policy_does_not_allow_is_refused(signed_in, library, hold):
    await library.post(
        "/request-policy-storage/request-policies", id="b0b0b0b0-0000-4000-8000-000000000001", name="main desk only",
        requestTypes=["Hold"], allowedServicePoints={"Hold": [library.ids["main desk"]]},
    )  # fmt: skip
    library.ids["main desk only"] = "b0b0b0b0-0000-4000-8000-000000000001"
    form = (await signed_in.get(f"{MY}/holds/{hold['id']}")).form("/pickup")
    await library.rules(request="main desk only")
    answer = await signed_in.client.post(form.action, data={**form.fields, "pickup": library.ids["branch desk"]})
    assert answer.status_code == 422
    assert "It cannot be picked up there." in answer.text
    assert (await library.get(f"/circulation/requests/{hold['id']}"))["pickupServicePointId"] == library.ids["main desk"]


async def test_a_hold_is_suspended_and_resumed(signed_in, hold, clock):
    page = await signed_in.get(f"{MY}/holds/{hold['id']}")
    until = (clock.now + timedelta(days=30)).date()
    page = await signed_in.send(page, "/suspend", until=until.isoformat())
    assert "The hold is suspended." in page.text
    assert "Suspended until" in (await signed_in.get(f"{MY}/holds")).text
    page = await signed_in.send(page, "/resume")
    assert "The hold counts again." in page.text
    assert "Suspended until" not in (await signed_in.get(f"{MY}/holds")).text


@pytest.mark.parametrize("until", ["", "tomorrow", "2020-01-01", "2999-01-01"])
async def test_a_hold_is_not_suspended_until_a_day_that_makes_no_sense(signed_in, hold, until):
    page = await signed_in.get(f"{MY}/holds/{hold['id']}")
    page = await signed_in.send(page, "/suspend", until=until)
    assert page.status == 422
    assert "Please choose a day" in page.text
    assert "Suspended until" not in (await signed_in.get(f"{MY}/holds")).text


async def test_a_hold_is_cancelled_and_those_behind_move_up(signed_in, library, hold, reader):
    page = await signed_in.get(f"{MY}/holds/{hold['id']}")
    page = await signed_in.send(page, "/cancel")
    assert "The hold is cancelled." in page.text
    assert "You are not waiting for anything." in page.text
    stored = await library.get(f"/circulation/requests/{hold['id']}")
    assert (stored["status"], stored["cancelledByUserId"]) == ("Closed - Cancelled", reader["id"])
    behind = (await library.get(f"/circulation/requests/queue/item/{hold['itemId']}"))["requests"]
    assert [request["position"] for request in behind] == [1]


@pytest.mark.parametrize("action", ["cancel", "pickup", "suspend", "resume"])
async def test_somebody_elses_hold_is_not_found(signed_in, library, hold, action):
    other = await library.hold(await library.patron(), await library.item(status={"name": "Checked out"}))
    assert (await signed_in.get(f"{MY}/holds/{other['id']}")).status == 404
    form = (await signed_in.get(f"{MY}/holds/{hold['id']}")).form("/cancel")
    fields = {**form.fields, "until": "2999-01-01", "pickup": library.ids["branch desk"]}
    answer = await signed_in.client.post(f"{MY}/holds/{other['id']}/{action}", data=fields)
    assert answer.status_code == 404
    stored = await library.get(f"/circulation/requests/{other['id']}")
    assert (stored["status"], stored["pickupServicePointId"]) == (other["status"], library.ids["main desk"])


async def test_an_item_on_the_shelf_is_shown_as_ready_until_its_day(signed_in, library, reader):
    item = await library.item(await library.instance("Villette"))
    await library.check_out(await library.patron(), item)
    await library.hold(reader, item)
    await library.check_in(item)
    page = await signed_in.get(f"{MY}/holds")
    assert "Ready for you" in page.text
    assert "kept until" in page.text
    assert "1 ready" in (await signed_in.get(MY)).text
