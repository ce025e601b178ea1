"""What one act changes, changes together or not at all, wherever the connection to the database breaks.

Every verb is cut off before each of its statements in turn, those of the transaction too. What was cut off has left
nothing; what is done at last is what the reference says.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from model.acts import DONE, UNAVAILABLE, VERBS, Act
from model.telling import Telling
from model.test_once_told import MAIN, check_in, check_out, hold, of, request, wait
from model.town import Town, founded
from octavo.store.pool import Pool

pytestmark = pytest.mark.slow

TABLES = (
    "loan", "loan_history", "item", "request", "patron_action_session", "check_in", "accounts", "feefineactions", "replay",
    "users", "actual_cost_record", "scheduled_notice", "outbox",
)  # fmt: skip
MANY = 60


@dataclass
class Scissors:
    """Ends the server's side of a connection just before one of its statements: the one that is `left` from now."""

    admin: Any = None
    left: int | None = None

    async def before(self, connection: Any) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left == 0:
            await self.admin.execute("SELECT pg_terminate_backend($1, 5000)", connection.get_server_pid())


class Watched:
    """A connection whose every statement, those of the transaction too, passes the scissors."""

    def __init__(self, connection: Any, scissors: Scissors) -> None:
        self._connection = connection
        self._scissors = scissors

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        if name not in ("execute", "fetch", "fetchrow", "fetchval"):
            return method

        async def passing(*arguments: Any) -> Any:
            await self._scissors.before(self._connection)
            return await method(*arguments)

        return passing

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        inner = self._connection.is_in_transaction()
        await self.execute("SAVEPOINT inner_one" if inner else "BEGIN")
        try:
            yield
        except BaseException:
            if not self._connection.is_closed():
                await self._connection.execute("ROLLBACK TO inner_one" if inner else "ROLLBACK")
            raise
        await self.execute("RELEASE inner_one" if inner else "COMMIT")


@dataclass
class WatchedPool:
    """The pool in service, every connection of it watched."""

    pool: Pool
    scissors: Scissors

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection:
            yield Watched(connection, self.scissors)


@pytest.fixture(scope="module")
async def scissors() -> Scissors:
    return Scissors()


@pytest.fixture(scope="module")
async def town(migrated: str, scissors: Scissors) -> AsyncIterator[Town]:
    """A town whose one connection can be cut."""
    async with founded(migrated, 1, lambda pool: WatchedPool(pool, scissors)) as made:
        scissors.admin = made.admin
        yield made


LENT = check_out("loan", "Ada", "emma 1")
LOST = (LENT, of("declare_lost", "loan"))
FEE = "loan Lost item fee 1"
WAITING = (LENT, hold("first", "Ben", "emma 1"), hold("second", "Cleo", "emma 1"))


def money(verb: str, amount: str = "30") -> Act:
    return Act("act", {"verb": verb, "charge": FEE, "amount": amount})


