"""What is told of each act, in FOLIO's form: which records, what they were before, what they are now."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest

from library import Json, Library
from octavo.store import events
from octavo.store.tx import Tx
from sides import TENANT

FEES = "feesfines.account"


async def told(tx: Tx) -> list[tuple[str, str, Json]]:
    """Publish what waits; return topic, type and data of what has been published since the last call."""
    before = (await events.load_bounds(tx)).newest
    while await events.publish(tx):
        pass
    batch = await events.read_after(tx, before)
    found = []
    for event in batch.events:
        payload = orjson.loads(event.payload(TENANT))
        assert (payload["tenant"], payload["timestamp"]) == (TENANT, round(event.at.timestamp() * 1000))
        assert set(payload) == {"id", "type", "tenant", "timestamp", "data"}
        assert set(payload["data"]) == {
            "CREATED": {"new"}, "UPDATED": {"old", "new"}, "DELETED": {"old"}, "ALL_DELETED": set(),
        }[payload["type"]]  # fmt: skip
        found.append((event.topic, payload["type"], payload["data"]))
    await asyncio.sleep(0)  # the statements of this function are noted now, and not with the next request's
    return found


def kinds(found: list[tuple[str, str, Json]]) -> list[str]:
    return sorted(f"{topic} {kind}" for topic, kind, _ in found)


def of(found: list[tuple[str, str, Json]], topic: str) -> Json:
    (data,) = [data for name, _, data in found if name == topic]
    return data


@pytest.fixture
async def desk(library: Library, tx: Tx) -> Library:
    """A library of which everything so far has been told."""
    batch = 1
    while batch:
        batch = await events.publish(tx)
    return library


async def test_a_check_out_tells_of_the_loan_and_the_item(desk: Library, tx: Tx):
    patron, item = await desk.patron(), await desk.item()
    await told(tx)
    loan = await desk.check_out(patron, item)
    found = await told(tx)
    assert kinds(found) == ["circulation.loan CREATED", "inventory.item UPDATED"]
    new = of(found, "circulation.loan")["new"]
    assert new == await desk.get(f"/loan-storage/loans/{loan['id']}")
    changed = of(found, "inventory.item")
    assert (changed["old"]["status"]["name"], changed["new"]["status"]["name"]) == ("Available", "Checked out")
    assert changed["new"] == await desk.get(f"/item-storage/items/{item['id']}")


async def test_a_renewal_tells_of_the_loan(desk: Library, tx: Tx):
    patron, item = await desk.patron(), await desk.item()
    loan = await desk.check_out(patron, item, loanDate="2026-01-05T10:00:00Z")
    await told(tx)
    answer = await desk.client.post("/circulation/renew-by-id", json={"itemId": item["id"], "userId": patron["id"]})
    assert answer.status_code == 200, answer.text
    data = of(await told(tx), "circulation.loan")
    assert (data["old"]["action"], data["new"]["action"]) == ("checkedout", "renewed")
    assert data["old"]["dueDate"] < data["new"]["dueDate"]
    assert data["new"]["id"] == loan["id"]


async def test_a_check_in_tells_of_itself_the_loan_and_the_item(desk: Library, tx: Tx):
    item = await desk.item()
    await desk.check_out(await desk.patron(), item)
    await told(tx)
    await desk.check_in(item)
    found = await told(tx)
    assert kinds(found) == ["circulation.check-in CREATED", "circulation.loan UPDATED", "inventory.item UPDATED"]
    data = of(found, "circulation.loan")
    assert (data["old"]["status"]["name"], data["new"]["status"]["name"]) == ("Open", "Closed")


async def test_a_hold_and_its_cancellation_tell_of_the_whole_queue_with_its_places(desk: Library, tx: Tx):
    item = await desk.item()
    await desk.check_out(await desk.patron(), item)
    first, second = [await desk.hold(await desk.patron(), item) for _ in range(2)]
    found = [(topic, kind, data) for topic, kind, data in await told(tx) if topic == "circulation.request"]
    assert [(kind, data["new"]["position"]) for _, kind, data in found] == [("CREATED", 1), ("CREATED", 2)]
    stored = await desk.get(f"/circulation/requests/{first['id']}")
    await desk.put(f"/circulation/requests/{first['id']}", {
        **stored, "status": "Closed - Cancelled", "cancellationReasonId": desk.ids["cancelled by patron"],
        "cancelledByUserId": first["requesterId"], "cancelledDate": desk.clock().isoformat(),
    })  # fmt: skip
    changed = {data["new"]["id"]: data for topic, _, data in await told(tx) if topic == "circulation.request"}
    assert set(changed) == {first["id"], second["id"]}
    cancelled, moved = changed[first["id"]], changed[second["id"]]
    assert (cancelled["old"]["position"], "position" in cancelled["new"]) == (1, False)
    assert cancelled["new"]["status"] == "Closed - Cancelled"
    assert (moved["old"]["position"], moved["new"]["position"]) == (2, 1)


async def test_requests_that_change_places_tell_of_the_old_ones(desk: Library, tx: Tx):
    item = await desk.item()
    await desk.check_out(await desk.patron(), item)
    ids = [(await desk.hold(await desk.patron(), item))["id"] for _ in range(3)]
    await told(tx)
    order = [{"id": record_id, "newPosition": place} for place, record_id in enumerate(reversed(ids), start=1)]
    answer = await desk.client.post(f"/circulation/requests/queue/item/{item['id']}/reorder", json={"reorderedQueue": order})
    assert answer.status_code == 200, answer.text
    moved = {data["new"]["id"]: (data["old"]["position"], data["new"]["position"]) for _, _, data in await told(tx)}
    assert moved == {ids[0]: (1, 3), ids[1]: (2, 2), ids[2]: (3, 1)}


async def test_a_charge_and_its_payment_tell_of_the_balance(desk: Library, tx: Tx):
    patron = await desk.patron()
    owner = await desk.post("/owners", owner="Main")
    fee = await desk.post("/feefines", feeFineType="Damage", ownerId=owner["id"])
    account = await desk.post(
        "/accounts", userId=patron["id"], ownerId=owner["id"], feeFineId=fee["id"], feeFineType="Damage", amount=5, remaining=5,
        status={"name": "Open"}, paymentStatus={"name": "Outstanding"},
    )  # fmt: skip
    assert of(await told(tx), FEES)["new"]["id"] == account["id"]
    answer = await desk.client.post(
        f"/accounts/{account['id']}/pay",
        json={"amount": "2.00", "notifyPatron": False, "servicePointId": desk.ids["main desk"], "userName": "A", "paymentMethod": "Cash"},
    )
    assert answer.status_code == 201, answer.text
    data = of(await told(tx), FEES)
    assert (data["old"]["remaining"], data["new"]["remaining"]) == (5, 3)
    assert data["new"]["paymentStatus"]["name"] == "Paid partially"


async def test_users_rules_and_settings_tell_of_their_changes(desk: Library, tx: Tx):
    patron = await desk.patron()
    assert of(await told(tx), "users.users") == {"new": patron}
    await desk.put(f"/users/{patron['id']}", {**patron, "active": False})
    data = of(await told(tx), "users.users")
    assert (data["old"]["active"], data["new"]["active"]) == (True, False)
    await desk.rules()
    assert kinds(await told(tx)) == ["circulation.rules UPDATED"]
    setting = await desk.post("/circulation/settings", id=str(uuid4()), name="noticesLimit", value={"value": 1})
    await desk.post("/circulation/settings", id=str(uuid4()), name="noticesLimit", value={"value": 2})
    assert (await desk.client.delete(f"/circulation/settings/{setting['id']}")).status_code == 204
    assert kinds(await told(tx)) == [f"circulation.circulation-settings {kind}" for kind in ("CREATED", "DELETED", "UPDATED")]


async def test_deleting_tells_of_each_record_or_of_all_at_once(desk: Library, tx: Tx):
    loans = [await desk.check_out(await desk.patron(), await desk.item()) for _ in range(3)]
    await told(tx)
    assert (await desk.client.delete(f"/loan-storage/loans/{loans[0]['id']}")).status_code == 204
    found = await told(tx)
    assert [(kind, data["old"]["id"]) for _, kind, data in found] == [("DELETED", loans[0]["id"])]
    query = {"query": f"id=={loans[1]['id']}"}
    assert (await desk.client.delete("/loan-storage/loans", params=query)).status_code == 204
    found = await told(tx)
    assert [(kind, data["old"]["id"]) for _, kind, data in found] == [("DELETED", loans[1]["id"])]
    assert (await desk.client.delete("/loan-storage/loans")).status_code == 204
    assert await told(tx) == [("circulation.loan", "ALL_DELETED", {})]


async def test_what_is_refused_is_told_to_nobody(desk: Library, tx: Tx):
    item, patron = await desk.item(), await desk.patron()
    await desk.check_out(patron, item)
    await told(tx)
    asked = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": desk.ids["main desk"]}
    assert (await desk.client.post("/circulation/check-out-by-barcode", json=asked)).status_code == 422
    assert await told(tx) == []


async def names_of(tx: Tx, user_id: str) -> list[str]:
    """Return where, in the outbox and among the published events, anything names a person."""
    found: list[Any] = []
    for table in ("outbox", "event"):
        found += await tx.connection.fetch(
            f"""SELECT '{table} ' || topic || ' ' || operation AS place FROM {tx.table(table)}
                WHERE old::text LIKE $1 OR new::text LIKE $1""",
            f"%{user_id}%",
        )  # fmt: skip
    await asyncio.sleep(0)
    return [row["place"] for row in found]


@pytest.mark.parametrize("how", ["storage", "loans", "patron", "timer"])
async def test_an_anonymised_loan_is_anonymous_in_its_events_published_or_not(desk: Library, tx: Tx, clock: Any, how: str):
    patron, item = await desk.patron(), await desk.item()
    loan = await desk.check_out(patron, item)
    await told(tx)
    await desk.check_in(item)
    assert {place.split()[0] for place in await names_of(tx, patron["id"])} == {"outbox", "event"}
    if how == "timer":
        value = {"closingType": {"loan": "immediately", "feeFine": None, "loanExceptions": []}, "treatEnabled": False}
        await desk.post("/circulation/settings", id=str(uuid4()), name="loan_history", value=value)
    path, body = {
        "storage": (f"/loan-storage/loans/anonymize/{patron['id']}", None),
        "loans": ("/anonymize-storage-loans", {"loanIds": [loan["id"]]}),
        "patron": (f"/loan-anonymization/by-user/{patron['id']}", None),
        "timer": ("/circulation/scheduled-anonymize-processing", None),
    }[how]
    answer = await desk.client.post(path, json=body)
    assert answer.is_success, answer.text
    assert [place for place in await names_of(tx, patron["id"]) if "circulation" in place] == []
    stored = await desk.get(f"/loan-storage/loans/{loan['id']}")
    assert "userId" not in stored
    assert [(topic, kind) for topic, kind, _ in await told(tx) if topic == "circulation.loan"] == [
        ("circulation.loan", "UPDATED")
    ], "only the check-in: nothing tells that the loan has forgotten"


@pytest.mark.parametrize("how", ["id", "query"])
async def test_nothing_but_the_id_is_told_of_a_user_who_is_gone(desk: Library, tx: Tx, how: str):
    patron = await desk.patron()
    await told(tx)
    await desk.put(f"/users/{patron['id']}", {**patron, "active": False})
    path = f"/users/{patron['id']}" if how == "id" else f"/users?query=id=={patron['id']}"
    assert (await desk.client.delete(path)).status_code == 204
    assert await names_of(tx, patron["personal"]["lastName"] + '"') == []
    found = await told(tx)
    assert [(kind, data) for _, kind, data in found] == [
        ("UPDATED", {"old": {"id": patron["id"]}, "new": {"id": patron["id"]}}), ("DELETED", {"old": {"id": patron["id"]}}),
    ]  # fmt: skip
