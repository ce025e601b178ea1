"""Records that are over are forgotten once the setting `retention` says so."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from library import Library
from octavo.rules.retention import KINDS
from octavo.services import retention
from octavo.store.retention import RETAINED
from octavo.store.tx import Tx

Json = dict[str, Any]


async def remember(library: Library, **kinds: int) -> None:
    """Let the library remember some kinds of records for so many days."""
    value = {kind: {"duration": days, "intervalId": "Days"} for kind, days in kinds.items()}
    await library.post("/circulation/settings", id=str(uuid4()), name="retention", value=value)


async def paid(library: Library, patron: Json, **more: Any) -> Json:
    """Charge a patron and take the money."""
    if "damage" not in library.ids:
        library.ids["owner"] = (await library.post("/owners", owner="Desk"))["id"]
        library.ids["damage"] = (await library.post("/feefines", feeFineType="damage", ownerId=library.ids["owner"]))["id"]
    account = await library.post(
        "/accounts", userId=patron["id"], feeFineId=library.ids["damage"], ownerId=library.ids["owner"], amount=5, remaining=5,
        status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, feeFineType="damage", **more,
    )  # fmt: skip
    await library.post(
        f"/accounts/{account['id']}/pay", amount="5", notifyPatron=False, servicePointId=library.ids["main desk"],
        userName="desk", paymentMethod="cash", comments="for her father",
    )  # fmt: skip
    return account


async def insert(tx: Tx, table: str, **record: Any) -> str:
    record_id = str(uuid4())
    await tx.connection.execute(
        f"INSERT INTO {tx.table(table)} (id, doc) VALUES ($1, $2)", record_id, orjson.dumps({"id": record_id, **record})
    )
    return record_id


async def knows(library: Library, account: Json) -> bool:
    return bool((await library.get(f"/accounts/{account['id']}"))["userId"] != account["id"])


def test_each_kind_that_the_setting_names_is_known_how_to_forget() -> None:
    assert list(KINDS) == list(RETAINED)


async def test_without_a_setting_everything_is_kept(library: Library, tx: Tx, begin: Any, clock: Any) -> None:
    account = await paid(library, await library.patron())
    tx.now = clock.advance(days=9_000)
    assert await retention.forget_by_time(begin) == 0
    assert await knows(library, account)


async def test_paid_fees_forget_the_patron_and_keep_the_money(library: Library, tx: Tx, begin: Any, clock: Any) -> None:
    await remember(library, fees=30)
    patron = await library.patron()
    old, owed = await paid(library, patron), await library.patron()
    unpaid = await library.post(
        "/accounts", userId=owed["id"], feeFineId=library.ids["damage"], ownerId=library.ids["owner"], amount=5, remaining=5,
        status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, feeFineType="damage",
    )  # fmt: skip
    clock.advance(days=20)
    recent = await paid(library, patron)
    tx.now = clock.advance(days=11)
    assert await retention.forget_by_time(begin) == 1
    assert [await knows(library, account) for account in (old, recent, unpaid)] == [False, True, True]
    actions = (await library.get(f"/feefineactions?query=accountId=={old['id']}"))["feefineactions"]
    assert [(action["userId"], action["amountAction"], action.get("comments")) for action in actions] == [(old["id"], 5.0, None)]
    told = await tx.connection.fetch(f"SELECT old, new FROM {tx.table('outbox')} WHERE record_id = $1", old["id"])
    assert told
    assert not any(patron["id"].encode() in (row[side] or b"") for row in told for side in ("old", "new"))
    assert await retention.forget_by_time(begin) == 0


async def test_check_ins_forget_who_did_them(library: Library, tx: Tx, begin: Any, clock: Any) -> None:
    await remember(library, checkIns=7)
    await library.check_in(await library.item())
    clock.advance(days=5)
    await library.check_in(await library.item())
    tx.now = clock.advance(days=3)
    assert await retention.forget_by_time(begin) == 1
    found = (await library.get("/check-in-storage/check-ins?query=cql.allRecords=1 sortBy occurredDateTime"))["checkIns"]
    assert [one["performedByUserId"] == one["id"] for one in found] == [True, False]
    assert await retention.forget_by_time(begin) == 0


async def test_slips_messages_registrations_and_lost_items_are_deleted(library: Library, tx: Tx, begin: Any, clock: Any) -> None:
    await remember(library, printEvents=1, messages=1, registrations=1, lostItems=1)
    at = (tx.now - timedelta(days=2)).isoformat()
    noted = {"createdDate": at, "updatedDate": at}
    gone = [
        await insert(tx, "print_events", requestId=str(uuid4()), requesterName="Lee", printEventDate=at),
        await insert(tx, "message", to="a@example.org", date=at, status="DELIVERED"),
        await insert(tx, "staging_users", contactInfo={"email": "a@example.org"}, metadata=noted),
        await insert(tx, "actual_cost_record", status="Billed", metadata=noted),
    ]
    kept = [
        await insert(tx, "print_events", requestId=str(uuid4()), requesterName="Lee", printEventDate=tx.now.isoformat()),
        await insert(tx, "message", to="a@example.org", date=at, status="NEW", nextAttemptDate=tx.now.isoformat()),
        await insert(tx, "staging_users", contactInfo={"email": "b@example.org"}, metadata=noted | {"updatedDate": tx.now.isoformat()}),
        await insert(tx, "actual_cost_record", status="Open", metadata=noted),
    ]
    assert await retention.forget_by_time(begin) == len(gone)
    tables = ("print_events", "message", "staging_users", "actual_cost_record")
    ids = " UNION ALL ".join(f"SELECT id::text FROM {tx.table(table)}" for table in tables)
    assert {row["id"] for row in await tx.connection.fetch(ids)} == set(kept)


async def test_many_are_forgotten_in_batches_and_a_bad_one_stops_no_other(
    library: Library, tx: Tx, begin: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    await remember(library, fees=30)
    patron = await library.patron()
    fees = [await paid(library, patron) for _ in range(5)]
    bad = sorted(account["id"] for account in fees)[2]
    await tx.connection.execute(
        f"""ALTER TABLE {tx.table("accounts")} ADD CONSTRAINT bad CHECK (id <> '{bad}' OR user_id <> id)"""
    )
    tx.now = clock.advance(days=31)
    assert await retention.forget_by_time(begin) == 4
    assert {account["id"] for account in fees if await knows(library, account)} == {bad}
    await tx.connection.execute(f"ALTER TABLE {tx.table('accounts')} DROP CONSTRAINT bad")
    assert await retention.forget_by_time(begin) == 1


async def test_a_fee_that_was_opened_again_meanwhile_keeps_its_patron(library: Library, tx: Tx) -> None:
    account = await paid(library, await library.patron())
    await tx.connection.execute(
        f"""UPDATE {tx.table("accounts")} SET doc = doc || '{{"status": {{"name": "Open"}}}}' WHERE id = $1""", account["id"]
    )
    assert await RETAINED["fees"].forget(tx, [account["id"]]) == 0
    assert await knows(library, account)
