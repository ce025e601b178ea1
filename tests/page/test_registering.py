"""Getting a card on the page: the form, the e-mail, the link."""

import re
from contextlib import asynccontextmanager

import pytest

from browsing import MY
from octavo.services.register_online import forget_unconfirmed
from octavo.store.tx import Tx

PERSON = {
    "firstName": "Dorothea", "lastName": "Brooke", "email": "dorothea@example.org", "addressLine0": "Lowick Manor 1",
    "city": "Middlemarch", "province": "Loamshire", "zip": "12345", "country": "England",
}  # fmt: skip


async def register(browser, **fields):
    page = await browser.get(f"{MY}/register")
    return await browser.send(page, "/register", **{**PERSON, **fields})


async def letters(library):
    return (await library.get("/email?query=cql.allRecords=1"))["emailEntity"]


async def link_in(library):
    (letter,) = await letters(library)
    return re.search(rf"{MY}/confirm/\S+", letter["body"])[0]


async def test_somebody_registers_and_confirms_their_address(browser, library):
    page = await register(browser, topicPrograms="yes")
    assert "We have written to dorothea@example.org." in page.text
    (person,) = (await library.get("/staging-users"))["staging_users"]
    assert (person["generalInfo"]["lastName"], person["isEmailVerified"]) == ("Brooke", False)
    assert person["preferredEmailCommunication"] == ["Programs"]
    page = await browser.get(await link_in(library))
    assert "Is this your address?" in page.text
    assert not (await library.get("/staging-users"))["staging_users"][0]["isEmailVerified"]
    form = page.forms[-1]
    answer = await browser.client.post(form.action, data=form.fields)
    assert "Your e-mail address is confirmed." in answer.text
    assert (await library.get("/staging-users"))["staging_users"][0]["isEmailVerified"]


async def test_a_link_is_good_once_and_for_two_days(browser, library, clock):
    await register(browser)
    link = await link_in(library)
    page = await browser.get(link)
    clock.advance(hours=49)
    assert (await browser.get(link)).status == 404
    clock.advance(hours=-49)
    form = page.forms[-1]
    assert (await browser.client.post(form.action, data=form.fields)).status_code == 200
    assert (await browser.client.post(form.action, data=form.fields)).status_code == 404
    assert (await browser.get(link)).status == 404


async def test_a_link_that_was_never_sent_is_not_found(browser, library):
    assert (await browser.get(f"{MY}/confirm/guess")).status == 404


async def test_who_never_confirms_is_forgotten_and_who_does_is_not(browser, library, clock, tx):
    await register(browser)
    form = (await browser.get(await link_in(library))).forms[-1]
    await browser.client.post(form.action, data=form.fields)
    await register(browser, email="late@example.org")
    clock.advance(days=3)

    @asynccontextmanager
    async def begin():
        async with tx.connection.transaction():
            yield Tx(tx.connection, tx.schema, clock.now)

    assert await forget_unconfirmed(begin) == 1
    (left,) = (await library.get("/staging-users"))["staging_users"]
    assert left["contactInfo"]["email"] == "dorothea@example.org"


async def test_who_has_a_card_is_told_by_mail_alone(browser, library):
    await library.patron(personal={"lastName": "Brooke", "email": "dorothea@example.org"})
    page = await register(browser, email="Dorothea@example.org")
    assert "We have written to" in page.text
    assert (await library.get("/staging-users"))["totalRecords"] == 0
    (letter,) = await letters(library)
    assert "there is one for it already" in letter["body"]
    assert "/confirm/" not in letter["body"]


@pytest.mark.parametrize("name", ["firstName", "lastName", "email", "city", "zip", "country"])
async def test_a_field_that_is_missing_is_marked_and_nothing_is_kept(browser, library, name):
    page = await register(browser, **{name: "  "})
    assert page.status == 422
    assert f'aria-describedby="{name}-error"' in page.answer.text
    assert "Please fill this in." in page.text
    assert (await library.get("/staging-users"))["totalRecords"] == 0
    kept = {**PERSON, name: ""}
    assert page.form("/register").fields.items() >= kept.items()


@pytest.mark.parametrize("email", ["nobody", "a@b", "a@b.c, d@e.f", "a b@example.org", "a@exa\nmple.org", "<a@example.org>"])
async def test_what_is_no_address_is_refused(browser, library, email):
    page = await register(browser, email=email)
    assert page.status == 422
    assert "This is not an e-mail address." in page.text
    assert await letters(library) == []


async def test_one_address_does_not_make_us_write_for_ever(browser, library):
    for number in range(10):
        assert (await register(browser, email=f"d{number}@example.org")).status == 200
    assert (await register(browser)).status == 429
    assert len(await letters(library)) == 10


async def test_the_link_leads_to_the_librarys_own_address_whatever_the_browser_says(browser, library):
    page = await browser.get(f"{MY}/register")
    form = page.form("/register")
    await browser.client.post(form.action, data={**form.fields, **PERSON}, headers={"Host": "evil.example"})
    (letter,) = await letters(library)
    assert "evil.example" not in letter["body"]
    assert "http://127.0.0.1:9130/my/" in letter["body"]
