"""Pages of a thousand loans and requests, put together with one statement."""

import asyncio
from typing import Any

import pytest

from library import Library
from octavo.store.tx import Tx

Json = dict[str, Any]

MANY = 1000


async def copied(tx: Tx, table: str, record: Json, fields: str) -> None:
    """Store a record a thousand times, numbered; `fields` are SQL for what differs, with `number` and `id`."""
    await tx.connection.execute(
        f"""INSERT INTO {tx.table(table)} (id, doc)
            SELECT made.id, source.doc || jsonb_build_object('id', made.id) || {fields}
            FROM {tx.table(table)} source, (SELECT number, md5('{table}' || number)::uuid AS id
                FROM generate_series(1, {MANY}) number) made WHERE source.id = $1""",
        record["id"],
    )
    await asyncio.sleep(0)  # the driver tells its loggers of a statement a moment later


@pytest.fixture
async def items(library: Library, tx: Tx) -> Json:
    """An item and a thousand more like it, with an instance, holdings and a place on the shelf."""
    item = await library.item()
    await copied(tx, "item", item, "jsonb_build_object('barcode', 'copy ' || number, 'hrid', 'copy' || number)")
    return item


ITEM_ID = "jsonb_build_object('itemId', md5('item' || number)::uuid)"


async def test_a_thousand_loans_are_shown_with_borrower_and_item(
    library: Library, tx: Tx, items: Json, statements: list[str]
) -> None:
    patron = await library.patron()
    loan = await library.check_out(patron, items)
    await copied(tx, "loan", loan, ITEM_ID)
    statements.clear()
    page = await library.get(f"/circulation/loans?query=userId=={patron['id']} and id<>{loan['id']}&limit={MANY}")
    assert len(statements) <= 2
    assert (len(page["loans"]), page["totalRecords"]) == (MANY, MANY)
    for shown in page["loans"]:
        assert shown["borrower"]["barcode"] == patron["barcode"]
        assert shown["loanPolicy"]["name"] == "three weeks"
        assert shown["checkoutServicePoint"]["name"] == "main desk"
    assert len({shown["item"]["barcode"] for shown in page["loans"]}) == MANY


async def test_a_thousand_requests_are_shown_with_people_and_places(
    library: Library, tx: Tx, items: Json, statements: list[str]
) -> None:
    patron = await library.patron()
    request = await library.hold(patron, items, requestType="Page")
    await copied(tx, "request", request, ITEM_ID)
    statements.clear()
    query = f"requesterId=={patron['id']} and id<>{request['id']}"
    page = await library.get(f"/circulation/requests?query={query}&limit={MANY}")
    assert len(statements) <= 2
    assert (len(page["requests"]), page["totalRecords"]) == (MANY, MANY)
    for shown in page["requests"]:
        assert shown["requester"]["barcode"] == patron["barcode"]
        assert shown["pickupServicePoint"]["name"] == "main desk"
        assert shown["item"]["location"]["libraryName"] == "Main"
    assert len({shown["item"]["barcode"] for shown in page["requests"]}) == MANY
