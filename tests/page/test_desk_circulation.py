"""Check-out, check-in and renewal at the desk, with FOLIO's words for what is refused and an override for who may."""

import pytest

from browsing import DESK
from octavo.page.desk.rights import CHECK_IN, CHECK_OUT, RENEW

OVERRIDE_PATRON = "circulation.override-patron-block.post"
OVERRIDE_ITEM = "circulation.override-item-not-loanable-block.post"


async def begin(browser, patron):
    return await browser.send(await browser.get(f"{DESK}/check-out"), "/check-out", patron=patron["barcode"])


async def test_a_patron_then_item_after_item_until_the_visit_ends(staff, library):
    patron = await library.patron(personal={"lastName": "Brooke", "firstName": "Dorothea"})
    items = [await library.item(await library.instance(title)) for title in ("Romola", "Silas Marner")]
    page = await begin(staff, patron)
    assert "Brooke, Dorothea" in page.text
    assert "Nothing yet. Scan the first item." in page.text
    for item in items:
        page = await staff.send(page, page.answer.url.path, item=item["barcode"])
    assert "Lent in this visit: 2 items" in page.text
    assert page.text.index("Silas Marner") < page.text.index("Romola")
    loans = (await library.get(f"/circulation/loans?query=userId=={patron['id']}"))["loans"]
    assert {loan["checkoutServicePointId"] for loan in loans} == {library.ids["main desk"]}
    page = await staff.send(page, "/end")
    assert "The visit has ended." in page.text
    assert (await library.get("/patron-action-session-storage/patron-action-sessions"))["totalRecords"] == 0
    assert "Nothing yet." in (await begin(staff, patron)).text
