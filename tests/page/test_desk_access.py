"""Who may be at the desk: staff with a password, each with the permissions of the Okapi side, and nobody else."""

import re
from pathlib import Path

import pytest

from browsing import DESK, MY
from octavo.page.desk import rights
from octavo.page.desk.rights import CHECK_IN, CHECK_OUT, PAGES, SEE_CHARGES, SEE_PATRON

PERMISSIONS = {value for name, value in vars(rights).items() if name.isupper() and isinstance(value, str)} - {rights.STAFF, rights.EVERYTHING}


@pytest.fixture
def desk_routes(octavo):
    return octavo.pages["/desk"]


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(browser, library, desk_routes):
    for route in desk_routes:
        if route.permission is None:
            continue
        path = re.sub(r"{\w+}", "x", route.path.replace("{tenant}", "diku"))
        answer = await browser.client.request(route.method, path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{DESK}/sign-in"), route.name


async def test_a_patrons_visit_is_no_visit_of_staff(signed_in, library):
    kept = signed_in.client.cookies["octavo_my"]
    signed_in.client.cookies.set("octavo_desk", kept, "octavo.local", DESK)
    assert (await signed_in.get(f"{DESK}/check-in")).answer.url.path == f"{DESK}/sign-in"


async def test_a_patron_with_a_password_does_not_get_in(browser, reader, tx):
    page = await browser.sign_in(reader["username"], side=DESK)
    assert page.status == 403
    assert "You may not work at the desk." in page.text
    assert (await browser.get(DESK)).answer.url.path == f"{DESK}/sign-in"
    assert await tx.connection.fetchval(f"SELECT count(*) FROM {tx.table('visit')}") == 0


async def test_a_pin_does_not_open_the_desk(hired, browser, client, library):
    await hired(CHECK_IN)
    colleague = await colleague_of(library)
    assert (await client.post("/patron-pin", json={"id": colleague["id"], "pin": "4711"})).status_code == 201
    page = await browser.sign_in(colleague["username"], "4711", side=DESK)
    assert page.status == 422
    assert "That did not match" in page.text
    assert (await browser.sign_in(colleague["username"], side=DESK)).answer.url.path == f"{DESK}/place"


async def colleague_of(library):
    return (await library.get('/users?query=personal.lastName=="Panizzi"'))["users"][0]


async def test_wrong_passwords_are_told_as_little_as_on_the_patrons_page(browser, library):
    for name, secret in (("nobody", "guess"), ("admin", "guess")):
        page = await browser.sign_in(name, secret, side=DESK)
        assert (page.status, "That did not match" in page.text) == (422, True)
    page = await browser.sign_in("admin", "", side=DESK)
    assert "Please fill in both fields." in page.text


async def test_what_somebody_may_not_do_is_neither_shown_nor_served(hired, library, desk_routes):
    staff = await hired(CHECK_IN)
    page = await staff.get(DESK)
    assert page.answer.url.path == f"{DESK}/check-in"
    for label in ("Check out", "Patrons", "Pull list", "Hold shelf"):
        assert label not in page.links
    assert "Check in" in page.links
    fields = page.form("/sign-out").fields
    for route in desk_routes:
        if route.permission in (None, rights.STAFF, CHECK_IN):
            continue
        path = re.sub(r"{\w+}", "x", route.path.replace("{tenant}", "diku"))
        answer = await staff.client.request(route.method, path, data=fields if route.method == "POST" else None)
        assert answer.status_code == 403, route.name
        assert "You may not do this" in answer.text
        assert route.permission in answer.text


async def test_parts_of_a_patrons_page_are_for_those_who_may_see_them(hired, library):
    staff = await hired(CHECK_OUT, SEE_PATRON, SEE_CHARGES)
    patron = await library.patron()
    await library.check_out(patron, await library.item(await library.instance("Secret reading")))
    await library.post("/manualblocks", userId=patron["id"], desc="Secret reason", borrowing=True)
    page = await staff.get(f"{DESK}/patrons/{patron['id']}")
    for hidden in ("Secret reading", "Secret reason", "Block this patron", "Holds"):
        assert hidden not in page.text
    assert not [form for form in page.forms if form.action.endswith(("/renew", "/blocks"))]
    page = await staff.get(f"{DESK}/patrons/{patron['id']}/charges")
    assert page.status == 200
    assert not [form for form in page.forms if form.action.endswith("/pay")]


async def test_a_permission_that_is_taken_away_is_gone_at_once(hired, library, client):
    staff = await hired(CHECK_IN, CHECK_OUT)
    colleague = await colleague_of(library)
    assert (await client.delete(f"/perms/users/{colleague['id']}/permissions/{CHECK_OUT}?indexField=userId")).status_code == 204
    assert (await staff.get(f"{DESK}/check-out")).status == 403
    assert (await staff.get(f"{DESK}/check-in")).status == 200
    assert (await client.delete(f"/perms/users/{colleague['id']}/permissions/{CHECK_IN}?indexField=userId")).status_code == 204
    page = await staff.get(DESK)
    assert page.status == 403
    page = await staff.send(page, "/sign-out")
    assert page.answer.url.path == f"{DESK}/sign-in"


async def test_every_permission_of_the_desk_is_one_of_the_okapi_side(octavo, repository: Path):
    known = {route.permission for route in octavo.routes} | {"circulation.override-renewal-block.post"}
    assert PERMISSIONS - known == set()
    templates = "".join(file.read_text() for file in (repository / "src/octavo/page/desk/templates").iterdir())
    named = set(re.findall(r'visitor\.may\("([^"]+)"\)', templates)) | set(re.findall(r'_\("[^"]+"\), "([a-z.-]+)"\)', templates))
    assert named >= set(PAGES.values())
    assert named - known == set()


async def test_a_service_point_is_chosen_once_and_shown_on_every_page(hired, library):
    staff = await hired(CHECK_IN, CHECK_OUT)
    for path in ("/check-in", "/check-out", "/place", "/patrons"):
        assert "main desk" in (await staff.get(f"{DESK}{path}")).text
    page = await staff.send(await staff.get(f"{DESK}/place"), "/place", place=library.ids["branch desk"])
    assert "branch desk" in page.text
    page = await staff.send(await staff.get(f"{DESK}/place"), "/place", place="elsewhere")
    assert page.status == 422


async def test_nobody_works_without_a_service_point_or_at_a_forged_one(hired, library):
    staff = await hired(CHECK_IN)
    for forged in ("", "x", "0" * 64 + "eA==", staff.client.cookies["octavo_desk_place"][::-1]):
        staff.client.cookies.delete("octavo_desk_place")
        staff.client.cookies.set("octavo_desk_place", forged, "octavo.local", DESK)
        assert (await staff.get(f"{DESK}/check-in")).answer.url.path == f"{DESK}/place"


async def test_the_cookies_are_out_of_reach_and_end_with_the_visit(hired, library):
    staff = await hired(CHECK_IN)
    page = await staff.get(f"{DESK}/place")
    answer = await staff.client.post(f"{DESK}/place", data={**page.form("/place").fields})
    assert answer.headers["set-cookie"].endswith(f"Path={DESK}; HttpOnly; SameSite=Lax; Secure")
    page = await staff.send(await staff.get(f"{DESK}/check-in"), "/sign-out")
    colleague = await colleague_of(library)
    assert (await staff.sign_in(colleague["username"], side=DESK)).answer.url.path == f"{DESK}/place"
    assert (await staff.get(MY)).answer.url.path == f"{MY}/sign-in"
