"""The asyncio client against the server itself, in the same process."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library
from octavo_client import AsyncClient, Conflict, Invalid, Login, NotFound, Unauthenticated
from octavo_models.account import HoldCancellation, HoldRequest
from octavo_models.blocks import PatronBlockLimit
from octavo_models.loan import Loan, LoanStatus
from octavo_models.session import PatronActionSession
from octavo_models.user import USERS
from sides import TENANT


def closed_loan(user_id: str) -> Loan:
    return Loan(
        user_id=user_id, item_id=str(uuid4()), loan_date="2026-03-01T10:00:00Z", action="checkedin",
        status=LoanStatus(name="Closed"),
    )


async def test_loans_from_creation_to_deletion(typed: AsyncClient) -> None:
    user_id = str(uuid4())
    made = await typed.loans.create(closed_loan(user_id))
    assert made.id
    assert made.metadata
    found = await typed.loans.get_tagged(made.id)
    await typed.loans.replace(found.record.model_copy(update={"action": "edited"}), if_match=found.etag)
    with pytest.raises(Conflict):
        await typed.loans.replace(found.record, if_match=found.etag)
    page = await typed.loans.page(f"userId=={user_id}")
    assert (page.total, [loan.action for loan in page.records]) == (1, ["edited"])
    await typed.loans.anonymize_user(user_id)
    assert (await typed.loans.get(made.id)).user_id is None
    history = await typed.loans.history(f'loan.id=="{made.id}"')
    assert [entry.operation for entry in history.records] == ["U", "U", "I"]
    await typed.loans.delete(made.id)
    with pytest.raises(NotFound, match="loan not found"):
        await typed.loans.get(made.id)


async def test_every_loan_comes_once(typed: AsyncClient) -> None:
    user_id = str(uuid4())
    made = {(await typed.loans.create(closed_loan(user_id))).id for _ in range(5)}
    ids = [loan.id async for loan in typed.loans.iterate(f"userId=={user_id}", size=2)]
    assert ids == sorted(made, key=str)
    assert await typed.loans.count(f"userId=={user_id}") == 5
    await typed.loans.delete_matching(f"userId=={user_id}")
    assert await typed.loans.count(f"userId=={user_id}") == 0


async def test_a_repeated_creation_creates_once(typed: AsyncClient) -> None:
    loan = closed_loan(str(uuid4()))
    first = await typed.loans.create(loan, idempotency_key="after a crash")
    again = await typed.loans.create(loan, idempotency_key="after a crash")
    assert first.id == again.id
    assert await typed.loans.count(f"userId=={loan.user_id}") == 1


async def test_loans_are_anonymised_by_id(typed: AsyncClient) -> None:
    made = await typed.loans.create(closed_loan(str(uuid4())))
    answer = await typed.loans.anonymize([made.id or "", "no id"])
    assert answer.anonymized_loans == [made.id]
    assert [loan_id for rest in answer.not_anonymized_loans for loan_id in rest.loan_ids] == ["no id"]


async def test_sessions_expire(typed: AsyncClient, clock: Any) -> None:
    patron_id = str(uuid4())
    made = await typed.sessions.create(
        PatronActionSession(patron_id=patron_id, loan_id=str(uuid4()), action_type="Check-out")
    )
    assert await typed.sessions.expired(clock.now - timedelta(hours=1)) == []
    [expired] = await typed.sessions.expired(clock.now + timedelta(hours=1), action_type="Check-out")
    assert expired.patron_id == patron_id
    await typed.sessions.delete(made.id or "")


async def test_broken_rules_are_listed(typed: AsyncClient) -> None:
    record = PatronActionSession(patron_id=str(uuid4()), loan_id=str(uuid4()), action_type="Check-out")
    record.patron_id = record.loan_id = "nobody"
    with pytest.raises(Invalid) as caught:
        await typed.sessions.create(record)
    assert {key for violation in caught.value.violations for key in violation.parameters} == {"patronId", "loanId"}


async def test_blocks_follow_limits(typed: AsyncClient, library: Library) -> None:
    patron = await library.patron()
    [charged_out] = (await typed.blocks.conditions.page('name=="Maximum number of items charged out"')).records
    changed = charged_out.model_copy(update={"block_borrowing": True, "message": "Enough"})
    await typed.blocks.conditions.replace(changed)
    limit = PatronBlockLimit(
        id=str(uuid4()), patron_group_id=library.ids["students"], condition_id=charged_out.id, value=1
    )
    await typed.blocks.limits.create(limit)
    assert await typed.blocks.automated(patron["id"]) == []
    await library.check_out(patron, await library.item())
    [block] = await typed.blocks.automated(patron["id"])
    assert (block.block_borrowing, block.message) == (True, "Enough")


async def test_what_a_patron_does(typed: AsyncClient, library: Library, clock: Any) -> None:
    reader, other = await library.patron(), await library.patron()
    item = await library.item()
    await library.check_out(reader, item)
    patron = typed.patron(reader["id"])
    clock.advance(days=2)
    renewed = await patron.renew(item["id"])
    assert renewed.item.item_id == item["id"]
    account = await patron.account(loans=True)
    assert (account.total_loans, len(account.loans), account.holds) == (1, 1, [])
    hold = HoldRequest(request_date=clock.now, pickup_location_id=library.ids["main desk"])
    waiting = await typed.patron(other["id"]).hold_item(item["id"], hold)
    assert waiting.status == "Open - Not yet filled"
    cancellation = HoldCancellation(
        cancellation_reason_id=library.ids["cancelled by patron"], canceled_by_user_id=other["id"],
        canceled_date=clock.now, request_date=clock.now, pickup_location_id=library.ids["main desk"],
    )
    cancelled = await typed.patron(other["id"]).cancel_hold(waiting.request_id or "", cancellation)
    assert cancelled.status == "Closed - Cancelled"
    second = await typed.patron(other["id"]).hold_item(item["id"], hold)
    await typed.patron(other["id"]).delete_hold(item["id"], second.request_id or "")
    assert (await typed.patron(other["id"]).account(holds=True)).holds == []


async def test_where_a_hold_may_be_picked_up(typed: AsyncClient, library: Library) -> None:
    patron, instance = await library.patron(), await library.instance()
    item = await library.item(instance)
    by_item = await typed.patron(patron["id"]).pickup_points_for_item(item["id"])
    by_instance = await typed.patron(patron["id"]).pickup_points_for_instance(instance["id"])
    assert {point.name for point in by_item} == {point.name for point in by_instance} == {"main desk", "branch desk"}


async def test_users_are_typed_too(typed: AsyncClient, library: Library) -> None:
    patron = await library.patron()
    [user] = (await typed.collection(USERS).page(f"username=={patron['username']}")).records
    assert user.personal
    assert user.personal.last_name == patron["personal"]["lastName"]


async def test_a_wrong_password(octavo: Any, clock: Any) -> None:
    transport = httpx.ASGITransport(app=octavo.okapi)
    wrong = Login("admin", "guess")
    async with AsyncClient("http://octavo", TENANT, wrong, transport=transport, clock=clock) as client:
        with pytest.raises(Unauthenticated, match="Wrong username or wrong password"):
            await client.loans.page()


async def test_the_session_outlasts_its_token(typed: AsyncClient, clock: Any) -> None:
    await typed.loans.page()
    clock.advance(minutes=30)
    assert (await typed.loans.page(limit=0)).records == []
