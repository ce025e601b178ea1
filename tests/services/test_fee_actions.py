"""Many desks at the same charges at the same moment: over real connections, in transactions that commit."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from healthy import assert_tenant_healthy
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.store import tenants
from octavo.store.pool import Pool
from octavo.store.tx import Store

TENANT = "indebted"


@pytest.fixture(scope="module")
async def desks(migrated: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a tenant of its own, over eight connections."""
    async with tenants.administration(migrated) as connection:
        await wiring.create_tenant(connection, TENANT, "admin", "admin-password", datetime.now(UTC))
    pool = Pool(migrated, size=8, patience=60)
    octavo = wiring.assemble(Store(pool), Settings())
    headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": await octavo.token_of(TENANT, "admin")}
    transport = httpx.ASGITransport(app=octavo.okapi)
    async with httpx.AsyncClient(transport=transport, base_url="http://octavo", headers=headers, timeout=60) as client:
        yield client
    await pool.close()
    await assert_tenant_healthy(migrated, TENANT, but=("orphans",))
    async with tenants.administration(migrated) as connection:
        await tenants.drop(connection, TENANT)


async def charge(desks: httpx.AsyncClient, amount: str) -> str:
    record = {
        "id": str(uuid4()), "amount": amount, "remaining": amount, "status": {"name": "Open"},
        "paymentStatus": {"name": "Outstanding"}, "userId": str(uuid4()), "feeFineId": str(uuid4()), "ownerId": str(uuid4()),
    }  # fmt: skip
    answer = await desks.post("/accounts", json=record)
    assert answer.status_code == 201, answer.text
    return str(record["id"])


async def act(desks: httpx.AsyncClient, path: str, amount: str, **more: Any) -> int:
    body = {
        "amount": amount, "notifyPatron": False, "servicePointId": str(uuid4()), "userName": "Lee", "paymentMethod": "Cash",
        **more,
    }  # fmt: skip
    return (await desks.post(path, json=body)).status_code


async def remaining(desks: httpx.AsyncClient, account_id: str) -> float:
    left: float = (await desks.get(f"/accounts/{account_id}")).json()["remaining"]
    return left


async def records(desks: httpx.AsyncClient, account_id: str) -> list[dict[str, Any]]:
    found = await desks.get("/feefineactions", params={"query": f"accountId=={account_id}", "limit": 100})
    made: list[dict[str, Any]] = found.json()["feefineactions"]
    return made


async def test_parallel_payments_never_take_more_than_is_owed(desks: httpx.AsyncClient) -> None:
    account_id = await charge(desks, "10")
    answers = await asyncio.gather(*(act(desks, f"/accounts/{account_id}/pay", "3") for _ in range(12)))
    assert Counter(answers) == {201: 3, 422: 9}
    assert await remaining(desks, account_id) == 1
    assert sorted(record["balance"] for record in await records(desks, account_id)) == [1, 4, 7]


async def test_parallel_refunds_never_give_back_more_than_was_paid(desks: httpx.AsyncClient) -> None:
    account_id = await charge(desks, "100")
    await act(desks, f"/accounts/{account_id}/pay", "50")
    answers = await asyncio.gather(*(act(desks, f"/accounts/{account_id}/refund", "20") for _ in range(8)))
    assert Counter(answers) == {201: 2, 422: 6}
    assert await remaining(desks, account_id) == 90


async def test_bulk_payments_that_name_the_same_charges_in_any_order_do_not_block_each_other(
    desks: httpx.AsyncClient,
) -> None:
    ids = [await charge(desks, "40") for _ in range(6)]
    orders = [ids, ids[::-1], ids[3:] + ids[:3], ids[::2] + ids[1::2]]
    answers = await asyncio.gather(
        *(act(desks, "/accounts-bulk/pay", "12", accountIds=order) for order in orders * 4),
        *(act(desks, f"/accounts/{account_id}/waive", "1") for account_id in ids),
    )
    assert set(answers) == {201}
    assert [await remaining(desks, account_id) for account_id in ids] == [40 - 16 * 2 - 1] * 6


async def test_a_payment_and_a_cancellation_at_once_leave_nothing_and_no_debt(desks: httpx.AsyncClient) -> None:
    account_id = await charge(desks, "10")
    cancellation = {"notifyPatron": False, "servicePointId": str(uuid4()), "userName": "Lee"}
    paid, cancelled = await asyncio.gather(
        act(desks, f"/accounts/{account_id}/pay", "10"), desks.post(f"/accounts/{account_id}/cancel", json=cancellation)
    )
    assert sorted([paid, cancelled.status_code]) == [201, 422]
    assert await remaining(desks, account_id) == 0
    assert len(await records(desks, account_id)) == 1