#: What happens before, and what is then cut off.
ITEMS: dict[str, tuple[tuple[Act, ...], Act]] = {
    "check-out": ((), LENT),
    "check-out of what was requested": ((hold("page", "Ada", "emma 1"), check_in("emma 1")), LENT),
    "check-in": ((LENT,), check_in("emma 1")),
    "check-in for the next, with a fine": ((*WAITING, wait(40)), check_in("emma 1")),
    "check-in of what was lost": ((*LOST, money("pay")), check_in("emma 1")),
    "check-in of what was lost and paid": ((*LOST, money("pay"), Act("act", {
        "verb": "pay", "charge": "loan Lost item processing fee 1", "amount": "5"})), check_in("emma 1")),
    "renewal": ((LENT, wait(1)), Act("renew", {"patron": "Ada", "item": "emma 1"})),
    "renewal of what was lost": (LOST, Act("renew", {"patron": "Ada", "item": "emma 1", "override": "renewal"})),
    "page": ((), hold("page", "Ada", "emma 1")),
    "hold": ((LENT,), hold("hold", "Ben", "emma 1")),
    "recall": ((LENT,), request("recall", "Ben", "emma 1", "Recall")),
    "cancellation": (WAITING, Act("cancel", {"request": "first"})),
    "cancellation by the patron": (WAITING, Act("cancel", {"request": "first", "patron": "Ben"})),
    "deletion of a request": (WAITING, Act("delete_request", {"request": "first"})),
    "change of a request": (WAITING, Act("update_request", {"request": "first", "pickup": MAIN, "expires": 9})),
    "move": ((*WAITING, check_out("other", "Dan", "emma 2")), Act("move", {"request": "first", "item": "emma 2", "kind": None})),
    "move to what is available": (WAITING, Act("move", {"request": "first", "item": "emma 2", "kind": None})),
    "reorder": (WAITING, Act("reorder", {"target": "emma 1", "places": {"first": 2, "second": 1}})),
    "expiry of a request": ((
        LENT, Act("request", {"key": "first", "patron": "Ben", "target": "emma 1", "kind": "Hold", "pickup": MAIN, "expires": 0}),
        hold("second", "Cleo", "emma 1"), wait(2)), Act("expire")),
    "expiry on the hold shelf": ((*WAITING, check_in("emma 1"), wait(23)), Act("expire")),
    "declaring lost": ((LENT,), of("declare_lost", "loan")),
    "claiming returned": ((LENT,), of("claim_returned", "loan")),
    "declaring missing": ((LENT, of("claim_returned", "loan")), of("declare_missing", "loan")),
    "change of the due date": ((LENT,), Act("change_due_date", {"loan": "loan", "days": 9})),
    "ageing to lost": ((LENT, wait(40)), Act("age_to_lost")),
    "billing what has aged to lost": ((LENT, wait(40), Act("age_to_lost"), wait(4)), Act("bill_lost")),
    "payment": (LOST, money("pay", "4")),
    "payment that closes the loan": ((*LOST, Act("cancel_charge", {"charge": "loan Lost item processing fee 1"})), money("pay")),
    "waiver": (LOST, money("waive", "4")),
    "transfer": (LOST, money("transfer", "4")),
    "refund": ((*LOST, money("pay", "4")), money("refund", "3")),
    "cancellation of a charge": (LOST, Act("cancel_charge", {"charge": FEE})),
    "anonymising": ((LENT, check_in("emma 1")), Act("anonymise", {"patron": "Ada"})),
}  # fmt: skip
TITLES: dict[str, tuple[tuple[Act, ...], Act]] = {
    "page of a title": ((), request("page", "Ada", "Emma", "Page")),
    "hold of a film": ((check_out("one", "Ada", "vertigo 1"), check_out("two", "Ben", "vertigo 2")),
                       request("hold", "Cleo", "Vertigo", "Hold")),
    "check-in for a title": ((check_out("one", "Ada", "vertigo 1"), request("hold", "Cleo", "Vertigo", "Hold")), check_in("vertigo 1")),
    "reorder of a title": ((request("first", "Ada", "Emma", "Page"), request("second", "Ben", "Emma", "Page")),
                           Act("reorder", {"target": "Emma", "places": {"first": 2, "second": 1}})),
}  # fmt: skip
#: What is a record stored as it is sent, by one statement, and what the timers above are made of.
_ONE_STATEMENT = {
    "charge", "block", "edit_patron", "edit_item", "edit_desk", "edit_loan", "wait", "expire_one", "age_one", "bill_one",
}  # fmt: skip


async def rows(town: Town) -> dict[str, list[str]]:
    """Return everything that an act may change."""
    return {
        table: [str(row) for row in await town.admin.fetch(f"SELECT * FROM {town.table(table)} ORDER BY 1")] for table in TABLES
    }


async def cut_off(town: Town, scissors: Scissors, before: tuple[Act, ...], act: Act, *, by_title: bool) -> None:
    telling = Telling(town, by_title=by_title)
    await telling.begin()
    await telling.given(before)
    first = await rows(town)
    for statement in range(1, MANY):
        scissors.left = statement
        try:
            said = await telling.server.do(act)
        finally:
            was_cut, scissors.left = scissors.left <= 0, None
        if not was_cut:
            break
        assert said == UNAVAILABLE, f"statement {statement}: {said}"
        assert await rows(town) == first, f"something remains of what was cut off at statement {statement}"
    assert said == DONE
    assert 1 < statement < MANY, "there was nothing to be cut off at"
    assert await rows(town) != first
    await telling.has_happened(act)


@pytest.mark.parametrize("name", ITEMS)
async def test_a_connection_that_breaks_leaves_nothing_half_done(town: Town, scissors: Scissors, name: str) -> None:
    await cut_off(town, scissors, *ITEMS[name], by_title=False)


@pytest.mark.parametrize("name", TITLES)
async def test_nor_where_titles_are_requested(town: Town, scissors: Scissors, name: str) -> None:
    await cut_off(town, scissors, *TITLES[name], by_title=True)


def test_every_verb_is_cut_off() -> None:
    assert {act.verb for _, act in (*ITEMS.values(), *TITLES.values())} == set(VERBS) - _ONE_STATEMENT
