"""Patrons at the desk: found, seen, renewed for, blocked; what they owe paid and waived; the lists of a service point."""

from datetime import timedelta
from uuid import uuid4

import pytest

from browsing import DESK


@pytest.fixture
async def casaubon(library):
    return await library.patron(personal={"lastName": "Casaubon", "firstName": "Edward", "email": "key@example.org"})


@pytest.mark.parametrize("field", ["barcode", "username", "externalSystemId"])
async def test_a_patron_is_shown_at_once_by_what_only_they_have(staff, casaubon, field):
    page = await staff.get(f"{DESK}/patrons?q={casaubon[field]}")
    assert page.answer.url.path == f"{DESK}/patrons/{casaubon['id']}"
    assert "Casaubon, Edward" in page.text
    assert "students" in page.text


async def test_patrons_are_found_by_the_beginnings_of_their_names(staff, library, casaubon):
    other = await library.patron(personal={"lastName": "Casaubon", "firstName": "Dorothea"})
    page = await staff.get(f"{DESK}/patrons?q=casau")
    assert "2 patrons" in page.text
    assert page.text.index("Casaubon, Dorothea") < page.text.index("Casaubon, Edward")
    assert f"{DESK}/patrons/{other['id']}" in page.links.values()
    assert "One patron" in (await staff.get(f"{DESK}/patrons?q=edw casaub")).text


async def test_so_many_of_one_name_are_shown_and_that_is_said(staff, library):
    for _ in range(26):
        await library.patron(personal={"lastName": "Garth"})
    page = await staff.get(f"{DESK}/patrons?q=garth")
    assert "The first 25; a longer name finds fewer" in page.text


@pytest.mark.parametrize("text", ["nobody", "<script>alert(1)</script>", '" or cql.allRecords=1 or "', "*", "\\", "\ufdd0", "()"])
async def test_hostile_words_find_nobody(staff, casaubon, text):
    page = await staff.get(f"{DESK}/patrons?q={text}")
    assert page.status == 200
    assert "Casaubon" not in page.text
    assert "<script>" not in page.answer.text


@pytest.mark.parametrize("where", ["patrons/{}", "patrons/{}/charges", "check-out/{}"])
async def test_somebody_who_does_not_exist_is_not_found(staff, where):
    assert (await staff.get(f"{DESK}/{where.format(uuid4())}")).status == 404
    assert (await staff.get(f"{DESK}/{where.format('x')}")).status == 404


async def test_a_patron_is_seen_with_loans_holds_and_blocks(employed, library, casaubon, clock):
    lent, wanted = [await library.item(await library.instance(title)) for title in ("The Key to all Mythologies", "Ixion")]
    await library.check_out(casaubon, lent)
    await library.check_out(await library.patron(), wanted)
    await library.hold(casaubon, wanted)
    await library.post("/manualblocks", userId=casaubon["id"], desc="Spills ink", borrowing=True, renewals=False, requests=True)
    clock.advance(days=30)
    staff = await employed()
    page = await staff.get(f"{DESK}/patrons/{casaubon['id']}")
    for told in ("The Key to all Mythologies", "Overdue", "Ixion", "number 1 of 1", "Spills ink", "blocks borrowing and requesting", "Active"):
        assert told in page.text


async def test_the_chosen_loans_are_renewed_or_all(employed, library, casaubon, clock):
    items = [await library.item(await library.instance(title)) for title in ("One", "Two", "Three")]
    for item in items:
        await library.check_out(casaubon, item)
    clock.advance(days=1)
    staff = await employed()
    page = await staff.get(f"{DESK}/patrons/{casaubon['id']}")
    page = await staff.send(page, "/renew", **{f"loan-{items[0]['id']}": "on"})
    assert "Renewed one loan." in page.text
    clock.advance(minutes=10)
    await library.hold(await library.patron(), items[1], requestType="Recall")
    page = await staff.send(await staff.get(f"{DESK}/patrons/{casaubon['id']}"), "/renew", all="yes")
    assert "Renewed 2 loans." in page.text
    assert "items cannot be renewed when there is an active recall request" in page.text


async def test_what_cannot_be_renewed_says_why_beside_the_loan(staff, library, casaubon):
    item = await library.item()
    await library.check_out(casaubon, item)
    page = await staff.get(f"{DESK}/patrons/{casaubon['id']}")
    token = page.form("/sign-out").fields["token"]
    answer = await staff.client.post(f"{DESK}/patrons/{casaubon['id']}/renew", data={"token": token, f"loan-{item['id']}": "on"})
    page = await staff.get(answer.headers["location"])
    assert "Not everything could be renewed." in page.text
    assert "renewal would not change the due date" in page.text


async def test_a_block_is_made_and_taken_away(staff, library, casaubon, clock):
    page = await staff.get(f"{DESK}/patrons/{casaubon['id']}")
    until = (clock.now + timedelta(days=9)).date().isoformat()
    page = await staff.send(page, "/blocks", desc="Lost card", borrowing="on", expires=until, message="Please see us")
    assert "The block is in force." in page.text
    assert "Lost card" in page.text
    (block,) = (await library.get("/manualblocks"))["manualblocks"]
    assert (block["borrowing"], block["patronMessage"]) == (True, "Please see us")
    assert block["expirationDate"].startswith(until)
    page = await staff.send(page, "/remove")
    assert "The block is removed." in page.text
    assert (await library.get("/manualblocks"))["totalRecords"] == 0


