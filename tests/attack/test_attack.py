"""The short form of the attack: each kind for a few seconds. `make attack` takes longer and prints what it tried."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from attack import contract, destinations, exhaustion, forgeries, guessing, heads, logs, readers, roles
from attack.outcome import Outcome, attack, table
from attack.victim import Victim, on_its_own, settle, standing
from conftest import new_database


@attack("what breaks", "nothing")
def break_down(outcome: Outcome, reason: str) -> None:
    outcome.times += 7
    raise ValueError(reason)


@attack("what goes well", "anything")
def go_well(outcome: Outcome) -> None:
    outcome.times, outcome.tried = 1_000, "things"


def test_an_attack_that_breaks_has_a_finding_and_the_table_says_what_is_not_met() -> None:
    outcomes = [go_well(), break_down("the server is gone")]
    assert [len(one.findings) for one in outcomes] == [0, 1]
    told = table(outcomes)
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("|")]
    assert cells[2:] == [
        ["what goes well", "anything", "things", "1,000", "0", "0", "yes"],
        ["what breaks", "nothing", "", "7", "1", "0", "no"],
        ["in all", "", "", "1,007", "1", "0", "no"],
    ]
    assert "what breaks: it did not come to its end: " in told
    assert told.endswith("ValueError: the server is gone\n")


@pytest.fixture(scope="module")
async def settled(server_url: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    async with new_database(server_url, "attacked") as url:
        yield url, await settle(url)


@pytest.fixture(scope="module")
def victim(settled: tuple[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    url, prepared = settled
    with standing(url, prepared, Path(tmp_path_factory.mktemp("attack")) / "log") as server:
        yield server


def assert_nothing_found(outcome: Outcome) -> None:
    assert outcome.findings == [], table([outcome])


@pytest.mark.parametrize("name", readers.READERS)
def test_every_reader_answers_in_time(name: str) -> None:
    assert_nothing_found(readers.attack_reader(name, 60))


def test_nobody_gets_what_is_not_theirs(victim: Victim) -> None:
    assert_nothing_found(roles.attack_roles(victim))


def test_no_forged_credential_opens_anything(victim: Victim) -> None:
    assert_nothing_found(forgeries.attack_tokens(victim, 60))
    assert_nothing_found(forgeries.attack_keys(victim, 60))


def test_no_head_of_a_request_confuses_the_server(victim: Victim) -> None:
    assert_nothing_found(heads.attack_heads(victim, 100))


def test_the_server_is_not_sent_to_places_that_it_alone_can_reach(victim: Victim) -> None:
    assert_nothing_found(destinations.attack_webhooks(victim))


async def test_slow_senders_and_dear_questions_keep_nobody_waiting(victim: Victim) -> None:
    assert_nothing_found(await asyncio.to_thread(exhaustion.attack_slowly, victim, 60, 2))
    assert_nothing_found(await asyncio.to_thread(exhaustion.attack_questions, victim, 1))


@pytest.mark.slow
def test_answers_are_as_described() -> None:
    """One path in fifteen of the administrator's, and all of a patron's tool; `make attack` takes every one as everybody."""
    with on_its_own() as victim:  # a tool that changes the patron would leave the other tests nobody to log in as
        assert_nothing_found(contract.attack_contract(victim, "administrator", "coverage", every=15))
        assert_nothing_found(contract.attack_contract(victim, "patron tool", "coverage", 15))


async def test_nothing_of_anybody_is_in_the_log(victim: Victim) -> None:
    logs.travel(victim)
    assert_nothing_found(await asyncio.to_thread(logs.attack_log, victim))


def test_who_exists_cannot_be_told_by_logging_in(victim: Victim) -> None:
    assert_nothing_found(guessing.attack_timing(victim))


def test_guessing_is_slowed_down(settled: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    url, prepared = settled
    with standing(url, prepared, tmp_path / "log", OCTAVO_GUESS_RATE="0.01", OCTAVO_GUESS_BURST="12") as server:
        assert_nothing_found(guessing.attack_lock_out(server))
