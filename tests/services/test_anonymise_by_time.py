"""Closed loans that forget who borrowed the item once the library's setting says so."""

from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from charging import accounts, fines, owner, pay
from library import Library
from octavo.services import anonymise_by_time

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
