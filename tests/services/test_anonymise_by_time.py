"""Closed loans that forget who borrowed the item once the library's setting says so."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from charging import accounts, fines, owner, pay
from library import Library
from octavo.services import anonymise_by_time, privacy
from octavo.store.tx import Tx

Json = dict[str, Any]

RUN = "/circulation/scheduled-anonymize-processing"


async def remember(library: Library, **value: Any) -> None:
    await library.post("/circulation/settings", id=str(uuid4()), name="loan_history", value=value)


async def run(client: httpx.AsyncClient) -> tuple[list[str], dict[str, list[str]]]:
    """Run the timer; return the loans that forgot, and those that did not, by reason."""
    answer = await client.post(RUN)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    reasons = {error["message"]: orjson.loads(error["parameters"][0]["value"]) for error in told["errors"]}
    assert all(error["parameters"][0]["key"] == "loanIds" for error in told["errors"])
    return sorted(told["anonymizedLoans"]), {reason: sorted(ids) for reason, ids in reasons.items()}


async def returned(library: Library, clock: Any, **late: float) -> Json:
    item = await library.item()
    loan = await library.check_out(await library.patron(), item)
    clock.advance(weeks=3)
    clock.advance(**late)
    await library.check_in(item)
    return loan


async def test_without_a_setting_nothing_is_forgotten(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    loan = await returned(library, clock, hours=-1)
    assert await run(client) == ([], {"neverAnonymizeLoans": [loan["id"]]})
    assert (await library.get(f"/loan-storage/loans/{loan['id']}"))["userId"] == loan["userId"]


async def test_closed_loans_forget_after_an_interval(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    await remember(library, closingType={"loan": "interval"}, loan={"duration": 2, "intervalId": "Days"})
    first = await returned(library, clock, hours=-1)
    clock.advance(days=1)
    await library.check_out(await library.patron(), await library.item())
    assert await run(client) == ([], {"loanClosedPeriodNotPassed": [first["id"]]})
    clock.advance(days=2)
    assert await run(client) == ([first["id"]], {})
    assert "userId" not in await library.get(f"/loan-storage/loans/{first['id']}")
    rows = (await library.get(f"/loan-storage/loan-history?query=loan.id=={first['id']}"))["loansHistory"]
    assert not any("userId" in row["loan"] for row in rows)
    assert await run(client) == ([], {})


async def test_loans_with_fines_are_treated_by_themselves(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await owner(library)
    await fines(library)
    await remember(library, closingType={"loan": "immediately", "feeFine": "immediately"}, treatEnabled=True)
    fined, free = await returned(library, clock, hours=2), await returned(library, clock, hours=-2)
    assert await run(client) == ([free["id"]], {"feesAndFinesOpen": [fined["id"]]})
    await pay(client, library, (await accounts(library, fined))["Overdue fine"], "2")
    assert await run(client) == ([fined["id"]], {})


async def test_many_loans_are_looked_at_in_batches(
    library: Library, client: httpx.AsyncClient, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anonymise_by_time, "BATCH", 2)
    await remember(library, closingType={"loan": "immediately"})
    loans = [await returned(library, clock, hours=-1) for _ in range(5)]
    assert await run(client) == (sorted(loan["id"] for loan in loans), {})


async def closed(library: Library, tx: Tx, patron: Json, **ago: float) -> str:
    """Store a loan that was closed so long ago; return its id. Ids grow, so that a later call makes a higher one."""
    library.ids["highest"] = f"{int(library.ids.get('highest', '0')) + 1:012}"
    at = (tx.now - timedelta(**ago)).isoformat()
    loan = await library.post(
        "/loan-storage/loans", id=f"00000000-0000-4000-8000-{library.ids['highest']}", userId=patron["id"], itemId=str(uuid4()),
        action="checkedin", status={"name": "Closed"}, loanDate=at, returnDate=at, systemReturnDate=at,
    )  # fmt: skip
    return str(loan["id"])


def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anonymise_by_time, "BATCH", 2)
    monkeypatch.setattr(anonymise_by_time, "MOST_BATCHES", 3)


INTERVAL = {"closingType": {"loan": "interval"}, "loan": {"duration": 2, "intervalId": "Days"}}


async def test_loans_that_are_not_due_keep_none_that_is_from_being_forgotten(
    library: Library, tx: Tx, begin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_runs(monkeypatch)
    await remember(library, **INTERVAL)
    patron = await library.patron()
    for _ in range(9):
        await closed(library, tx, patron, hours=1)
    due = [await closed(library, tx, patron, days=days) for days in (3, 4, 5, 6)]
    assert await anonymise_by_time.count_anonymised(begin) == len(due)
    assert await anonymise_by_time.count_anonymised(begin) == 0


async def test_what_a_run_does_not_get_to_the_next_one_does(
    library: Library, tx: Tx, begin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_runs(monkeypatch)
    await remember(library, closingType={"loan": "immediately"})
    patron = await library.patron()
    for _ in range(7):
        await closed(library, tx, patron, hours=1)
    assert [await anonymise_by_time.count_anonymised(begin) for _ in range(3)] == [4, 3, 0]  # the first batch is those who want no history


async def test_where_the_setting_says_never_only_those_who_want_no_history_are_looked_at(
    library: Library, tx: Tx, begin: Any, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    short_runs(monkeypatch)
    await remember(library, closingType={"loan": "never"})
    for _ in range(9):
        await closed(library, tx, await library.patron(), days=900)
    statements.clear()
    assert await anonymise_by_time.count_anonymised(begin) == 0
    (only,) = (one for one in statements if tx.table("loan") in one)
    assert f'FROM {tx.table("patron_preference")} decided' in only
    patron = await library.patron()
    await privacy.forget_history(tx, patron["id"])
    for _ in range(5):
        await closed(library, tx, patron, hours=1)
    assert await anonymise_by_time.count_anonymised(begin) == 5


async def test_loans_with_fees_are_found_by_their_fees_where_these_are_treated_by_themselves(
    library: Library, tx: Tx, begin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_runs(monkeypatch)
    await remember(
        library, closingType={"loan": "never", "feeFine": "interval"}, feeFine={"duration": 2, "intervalId": "Days"}, treatEnabled=True
    )
    patron = await library.patron()
    loans = [await closed(library, tx, patron, days=9) for _ in range(4)]
    for loan, status, days in zip(loans, ("Closed", "Closed", "Open", "Closed"), (3, 3, 3, 1), strict=True):
        account = await library.post(
            "/accounts", userId=patron["id"], loanId=loan, amount=5, remaining=0, status={"name": status},
            paymentStatus={"name": "Paid fully"}, feeFineId=str(uuid4()), ownerId=str(uuid4()),
        )  # fmt: skip
        at = (tx.now - timedelta(days=days)).isoformat()
        await library.post("/feefineactions", accountId=account["id"], userId=patron["id"], dateAction=at)
    assert await anonymise_by_time.count_anonymised(begin) == 2
    assert [("userId" in await library.get(f"/loan-storage/loans/{loan}")) for loan in loans] == [False, False, True, True]


async def test_a_loan_closed_without_its_item_coming_back_forgets_only_at_once(library: Library, tx: Tx, begin: Any) -> None:
    loan = await library.post(
        "/loan-storage/loans", userId=(await library.patron())["id"], itemId=str(uuid4()), action="closedLoan",
        status={"name": "Closed"}, loanDate=(tx.now - timedelta(days=900)).isoformat(),
    )  # fmt: skip
    await remember(library, **INTERVAL)
    assert await anonymise_by_time.count_anonymised(begin) == 0
    (setting,) = (await library.get("/circulation/settings?query=name==loan_history"))["circulationSettings"]
    await library.put(f"/circulation/settings/{setting['id']}", {**setting, "value": {"closingType": {"loan": "immediately"}}})
    assert await anonymise_by_time.count_anonymised(begin) == 1
    assert "userId" not in await library.get(f"/loan-storage/loans/{loan['id']}")


async def test_reasons_are_given_for_the_loans_closed_longest_ago_and_not_for_all(
    library: Library, client: httpx.AsyncClient, tx: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anonymise_by_time, "MOST_REASONS", 2)
    patron = await library.patron()
    loans = [await closed(library, tx, patron, days=days) for days in (1, 3, 2)]
    assert await run(client) == ([], {"neverAnonymizeLoans": loans[1:]})
