"""Registration of patrons by other systems: by e-mail address (seed 004), and over staging users."""

from datetime import UTC, datetime
from urllib.parse import quote
from uuid import uuid4

import pytest


def external(number=1, **general):
    return {
        "generalInfo": {
            "externalSystemId": f"ext-new-{number}", "firstName": "New", "preferredFirstName": "N", "middleName": "",
            "lastName": f"Record {number}", **general,
        },
        "addressInfo": {
            "addressLine0": "123 Main St", "addressLine1": "Apt 4B", "city": "Metropolis", "province": "NY", "zip": "12345",
            "country": "USA",
        },
        "contactInfo": {"phone": "555-123456", "mobilePhone": "555-5678", "email": f"new-{number}@test.com"},
        "preferredEmailCommunication": ["Support", "Programs", "Services"],
    }


@pytest.fixture
async def remote(library):
    """The group and the address type for registered patrons, and somebody to act for them: its path."""
    await library._keep("remote", "/groups", group="Remote Non-circulating")
    await library._keep("home", "/addresstypes", addressType="home")
    actor = await library.patron(externalSystemId="the actor")
    library.ids["actor"] = actor["id"]
    return "/patron/account/the%20actor"


def by_email(path, email):
    return f"{path}/by-email/{quote(email, safe='')}"


async def refusal(answer):
    return answer.status_code, answer.json()["code"], answer.json()["errorMessage"]


async def user_with(library, **personal):
    return await library.patron("remote", personal={"lastName": "X", **personal})


async def test_a_new_patron_becomes_a_user(edge, library, remote, clock):
    clock.now = datetime(2026, 3, 5, 10, tzinfo=UTC)
    answer = await edge.post(remote, json=external())
    assert answer.status_code == 201, answer.text
    assert answer.json() == external()
    (user,) = (await library.get("/users?query=externalSystemId==ext-new-1"))["users"]
    assert user["personal"]["email"] == "new-1@test.com"
    assert user["personal"]["preferredContactTypeId"] == "002"
    assert (user["active"], user["type"], user["patronGroup"]) == (True, "patron", library.ids["remote"])
    assert user["enrollmentDate"].startswith("2026-03-05")
    assert user["expirationDate"] == "2028-03-05T00:00:00.000+00:00"
    (address,) = user["personal"]["addresses"]
    assert (address["primaryAddress"], address["addressTypeId"]) == (True, library.ids["home"])
    assert (await edge.get(by_email(remote, "NEW-1@Test.com"))).json() == external()


async def test_what_is_sent_back_is_what_was_understood(edge, remote):
    patron = external()
    patron["contactInfo"]["phone"] = 12345
    patron["generalInfo"]["firstName"] = True
    answer = await edge.post(remote, json=patron)
    assert answer.status_code == 201
    assert answer.json()["contactInfo"]["phone"] == "12345"
    assert answer.json()["generalInfo"]["firstName"] == "true"


async def test_the_actor_may_be_named_by_user_id_and_must_exist(edge, library, remote):
    assert (await edge.post(f"/patron/account/{library.ids['actor']}", json=external())).status_code == 201
    for answer in (
        await edge.post("/patron/account/nobody", json=external(2)),
        await edge.get("/patron/account/nobody/by-email/x"),
        await edge.put("/patron/account/nobody/by-email/x", json=external()),
        await edge.get("/patron/account/nobody/external-patrons?expired=false"),
        await edge.get("/patron/account/nobody/external-patrons?expired=true"),
    ):
        assert await refusal(answer) == (404, 404, "Unable to find patron nobody")


async def test_who_cannot_be_registered(edge, library, remote):
    await user_with(library, email="new-1@test.com")
    assert await refusal(await edge.post(remote, json=external(1))) == (422, 422, "USER_ALREADY_EXIST")
    await library.patron("staff", personal={"lastName": "X", "email": "NEW-2@test.com"})
    assert await refusal(await edge.post(remote, json=external(2))) == (422, 422, "INVALID_PATRON_GROUP")
    await library.patron("remote", active=False, personal={"lastName": "X", "email": "new-3@test.com"})
    assert await refusal(await edge.post(remote, json=external(3))) == (422, 422, "USER_ACCOUNT_INACTIVE")
    for _ in range(2):
        await user_with(library, email="new-4@test.com")
    assert await refusal(await edge.post(remote, json=external(4))) == (422, 422, "MULTIPLE_USER_WITH_EMAIL")


