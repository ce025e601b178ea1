"""Check-out, check-in and renewal at the desk, with FOLIO's words for what is refused and an override for who may."""

import pytest

from browsing import DESK
from octavo.page.desk.rights import CHECK_IN, CHECK_OUT, RENEW

OVERRIDE_PATRON = "circulation.override-patron-block.post"
OVERRIDE_ITEM = "circulation.override-item-not-loanable-block.post"


async def begin(browser, patron):
    return await browser.send(await browser.get(f"{DESK}/check-out"), "/check-out", patron=patron["barcode"])


async def test_a_patron_then_item_after_item_until_the_visit_ends(staff, library, clock):
    patron = await library.patron(personal={"lastName": "Brooke", "firstName": "Dorothea"})
    items = [await library.item(await library.instance(title)) for title in ("Romola", "Silas Marner")]
    page = await begin(staff, patron)
    assert "Brooke, Dorothea" in page.text
    assert "Nothing yet. Scan the first item." in page.text
    for item in items:
        clock.advance(seconds=1)
        page = await staff.send(page, page.answer.url.path, item=item["barcode"])
    assert "Lent in this visit: 2 items" in page.text
    assert page.text.index("Silas Marner") < page.text.index("Romola")
    loans = (await library.get(f"/circulation/loans?query=userId=={patron['id']}"))["loans"]
    assert {loan["checkoutServicePointId"] for loan in loans} == {library.ids["main desk"]}
    page = await staff.send(page, "/end")
    assert "The visit has ended." in page.text
    assert (await library.get("/patron-action-session-storage/patron-action-sessions"))["totalRecords"] == 0
    assert "Nothing yet." in (await begin(staff, patron)).text


@pytest.mark.parametrize("typed", ["", "nobody at all", "' OR 1=1 --", "\0"])
async def test_somebody_unknown_is_no_patron(staff, typed):
    page = await staff.send(await staff.get(f"{DESK}/check-out"), "/check-out", patron=typed)
    assert page.status == 422
    assert "Nobody has this barcode or user name." in page.text


async def test_a_refusal_stands_beside_the_field_in_folios_words(staff, library):
    page = await begin(staff, await library.patron())
    page = await staff.send(page, page.answer.url.path, item="no such thing")
    assert page.status == 422
    assert "No item with barcode no such thing could be found" in page.text
    assert 'aria-describedby="item-error"' in page.answer.text
    assert "Lend it all the same?" not in page.text


async def blocked(library):
    patron = await library.patron()
    await library.post("/manualblocks", userId=patron["id"], desc="Owes an apology", borrowing=True, type="Manual")
    return patron


async def test_whoever_may_not_override_is_not_offered_it_and_cannot_force_it(staff, library):
    patron, item = await blocked(library), await library.item()
    page = await begin(staff, patron)
    page = await staff.send(page, page.answer.url.path, item=item["barcode"])
    assert "Owes an apology" in page.text
    assert "Lend it all the same?" not in page.text
    page = await staff.send(page, page.answer.url.path, item=item["barcode"], blocks="patronBlock", reason="because")
    assert page.status == 422
    assert "Insufficient override permissions" in page.text
    assert (await library.get("/circulation/loans"))["totalRecords"] == 0


async def test_a_block_is_overridden_with_a_reason(hired, library):
    staff = await hired(CHECK_OUT, OVERRIDE_PATRON)
    patron, item = await blocked(library), await library.item()
    page = await begin(staff, patron)
    page = await staff.send(page, page.answer.url.path, item=item["barcode"])
    form = insisting(page)
    assert form.fields["item"] == item["barcode"]
    answer = await insist(staff, page, reason="")
    assert answer.status == 422
    assert "comment" in answer.text.lower()
    assert insisting(answer).fields["blocks"] == "patronBlock"
    answer = await insist(staff, page, reason="Has apologised")
    assert "Lent in this visit: one item" in answer.text
    (loan,) = (await library.get("/circulation/loans"))["loans"]
    assert (loan["action"], loan["actionComment"]) == ("checkedOutThroughOverride", "Has apologised")


async def test_an_item_that_is_not_lent_needs_a_due_date_of_whoever_lends_it(hired, library):
    staff = await hired(CHECK_OUT, OVERRIDE_ITEM)
    await library.post("/loan-policy-storage/loan-policies", id="b0b0b0b0-0000-4000-8000-000000000002", name="reference", loanable=False, renewable=False)
    library.ids["reference"] = "b0b0b0b0-0000-4000-8000-000000000002"
    await library.rules(loan="reference")
    page = await begin(staff, await library.patron())
    page = await staff.send(page, page.answer.url.path, item=(await library.item())["barcode"])
    assert "due" in page.answer.text
    answer = await insist(staff, page, reason="For the exhibition", due="next week")
    assert answer.status == 422
    assert (await library.get("/circulation/loans"))["totalRecords"] == 0
    answer = await insist(staff, answer, reason="For the exhibition", due="2099-12-31T18:00")
    assert "Lent in this visit: one item" in answer.text
    (loan,) = (await library.get("/circulation/loans"))["loans"]
    assert loan["dueDate"].startswith("2099-12-31T18:00")


