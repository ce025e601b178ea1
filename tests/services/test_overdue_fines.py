"""Fines for items that come back, or are renewed, too late."""

from typing import Any

import httpx
import pytest

from charging import SET_COST, accounts, actions, declare_lost, fines, lost_fees, owner
from library import LOAN_POLICY, Library

Json = dict[str, Any]


async def overdue_by(library: Library, clock: Any, **parts: float) -> tuple[Json, Json]:
    """Lend an item whose loan is by now overdue by so much; return the item and the loan."""
    item = await library.item()
    loan = await library.check_out(await library.patron(), item)
    clock.advance(weeks=3)
    clock.advance(**parts)
    return item, loan


async def test_a_late_return_is_fined(library: Library, clock: Any) -> None:
    owner_id = await owner(library)
    await fines(library)
    item, loan = await overdue_by(library, clock, hours=2, minutes=1)
    told = await library.check_in(item)
    assert told["loan"]["feesAndFines"] == {"amountRemainingToPay": 3}
    fine = (await accounts(library, loan))["Overdue fine"]
    assert (fine["amount"], fine["remaining"], fine["ownerId"]) == (3, 3, owner_id)
    assert (fine["status"]["name"], fine["paymentStatus"]["name"]) == ("Open", "Outstanding")
    assert (fine["feeFineId"], fine["userId"]) == ("9523cb96-e752-40c2-89da-60f3961a488d", loan["userId"])
    assert fine["overdueFinePolicyId"] == library.ids["no fines"]
    assert fine["returnedDate"]
    (charge,) = await actions(library, fine)
    assert (charge["typeAction"], charge["amountAction"], charge["balance"]) == ("Overdue fine", 3, 3)


async def test_a_return_in_time_costs_nothing(library: Library, clock: Any) -> None:
    await owner(library)
    await fines(library)
    item, loan = await overdue_by(library, clock, hours=-1)
    await library.check_in(item)
    assert await accounts(library, loan) == {}


async def test_nobody_is_fined_where_nobody_charges(library: Library, clock: Any) -> None:
    await owner(library, "branch desk")
    await fines(library)
    item, loan = await overdue_by(library, clock, days=1)
    await library.check_in(item)
    assert await accounts(library, loan) == {}


async def test_a_late_return_counts_from_when_it_came_back(library: Library, clock: Any) -> None:
    await owner(library)
    await fines(library)
    item, loan = await overdue_by(library, clock, days=1)
    clock_then = clock.now
    clock.advance(days=5)
    await library.check_in(item, checkInDate=clock_then.isoformat())
    assert (await accounts(library, loan))["Overdue fine"]["amount"] == 24


async def test_what_the_library_found_itself_is_not_fined(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await owner(library)
    await fines(library)
    for resolution, fined in (("Found by library", False), ("Returned by patron", True)):
        item, loan = await overdue_by(library, clock, days=1)
        claim = {"itemClaimedReturnedDateTime": clock.now.isoformat()}
        answer = await client.post(f"/circulation/loans/{loan['id']}/claim-item-returned", json=claim)
        assert answer.status_code == 204
        await library.check_in(item, claimedReturnedResolution=resolution)
        assert ("Overdue fine" in await accounts(library, loan)) is fined


@pytest.mark.parametrize("forgiven", [True, False])
async def test_a_late_renewal_is_fined_unless_forgiven(
    library: Library, client: httpx.AsyncClient, clock: Any, forgiven: bool
) -> None:
    await owner(library)
    await fines(library, forgiveOverdueFine=forgiven)
    item, loan = await overdue_by(library, clock, hours=1)
    asked = {"itemId": item["id"], "userId": loan["userId"]}
    answer = await client.post("/circulation/renew-by-id", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json()["feesAndFines"] == {"amountRemainingToPay": 0 if forgiven else 1}
    fine = (await accounts(library, loan)).get("Overdue fine")
    assert (fine is None) is forgiven
    if fine:
        assert fine["dueDate"] == (await library.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']}"))[
            "loansHistory"
        ][-1]["loan"]["dueDate"]


async def test_the_grace_period_is_that_of_the_loan_policy(library: Library, clock: Any) -> None:
    await owner(library)
    await fines(library)
    gracious = {**LOAN_POLICY["loansPolicy"], "gracePeriod": {"duration": 2, "intervalId": "Days"}}
    made = await library.post(
        "/loan-policy-storage/loan-policies", **{**LOAN_POLICY, "name": "gracious", "loansPolicy": gracious}
    )
    library.ids["three weeks"] = made["id"]
    await library.rules()
    for days, fined in ((1, False), (3, True)):
        item, loan = await overdue_by(library, clock, days=days)
        await library.check_in(item)
        assert ("Overdue fine" in await accounts(library, loan)) is fined


@pytest.mark.parametrize(("returned", "fined"), [("Charge", True), ("Remove", False)])
async def test_a_lost_item_is_fined_for_its_delay_only_where_the_policy_says_so(
    library: Library, client: httpx.AsyncClient, clock: Any, returned: str, fined: bool
) -> None:
    await owner(library)
    await fines(library)
    await lost_fees(library, chargeAmountItem=SET_COST, lostItemReturned=returned)
    item, loan = await overdue_by(library, clock, days=1)
    assert (await declare_lost(client, library, loan)).status_code == 204
    await library.check_in(item)
    charged = await accounts(library, loan)
    assert ("Overdue fine" in charged) is fined
    assert charged["Lost item fee"]["paymentStatus"]["name"] == "Cancelled item returned"
