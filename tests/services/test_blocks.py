"""What blocks a patron: computed from loans and charges when it is asked for."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library
from octavo.rules.blocks import Action
from octavo.services.patron_blocks import load_blocks
from octavo.store.tx import Tx

Json = dict[str, Any]

CHARGED_OUT = "3d7c52dc-c732-4223-8bf8-e5917801386f"
LOST = "72b67965-5b73-4840-bc0b-be8f3f6e047e"
OVERDUE = "584fbd4f-6a34-4730-a6ca-73a6a6a9d845"
OVERDUE_RECALLS = "e5b45031-a202-4abb-917b-e1df9346fe2c"
BALANCE = "cf7a0d5f-a327-4ca1-aa9e-dc55ec006b8a"
RECALL_DAYS = "08530ac4-07f2-48e6-9dda-a97bc2bf7053"
ALL = (CHARGED_OUT, LOST, OVERDUE, OVERDUE_RECALLS, BALANCE, RECALL_DAYS)


async def limit(library: Library, condition_id: str, value: float, **flags: bool) -> None:
    """Let a condition block everything (or what `flags` say) for students beyond a value."""
    condition = await library.get(f"/patron-block-conditions/{condition_id}")
    blocking = {"blockBorrowing": True, "blockRenewals": True, "blockRequests": True, "message": "No more"}
    await library.put(f"/patron-block-conditions/{condition_id}", {**condition, **blocking, **flags})
    group = library.ids["students"]
    await library.post(
        "/patron-block-limits", id=str(uuid4()), patronGroupId=group, conditionId=condition_id, value=value
    )


async def lent(library: Library, patron: Json, **more: Any) -> Json:
    """Store an open loan; due long ago unless said otherwise."""
    item = await library.item()
    record = {
        "userId": patron["id"], "itemId": item["id"], "loanDate": "2026-01-01", "action": "checkedout",
        "status": {"name": "Open"}, "dueDate": "2026-02-01T00:00:00Z", "itemStatus": "Checked out",
        "loanPolicyId": library.ids["three weeks"],
    }  # fmt: skip
    return await library.post("/loan-storage/loans", **{**record, **more})


async def owes(library: Library, patron: Json, amount: float, **more: Any) -> Json:
    record = {
        "userId": patron["id"], "amount": amount, "remaining": amount, "status": {"name": "Open"},
        "paymentStatus": {"name": "Outstanding"}, "feeFineId": str(uuid4()), "ownerId": str(uuid4()),
    }  # fmt: skip
    return await library.post("/accounts", **{**record, **more})


async def blocks(library: Library, patron: Json) -> list[Json]:
    found: list[Json] = (await library.get(f"/automated-patron-blocks/{patron['id']}"))["automatedPatronBlocks"]
    return found


async def test_nobody_is_blocked_without_limits(library: Library) -> None:
    patron = await library.patron()
    await lent(library, patron)
    assert await blocks(library, patron) == []


async def test_a_patron_at_the_limit_borrows_no_more_but_renews(library: Library) -> None:
    await limit(library, CHARGED_OUT, 1)
    patron = await library.patron()
    await lent(library, patron)
    assert await blocks(library, patron) == [
        {
            "patronBlockConditionId": CHARGED_OUT, "blockBorrowing": True, "blockRenewals": False,
            "blockRequests": False, "message": "No more",
        }
    ]  # fmt: skip
    await lent(library, patron)
    (found,) = await blocks(library, patron)
    assert (found["blockBorrowing"], found["blockRenewals"], found["blockRequests"]) == (True, True, True)


@pytest.mark.parametrize(
    ("condition", "loan"),
    [
        (LOST, {"itemStatus": "Declared lost"}),
        (LOST, {"itemStatus": "Aged to lost"}),
        (OVERDUE, {}),
        (OVERDUE_RECALLS, {"dueDateChangedByRecall": True}),
        (RECALL_DAYS, {"dueDateChangedByRecall": True}),
    ],
)
async def test_a_loan_may_block(library: Library, condition: str, loan: Json) -> None:
    await limit(library, condition, 0)
    patron = await library.patron()
    assert await blocks(library, patron) == []
    await lent(library, patron, **loan)
    assert [found["patronBlockConditionId"] for found in await blocks(library, patron)] == [condition]


@pytest.mark.parametrize("condition", ALL)
async def test_what_was_claimed_returned_counts_for_nothing(library: Library, condition: str) -> None:
    await limit(library, condition, 0 if condition != CHARGED_OUT else 1)
    patron = await library.patron()
    loan = await lent(library, patron, itemStatus="Claimed returned", dueDateChangedByRecall=True)
    await owes(library, patron, 12.5, loanId=loan["id"])
    assert await blocks(library, patron) == []


async def test_closed_loans_and_others_loans_do_not_count(library: Library) -> None:
    await limit(library, OVERDUE, 0)
    patron = await library.patron()
    await lent(library, patron, status={"name": "Closed"})
    await lent(library, await library.patron())
    assert await blocks(library, patron) == []


async def test_a_loan_within_its_grace_period_is_not_overdue(library: Library) -> None:
    loans_policy = {
        "profileId": "Rolling", "period": {"duration": 3, "intervalId": "Weeks"},
        "gracePeriod": {"duration": 9999, "intervalId": "Weeks"},
    }  # fmt: skip
    policy = await library.post(
        "/loan-policy-storage/loan-policies", name="kind", loanable=True, renewable=False, loansPolicy=loans_policy
    )
    await limit(library, OVERDUE, 0)
    patron = await library.patron()
    await lent(library, patron, loanPolicyId=policy["id"])
    assert await blocks(library, patron) == []


async def test_debts_block_when_they_exceed_the_limit(library: Library) -> None:
    await limit(library, BALANCE, 10.1, blockRenewals=False)
    patron = await library.patron()
    await owes(library, patron, 10.0)
    await owes(library, patron, 0.1)
    await owes(library, patron, 99, remaining=0, status={"name": "Closed"})
    assert await blocks(library, patron) == []
    await owes(library, patron, 0.01)
    (found,) = await blocks(library, patron)
    assert (found["blockBorrowing"], found["blockRenewals"], found["blockRequests"]) == (True, False, True)


async def test_the_limits_are_those_of_the_patron_s_group(library: Library) -> None:
    await limit(library, OVERDUE, 0)
    staff = await library.patron(group="staff")
    await lent(library, staff)
    assert await blocks(library, staff) == []


async def test_all_conditions_take_one_statement(library: Library, tx: Tx, statements: list[str]) -> None:
    for condition in ALL:
        await limit(library, condition, 0)
    patron = await library.patron()
    await lent(library, patron, dueDateChangedByRecall=True, itemStatus="Aged to lost")
    await owes(library, patron, 1)
    await library.post("/manualblocks", userId=patron["id"], desc="sang", borrowing=True)
    await asyncio.sleep(0)
    statements.clear()
    blocks = await load_blocks(tx, patron["id"])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(statements) == 1
    (manual,) = blocks.manual_violations(Action.BORROWING)
    assert manual.message == "Patron blocked from borrowing"
    assert [one.message for one in blocks.automated_violations(Action.BORROWING)] == ["No more"] * len(ALL)


async def test_the_three_kinds_of_manual_blocks_are_independent(library: Library, tx: Tx) -> None:
    patron = await library.patron()
    await library.post("/manualblocks", userId=patron["id"], desc="sang", requests=True)
    blocks = await load_blocks(tx, patron["id"])
    assert [action for action in Action if blocks.manual_violations(action)] == [Action.REQUESTING]


async def test_somebody_unknown_is_not_blocked(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/automated-patron-blocks/{uuid4()}")
    assert (answer.status_code, answer.json()) == (200, {"automatedPatronBlocks": []})


async def test_a_summary_lists_open_loans_and_charges(library: Library) -> None:
    patron = await library.patron()
    loan = await lent(library, patron)
    account = await owes(library, patron, 2.5, loanId=loan["id"])
    summary = await library.get(f"/user-summary/{patron['id']}")
    assert summary["userId"] == patron["id"]
    assert summary["openLoans"] == [
        {
            "loanId": loan["id"], "dueDate": "2026-02-01T00:00:00.000+00:00", "recall": False, "itemLost": False,
            "itemClaimedReturned": False,
        }
    ]  # fmt: skip
    assert summary["openFeesFines"] == [
        {"feeFineId": account["id"], "feeFineTypeId": account["feeFineId"], "loanId": loan["id"], "balance": 2.5}
    ]


async def test_nothing_open_is_no_summary(client: httpx.AsyncClient) -> None:
    user_id = str(uuid4())
    answer = await client.get(f"/user-summary/{user_id}")
    assert (answer.status_code, answer.text) == (404, f"User summary for user ID {user_id} not found")


@pytest.mark.parametrize(
    ("path", "text"),
    [("/automated-patron-blocks/x", 'Invalid user UUID: "x"'), ("/user-summary/x", 'Invalid user ID: "x"')],
)
async def test_an_id_that_is_none_is_refused(client: httpx.AsyncClient, path: str, text: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.text) == (400, text)
