"""What patrons do, in a real browser: without JavaScript, and with the keyboard alone."""

from datetime import date, timedelta

import pytest

from looking import focused, says, tab_to

PHONE = {"width": 375, "height": 812}


@pytest.fixture
async def page(chromium):
    """A phone with JavaScript switched off."""
    context = await chromium.new_context(java_script_enabled=False, locale="en-US", viewport=PHONE)
    yield await context.new_page()
    await context.close()


async def test_a_patron_without_javascript_does_everything(page, demo):
    await demo.sign_in(page)
    await says(page, "Hello, Ada")
    await page.click("text=Renew all")
    await says(page, "Renewed")
    await page.fill("#find", "villette")
    await page.press("#find", "Enter")
    await page.click("main .cards h3 a")
    await page.select_option("#pickup", label="Science Desk")
    await page.click("text=Place the hold")
    await says(page, "It will be kept for you.")
    await page.locator("li.card", has_text="Villette").get_by_role("link", name="Change").click()
    await page.select_option("#pickup", label="Main Desk")
    await page.click("button:has-text('Change the pickup point')")
    await says(page, "Pick up at Main Desk")
    await page.click("summary")
    await page.click("text=Yes, cancel the hold")
    await says(page, "The hold is cancelled.")
    await page.click("nav >> text=Privacy")
    await page.check("#keep")
    await page.click("button:has-text('Save')")
    await says(page, "Your history is kept from now on.")
    async with page.expect_download() as download:
        await page.click("text=Download my data")
    assert (await download.value).suggested_filename == f"my-data-{date.today()}.json"  # noqa: DTZ011 - of this machine
    await page.click("header >> text=Sign out")
    await page.goto(demo.page)
    assert page.url.endswith("/sign-in")


async def test_a_patron_suspends_a_hold_until_a_day(page, demo):
    await demo.sign_in(page)
    await page.goto(f"{demo.page}/holds")
    await page.locator("li.card", has_text="in the queue").get_by_role("link", name="Change").first.click()
    await page.fill("#until", (date.today() + timedelta(days=20)).isoformat())  # noqa: DTZ011 - of this machine
    await page.click("button:has-text('Suspend')")
    await says(page, "The hold is suspended.")
    await page.click("text=Let it count again")
    await says(page, "The hold counts again.")


async def test_somebody_registers(page, demo):
    await page.goto(f"{demo.page}/register")
    await page.click("text=Ask for a card")
    await says(page, "Please look at the marked fields once more.")
    person = {"firstName": "Dorothea", "lastName": "Brooke", "email": "d@example.org", "addressLine0": "1 Manor", "zip": "1",
              "city": "Lowick", "province": "Loamshire", "country": "England"}  # fmt: skip
    for name, value in person.items():
        await page.fill(f"#{name}", value)
    await page.click("text=Ask for a card")
    await says(page, "We have written to d@example.org.")


async def test_the_keyboard_alone_is_enough_and_focus_is_always_seen(chromium, demo):
    context = await chromium.new_context(locale="en-US")
    page = await context.new_page()
    await page.goto(f"{demo.page}/sign-in")
    await page.keyboard.press("Tab")
    assert await focused(page) == "Skip to the content"
    await page.keyboard.press("Enter")
    await tab_to(page, "name")
    await page.keyboard.type(demo.username)
    await page.keyboard.press("Tab")
    await page.keyboard.type(demo.password)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{demo.page}*")
    await tab_to(page, "Renew")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[role=status], [role=alert]")
    await tab_to(page, "Privacy")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/privacy")
    await tab_to(page, "Sign out")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sign-in")
    await context.close()
