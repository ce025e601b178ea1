"""Searching the catalogue as a patron, and asking for what was found."""

from uuid import uuid4

import pytest

from browsing import MY
from octavo.services.catalogue_search import numbers_of, words_of
from requesting import title_level


@pytest.fixture
async def work(library):
    kind = (await library.post("/identifier-types", name="ISBN", source="folio"))["id"]
    return await library.instance(
        "Middlemarch: a study of provincial life", subjects=[{"value": "City and town life"}],
        identifiers=[{"value": "978-0-14-143954-9", "identifierTypeId": kind}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("by", "text"),
    [
        ("any", "middlemarch"), ("any", "AUSTEN provincial"), ("any", "9780141439549"), ("any", "0-14-143954-8"), ("any", "middlem"),
        ("title", "study life"), ("author", "jane austen"), ("subject", "town"), ("number", "978-0141439549"),
    ],
)  # fmt: skip
async def test_a_title_is_found_by_words_and_numbers(browser, work, library, by, text):
    await library.item(work)
    page = await browser.get(f"{MY}/search?by={by}&q={text}")
    assert "Middlemarch: a study of provincial life" in page.text
    assert "1 of 1 available" in page.text


@pytest.mark.parametrize(("by", "text"), [("title", "austen"), ("author", "middlemarch"), ("subject", "provincial"), ("number", "9780000000000"), ("any", "' OR 1=1 --")])
async def test_a_title_is_not_found_by_what_it_is_not(browser, work, by, text):
    page = await browser.get(f"{MY}/search?by={by}&q={text}")
    assert "Middlemarch" not in page.text
    assert "Nothing was found." in page.text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}", "%00", "\ufdd0", "& | ! :* ()", "a" * 5000])
async def test_hostile_words_are_searched_and_shown_as_text(browser, library, text):
    page = await browser.get(f"{MY}/search?q={text}")
    assert page.status == 200
    assert "<script>" not in page.answer.text
    assert "<img" not in page.answer.text
    assert "49" not in page.text


@pytest.mark.parametrize("query", ["page=-1", "page=x", "page=99999999999", "by=nonsense"])
async def test_a_strange_page_or_way_is_the_first(browser, work, query):
    assert "Middlemarch" in (await browser.get(f"{MY}/search?q=middlemarch&{query}")).text or query == "page=99999999999"


async def test_what_is_suppressed_is_neither_found_nor_shown(browser, library):
    hidden = await library.instance("Hidden thing", discoverySuppress=True)
    assert "Hidden thing" not in (await browser.get(f"{MY}/search?q=hidden")).text
    assert (await browser.get(f"{MY}/title/{hidden['id']}")).status == 404
    assert (await browser.get(f"{MY}/title/{uuid4()}")).status == 404
    assert (await browser.get(f"{MY}/title/x")).status == 404


async def test_many_results_come_in_pages(browser, library):
    for number in range(21):
        await library.instance(f"Annals {number:02}")
    page = await browser.get(f"{MY}/search?q=annals")
    assert "21 titles" in page.text
    assert "Page 1 of 2" in page.text
    following = await browser.get(page.links["Next page"])
    assert "Annals 20" in following.text
    assert "Annals 19" not in following.text


async def test_a_title_shows_each_copy_with_its_number_its_place_and_when_it_comes_back(browser, library, work):
    await library.item(work, copyNumber="c. 1")
    await library.check_out(await library.patron(), await library.item(work, copyNumber="c. 2"))
    text = (await browser.get(f"{MY}/title/{work['id']}")).text
    assert "PR4034 .P7 c. 1 main stacks, Main · book Available" in text
    assert "PR4034 .P7 c. 2 main stacks, Main · book On loan until" in text


async def test_a_stranger_is_asked_to_sign_in_before_placing_a_hold(browser, library, work):
    await library.item(work)
    page = await browser.get(f"{MY}/title/{work['id']}")
    assert "Sign in with your card" in page.text
    assert (await browser.client.post(f"{MY}/title/{work['id']}/hold")).headers["location"] == f"{MY}/sign-in"


@pytest.mark.parametrize("by_title", [True, False])
async def test_a_patron_has_a_title_kept(signed_in, library, work, reader, by_title):
    if by_title:
        await title_level(library)
    await library.item(work)
    page = await signed_in.get(f"{MY}/title/{work['id']}")
    page = await signed_in.send(page, "/hold", pickup=library.ids["branch desk"], comment="Large print, please")
    assert "It will be kept for you." in page.text
    (request,) = (await library.get(f"/circulation/requests?query=requesterId=={reader['id']}"))["requests"]
    assert request["pickupServicePointId"] == library.ids["branch desk"]
    assert request["patronComments"] == "Large print, please"
    assert request["requestLevel"] == ("Title" if by_title else "Item")


async def test_a_patron_has_one_copy_kept(signed_in, library, work, reader):
    items = [await library.item(work) for _ in range(2)]
    page = await signed_in.get(f"{MY}/title/{work['id']}?copy={items[1]['id']}")
    page = await signed_in.send(page, "/hold")
    (request,) = (await library.get(f"/circulation/requests?query=requesterId=={reader['id']}"))["requests"]
    assert request["itemId"] == items[1]["id"]


async def test_the_reason_is_told_where_a_hold_is_refused(signed_in, library, work, reader):
    await library.check_out(reader, await library.item(work))
    page = await signed_in.get(f"{MY}/title/{work['id']}")
    page = await signed_in.send(page, "/hold")
    assert page.status == 422
    assert "You have it on loan." in page.text


async def test_a_pickup_point_that_is_none_is_not_found(signed_in, library, work):
    await library.item(work)
    page = await signed_in.get(f"{MY}/title/{work['id']}")
    assert (await signed_in.send(page, "/hold", pickup="elsewhere")).status == 404


def test_an_isbn_is_searched_in_both_its_forms():
    assert numbers_of("978-0-14-143954-9") == ["9780141439549", "0141439548"]
    assert numbers_of("0 14 143954 8") == ["0141439548", "9780141439549"]
    assert numbers_of("0-8044-2957-X") == ["080442957x", "9780804429573"]
    assert numbers_of("979-10-90636-07-1") == ["9791090636071"]
    assert numbers_of("war and peace") == []


def test_only_the_last_word_may_be_a_beginning():
    assert words_of("L'Étranger  camus") == ["L'Étranger", "camus\ufdd0"]
    assert words_of(" -- !!") == []