async def test_a_block_without_words_and_one_of_somebody_else_are_refused(staff, library, casaubon):
    page = await staff.get(f"{DESK}/patrons/{casaubon['id']}")
    answer = await staff.send(page, "/blocks", desc=" ")
    assert (answer.status, "A block needs a description." in answer.text) == (422, True)
    answer = await staff.send(page, "/blocks", desc="x", expires="soon")
    assert answer.status == 422
    other = await library.post("/manualblocks", userId=(await library.patron())["id"], desc="Not theirs")
    token = page.form("/sign-out").fields["token"]
    refused = await staff.client.post(f"{DESK}/patrons/{casaubon['id']}/blocks/{other['id']}/remove", data={"token": token})
    assert refused.status_code == 404
    assert (await library.get("/manualblocks"))["totalRecords"] == 1


@pytest.fixture
async def owing(library, casaubon):
    """Two open charges of the patron's, with ways to pay and to waive them."""
    owner = (await library.post("/owners", owner="Main circ"))["id"]
    kind = (await library.post("/feefines", feeFineType="Damage", ownerId=owner, automatic=False))["id"]
    await library.post("/payments", nameMethod="Cash", ownerId=owner)
    await library.post("/waives", nameReason="Goodwill")
    return [
        await library.post(
            "/accounts", userId=casaubon["id"], feeFineId=kind, ownerId=owner, feeFineType="Damage", amount=amount,
            remaining=amount, status={"name": "Open"}, paymentStatus={"name": "Outstanding"},
        )
        for amount in (10, 2.5)
    ]  # fmt: skip


async def charges(browser, patron):
    return await browser.get(f"{DESK}/patrons/{patron['id']}/charges")


async def test_everything_is_paid_with_one_click(staff, library, casaubon, owing):
    page = await charges(staff, casaubon)
    assert "Total $12.50" in page.text
    assert page.form("/pay").fields["amount"] == "12.50"
    page = await staff.send(page, "/pay", comment="Thanks")
    assert "$12.50 paid." in page.text
    assert "Nothing to pay." in page.text
    actions = (await library.get("/feefineactions"))["feefineactions"]
    assert {(one["typeAction"], one["paymentMethod"], one["comments"], one["source"]) for one in actions} == {("Paid fully", "Cash", "Thanks", "Panizzi, Antonio")}
    assert {one["createdAt"] for one in actions} == {library.ids["main desk"]}


async def test_part_of_one_charge_is_waived(staff, library, casaubon, owing):
    page = await charges(staff, casaubon)
    form = page.form("/pay")
    del form.fields[f"charge-{owing[1]['id']}"]
    form.action = form.action.replace("/pay", "/waive")
    page = await staff.submit(page, form, amount="4,00")
    assert "$4.00 waived." in page.text
    assert "Total $8.50" in page.text
    assert (await library.get(f"/accounts/{owing[0]['id']}"))["paymentStatus"]["name"] == "Waived partially"


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"amount": "99"}, "Requested amount exceeds remaining amount"), ({"amount": "lots"}, "Invalid amount entered"),
     ({"amount": "-1"}, "Amount must be positive"), ({"method": ""}, "Choose how it is paid")],
)  # fmt: skip
async def test_what_cannot_be_paid_says_why_and_changes_nothing(staff, library, casaubon, owing, fields, told):
    page = await staff.send(await charges(staff, casaubon), "/pay", **fields)
    assert page.status == 422
    assert told in page.text
    assert (await library.get("/feefineactions"))["totalRecords"] == 0


async def test_what_somebody_else_owes_is_not_paid_from_this_page(staff, library, owing):
    other = await library.patron()
    page = await charges(staff, other)
    fields = {"token": page.form("/sign-out").fields["token"], f"charge-{owing[0]['id']}": "on", "amount": "1", "method": "Cash"}
    answer = await staff.client.post(f"{DESK}/patrons/{other['id']}/charges/pay", data=fields)
    assert answer.status_code == 422
    assert (await library.get("/feefineactions"))["totalRecords"] == 0


async def test_the_pull_list_says_what_to_fetch_and_for_whom(staff, library, casaubon):
    item = await library.item(await library.instance("Daniel Deronda"))
    await library.hold(casaubon, item, requestType="Page")
    page = await staff.get(f"{DESK}/pull-list")
    assert "One item to fetch" in page.text
    for told in ("main stacks", "PR4034 .P7", "Daniel Deronda", item["barcode"], "for Casaubon"):
        assert told in page.text


async def test_the_hold_shelf_says_what_awaits_whom_and_what_to_clear(staff, library, casaubon):
    kept, given_up = [await library.item(await library.instance(title)) for title in ("Scenes", "The Lifted Veil")]
    for item in (kept, given_up):
        hold = await library.hold(casaubon, item, requestType="Page")
        await library.check_in(item)
    cancelled = {**await library.get(f"/circulation/requests/{hold['id']}"), "status": "Closed - Cancelled", "cancelledByUserId": casaubon["id"],
                 "cancellationReasonId": library.ids["cancelled by patron"], "cancelledDate": "2026-01-01T00:00:00Z"}  # fmt: skip
    await library.put(f"/circulation/requests/{hold['id']}", cancelled)
    text = (await staff.get(f"{DESK}/hold-shelf")).text
    cleared, _, awaiting = text.partition("Awaiting pickup")
    assert ("The Lifted Veil" in cleared, "Scenes" in cleared) == (True, False)
    assert ("The Lifted Veil" in awaiting, "Scenes" in awaiting) == (False, True)
    assert "Casaubon, Edward" in awaiting
