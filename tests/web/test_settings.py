"""Settings, notice policies and the manners of fees and fines over HTTP."""

import httpx

from library import Library

TLR = "91c754c3-33b4-492c-83ba-bd7426e56021"
OVERDUE = "9523cb96-e752-40c2-89da-60f3961a488d"
UNKNOWN = "11111111-1111-4111-8111-111111111111"


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


async def test_a_circulation_setting_is_known_by_its_name(library: Library, client: httpx.AsyncClient):
    first = await library.post("/circulation/settings", id=TLR, name="TLR", value={"on": False})
    again = await library.post("/circulation/settings", id=UNKNOWN, name="tlr", value={"on": True})
    assert again["id"] == first["id"] == TLR
    assert again["metadata"]["createdDate"] == first["metadata"]["createdDate"]
    for path in ("/circulation/settings", "/circulation-settings-storage/circulation-settings"):
        found = await library.get(path)
        assert found["totalRecords"] == 1
        assert found["circulationSettings"][0]["value"] == {"on": True}
        assert (await library.get(f"{path}/{TLR}"))["name"] == "TLR"
    await library.put(f"/circulation/settings/{TLR}", {**first, "value": {"on": False}})
    assert (await client.delete(f"/circulation/settings/{TLR}?query=ignored")).status_code == 204
    assert (await library.get("/circulation/settings"))["totalRecords"] == 0


async def test_circulation_settings_are_refused_in_their_own_words(library: Library, client: httpx.AsyncClient):
    setting = await library.post("/circulation/settings", id=TLR, name="loan_history", value={"treatEnabled": True})
    bad_forms = (b"", b"{", b'{"name": "TLR"}', b'{"id": "x", "name": "TLR", "value": {}}')
    attempts = [("POST", "/circulation/settings", body) for body in bad_forms]
    attempts += [("PUT", f"/circulation/settings/{setting['id']}", body) for body in bad_forms]
    for method, path, body in attempts:
        answer = await client.request(method, path, content=body)
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, "Circulation setting JSON is invalid")
    for method in ("GET", "PUT", "DELETE"):
        answer = await client.request(method, "/circulation/settings/x", content=b"{}" if method == "PUT" else None)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["message"] == "Circulation setting ID is not a valid UUID"


async def test_settings_entries_are_posted_without_an_answer(library: Library, client: httpx.AsyncClient):
    entry = {"id": TLR, "scope": "ui", "key": "theme", "value": {"dark": True}}
    answer = await client.post("/settings/entries", json=entry)
    assert (answer.status_code, answer.content) == (204, b"")
    found = await library.get("/settings/entries?query=(scope==ui and key==theme)")
    assert found["items"] == [{**entry, "metadata": found["items"][0]["metadata"]}] or found["items"] == [entry]
    assert found["resultInfo"]["totalRecords"] == 1


async def test_user_settings_guard_the_pictures(library: Library, client: httpx.AsyncClient):
    value = {"encryptionKey": "secret", "maxFileSize": 4}
    made = await library.post("/user/settings", scope="mod-users", key="PROFILE_PICTURE_CONFIG", value=value)
    path = f"/user/settings/{made['id']}"
    await library.put(path, {**made, "value": {**value, "maxFileSize": 8}})
    now = await library.get(path)
    assert now["_version"] == 2
    assert said(await client.put(path, json={**now, "value": {"maxFileSize": 8}})) == (
        400, "Cannot update the Encryption key",
    )
    assert said(await client.put(path, json={**now, "value": {**value, "maxFileSize": 11}})) == (
        400, "Max file size should not exceed more than 10 megabytes",
    )
    assert (await client.put(path, json={**now, "id": UNKNOWN})).status_code == 400
    other = await library.post("/user/settings", scope="mod-users", key="theme", value="dark")
    await library.put(f"/user/settings/{other['id']}", {**other, "value": "light"})
    answer = await client.post("/user/settings", json={"scope": "mod-users", "key": made["key"], "value": 1})
    assert answer.status_code == 400
    assert answer.text.lower().endswith("value already exists in table settings: profile_picture_config")


async def test_options_of_notices_must_fit_when_they_are_changed(library: Library, client: httpx.AsyncClient):
    path = "/patron-notice-policy-storage/patron-notice-policies"

    def policy(when: str, frequency: str | None = None, **options: object) -> dict[str, object]:
        notice = {"templateId": UNKNOWN, "format": "Email", "realTime": True, "frequency": frequency}
        return {"name": "notices", "loanNotices": [{**notice, "sendOptions": {"sendWhen": when, **options}}]}

    week = {"duration": 1, "intervalId": "Weeks"}
    made = await library.post(path, **policy("Check out", sendHow="After"))
    one = f"{path}/{made['id']}"
    for wrong, record in {
        "Triggering event": policy("Check out", sendHow="After"),
        "Send": policy("Due date", "Recurring", sendHow="Upon At"),
        "Frequency": policy("Due date", "One time", sendHow="After", sendBy=week, sendEvery=week),
    }.items():
        answer = await client.put(one, json=record)
        assert answer.json()["errors"][0]["message"] == f"This option is not valid for selected {wrong}"
    await library.put(one, policy("Due date", "Recurring", sendHow="After", sendBy=week, sendEvery=week))
    await library.put(one, {"name": "notices", "loanNotices": [
        {"templateId": UNKNOWN, "format": "Email", "realTime": True}]})