async def test_an_external_id_belongs_to_one_patron(edge, remote):
    assert (await edge.post(remote, json=external(1))).status_code == 201
    status, code, text = await refusal(await edge.post(remote, json=external(2, externalSystemId="ext-new-1")))
    assert (status, code) == (422, 422)
    assert "violates unique constraint" in text


async def test_a_tenant_must_have_the_group_and_the_address_type(edge, library):
    await library.patron(externalSystemId="the actor")
    path = "/patron/account/the%20actor"
    assert await refusal(await edge.post(path, json=external())) == (422, 422, "Remote patron group not found")
    await library.post("/groups", group="Remote Non-circulating")
    assert await refusal(await edge.post(path, json=external())) == (422, 422, "Home address type not found")


async def test_what_cannot_be_read_is_refused(edge, remote):
    answer = await edge.post(remote, headers={"Authorization": ""})
    assert await refusal(answer) == (400, 400, "No external_patron data provided")
    wrong = {**external(), "preferredEmailCommunication": ["Support", "Programs", "Service", "XYZ"]}
    assert (await edge.post(remote, json=wrong)).status_code == 400
    assert (await edge.post(remote, json={**external(), "generalInfo1": {}})).status_code == 422
    assert (await edge.post(remote, json={"generalInfo": external()["generalInfo"]})).status_code == 422


async def test_wild_cards_and_quotes_in_an_address_are_only_text(edge, library, remote):
    await user_with(library, email="someone@test.com")
    for email in ("*", "some*@test.com", "someone@test.co?", '" or cql.allRecords=1', "sömeone@test.com"):
        assert await refusal(await edge.get(by_email(remote, email))) == (404, 404, "USER_NOT_FOUND")


async def test_reading_by_address(edge, library, remote):
    await user_with(library, email="one@test.com", firstName="One")
    answer = await edge.get(by_email(remote, "one@test.com"))
    assert answer.json()["generalInfo"]["firstName"] == "One"
    for _ in range(2):
        await user_with(library, email="two@test.com")
    assert await refusal(await edge.get(by_email(remote, "two@test.com"))) == (422, 422, "MULTIPLE_USER_WITH_EMAIL")


async def test_a_registration_is_renewed(edge, library, remote):
    await edge.post(remote, json=external(1))
    changed = external(1, firstName="Newer")
    changed["contactInfo"]["email"] = "NEW-1@test.com"
    answer = await edge.put(by_email(remote, "new-1@test.com"), json=changed)
    assert (answer.status_code, answer.content) == (204, b"")
    (user,) = (await library.get("/users?query=externalSystemId==ext-new-1"))["users"]
    assert (user["personal"]["firstName"], user["personal"]["email"]) == ("Newer", "NEW-1@test.com")


async def test_which_registrations_are_not_renewed(edge, library, remote):
    assert await refusal(await edge.put(by_email(remote, "no@test.com"), json=external())) == (404, 404, "USER_NOT_FOUND")
    await edge.post(remote, json=external(1))
    await edge.post(remote, json=external(2))
    body = external(1)
    body["contactInfo"]["email"] = "new-2@test.com"
    assert await refusal(await edge.put(by_email(remote, "new-1@test.com"), json=body)) == (422, 422, "EMAIL_ALREADY_EXIST")
    await library.patron("staff", personal={"lastName": "X", "email": "staff@test.com"})
    answer = await edge.put(by_email(remote, "staff@test.com"), json=external(3))
    assert await refusal(answer) == (422, 422, "PATRON_GROUP_NOT_APPLICABLE")


