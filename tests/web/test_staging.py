"""Staging users and what becomes of them, on the Okapi side."""

from uuid import uuid4

import pytest


def staging(email="web@test.com", **more):
    return {"generalInfo": {"firstName": "Web", "lastName": "Reader"}, "contactInfo": {"email": email}, **more}


@pytest.fixture
async def groups(library):
    await library._keep("remote", "/groups", group="Remote Non-circulating", expirationOffsetInDays=10)
    await library._keep("minor", "/groups", group="Basic -- Minor (INTERNAL)")
    await library._keep("home", "/addresstypes", addressType="Home")
    await library._keep("work", "/addresstypes", addressType="Work")


async def test_staging_users_get_a_new_external_id(client, library):
    sent = str(uuid4())
    made = await library.post("/staging-users", **staging(externalSystemId=sent))
    assert made["externalSystemId"] != sent
    assert (await library.get("/staging-users?query=contactInfo.email==web@test.com"))["staging_users"] == [made]
    answer = await client.put(f"/staging-users/{made['externalSystemId']}", json=staging(minor=True))
    assert (answer.status_code, answer.json()["minor"]) == (200, True)
    answer = await client.put(f"/staging-users/{uuid4()}", json=staging())
    assert (answer.status_code, answer.text) == (404, "No matching user found for update.")


async def test_a_staging_user_becomes_a_user(client, library, groups):
    person = await library.post("/staging-users", **staging(addressInfo={"addressLine0": "1 Way", "city": "A"}))
    answer = await client.put(f"/staging-users/{person['id']}/mergeOrCreateUser")
    assert answer.status_code == 200, answer.text
    user = await library.get(f"/users/{answer.json()['userId']}")
    assert (user["externalSystemId"], user["active"], user["type"]) == (person["externalSystemId"], True, "patron")
    assert user["patronGroup"] == library.ids["remote"]
    assert user["personal"]["addresses"][0]["addressLine1"] == "1 Way"
    assert user["enrollmentDate"] == person["metadata"]["updatedDate"]
    assert user["expirationDate"] > user["enrollmentDate"]
    assert (await library.get("/staging-users"))["totalRecords"] == 0


async def test_a_staging_user_is_merged_into_a_user(client, library, groups):
    work = {"addressTypeId": library.ids["work"], "city": "W", "primaryAddress": True}
    user = await library.patron(personal={"lastName": "Old", "email": "old@test.com", "addresses": [work]})
    person = await library.post("/staging-users", **staging(addressInfo={"city": "A"}))
    answer = await client.put(f"/staging-users/{person['id']}/mergeOrCreateUser?userId={user['id']}")
    assert answer.json() == {"userId": user["id"]}
    merged = await library.get(f"/users/{user['id']}")
    assert (merged["personal"]["email"], merged["personal"]["firstName"]) == ("web@test.com", "Web")
    assert (merged["barcode"], merged["patronGroup"]) == (user["barcode"], library.ids["students"])
    cities = {address["city"]: address["primaryAddress"] for address in merged["personal"]["addresses"]}
    assert cities == {"A": True, "W": False}
    answer = await client.get(f"/patron/registration-status/{person['externalSystemId']}")
    assert answer.json()["personal"]["email"] == "web@test.com"


async def test_minors_have_a_group_of_their_own(client, library, groups):
    person = await library.post("/staging-users", **staging(minor=True))
    answer = await client.put(f"/staging-users/{person['id']}/mergeOrCreateUser")
    assert (await library.get(f"/users/{answer.json()['userId']}"))["patronGroup"] == library.ids["minor"]


async def test_what_cannot_be_merged(client, library):
    unknown = str(uuid4())
    person = await library.post("/staging-users", **staging())
    path = f"/staging-users/{person['id']}/mergeOrCreateUser"
    answer = await client.put(path)
    assert (answer.status_code, "home" in answer.text) == (422, True)
    await library.post("/addresstypes", addressType="Home")
    answer = await client.put(path)
    assert (answer.status_code, "Remote Non-circulating" in answer.text) == (422, True)
    answer = await client.put(f"{path}?userId={unknown}")
    assert (answer.status_code, answer.text) == (404, f"user with id {unknown} not found")
    answer = await client.put(f"/staging-users/{unknown}/mergeOrCreateUser")
    assert (answer.status_code, answer.text) == (404, f"staging user with id {unknown} not found")
    assert (await client.put(f"{path}?userId=me")).status_code == 400


async def test_registration_on_the_okapi_side(client, library):
    answer = await client.post("/patron", json=staging())
    assert answer.status_code == 201, answer.text
    external_id = answer.json()["externalSystemId"]
    answer = await client.put(f"/patron/{external_id}", json=staging(isEmailVerified=True))
    assert (answer.status_code, answer.json()["isEmailVerified"]) == (200, True)
    answer = await client.put(f"/patron/{uuid4()}", json=staging())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "STAGING_USER_NOT_FOUND")
    answer = await client.get("/patron/registration-status/nobody@test.com")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "USER_NOT_FOUND")
    for _ in range(2):
        await library.patron(personal={"lastName": "S", "email": "twice@test.com"})
    answer = await client.get("/patron/registration-status/twice@test.com")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "MULTIPLE_USER_WITH_EMAIL")


async def test_the_locale_is_kept(client, library):
    assert (await library.get("/locale"))["currency"] == "USD"
    for zone in ("Europe/Berlin", "America/New_York"):
        await library.put("/locale", {"locale": "de-DE", "timezone": zone, "currency": "EUR", "numberingSystem": "latn"})
        assert (await library.get("/locale"))["timezone"] == zone
    for wrong in ({"timezone": "Mars/Base"}, {"timezone": "../etc/passwd"}, {"currency": "euro"}):
        assert (await client.put("/locale", json=wrong)).status_code == 400
