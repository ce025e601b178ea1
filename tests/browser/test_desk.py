"""What staff do at the desk, in a real browser: without JavaScript, with a scanner and the keyboard alone; every page accessible."""

from itertools import count

import httpx
import pytest

from looking import LOOKS, examined, focused, opened, says, tab_to
from octavo.page.shared.languages import LANGUAGES

SCANNED = count()


@pytest.fixture(scope="session")
async def shelf(demo):
    """Barcodes of items that are in, each used once, and somebody who owes something."""
    async with httpx.AsyncClient(base_url=demo.desk.rpartition("/desk/")[0], headers={"X-Okapi-Tenant": "demo"}) as client:
        login = {"username": demo.librarian, "password": demo.librarians_password}
        client.headers["X-Okapi-Token"] = (await client.post("/authn/login", json=login)).headers["x-okapi-token"]
        items = (await client.get("/item-storage/items?query=status.name==Available&limit=60")).json()["items"]
        accounts = (await client.get("/accounts?query=status.name==Open")).json()["accounts"]
        yield [item["barcode"] for item in items], [account["userId"] for account in accounts]


def scan(shelf):
    return shelf[0][next(SCANNED)]


@pytest.fixture
async def page(chromium):
    """A desk with JavaScript switched off."""
    context = await chromium.new_context(java_script_enabled=False, locale="en-US")
    yield await context.new_page()
    await context.close()


async def typed(page, text):
    """Type as a scanner does: into the field that has the focus, with Enter behind it."""
    await page.locator("input:focus").wait_for()
    await page.keyboard.type(text)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def go(page, label):
    """Follow a link of the navigation, and wait for its page."""
    async with page.expect_navigation():
        await page.click(f"nav >> text={label}")


async def test_a_scanner_alone_lends_takes_back_and_renews(page, demo, shelf):
    await demo.go_to_work(page)
    await typed(page, demo.barcode)
    await says(page, "Marsh, Ada")
    first, second = scan(shelf), scan(shelf)
    await typed(page, first)
    await says(page, first)
    await typed(page, "no such item")
    await says(page, "No item with barcode no such item could be found")
    await typed(page, second)
    await says(page, "Lent in this visit: 2 items")
    await page.click("text=End the visit")
    await says(page, "The visit has ended.")
    await go(page, "Renew")
    await page.locator("#patron:focus").wait_for()
    await page.keyboard.type(demo.barcode)
    await page.keyboard.press("Tab")
    await typed(page, first)
    await says(page, "is renewed until")
    await typed(page, second)
    await says(page, "is renewed until")
    await go(page, "Check in")
    for barcode in (first, second):
        await typed(page, barcode)
        await says(page, barcode)
        await says(page, "Returned by Marsh, Ada")


async def test_a_refusal_is_overridden_with_a_reason(page, demo, shelf):
    await demo.go_to_work(page)
    await go(page, "Patrons")
    await typed(page, demo.barcode)
    await page.click("text=Block this patron")
    await page.fill("#desc", "Must show a new address")
    await page.click("button:has-text('Block')")
    await says(page, "The block is in force.")
    async with page.expect_navigation():
        await page.click("main >> text=Check out")
    await typed(page, scan(shelf))
    await says(page, "Patron blocked from borrowing: Must show a new address")
    await page.fill("#reason", "Has shown it")
    await page.click("button:has-text('Lend it all the same')")
    await says(page, "Lent in this visit: one item")
    await page.click("main >> text=loans")
    await page.click("button:has-text('Remove')")
    await says(page, "The block is removed.")


async def test_charges_are_paid(page, demo, shelf):
    await demo.go_to_work(page)
    await page.goto(f"{demo.desk}/patrons/{shelf[1][0]}/charges")
    await page.click("button:has-text('Pay')")
    await says(page, "paid.")
    await says(page, "Nothing to pay.")


async def test_the_keyboard_alone_is_enough_and_focus_is_always_seen(chromium, demo):
    context = await chromium.new_context(locale="en-US")
    page = await context.new_page()
    await demo.go_to_work(page)
    assert await focused(page) == "patron"
    for where in ("Check in", "Patrons"):
        await page.goto(f"{demo.desk}/check-out")
        await tab_to(page, where)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
    assert await focused(page) == "q"
    await typed(page, demo.barcode)
    await tab_to(page, "Renew all")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await tab_to(page, "Sign out")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sign-in")
    await context.close()


@pytest.mark.parametrize("look", LOOKS, ids="-".join)
async def test_every_page_is_accessible_light_and_fits(look, chromium, demo, shelf, screenshots):
    async with opened(chromium, look) as page:

        async def examine(name):
            await examined(page, f"desk-{name}-{'-'.join(look)}", screenshots)

        await page.goto(f"{demo.desk}/sign-in")
        await examine("sign-in")
        await demo.go_to_work(page)
        await examine("check-out")
        await typed(page, demo.barcode)
        await typed(page, scan(shelf))
        await examine("visit")
        await typed(page, "no such item")
        await examine("visit-refused")
        patron = page.url.replace("/check-out/", "/patrons/")
        await page.goto(f"{demo.desk}/check-in")
        lent = scan(shelf)
        await typed(page, lent)
        await examine("check-in")
        pages = ("place", "renew", "patrons?q=a", "patrons?q=nobody+at+all", "pull-list", "hold-shelf", f"patrons/{shelf[1][-1]}/charges", "nowhere")
        for path in pages:
            await page.goto(f"{demo.desk}/{path}")
            await examine("charges" if path.endswith("charges") else path.replace("?q=", "-"))
        await page.goto(patron)
        await page.click("summary")
        await examine("patron")


def test_all_languages_are_looked_at():
    assert {look[0] for look in LOOKS} == set(LANGUAGES)