async def test_expired_patrons_of_the_previous_business_day(edge, library, remote, clock):
    clock.now = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday
    for number, day in enumerate(("2026-11-19T23:59:59Z", "2026-11-20T00:00:00Z", "2026-11-22T12:00:00Z", "2026-11-23T00:00:00Z")):
        await library.patron("remote", expirationDate=day, personal={"lastName": f"E{number}", "email": f"e{number}@test.com"})
    await library.patron("staff", expirationDate="2026-11-21T00:00:00Z")
    answer = (await edge.get(f"{remote}/external-patrons?expired=true")).json()
    assert [patron["generalInfo"]["lastName"] for patron in answer["externalPatrons"]] == ["E1", "E2"]
    assert answer["totalRecords"] == 2
    assert (await edge.get(f"{remote}/external-patrons?expired=false")).json() == {"externalPatrons": [], "totalRecords": 0}
    assert await refusal(await edge.get(f"{remote}/external-patrons")) == (400, 400, "Missing required parameter: expired")


def staging(email="web@test.com", **more):
    return {"generalInfo": {"firstName": "Web", "lastName": "Reader"}, "contactInfo": {"email": email}, **more}


async def test_somebody_registers_over_the_web_and_changes_it(edge):
    made = await edge.post("/patron", json=staging(addressInfo={"city": "A", "zip": "1"}, preferredEmailCommunication=["Support"]))
    assert made.status_code == 201, made.text
    person = made.json()
    assert (person["status"], person["isEmailVerified"]) == ("TIER-1", False)
    body = staging("other@test.com", externalSystemId=str(uuid4()), addressInfo={"city": "B"}, isEmailVerified=True)
    answer = await edge.put(f"/patron/{person['externalSystemId']}", json=body)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert changed["externalSystemId"] == person["externalSystemId"]
    assert changed["contactInfo"]["email"] == "web@test.com"
    assert changed["addressInfo"] == {"city": "B", "zip": "1"}
    assert (changed["isEmailVerified"], changed["preferredEmailCommunication"]) == (True, ["Support"])


async def test_web_registrations_that_cannot_be(edge):
    answer = await edge.post("/patron", headers={"Authorization": ""})
    assert await refusal(answer) == (400, "MISSING_BODY", "Request body must not be null")
    assert (await edge.post("/patron", json=staging(status="INVALID"))).status_code == 400
    assert (await edge.post("/patron", json=staging(generalInfo1={}))).status_code == 422
    answer = await edge.put(f"/patron/{uuid4()}", json=staging())
    assert await refusal(answer) == (404, "STAGING_USER_NOT_FOUND", "Staging user does not exist")
    assert (await edge.put("/patron/nobody", json=staging())).status_code == 404


async def test_registration_status(edge, library):
    patron = await library.patron(personal={"lastName": "S", "email": "status@test.com"})
    for query in ({"emailId": "Status@test.com"}, {"externalSystemId": patron["externalSystemId"]}):
        answer = await edge.get("/patron/registration-status", params=query)
        assert (answer.status_code, answer.json()["id"]) == (200, patron["id"])
    answer = await edge.get("/patron/registration-status?emailId=no@test.com")
    assert await refusal(answer) == (404, "USER_NOT_FOUND", "User does not exist")
    await library.patron(active=False, personal={"lastName": "S", "email": "gone@test.com"})
    answer = await edge.get("/patron/registration-status?emailId=gone@test.com")
    assert await refusal(answer) == (404, "USER_ACCOUNT_INACTIVE", "User account is not active")
    await library.patron(personal={"lastName": "S", "email": "status@test.com"})
    answer = await edge.get("/patron/registration-status?emailId=status@test.com")
    assert await refusal(answer) == (400, "MULTIPLE_USER_WITH_EMAIL", "Multiple users found with the same email")
    for query, text in (
        ("", "Either emailId or externalSystemId must be provided in the request."),
        ("emailId=a&externalSystemId=b", "Provide either emailId or externalSystemId, not both."),
    ):
        answer = await edge.get(f"/patron/registration-status?{query}", headers={"Authorization": ""})
        assert await refusal(answer) == (400, "INVALID_IDENTIFIERS", text)
