"""What a patron sees of their loans, and renewing."""

from browsing import MY


async def test_a_patron_sees_what_is_due_and_renews_it(browser, library, reader, clock):
    item = await library.item(await library.instance("Persuasion"))
    await library.check_out(reader, item)
    clock.advance(days=20)
    page = await browser.sign_in(reader["username"])
    assert "Persuasion" in page.text
    assert "Due tomorrow" in page.text
    page = await browser.send(page, f"/loans/{item['id']}/renew")
    assert "Renewed one loan." in page.text
    assert "Due in 21 days" in page.text
    assert "Renewed one loan." not in (await browser.get(MY)).text


async def test_the_reason_stands_beside_a_loan_before_anything_is_tried(signed_in, library, reader):
    item = await library.item(await library.instance("Emma"))
    await library.check_out(reader, item)
    await library.hold(await library.patron(), item, requestType="Recall")
    page = await signed_in.get(MY)
    assert "It has been recalled for another reader." in page.text
    assert not [form for form in page.forms if form.action.endswith("/renew")]


async def test_renew_all_renews_what_can_be_renewed(browser, library, reader, clock):
    titles = ("Emma", "Persuasion", "Sanditon")
    items = [await library.item(await library.instance(title)) for title in titles]
    for item in items:
        await library.check_out(reader, item)
    clock.advance(days=1)
    await library.hold(await library.patron(), items[0], requestType="Recall")
    page = await browser.sign_in(reader["username"])
    assert "2 of 3 can be renewed" in page.text
    page = await browser.send(page, "/renew-all")
    assert "Renewed 2 loans." in page.text


async def test_nobody_renews_for_somebody_else(signed_in, library):
    other = await library.patron()
    item = await library.item()
    await library.check_out(other, item)
    page = await signed_in.get(MY)
    form = page.form("/sign-out")
    answer = await signed_in.client.post(f"{MY}/loans/{item['id']}/renew", data=form.fields)
    assert answer.status_code == 303
    loan = (await library.get(f"/circulation/loans?query=itemId=={item['id']}"))["loans"][0]
    assert loan.get("renewalCount", 0) == 0
    assert loan["userId"] == other["id"]
