"""Charges, history and privacy on the patron's page."""

import pytest

from browsing import MY


@pytest.fixture
async def returned(library, reader):
    """A loan that the reader has returned."""
    item = await library.item(await library.instance("Agnes Grey"))
    loan = await library.check_out(reader, item)
    await library.check_in(item)
    return loan


async def charge(library, reader, amount, **more):
    owner = (await library.post("/owners", owner=f"desk {amount}"))["id"]
    kind = (await library.post("/feefines", feeFineType=f"Damage {amount}", ownerId=owner, automatic=False))["id"]
    return await library.post(
        "/accounts", userId=reader["id"], feeFineId=kind, ownerId=owner, feeFineType=f"Damage {amount}", amount=amount,
        remaining=amount, status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, **more,
    )  # fmt: skip


async def test_charges_are_listed_with_their_total(signed_in, library, reader):
    for amount in (12.5, 0.75):
        await charge(library, reader, amount)
    await charge(library, await library.patron(), 99)
    page = await signed_in.get(f"{MY}/charges")
    assert "Damage 12.5" in page.text
    assert "$12.50" in page.text
    assert "Total $13.25" in page.text
    assert "99" not in page.text
    assert "$13.25 to pay" in (await signed_in.get(MY)).text


async def test_who_owes_nothing_is_thanked(signed_in):
    assert "Nothing. Thank you!" in (await signed_in.get(f"{MY}/charges")).text


async def test_no_history_is_shown_unless_the_patron_asks_for_one(signed_in, returned):
    page = await signed_in.get(f"{MY}/history")
    assert "Agnes Grey" not in page.text
    page = await signed_in.get(f"{MY}/privacy")
    page = await signed_in.send(page, "/privacy", history="keep")
    assert "Your history is kept from now on." in page.text
    assert "Agnes Grey" in (await signed_in.get(f"{MY}/history")).text


async def test_who_opts_out_is_forgotten_at_once(signed_in, library, returned):
    page = await signed_in.get(f"{MY}/privacy")
    page = await signed_in.send(page, "/privacy", history="forget")
    assert "One earlier loan has been forgotten." in page.text
    assert "userId" not in await library.get(f"/loan-storage/loans/{returned['id']}")


async def test_a_history_is_erased_at_once_and_stays_wanted(signed_in, library, returned):
    page = await signed_in.get(f"{MY}/privacy")
    page = await signed_in.send(page, "/privacy", history="keep")
    page = await signed_in.send(page, "/privacy/erase")
    assert "One earlier loan has been forgotten." in page.text
    assert "userId" not in await library.get(f"/loan-storage/loans/{returned['id']}")
    assert "There is nothing here yet." in (await signed_in.get(f"{MY}/history")).text


async def test_a_loan_with_charges_is_kept_and_that_is_said(signed_in, library, reader, returned):
    await charge(library, reader, 3, loanId=returned["id"], itemId=returned["itemId"])
    page = await signed_in.get(f"{MY}/privacy")
    assert "One of them had a charge" in page.text
    await signed_in.send(page, "/privacy", history="forget")
    assert (await library.get(f"/loan-storage/loans/{returned['id']}"))["userId"] == reader["id"]


async def test_a_patron_downloads_everything_that_is_stored_about_them(signed_in, library, reader, returned):
    other = await library.patron()
    await library.check_out(other, await library.item(await library.instance("Not mine")))
    await charge(library, reader, 3)
    answer = (await signed_in.get(f"{MY}/privacy/data")).answer
    assert answer.headers["content-disposition"].startswith('attachment; filename="my-data-')
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["users"][0]["id"] == reader["id"]
    assert [loan["id"] for loan in found["loan"]] == [returned["id"]]
    assert {past["operation"] for past in found["loan_history"]} == {"I", "U"}
    assert found["accounts"][0]["amount"] == 3
    assert found["hasPassword"] is True
    assert len(found["signedIn"]) == 1
    assert other["id"] not in answer.text
    assert "$argon2" not in answer.text


async def test_signing_out_everywhere_ends_every_visit_and_every_token(sides, signed_in, library, reader, anonymous, clock):
    login = {"username": reader["username"], "password": "open sesame"}
    token = (await anonymous.post("/authn/login", json=login)).headers["x-okapi-token"]
    clock.advance(seconds=1)
    page = await signed_in.get(f"{MY}/privacy")
    page = await signed_in.send(page, "/sign-out-everywhere")
    assert page.answer.url.path == f"{MY}/sign-in"
    answer = await anonymous.post("/authn/logout-all", headers={"X-Okapi-Token": token})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["", "/holds", "/charges", "/history", "/privacy", "/privacy/data"])
async def test_personal_pages_are_for_those_signed_in(browser, library, path):
    answer = await browser.client.get(f"{MY}{path}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{MY}/sign-in")
