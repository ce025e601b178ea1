"""Seed 004: registering patrons by e-mail address on the edge side, with the seed's own payloads and error codes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from library import Json, Library
from seeds.exercises import exercises
from seeds.shapes import ExternalPatron, ExternalPatrons, RegistrationError, done, shown

ACTOR = "/patron/account/librarian"
#: The payloads of the seed: a new patron, and a change of another one.
NEW: dict[str, Any] = {
    "generalInfo": {
        "externalSystemId": "ext-kapil-new-record-100",
        "firstName": "new-record-100",
        "preferredFirstName": "New Record",
        "middleName": "",
        "lastName": "new-record-100",
    },
    "addressInfo": {
        "addressLine0": "123 Main St",
        "addressLine1": "Apt 4B",
        "city": "Metropolis",
        "province": "NY",
        "zip": "12345",
        "country": "USA",
    },
    "contactInfo": {"phone": "555-123456", "mobilePhone": "555-5678", "email": "new-record-100@test.com"},
    "preferredEmailCommunication": ["Support", "Programs", "Services"],
}
CHANGED: dict[str, Any] = {
    **NEW,
    "generalInfo": {
        "externalSystemId": "ext-kapil-2",
        "firstName": "Kapil2",
        "preferredFirstName": "Inactive or Expired and Remote Non-circulation",
        "middleName": "",
        "lastName": "Sony",
    },
    "contactInfo": {"phone": "555-123456", "mobilePhone": "555-5678", "email": "ext-kapil-2@test.com"},
    "preferredEmailCommunication": ["Support", "Programs"],
}
EMAIL, OTHER_EMAIL = "new-record-100@test.com", "ext-kapil-2@test.com"


def by_email(email: str) -> str:
    return f"{ACTOR}/by-email/{email}"


def told(answer: Any, status: int, code: str) -> None:
    """Assert that an answer is an error in the form of the seed."""
    assert shown(RegistrationError, answer, status) == {"code": status, "errorMessage": code}


@pytest.fixture
async def registry(library: Library) -> Library:
    """A library that registers patrons from outside, and the user on whose behalf that is done."""
    library.ids["remote"] = (await library.post("/groups", group="Remote Non-circulating"))["id"]
    library.ids["home"] = (await library.post("/addresstypes", addressType="Home"))["id"]
    library.ids["librarian"] = (await library.patron("staff", externalSystemId="librarian"))["id"]
    return library


async def add_user(registry: Library, email: str, group: str = "remote", **more: Any) -> Json:
    return await registry.patron(group, personal={"lastName": "Kapil2", "email": email}, **more)


@exercises("POST /patron/account/{externalSystemId}", 201)
async def test_the_seeds_payload_registers_a_patron(edge, registry):
    assert shown(ExternalPatron, await edge.post(ACTOR, json=NEW), 201) == NEW
    [user] = (await registry.get("/users?query=externalSystemId==ext-kapil-new-record-100"))["users"]
    assert (user["type"], user["active"], user["patronGroup"]) == ("patron", True, registry.ids["remote"])
    [home] = user["personal"]["addresses"]
    assert home["addressTypeId"] == registry.ids["home"]
    assert (home["addressLine1"], home["addressLine2"], home["region"]) == ("123 Main St", "Apt 4B", "NY")


async def test_the_actor_may_be_named_by_user_id_too(edge, registry):
    answer = await edge.post(f"/patron/account/{registry.ids['librarian']}", json=NEW)
    assert shown(ExternalPatron, answer, 201) == NEW


@pytest.mark.parametrize(
    ("before", "code"),
    [
        pytest.param([{"active": False}], "USER_ACCOUNT_INACTIVE", id="the account is not active"),
        pytest.param([{"group": "students"}], "INVALID_PATRON_GROUP", id="another patron group"),
        pytest.param([{}], "USER_ALREADY_EXIST", id="registered already"),
        pytest.param([{}, {"group": "staff"}], "MULTIPLE_USER_WITH_EMAIL", id="two users with the address"),
    ],
)
@exercises("POST /patron/account/{externalSystemId}", 422)
async def test_who_is_known_already_is_not_registered(edge, registry, before, code):
    for user in before:
        await add_user(registry, EMAIL, **user)
    told(await edge.post(ACTOR, json=NEW), 422, code)


@exercises("PUT /patron/account/{externalSystemId}/by-email/{email}", 204)
@exercises("GET /patron/account/{externalSystemId}/by-email/{email}", 200)
async def test_the_seeds_payload_changes_a_patron_found_by_email(edge, registry):
    await add_user(registry, OTHER_EMAIL)
    done(await edge.put(by_email(OTHER_EMAIL), json=CHANGED))
    assert shown(ExternalPatron, await edge.get(by_email(OTHER_EMAIL))) == CHANGED


@exercises("PUT /patron/account/{externalSystemId}/by-email/{email}", 404)
@exercises("GET /patron/account/{externalSystemId}/by-email/{email}", 404)
async def test_an_unknown_address_leads_to_nobody(edge, registry):
    told(await edge.put(by_email(OTHER_EMAIL), json=CHANGED), 404, "USER_NOT_FOUND")
    told(await edge.get(by_email(OTHER_EMAIL)), 404, "USER_NOT_FOUND")


@pytest.mark.parametrize(
    ("before", "code"),
    [
        pytest.param([(OTHER_EMAIL, "remote"), (EMAIL, "students")], "EMAIL_ALREADY_EXIST", id="somebody has the new address"),
        pytest.param([(OTHER_EMAIL, "remote")] * 2, "MULTIPLE_USER_WITH_EMAIL", id="two users with the address"),
        pytest.param([(OTHER_EMAIL, "students")], "PATRON_GROUP_NOT_APPLICABLE", id="another patron group"),
    ],
)
@exercises("PUT /patron/account/{externalSystemId}/by-email/{email}", 422)
async def test_a_change_that_is_not_clear_is_refused(edge, registry, before, code):
    for email, group in before:
        await add_user(registry, email, group)
    told(await edge.put(by_email(OTHER_EMAIL), json=NEW), 422, code)


async def test_the_patrons_own_address_in_other_letters_is_no_conflict(edge, registry):
    await add_user(registry, OTHER_EMAIL)
    written = {**CHANGED, "contactInfo": {"email": "EXT-Kapil-2@test.com"}}
    done(await edge.put(by_email(OTHER_EMAIL), json=written))
    assert (await edge.get(by_email(OTHER_EMAIL))).json()["contactInfo"]["email"] == "EXT-Kapil-2@test.com"


@exercises("GET /patron/account/{externalSystemId}/by-email/{email}", 422)
async def test_an_address_of_two_users_leads_to_neither(edge, registry):
    for group in ("remote", "staff"):
        await add_user(registry, EMAIL, group)
    told(await edge.get(by_email(EMAIL)), 422, "MULTIPLE_USER_WITH_EMAIL")


@exercises("GET /patron/account/{externalSystemId}/external-patrons", 200)
@pytest.mark.parametrize(
    ("today", "expired"),
    [
        pytest.param("2026-03-10", ["2026-03-09"], id="on Tuesday those of Monday"),
        pytest.param("2026-03-09", ["2026-03-06", "2026-03-07", "2026-03-08"], id="on Monday those since Friday"),
        pytest.param("2026-03-14", ["2026-03-13"], id="on Saturday those of Friday"),
        pytest.param("2026-03-15", ["2026-03-13", "2026-03-14"], id="on Sunday those since Friday"),
    ],
)
async def test_patrons_expired_on_the_previous_business_day_are_listed(edge, registry, clock, today, expired):
    days = [f"2026-03-{day:02}" for day in range(4, 17)]
    for day in days:
        await add_user(registry, f"{day}@test.com", expirationDate=f"{day}T12:00:00.000+00:00")
    await add_user(registry, "student@test.com", "students", expirationDate=f"{expired[0]}T12:00:00.000+00:00")
    clock.now = datetime.fromisoformat(f"{today}T09:00:00").replace(tzinfo=UTC)
    answer = await edge.get(f"{ACTOR}/external-patrons", params={"expired": "true"})
    found = shown(ExternalPatrons, answer)
    assert [one["contactInfo"]["email"] for one in found["externalPatrons"]] == [f"{day}@test.com" for day in expired]
    assert found["totalRecords"] == len(expired)


async def test_only_expired_patrons_can_be_listed(edge, registry):
    answer = await edge.get(f"{ACTOR}/external-patrons", params={"expired": "false"})
    assert shown(ExternalPatrons, answer) == {"externalPatrons": [], "totalRecords": 0}


@exercises("GET /patron/account/{externalSystemId}/external-patrons", 400)
async def test_the_list_must_say_what_is_wanted(edge, registry):
    told(await edge.get(f"{ACTOR}/external-patrons"), 400, "Missing required parameter: expired")


@exercises("POST /patron/account/{externalSystemId}", 404)
@exercises("GET /patron/account/{externalSystemId}/external-patrons", 404)
async def test_nothing_is_done_on_behalf_of_somebody_unknown(edge, registry):
    nobody = "/patron/account/nobody"
    told(await edge.post(nobody, json=NEW), 404, "Unable to find patron nobody")
    told(await edge.get(f"{nobody}/external-patrons?expired=true"), 404, "Unable to find patron nobody")


@pytest.mark.parametrize("sent", [b"{", b'{"preferredEmailCommunication": ["Service"]}', b""])
@exercises("POST /patron/account/{externalSystemId}", 400)
@exercises("PUT /patron/account/{externalSystemId}/by-email/{email}", 400)
async def test_what_cannot_be_read_is_a_bad_request(edge, registry, sent):
    for answer in (await edge.post(ACTOR, content=sent), await edge.put(by_email(EMAIL), content=sent)):
        assert shown(RegistrationError, answer, 400)["code"] == 400


@pytest.mark.parametrize("part", ["generalInfo", "addressInfo", "contactInfo"])
async def test_every_part_but_the_topics_is_required(edge, registry, part):
    broken = {key: value for key, value in NEW.items() if key != part}
    told(await edge.post(ACTOR, json=broken), 422, "must not be null")
    quiet = {key: value for key, value in NEW.items() if key != "preferredEmailCommunication"}
    assert (await edge.post(ACTOR, json=quiet)).status_code == 201


EVERY_OPERATION = [
    ("POST", ACTOR),
    ("PUT", by_email(EMAIL)),
    ("GET", by_email(EMAIL)),
    ("GET", f"{ACTOR}/external-patrons?expired=true"),
]


@exercises("POST /patron/account/{externalSystemId}", 401)
@exercises("PUT /patron/account/{externalSystemId}/by-email/{email}", 401)
@exercises("GET /patron/account/{externalSystemId}/by-email/{email}", 401)
@exercises("GET /patron/account/{externalSystemId}/external-patrons", 401)
async def test_nobody_registers_patrons_without_a_key(keyless):
    for method, path in EVERY_OPERATION:
        answer = await keyless.request(method, path, json=None if method == "GET" else NEW)
        assert shown(RegistrationError, answer, 401)["code"] == 401


@exercises("POST /patron/account/{externalSystemId}", 403)
@exercises("PUT /patron/account/{externalSystemId}/by-email/{email}", 403)
@exercises("GET /patron/account/{externalSystemId}/by-email/{email}", 403)
@exercises("GET /patron/account/{externalSystemId}/external-patrons", 403)
async def test_a_key_that_is_only_for_reading_registers_nobody(reading):
    for method, path in EVERY_OPERATION:
        answer = await reading.request(method, path, json=None if method == "GET" else NEW)
        assert shown(RegistrationError, answer, 403)["code"] == 403


@exercises("POST /patron/account/{externalSystemId}", 500)
@exercises("PUT /patron/account/{externalSystemId}/by-email/{email}", 500)
@exercises("GET /patron/account/{externalSystemId}/by-email/{email}", 500)
@exercises("GET /patron/account/{externalSystemId}/external-patrons", 500)
async def test_a_failure_that_nobody_foresaw_tells_nothing_of_the_inside(edge, registry, break_table):
    await break_table("users")
    for method, path in EVERY_OPERATION:
        answer = await edge.request(method, path, json=None if method == "GET" else NEW)
        assert (answer.status_code, answer.json()) == (
            500, {"code": 500, "errorMessage": "internal server error, contact administrator"}
        )
