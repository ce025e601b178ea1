"""The sample library: always the same, in one piece, and good to work with."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import httpx
import pytest

from conftest import Clock
from octavo.app import sample
from octavo.app.sample import Sizes, generate
from octavo.app.sample.record import Made
from octavo.catalogue.loans import LOAN
from octavo.errors import BadRequest
from octavo.rules.circulation_rules import Facts, compile_rules
from octavo.rules.effective_values import with_effective_location, with_effective_values
from octavo.store import bulk
from octavo.store.tx import Tx
from octavo_models.inventory import Holdings, Item

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
SIZES = [Sizes(), Sizes(20, 60, 20), Sizes(200, 500, 2000)]
Json = dict[str, Any]


@cache
def made(sizes: Sizes = SIZES[0]) -> tuple[Made, ...]:
    return tuple(generate(sizes).records(NOW))


def documents(table: str, sizes: Sizes = SIZES[0]) -> list[Json]:
    return [one.document for one in made(sizes) if one.kind.table == table]


def by_id(table: str, sizes: Sizes = SIZES[0]) -> dict[str, Json]:
    return {document["id"]: document for document in documents(table, sizes)}


def test_the_same_seed_makes_the_same_library():
    assert list(generate(seed=7).records(NOW)) == list(generate(seed=7).records(NOW))
    ids = {one.document["id"] for one in generate(seed=8).records(NOW) if one.kind.table == "loan"}
    assert ids.isdisjoint(one["id"] for one in documents("loan"))


def test_too_small_a_library_is_refused():
    with pytest.raises(BadRequest, match="at least 60 items"):
        generate(Sizes(items=10))


@pytest.mark.parametrize("sizes", SIZES)
def test_sizes_are_what_was_asked_for(sizes: Sizes):
    counts = Counter(one.kind.table for one in made(sizes))
    assert (counts["users"], counts["item"], counts["loan"]) == (sizes.patrons, sizes.items, sizes.loans)
    assert counts["service_point"] == 4
    ids = Counter((one.kind.table, one.document["id"]) for one in made(sizes))
    assert max(ids.values()) == 1


@pytest.mark.parametrize("sizes", SIZES)
def test_every_record_is_as_it_would_be_stored(sizes: Sizes):
    for one in made(sizes):
        record = one.kind.record.from_wire(one.document)
        if one.kind.check:
            one.kind.check(record)
        assert json.loads(record.to_wire()) == one.document
        for change in one.history:
            assert json.loads(one.kind.record.from_wire(change.document).to_wire()) == change.document


@pytest.mark.parametrize("sizes", SIZES)
def test_every_item_is_where_its_status_says(sizes: Sizes):
    lent = {loan["itemId"]: loan for loan in documents("loan", sizes) if loan["status"]["name"] == "Open"}
    queues = queues_of(sizes)
    for item in documents("item", sizes):
        status, loan = item["status"]["name"], lent.get(item["id"])
        first = queues[item["id"]][0]["status"] if item["id"] in queues else None
        assert (loan is not None) == (status in ("Checked out", "Declared lost", "Claimed returned", "Aged to lost"))
        assert loan is None or loan["itemStatus"] == status
        assert (first == "Open - Awaiting pickup") == (status == "Awaiting pickup")
        if status == "Available":
            assert first is None
        if status == "Paged":
            assert queues[item["id"]][0]["requestType"] == "Page"
    assert {item["status"]["name"] for item in documents("item", sizes)} >= {
        "Available", "Checked out", "Declared lost", "Claimed returned", "Aged to lost", "Awaiting pickup", "Paged", "In transit",
    }


def queues_of(sizes: Sizes) -> dict[str, list[Json]]:
    queues = defaultdict(list)
    for request in documents("request", sizes):
        if request["status"].startswith("Open"):
            queues[request["itemId"]].append(request)
    return {item: sorted(queue, key=lambda one: one["position"]) for item, queue in queues.items()}


@pytest.mark.parametrize("sizes", SIZES)
def test_queues_have_no_gaps_and_nobody_waits_for_what_they_have(sizes: Sizes):
    borrowers = {loan["itemId"]: loan["userId"] for loan in documents("loan", sizes) if loan["status"]["name"] == "Open"}
    queues = queues_of(sizes)
    assert max(map(len, queues.values())) > 1
    for item, queue in queues.items():
        assert [request["position"] for request in queue] == list(range(1, len(queue) + 1))
        waiting = [request["requesterId"] for request in queue]
        assert len(set(waiting)) == len(waiting)
        assert borrowers.get(item) not in waiting


@pytest.mark.parametrize("sizes", SIZES)
def test_every_loan_has_its_history_and_copies_are_lent_one_after_the_other(sizes: Sizes):
    ends: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in made(sizes):
        if one.kind is not LOAN:
            continue
        loan = one.document
        assert one.history[-1].document == loan
        assert [change.operation for change in one.history] == ["I"] + ["U"] * (len(one.history) - 1)
        times = [change.at for change in one.history]
        assert times == sorted(times)
        assert times[-1] <= NOW
        assert one.history[0].document["action"] == "checkedout"
        ends[loan["itemId"]].append((loan["loanDate"], loan.get("returnDate", "9")))
    for spans in ends.values():
        spans.sort()
        assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))


def test_there_is_every_kind_of_loan():
    actions = {loan["action"] for loan in documents("loan")}
    assert actions == {
        "checkedout", "checkedin", "renewed", "recallrequested", "holdrequested", "declaredLost", "claimedReturned",
        "itemAgedToLost",
    }
    now = NOW.isoformat()
    overdue = [loan for loan in documents("loan") if loan["status"]["name"] == "Open" and loan["dueDate"] < now]
    assert len(overdue) > 3


@pytest.mark.parametrize("sizes", SIZES)
def test_every_loan_has_the_policies_that_the_rules_choose(sizes: Sizes):
    rules = compile_rules(documents("circulation_rules", sizes)[0]["rulesAsText"])
    items, users, places = by_id("item", sizes), by_id("users", sizes), by_id("location", sizes)
    policies = by_id("loan_policy", sizes)
    for loan in documents("loan", sizes):
        item, place = items[loan["itemId"]], places[items[loan["itemId"]]["effectiveLocationId"]]
        facts = Facts(
            patron_group=users[loan["userId"]]["patronGroup"], material_type=item["materialTypeId"],
            loan_type=item["permanentLoanTypeId"], location=place["id"], library=place["libraryId"],
            campus=place["campusId"], institution=place["institutionId"],
        )
        for letter, field in (("l", "loanPolicyId"), ("o", "overdueFinePolicyId"), ("i", "lostItemPolicyId")):
            assert rules.match(letter, facts).policy_id == loan[field]
        assert policies[loan["loanPolicyId"]]["loanable"]


def test_effective_values_follow_from_items_and_holdings():
    holdings = {key: Holdings.from_wire(document) for key, document in by_id("holdings_record").items()}
    for document in holdings.values():
        assert with_effective_location(document) == document
    for document in documents("item"):
        item = Item.from_wire(document)
        assert with_effective_values(item, holdings[item.holdings_record_id]) == item


def test_charges_are_those_of_a_loan():
    loans = by_id("loan")
    accounts = documents("accounts")
    assert {account["status"]["name"] for account in accounts} == {"Open", "Closed"}
    for account in accounts:
        assert loans[account["loanId"]]["userId"] == account["userId"]
        actions = [action for action in documents("feefineactions") if action["accountId"] == account["id"]]
        assert actions[-1]["balance"] == account["remaining"]


def test_some_patrons_are_special():
    users = documents("users")
    assert [user["username"] for user in users][0] == sample.PATRON
    assert sum(not user["active"] for user in users) == 1
    assert sum(user["expirationDate"] < NOW.isoformat() for user in users) == 1
    blocked = [block["userId"] for block in documents("manualblocks")]
    assert blocked == [users[3]["id"]]
    assert len({user["externalSystemId"] for user in users}) == len(users)


async def test_a_loaded_library_is_complete(tx: Tx):
    told: list[tuple[int, int]] = []
    count = await sample.load(tx, generate(), lambda done, total: told.append((done, total)))
    assert count == len(list(generate().records(tx.now))) == told[-1][0]
    loans = await tx.connection.fetchval(
        f"""SELECT count(*) FROM {tx.table("loan")} loan WHERE loan.doc = (
            SELECT doc FROM {tx.table("loan_history")} WHERE record_id = loan.id ORDER BY at DESC, seq DESC LIMIT 1)"""
    )
    assert loans == Sizes().loans


async def tables(tx: Tx) -> list[str]:
    rows = await tx.connection.fetch(
        """SELECT indexdef AS text FROM pg_indexes WHERE schemaname = $1
           UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = $1::regnamespace AND contype = 'f' ORDER BY 1""",
        tx.schema,
    )
    return [row["text"] for row in rows]


async def test_a_large_library_leaves_indexes_and_references_as_they_were(tx: Tx):
    before = await tables(tx)
    for kind in (LOAN, next(one.kind for one in made() if one.kind.table == "item")):
        async with bulk.bare(tx, bulk.tables_of(kind)):
            assert len(await tables(tx)) < len(before) - 5
    assert await tables(tx) == before


@pytest.fixture
async def demo(client: httpx.AsyncClient, tx: Tx, clock: Clock) -> httpx.AsyncClient:
    """A client of a tenant that has the sample library."""
    await sample.load(tx, generate())
    return client


async def read(client: httpx.AsyncClient, path: str, **query: str) -> Json:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_ada_has_something_of_everything(demo: httpx.AsyncClient):
    ada = (await read(demo, "/users", query=f"username=={sample.PATRON}"))["users"][0]
    account = await read(
        demo, f"/patron/account/{ada['id']}", includeLoans="true", includeHolds="true", includeCharges="true"
    )
    assert account["totalLoans"] == 3
    assert [loan["overdue"] for loan in account["loans"]].count(True) == 1
    assert {hold["status"] for hold in account["holds"]} == {"Open - Awaiting pickup", "Open - Not yet filled"}
    assert {hold["queuePosition"] for hold in account["holds"]} == {1, 2}
    assert account["totalChargesCount"] == 1


async def test_every_loan_of_ada_can_be_renewed(demo: httpx.AsyncClient):
    ada = (await read(demo, "/users", query=f"username=={sample.PATRON}"))["users"][0]
    account = await read(demo, f"/patron/account/{ada['id']}", includeLoans="true")
    for loan in account["loans"]:
        answer = await demo.post(f"/patron/account/{ada['id']}/item/{loan['item']['itemId']}/renew")
        assert answer.status_code == 201, answer.text


async def test_the_desk_can_work_with_it(demo: httpx.AsyncClient, clock: Clock):
    item = (await read(demo, "/item-storage/items", query="status.name==Available sortBy barcode"))["items"][0]
    ada = (await read(demo, "/users", query=f"username=={sample.PATRON}"))["users"][0]
    desk = (await read(demo, "/service-points", query='name=="Main Desk"'))["servicepoints"][0]
    body = {"itemBarcode": item["barcode"], "userBarcode": ada["barcode"], "servicePointId": desk["id"]}
    answer = await demo.post("/circulation/check-out-by-barcode", json=body)
    assert answer.status_code == 201, answer.text
    clock.advance(hours=1)
    for status in ("Checked out", "Paged", "Declared lost"):
        item = (await read(demo, "/item-storage/items", query=f'status.name=="{status}" sortBy barcode'))["items"][0]
        back = {"itemBarcode": item["barcode"], "servicePointId": desk["id"], "checkInDate": clock.now.isoformat()}
        answer = await demo.post("/circulation/check-in-by-barcode", json=back)
        assert answer.status_code == 200, answer.text


async def test_a_new_request_has_the_form_of_those_that_are_there(demo: httpx.AsyncClient, clock: Clock):
    found = await read(demo, "/request-storage/requests", query='requestType=="Hold" and status=="Open*" sortBy position')
    old = found["requests"][0]
    desk = old["pickupServicePointId"]
    users = (await read(demo, "/users", query="barcode==2* sortBy barcode/sort.descending"))["users"]
    body = {
        "requestType": "Hold", "requestLevel": "Item", "requestDate": clock.now.isoformat(), "requesterId": users[0]["id"],
        "itemId": old["itemId"], "holdingsRecordId": old["holdingsRecordId"], "instanceId": old["instanceId"],
        "fulfillmentPreference": "Hold Shelf", "pickupServicePointId": desk,
    }
    answer = await demo.post("/circulation/requests", json=body)
    assert answer.status_code == 201, answer.text
    new = await read(demo, f"/request-storage/requests/{answer.json()['id']}")
    assert shape(new) == shape(old)
    assert new["item"] == old["item"]
    assert new["instance"] == old["instance"]
    assert new["searchIndex"] == old["searchIndex"]


def shape(document: Any) -> Any:
    if isinstance(document, dict):
        without = ("createdByUserId", "updatedByUserId")
        return {name: shape(part) for name, part in document.items() if name not in without}
    return type(document).__name__


async def test_numbers_go_on_after_those_of_the_library(demo: httpx.AsyncClient):
    types = await read(demo, "/instance-types")
    made = await demo.post(
        "/instance-storage/instances",
        json={"title": "A new book", "source": "local", "instanceTypeId": types["instanceTypes"][0]["id"]},
    )
    assert made.json()["hrid"] > "in00000000150", "a sequence is not rolled back, so other tests may have used some more"


def test_a_large_library_does_not_begin_before_its_books():
    loans = documents("loan", SIZES[2])
    assert min(loan["loanDate"] for loan in loans) > (NOW - timedelta(days=20500)).isoformat()
