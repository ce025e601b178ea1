"""Patron Services on the Okapi side (seed 001)."""

from uuid import uuid4

import pytest


def account(patron):
    return f"/patron/account/{patron['id']}"


async def charge(library, patron, remaining=5.0, item=None, **more):
    owner = await library.post("/owners", owner="Main")
    kind = await library.post("/feefines", feeFineType=f"damage {uuid4()}", ownerId=owner["id"])
    return await library.post(
        "/accounts", userId=patron["id"], feeFineId=kind["id"], ownerId=owner["id"], amount=15, remaining=remaining,
        status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, feeFineType="damage - rebinding",
        **({"itemId": item["id"]} if item else {}), **more,
    )


async def wish(library, **more):
    return {"requestDate": library.clock().isoformat(), "pickupLocationId": library.ids["main desk"], **more}


@pytest.fixture
async def busy(library):
    """A patron with two loans, a hold and three charges."""
    patron = await library.patron()
    lent = [await library.item(), await library.item()]
    for item in lent:
        await library.check_out(patron, item)
    wanted = await library.item()
    await library.check_out(await library.patron(), wanted)
    hold = await library.hold(patron, wanted, patronComments="soon, please")
    for item in (lent[0], lent[1], None):
        await charge(library, patron, item=item)
    return patron, lent, wanted, hold


async def test_totals_cover_everything_open_whatever_is_asked_for(library, busy):
    patron, *_ = busy
    shown = await library.get(account(patron))
    assert shown == {
        "totalCharges": {"amount": 15.0, "isoCurrencyCode": "USD"},
        "totalChargesCount": 3, "totalLoans": 2, "totalHolds": 1, "charges": [], "holds": [], "loans": [],
    }
    part = await library.get(f"{account(patron)}?includeLoans=true&includeCharges=true&limit=1&offset=1")
    assert (part["totalLoans"], part["totalCharges"]["amount"], len(part["loans"]), len(part["charges"])) == (2, 15.0, 1, 1)
    none = await library.get(f"{account(patron)}?includeLoans=true&limit=0")
    assert (none["totalLoans"], none["loans"]) == (2, [])


async def test_loans_holds_and_charges_are_shown_with_title_and_author(client, library, busy):
    patron, lent, wanted, hold = busy
    await client.put("/locale", json={"timezone": "UTC", "currency": "UYU"})
    shown = await library.get(f"{account(patron)}?includeLoans=true&includeHolds=true&includeCharges=true&sortBy=item.title")
    first = shown["loans"][0]
    assert first["item"]["itemId"] in {item["id"] for item in lent}
    assert first["item"]["author"] == "Austen, Jane"
    assert first["item"]["title"].startswith("Book")
    assert first["overdue"] is False
    assert first["loanDate"].endswith("+00:00")
    assert shown["totalCharges"]["isoCurrencyCode"] == "UYU"
    assert shown["holds"] == [{
        "requestId": hold["id"], "status": "Open - Not yet filled", "queuePosition": 1, "patronComments": "soon, please",
        "requestDate": hold["requestDate"], "pickupLocationId": library.ids["main desk"],
        "item": {"itemId": wanted["id"], "instanceId": hold["instanceId"], "title": hold["instance"]["title"], "author": "Austen, Jane"},
    }]
    assert sorted("item" in charge for charge in shown["charges"]) == [False, True, True]
    one = next(charge for charge in shown["charges"] if "item" in charge)
    assert one["chargeAmount"] == {"amount": 5.0, "isoCurrencyCode": "UYU"}
    assert (one["state"], one["reason"]) == ("Outstanding", "damage - rebinding")
    assert one["accrualDate"].endswith("+00:00")


async def test_the_whole_account_takes_one_statement(client, busy, statements):
    patron, *_ = busy
    statements.clear()
    await client.get(f"{account(patron)}?includeLoans=true&includeHolds=true&includeCharges=true&sortBy=dueDate")
    own = [sql for sql in statements if "signing_key" not in sql and "permissions_users" not in sql]
    assert len(own) == 1