async def test_a_notice_policy_that_the_rules_name_stays(library: Library, client: httpx.AsyncClient):
    path = "/patron-notice-policy-storage/patron-notice-policies"
    used = library.ids["no notices"]
    assert said(await client.delete(f"{path}/{used}")) == (400, "Cannot delete in use notice policy")
    unused = await library.post(path, name="unused")
    assert (await client.delete(f"{path}/{unused['id']}")).status_code == 204
    answer = await client.post(path, json={"name": "NONE"})
    assert answer.json()["errors"][0] == {
        "message": "'NONE' name in not unique", "code": "duplicate.name", "parameters": [],
    }


async def test_older_fee_resources_answer_in_their_own_words(library: Library, client: httpx.AsyncClient):
    owner = await library.post("/owners", owner="Desk")
    assert said(await client.post("/owners", json=owner)) == (400, "Unable to process request")
    assert said(await client.post("/feefines", json={"feeFineType": "Lost key", "ownerId": UNKNOWN})) == (
        400, "Unable to process request",
    )
    lost = await library.post("/feefines", feeFineType="Lost key", ownerId=owner["id"], defaultAmount="10")
    assert lost["defaultAmount"] == 10.0
    assert said(await client.post("/feefines", json={"feeFineType": "lost KEY", "ownerId": owner["id"]})) == (
        400, "Unable to process request",
    )
    other = await library.post("/feefines", feeFineType="Lost card", ownerId=owner["id"])
    assert said(await client.put(f"/feefines/{other['id']}", json={**other, "feeFineType": "Lost key"})) == (
        400, "Unable to process request",
    )
    for path, name in (("/owners", "Owner"), ("/feefines", "Feefine"), ("/accounts", "Account"),
                       ("/feefineactions", "Feefineaction"), ("/manualblocks", "Manualblock"), ("/payments", "Payment")):
        for record_id in (UNKNOWN, "nonsense"):
            assert said(await client.get(f"{path}/{record_id}")) == (404, f"{name}Object does not exist")
        assert said(await client.delete(f"{path}/{UNKNOWN}")) == (404, "Record Not Found")
    assert said(await client.put(f"/owners/{UNKNOWN}", json={})) == (404, "Record Not Found")
    await library.put(f"/owners/{owner['id']}", {**owner, "desc": "by the door"})
    assert (await library.get(f"/owners/{owner['id']}"))["desc"] == "by the door"
    await library.put(f"/feefines/{other['id']}", {**other, "defaultAmount": 3})
    assert (await client.delete(f"/feefines/{other['id']}")).status_code == 204
    assert (await client.delete(f"/owners/{owner['id']}")).status_code == 400
    assert set(await library.get("/feefines?limit=0")) == {"feefines", "totalRecords", "resultInfo"}
    assert set(await library.get("/owners")) == {"owners", "totalRecords"}


async def test_automatic_fee_types_cannot_be_changed(library: Library, client: httpx.AsyncClient):
    stored = await library.get(f"/feefines/{OVERDUE}")
    bare = {key: part for key, part in stored.items() if key != "id"}
    refused = (
        await client.delete(f"/feefines/{OVERDUE}"),
        await client.put(f"/feefines/{OVERDUE}", json=stored),
        await client.put(f"/feefines/{OVERDUE}", json=bare),
        await client.post("/feefines", json=stored),
    )
    for answer in refused:
        assert answer.status_code == 422
        assert answer.json() == {"errors": [{"message": "Attempt to change an automatic fee/fine type", "parameters": []}]}
    own = await library.post("/owners", owner="Desk")
    await library.post("/feefines", feeFineType="Overdue fine", automatic=True, ownerId=own["id"])


async def test_policies_of_fees_have_names_of_their_own(library: Library, client: httpx.AsyncClient):
    for path, kind, code in (
        ("/overdue-fines-policies", "Overdue fine", "overdue"), ("/lost-item-fees-policies", "Lost item fee", "lost"),
    ):
        one = await library.post(path, name="strict")
        [problem] = (await client.post(path, json={"name": "Strict"})).json()["errors"]
        assert problem["message"] == f"The {kind} policy name entered already exists. Please enter a different name."
        assert problem["code"] == f"feesfines.policy.{code}.duplicate"
        [problem] = (await client.post(path, json=one)).json()["errors"]
        assert problem["message"].startswith("id value already exists in table")
        other = await library.post(path, name="mild")
        assert (await client.put(f"{path}/{other['id']}", json={"name": "strict"})).status_code == 400


async def test_accounts_show_the_holdings_of_their_item(library: Library, client: httpx.AsyncClient):
    item, patron = await library.item(), await library.patron()
    charge = {
        "amount": "10.50", "remaining": 10.5, "status": {"name": "Open"}, "paymentStatus": {"name": "Outstanding"},
        "userId": patron["id"], "feeFineId": UNKNOWN, "ownerId": UNKNOWN,
    }
    plain = await library.post("/accounts", **charge)
    assert set(plain) == {
        "amount", "contributors", "metadata", "feeFineId", "id", "ownerId", "userId", "remaining", "paymentStatus", "status",
    }
    made = await library.post("/accounts", **charge, itemId=item["id"], instanceId=UNKNOWN)
    shown = await library.get(f"/accounts/{made['id']}")
    holdings = await library.get(f"/holdings-storage/holdings/{item['holdingsRecordId']}")
    assert (shown["holdingsRecordId"], shown["instanceId"]) == (holdings["id"], holdings["instanceId"])
    listed = await library.get(f"/accounts?query=itemId=={item['id']}")
    assert listed["accounts"] == [shown]
    assert set(listed) == {"accounts", "totalRecords", "resultInfo"}
    await library.put(f"/accounts/{made['id']}", {**shown, "remaining": 0})
    assert (await library.get(f"/accounts/{made['id']}"))["remaining"] == 0
    answer = await client.post("/accounts", json={**charge, "id": plain["id"]})
    assert answer.status_code == 422
