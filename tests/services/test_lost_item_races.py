"""Lost items that are paid and returned at the same moment: over real connections, in transactions that commit."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from charging import SET_COST, accounts, declare_lost, lost_fees, owner, pay
from healthy import assert_tenant_healthy
from library import Library
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.store import tenants
from octavo.store.pool import Pool
from octavo.store.tx import Store

Json = dict[str, Any]

TENANT = "lostandfound"


def utc_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
async def town(migrated: str) -> AsyncIterator[Library]:
    """A library of a tenant of its own, over eight connections, that charges for lost items."""
    async with tenants.administration(migrated) as connection:
        await wiring.create_tenant(connection, TENANT, "admin", "admin-password", utc_now())
    pool = Pool(migrated, size=8, patience=60)
    octavo = wiring.assemble(Store(pool), Settings())
    headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": await octavo.token_of(TENANT, "admin")}
    transport = httpx.ASGITransport(app=octavo.okapi)
    async with httpx.AsyncClient(transport=transport, base_url="http://octavo", headers=headers, timeout=60) as client:
        library = await Library.founded(client, utc_now)
        await owner(library)
        await lost_fees(library, chargeAmountItem=SET_COST, lostItemProcessingFee=5, chargeAmountItemPatron=True)
        yield library
    await pool.close()
    await assert_tenant_healthy(migrated, TENANT)
    async with tenants.administration(migrated) as connection:
        await tenants.drop(connection, TENANT)


async def lose(town: Library) -> tuple[Json, Json, dict[str, Json]]:
    item = await town.item()
    loan = await town.check_out(await town.patron(), item)
    assert (await declare_lost(town.client, town, loan)).status_code == 204
    return item, loan, await accounts(town, loan)


async def test_two_last_payments_at_once_close_the_loan_once(town: Library) -> None:
    lost = [await lose(town) for _ in range(4)]
    answers = await asyncio.gather(
        *(pay(town.client, town, fee, str(fee["amount"])) for _, _, fees in lost for fee in fees.values())
    )
    assert [answer.status_code for answer in answers] == [201] * 8
    for _, loan, _ in lost:
        found = await town.get(f"/circulation/loans/{loan['id']}")
        assert (found["status"]["name"], found["item"]["status"]["name"]) == ("Closed", "Lost and paid")
        rows = (await town.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']}"))["loansHistory"]
        assert [row["loan"]["action"] for row in rows] == ["closedLoan", "declaredLost", "checkedout"]


async def test_an_item_that_is_paid_and_returned_at_once_is_refunded(town: Library) -> None:
    lost = [await lose(town) for _ in range(4)]
    fee = "Lost item fee"
    await asyncio.gather(
        *(pay(town.client, town, fees[fee], "30") for _, _, fees in lost), *(town.check_in(item) for item, _, _ in lost)
    )
    for item, loan, _ in lost:
        account = (await accounts(town, loan))[fee]
        assert (account["status"]["name"], account["paymentStatus"]["name"]) == ("Closed", "Cancelled item returned")
        assert (await town.get(f"/circulation/loans/{loan['id']}"))["status"]["name"] == "Closed"
        assert (await town.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Available"