async def test_several_authors_are_separated_by_semicolons(library):
    names = [{"name": name, "contributorNameTypeId": library.ids["personal name"]} for name in ("Sato, Aiko", "宮崎 駿")]
    instance = await library.get(f"/instance-storage/instances/{(await library.instance())['id']}")
    await library.put(f"/instance-storage/instances/{instance['id']}", {**instance, "contributors": names})
    patron, item = await library.patron(), await library.item(instance)
    await library.check_out(patron, item)
    shown = await library.get(f"{account(patron)}?includeLoans=true")
    assert shown["loans"][0]["item"]["author"] == "Sato, Aiko; 宮崎 駿"


async def test_a_loan_is_overdue_once_its_due_date_has_passed(library, clock):
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item, loanDate="2020-01-01T10:00:00Z")
    shown = await library.get(f"{account(patron)}?includeLoans=true")
    assert shown["loans"][0]["overdue"] is True
    assert shown["loans"][0]["loanDate"] == "2020-01-01T10:00:00.000+00:00"


@pytest.mark.parametrize(
    "key", ["dueDate/sort.descending", "item.title/sort.descending", "requestDate", "amount", "no.such.field", "metadata.createdDate"]
)
async def test_any_sort_key_is_taken_where_it_means_something(library, busy, key):
    patron, *_ = busy
    shown = await library.get(f"{account(patron)}?includeLoans=true&includeHolds=true&includeCharges=true&sortBy={key}")
    assert (len(shown["loans"]), len(shown["holds"]), len(shown["charges"])) == (2, 1, 3)


async def test_sorting_puts_the_lists_in_order(library):
    patron = await library.patron()
    for title in ("Beta", "alpha", "Gamma"):
        await library.check_out(patron, await library.item(await library.instance(title)))
    for key, expected in (("item.title", ["alpha", "Beta", "Gamma"]), ("item.title/sort.descending", ["Gamma", "Beta", "alpha"])):
        shown = await library.get(f"{account(patron)}?includeLoans=true&sortBy={key}")
        assert [loan["item"]["title"] for loan in shown["loans"]] == expected


async def test_text_that_is_no_sort_key_is_a_bad_request_and_nothing_else(client, busy):
    patron, *_ = busy
    for text in ('title" or userId="', "title) or (cql.allRecords=1", "title; DROP TABLE loan", "'"):
        answer = await client.get(account(patron), params={"includeLoans": "true", "sortBy": text})
        assert answer.status_code in (200, 400)
        if answer.status_code == 200:
            assert answer.json()["totalLoans"] == 2


async def test_an_inactive_patron_sees_the_account_but_places_no_hold(client, library):
    patron, item = await library.patron(active=False), await library.item()
    assert (await library.get(account(patron)))["totalLoans"] == 0
    answer = await client.post(f"{account(patron)}/item/{item['id']}/hold", json=await wish(library))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "Inactive users cannot make requests"


async def test_unknown_accounts_and_bad_parameters(client, library):
    answer = await client.get(f"/patron/account/{uuid4()}")
    assert (answer.status_code, answer.text) == (404, "account not found")
    answer = await client.get("/patron/account/nobody")
    assert answer.status_code == 400
    assert "'id' parameter is incorrect. parameter value {nobody} is not valid" in answer.text
    patron = await library.patron()
    for query in ("limit=-1", "limit=abc", "limit=", "offset=-1", "limit=2147483648"):
        assert (await client.get(f"{account(patron)}?{query}")).status_code == 400


async def test_a_patron_renews_a_loan_and_sees_it(client, library, clock):
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    clock.advance(days=2)
    answer = await client.post(f"{account(patron)}/item/{item['id']}/renew")
    assert answer.status_code == 201, answer.text
    renewed = answer.json()
    assert renewed["id"] == loan["id"]
    assert renewed["dueDate"] > loan["dueDate"]
    assert renewed["item"]["itemId"] == item["id"]
    assert set(renewed) == {"id", "item", "loanDate", "dueDate", "overdue"}


async def test_renewing_what_is_not_ones_own_is_refused(client, library):
    owner, other, item = await library.patron(), await library.patron(), await library.item()
    await library.check_out(owner, item)
    answer = await client.post(f"{account(other)}/item/{item['id']}/renew")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "Cannot renew item checked out to different user"
    answer = await client.post(f"{account(other)}/item/{uuid4()}/renew")
    assert (answer.status_code, answer.text) == (404, "item not found")
    answer = await client.post(f"/patron/account/{uuid4()}/item/{item['id']}/renew")
    assert (answer.status_code, answer.text) == (404, "account not found")