def insisting(page):
    return next(form for form in page.forms if "blocks" in form.fields)


async def insist(browser, page, **fields):
    form = insisting(page)
    return await browser.submit(page, form, **fields)


async def take_back(browser, item, **fields):
    page = await browser.get(f"{DESK}/check-in")
    return await browser.send(page, "/check-in", item=item["barcode"], **fields)


async def test_what_nobody_waits_for_goes_back_to_its_shelf(staff, library):
    item = await library.item(await library.instance("Felix Holt"))
    await library.check_out(await library.patron(personal={"lastName": "Lyon", "firstName": "Esther"}), item)
    page = await take_back(staff, item)
    assert "Back to its shelf" in page.text
    assert "Felix Holt" in page.text
    assert "Returned by Lyon, Esther" in page.text
    assert "main stacks · PR4034 .P7" in page.text
    assert "Felix Holt" not in (await staff.get(f"{DESK}/check-in")).text
    (loan,) = (await library.get("/circulation/loans"))["loans"]
    assert loan["status"]["name"] == "Closed"
    assert loan["checkinServicePointId"] == library.ids["main desk"]


async def test_what_somebody_waits_for_goes_to_the_hold_shelf_or_to_where_they_wait(staff, library):
    for desk, told in (("main desk", "To the hold shelf"), ("branch desk", "Send to branch desk")):
        item = await library.item()
        await library.check_out(await library.patron(), item)
        waiting = await library.patron(personal={"lastName": "Garth", "firstName": "Mary"})
        await library.hold(waiting, item, desk=desk)
        page = await take_back(staff, item)
        assert told in page.text
        assert f"For Garth, Mary {waiting['barcode']}" in page.text
        assert ("Keep until" in page.text) == (desk == "main desk")


async def test_a_return_is_dated_back_and_the_date_stays_for_the_next_item(employed, library, clock):
    item = await library.item()
    await library.check_out(await library.patron(), item)
    clock.advance(days=2)
    staff = await employed()
    earlier = (clock.now.replace(microsecond=0, second=0)).strftime("%Y-%m-%dT%H:%M")
    page = await take_back(staff, item, returned=earlier)
    assert page.form("/check-in").fields["returned"] == earlier
    (loan,) = (await library.get("/circulation/loans"))["loans"]
    assert loan["returnDate"].startswith(earlier)
    assert loan["systemReturnDate"] > loan["returnDate"]


@pytest.mark.parametrize(("fields", "told"), [({"item": "nothing"}, "No item with barcode nothing exists"), ({"item": ""}, "must have an item barcode"),
                                              ({"returned": "yesterday"}, "A day and a time are needed")])  # fmt: skip
async def test_a_check_in_that_cannot_be_says_why(staff, library, fields, told):
    page = await staff.get(f"{DESK}/check-in")
    page = await staff.send(page, "/check-in", **{"item": "I1", **fields})
    assert page.status == 422
    assert told in page.text


async def test_loans_are_renewed_one_after_another_by_barcode(employed, library, clock):
    patron, items = await library.patron(), [await library.item(await library.instance(title)) for title in ("Adam Bede", "Theophrastus Such")]
    for item in items:
        await library.check_out(patron, item)
    clock.advance(days=1)
    staff = await employed()
    page = await staff.get(f"{DESK}/renew")
    page = await staff.send(page, "/renew", patron=patron["barcode"], item=items[0]["barcode"])
    assert "“Adam Bede” is renewed until" in page.text
    assert page.form("/renew").fields["patron"] == patron["barcode"]
    page = await staff.send(page, "/renew", item=items[1]["barcode"])
    assert "“Theophrastus Such” is renewed until" in page.text


async def test_a_renewal_that_is_refused_is_overridden_with_a_reason(hired, library):
    staff = await hired(RENEW, "circulation.override-renewal-block.post")
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    page = await staff.send(await staff.get(f"{DESK}/renew"), "/renew", patron=patron["barcode"], item=item["barcode"])
    assert "renewal would not change the due date" in page.text
    answer = await insist(staff, page, reason="Writes a thesis", due="2099-01-31T12:00")
    assert "is renewed until Jan 31, 2099" in answer.text
    (loan,) = (await library.get("/circulation/loans"))["loans"]
    assert (loan["action"], loan["actionComment"]) == ("renewedThroughOverride", "Writes a thesis")


async def test_nothing_is_done_without_the_token_of_this_visit(hired, library):
    staff = await hired(CHECK_IN)
    item = await library.item()
    loan = await library.check_out(await library.patron(), item)
    for token in ("", "0" * 96):
        answer = await staff.client.post(f"{DESK}/check-in", data={"token": token, "item": item["barcode"]})
        assert answer.status_code == 403
        assert "This form has expired" in answer.text
    assert (await library.get(f"/circulation/loans/{loan['id']}"))["status"]["name"] == "Open"
