"""Signing in and out: by user name or barcode, with a password or PIN; guessing, forging and staying."""

import pytest

from browsing import MY, PASSWORD
from octavo.auth import visits

REFUSED = "That did not match"


@pytest.mark.parametrize("name", ["username", "barcode"])
async def test_a_patron_signs_in_by_user_name_or_barcode(browser, reader, name):
    page = await browser.sign_in(reader[name])
    assert page.answer.url.path == MY
    assert "Hello, Ann" in page.text


async def test_a_patron_signs_in_with_a_pin(browser, reader, client):
    assert (await client.post("/patron-pin", json={"id": reader["id"], "pin": "4711"})).status_code == 201
    assert "Hello, Ann" in (await browser.sign_in(reader["barcode"], "4711")).text


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(browser, library):
    page = await browser.get(MY)
    assert page.answer.url.path == f"{MY}/sign-in"


async def test_a_stranger_and_a_wrong_password_are_told_the_same(browser, reader):
    wrong = await browser.sign_in(reader["username"], "guess")
    stranger = await browser.sign_in("nobody at all", "guess")
    assert wrong.status == stranger.status == 422
    assert REFUSED in wrong.text
    assert wrong.text == stranger.text


async def test_after_five_wrong_passwords_the_right_one_is_refused_for_ten_minutes(browser, reader, clock):
    for _ in range(5):
        assert REFUSED in (await browser.sign_in(reader["username"], "guess")).text
    assert REFUSED in (await browser.sign_in(reader["username"])).text
    clock.advance(minutes=11)
    assert "Hello, Ann" in (await browser.sign_in(reader["username"])).text


async def test_one_address_may_not_try_for_ever(browser, reader, clock):
    for number in range(100):
        await browser.sign_in(f"stranger {number}", "guess")
    page = await browser.sign_in(reader["username"])
    assert page.status == 429
    assert "Please wait a moment" in page.text
    clock.advance(minutes=1)
    assert "Hello, Ann" in (await browser.sign_in(reader["username"])).text


async def test_signing_out_ends_the_visit_also_for_whoever_kept_the_cookie(signed_in):
    page = await signed_in.get(MY)
    kept = signed_in.client.cookies["octavo_my"]
    page = await signed_in.send(page, "/sign-out")
    assert page.answer.url.path == f"{MY}/sign-in"
    assert signed_in.client.cookies["octavo_my"] != kept
    signed_in.client.cookies.set("octavo_my", kept, "octavo.local", MY)
    assert (await signed_in.get(MY)).answer.url.path == f"{MY}/sign-in"


async def test_a_visit_ends_after_half_an_hour_without_a_page(signed_in, clock):
    for _ in range(3):
        clock.advance(minutes=29)
        assert "Hello, Ann" in (await signed_in.get(MY)).text
    clock.advance(minutes=31)
    assert (await signed_in.get(MY)).answer.url.path == f"{MY}/sign-in"


async def test_a_new_password_ends_every_visit(signed_in, client, reader, clock):
    clock.advance(seconds=1)
    change = {"username": reader["username"], "password": PASSWORD, "newPassword": "another one"}
    assert (await client.post("/authn/update", json=change)).status_code == 204
    assert (await signed_in.get(MY)).answer.url.path == f"{MY}/sign-in"


async def test_a_form_without_the_token_of_this_visit_changes_nothing(signed_in, browser, reader):
    page = await signed_in.get(MY)
    fields = page.form("/sign-out").fields
    for token in ("", "x", fields["token"][::-1], visits.form_token("another secret")):
        answer = await signed_in.client.post(f"{MY}/sign-out", data={"token": token})
        assert answer.status_code == 403
        assert "This form has expired" in answer.text
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await signed_in.client.post(f"{MY}/sign-out", data=fields, headers=headers)).status_code == 403
    assert "Hello, Ann" in (await signed_in.get(MY)).text


async def test_a_visit_before_signing_in_is_not_the_visit_afterwards(browser, reader):
    await browser.get(f"{MY}/sign-in")
    before = browser.client.cookies["octavo_my"]
    await browser.sign_in(reader["username"])
    assert browser.client.cookies["octavo_my"] != before


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser, reader):
    page = await browser.get(f"{MY}/sign-in")
    set_cookie = page.answer.headers["set-cookie"]
    assert set_cookie.endswith(f"Path={MY}; HttpOnly; SameSite=Lax; Secure")


async def test_every_page_forbids_scripts_frames_and_caches(signed_in):
    for path in (MY, f"{MY}/sign-in", "/my/nobody/sign-in", f"{MY}/nowhere/at/all"):
        headers = (await signed_in.client.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self';")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


async def test_an_inactive_patron_is_out_at_once(signed_in, library, reader):
    record = await library.get(f"/users/{reader['id']}")
    await library.put(f"/users/{reader['id']}", {**record, "active": False})
    assert (await signed_in.get(MY)).answer.url.path == f"{MY}/sign-in"