async def test_a_patron_places_a_hold_of_the_first_type_that_fits(client, library):
    patron, item = await library.patron(), await library.item()
    path = f"{account(patron)}/item/{item['id']}/hold"
    body = await wish(library, expirationDate="3000-01-30T08:16:30Z", patronComments="thanks", status="Closed - Filled")
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    hold = answer.json()
    assert hold["status"] == "Open - Not yet filled"
    assert hold["queuePosition"] == 1
    assert hold["expirationDate"] == "3000-01-30T23:59:59.000+00:00"
    assert hold["patronComments"] == "thanks"
    assert hold["item"]["itemId"] == item["id"]
    assert (await library.get(f"/circulation/requests/{hold['requestId']}"))["requestType"] == "Page"
    answer = await client.post(path, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "ITEM_ALREADY_REQUESTED"


async def test_holds_that_cannot_be(client, library):
    patron, item = await library.patron(), await library.item(status={"name": "Declared lost"})
    body = await wish(library)
    answer = await client.post(f"{account(patron)}/item/{uuid4()}/hold", json=body)
    assert (answer.status_code, answer.text) == (404, "item not found")
    answer = await client.post(f"{account(patron)}/instance/{uuid4()}/hold", json=body)
    assert (answer.status_code, answer.text) == (404, "item not found")
    instance = await library.instance()
    for path in (f"item/{item['id']}", f"instance/{instance['id']}"):
        answer = await client.post(f"/patron/account/{uuid4()}/{path}/hold", json=body)
        assert (answer.status_code, answer.text) == (404, "account not found")
    answer = await client.post(f"{account(patron)}/item/{item['id']}/hold", json=body)
    assert answer.status_code == 422
    answer = await client.post(f"{account(patron)}/item/{item['id']}/hold", json={"requestDate": "2026-01-01T00:00:00Z"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "must not be null"
    await library._keep("pages only", "/request-policy-storage/request-policies", name="pages", requestTypes=["Page"])
    await library.rules(request="pages only")
    lent = await library.item(status={"name": "In transit"})
    answer = await client.post(f"{account(patron)}/item/{lent['id']}/hold", json=body)
    assert answer.json()["errors"][0]["code"] == "CANNOT_FIND_VALID_REQUEST_FOR_ITEM"


async def test_an_instance_hold_takes_any_copy(client, library):
    patron, instance = await library.patron(), await library.instance()
    item = await library.item(instance)
    answer = await client.post(f"{account(patron)}/instance/{instance['id']}/hold", json=await wish(library))
    assert answer.status_code == 201, answer.text
    assert answer.json()["item"]["itemId"] == item["id"]
    assert answer.json()["item"]["instanceId"] == instance["id"]


async def test_replacing_a_hold_was_never_offered(client, library):
    patron = await library.patron()
    answer = await client.put(f"{account(patron)}/item/{uuid4()}/hold/{uuid4()}", json={})
    assert (answer.status_code, answer.content) == (501, b"")


async def test_deleting_a_hold_cancels_it_and_the_queue_closes_up(client, library):
    patron, item = await library.patron(), await library.item()
    await library.check_out(await library.patron(), item)
    hold, behind = await library.hold(patron, item), await library.hold(await library.patron(), item)
    answer = await client.delete(f"{account(patron)}/item/{item['id']}/hold/{hold['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    cancelled = await library.get(f"/circulation/requests/{hold['id']}")
    assert cancelled["status"] == "Closed - Cancelled"
    assert (await library.get(f"/circulation/requests/{behind['id']}"))["position"] == 1
    assert (await library.get(account(patron)))["totalHolds"] == 0


async def test_a_cancelled_hold_keeps_everything_it_had(client, library):
    patron, item = await library.patron(), await library.item()
    hold = await library.hold(patron, item, requestType="Page", patronComments="x", requestExpirationDate="2031-01-01T00:00:00Z")
    body = {
        "holdId": hold["id"], "cancellationReasonId": library.ids["cancelled by patron"], "canceledByUserId": patron["id"],
        "cancellationAdditionalInformation": "found it at home", "requestDate": hold["requestDate"],
        "pickupLocationId": library.ids["main desk"],
    }
    answer = await client.post(f"{account(patron)}/hold/{hold['id']}/cancel", json=body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["status"] == "Closed - Cancelled"
    assert shown["cancellationAdditionalInformation"] == "found it at home"
    assert shown["canceledByUserId"] == patron["id"]
    stored = await library.get(f"/circulation/requests/{hold['id']}")
    assert (stored["patronComments"], stored["requestExpirationDate"]) == ("x", hold["requestExpirationDate"])
    again = await client.post(f"{account(patron)}/hold/{hold['id']}/cancel", json=body)
    assert again.status_code == 422


async def test_a_title_level_hold_without_an_item_can_be_cancelled(client, library):
    setting = {"titleLevelRequestsFeatureEnabled": True, "createTitleLevelRequestsByDefault": False}
    await library.post("/circulation-settings-storage/circulation-settings", id=str(uuid4()), name="TLR", value=setting)
    patron, instance = await library.patron(), await library.instance()
    answer = await client.post(f"{account(patron)}/instance/{instance['id']}/hold", json=await wish(library))
    assert answer.status_code == 201, answer.text
    hold = answer.json()
    assert "itemId" not in hold["item"]
    answer = await client.post(f"{account(patron)}/hold/{hold['requestId']}/cancel", json={})
    assert (answer.status_code, answer.json()["status"]) == (200, "Closed - Cancelled")


async def test_nobody_touches_somebody_elses_hold(client, library):
    patron, thief, item = await library.patron(), await library.patron(), await library.item()
    hold = await library.hold(patron, item, requestType="Page")
    for answer in (
        await client.post(f"{account(thief)}/hold/{hold['id']}/cancel", json={}),
        await client.delete(f"{account(thief)}/item/{item['id']}/hold/{hold['id']}"),
        await client.post(f"{account(thief)}/hold/{uuid4()}/cancel", json={}),
    ):
        assert (answer.status_code, answer.text) == (404, "hold not found")
    assert (await library.get(f"/circulation/requests/{hold['id']}"))["status"] == "Open - Not yet filled"


async def test_pickup_points_of_all_types_are_told_once_each(client, library):
    patron, instance = await library.patron(), await library.instance()
    item = await library.item(instance)
    for path in (f"{account(patron)}/item/{item['id']}", f"{account(patron)}/instance/{instance['id']}"):
        points = (await library.get(f"{path}/allowed-service-points"))["allowedServicePoints"]
        assert [point["name"] for point in points] == ["branch desk", "main desk"]
        assert points[0]["discoveryName"] == "The branch desk"
    answer = await client.get(f"{account(patron)}/item/{uuid4()}/allowed-service-points")
    assert (answer.status_code, answer.text) == (404, "item not found")
    answer = await client.get(f"/patron/account/{uuid4()}/item/{item['id']}/allowed-service-points")
    assert (answer.status_code, answer.text) == (404, "account not found")


async def test_pickup_points_of_several_copies_are_told_in_the_order_of_the_question(client, library):
    patron, instance = await library.patron(), await library.instance()
    items = [await library.item(instance) for _ in range(2)]
    path = f"{account(patron)}/instance/{instance['id']}/allowed-service-points-multi-item"
    for asked in (items, items[::-1], []):
        answer = await client.post(path, json={"itemIds": [item["id"] for item in asked]})
        assert answer.status_code == 200, answer.text
        told = answer.json()["allowedServicePointsPerItem"]
        assert [one["itemId"] for one in told] == [item["id"] for item in asked]
        assert all(len(one["allowedServicePoints"]) == 2 for one in told)
    elsewhere = await library.item()
    answer = await client.post(path, json={"itemIds": [items[0]["id"], elsewhere["id"]]})
    assert (answer.status_code, answer.text) == (404, "item not found")
    assert (await client.post(path, json={})).status_code == 422
    answer = await client.post(path.replace(patron["id"], str(uuid4())), json={"itemIds": []})
    assert (answer.status_code, answer.text) == (404, "account not found")
