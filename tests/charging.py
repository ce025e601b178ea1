"""A library that charges: an owner for its main desk, and policies that cost something."""

from typing import Any

import httpx

from library import Library

Json = dict[str, Any]

SET_COST: Json = {"chargeType": "anotherCost", "amount": 30}
ACTUAL_COST: Json = {"chargeType": "actualCost", "amount": 0}


async def owner(library: Library, desk: str = "main desk") -> str:
    """Let somebody charge for what the desk serves, and return the owner's id."""
    points = [{"value": library.ids[desk], "label": desk}]
    return str((await library.post("/owners", owner="Main office", servicePointOwner=points))["id"])


async def lost_fees(library: Library, **policy: Any) -> None:
    """Lend from now on under a lost item fee policy."""
    made = await library.post("/lost-item-fees-policies", name=f"lost fees {len(library.ids)}", **policy)
    library.ids["no lost fees"] = made["id"]
    await library.rules()


async def fines(library: Library, **policy: Any) -> None:
    """Lend from now on under an overdue fine policy: a unit an hour, unless said otherwise."""
    usual = {"overdueFine": {"quantity": 1, "intervalId": "hour"}, "countClosed": True, "maxOverdueFine": 100}
    made = await library.post("/overdue-fines-policies", name=f"fines {len(library.ids)}", **{**usual, **policy})
    library.ids["no fines"] = made["id"]
    await library.rules()


async def accounts(library: Library, loan: Json) -> dict[str, Json]:
    """Return what is and was charged for a loan, by type; a second account of a type fails the test."""
    found = (await library.get(f"/accounts?query=loanId=={loan['id']}&limit=100"))["accounts"]
    by_type = {account["feeFineType"]: account for account in found}
    assert len(by_type) == len(found)
    return by_type


async def actions(library: Library, account: Json) -> list[Json]:
    """Return what was done to an account, in order."""
    found = await library.get(f"/feefineactions?query=accountId=={account['id']} sortBy dateAction&limit=100")
    listed: list[Json] = found["feefineactions"]
    return listed


async def declare_lost(client: httpx.AsyncClient, library: Library, loan: Json, **more: Any) -> httpx.Response:
    body = {"servicePointId": library.ids["main desk"], "declaredLostDateTime": library.clock().isoformat(), **more}
    return await client.post(f"/circulation/loans/{loan['id']}/declare-item-lost", json=body)


async def pay(client: httpx.AsyncClient, library: Library, account: Json, amount: str) -> httpx.Response:
    body = {
        "amount": amount, "notifyPatron": False, "servicePointId": library.ids["main desk"], "userName": "Lee",
        "paymentMethod": "Cash",
    }  # fmt: skip
    return await client.post(f"/accounts/{account['id']}/pay", json=body)
