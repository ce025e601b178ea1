"""What a patron is told of each loan before trying is what trying would say, in a constant number of statements."""

from octavo.services.loan_outlook import loans_of
from octavo.store.tx import Tx


async def outlook(tx, clock, patron):
    return {one.loan.item_id: one for one in await loans_of(Tx(tx.connection, tx.schema, clock.now), patron["id"])}


async def tried(client, patron, item):
    answer = await client.post("/circulation/renew-by-id", json={"itemId": item["id"], "userId": patron["id"]})
    return answer.json()


async def test_every_reason_is_the_one_that_renewing_gives(library, client, tx, clock):
    patron = await library.patron()
    items = {name: await library.item() for name in ("free", "recalled", "held", "claimed", "limit")}
    loans = {name: await library.check_out(patron, item) for name, item in items.items()}
    clock.advance(days=1)
    for _ in range(2):
        clock.advance(hours=1)
        await tried(client, patron, items["limit"])
    await library.hold(await library.patron(), items["recalled"], requestType="Recall")
    await library.hold(await library.patron(), items["held"])
    claim = {"itemClaimedReturnedDateTime": clock.now.isoformat()}
    assert (await client.post(f"/circulation/loans/{loans['claimed']['id']}/claim-item-returned", json=claim)).status_code == 204
    told = await outlook(tx, clock, patron)
    assert {name: told[item["id"]].renewable for name, item in items.items()} == {
        "free": True, "recalled": False, "held": False, "claimed": False, "limit": False,
    }  # fmt: skip
    for item in items.values():
        one, said = told[item["id"]], await tried(client, patron, item)
        if one.renewable:
            assert one.renewed_until.isoformat(timespec="milliseconds") == said["dueDate"].replace("Z", "+00:00")
        else:
            assert [(why.message, why.code) for why in one.refusals] == [
                (error["message"], error.get("code")) for error in said["errors"]
            ]


async def test_blocks_of_the_patron_stand_beside_every_loan(library, tx, clock):
    patron = await library.patron()
    await library.check_out(patron, await library.item())
    await library.post("/manualblocks", userId=patron["id"], desc="Card lost", borrowing=True, renewals=True, requests=True, type="Manual")
    (one,) = (await outlook(tx, clock, patron)).values()
    assert [why.code for why in one.refusals][0] == "USER_IS_BLOCKED_MANUALLY"


async def test_three_statements_whatever_there_is(library, tx, clock, statements):
    patron = await library.patron()
    assert await outlook(tx, clock, patron) == {}
    for _ in range(7):
        await library.check_out(patron, await library.item())
    await outlook(tx, clock, patron)
    statements.clear()
    assert len(await outlook(tx, clock, patron)) == 7
    assert len(statements) <= 3


async def test_rules_that_cannot_be_used_are_a_reason_not_an_error(library, client, tx, clock):
    patron = await library.patron()
    await library.check_out(patron, await library.item())
    await client.put("/circulation-rules-storage", json={"id": "71f0c8a4-3b0e-4d1c-9a53-0f6f7e1d2b6c", "rulesAsText": "nonsense"})
    (one,) = (await outlook(tx, clock, patron)).values()
    assert not one.renewable
    assert "circulation rules" in one.refusals[0].message


async def test_the_due_dates_are_in_order(library, tx, clock):
    patron = await library.patron()
    for days in (3, 1, 2):
        clock.advance(days=days)
        await library.check_out(patron, await library.item())
    dues = [one.loan.due_date for one in await loans_of(Tx(tx.connection, tx.schema, clock.now), patron["id"])]
    assert dues == sorted(dues)
