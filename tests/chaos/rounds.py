"""A round: a library of its own, clients at work, one kind of fault again and again, and then everything is checked."""

import asyncio
import random
import shutil
import subprocess
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson

from chaos import faults
from chaos.checker import Entry, Event, Found, Limit, Operation, violations
from chaos.history import Clients, Town
from library import LOAN_POLICY, Library
from octavo.app.postgres import EmbeddedPostgres
from octavo.errors import Problem
from octavo.store import tenants
from octavo.store.doctor import examine
from postgres_processes import clean_up
from process.world import TENANT
from servers import Served, running

#: How many answers there must be after a fault, and within how many seconds.
ANSWERS, PATIENCE = 20, 60.0
CLIENTS = 6
TOPICS = {"circulation.loan": "loan", "circulation.request": "request", "inventory.item": "item"}


@dataclass(frozen=True)
class Round:
    """A kind of fault, and what the server is like meanwhile."""

    name: str
    fault: faults.Fault
    environment: dict[str, str] = field(default_factory=dict)
    module: str = "octavo"
    small_disk: bool = False


ROUNDS = (
    Round("races alone", faults.nothing),
    Round("kill -9 of a worker", faults.kill_a_worker),
    Round("kill -9 of a back end of PostgreSQL", faults.kill_a_back_end),
    Round("kill -9 of the postmaster", faults.kill_the_postmaster),
    Round("the database paused (SIGSTOP, 3 s)", faults.pause_the_database),
    Round("one connection, loans locked for 3 s", faults.slow_the_database, {"OCTAVO_CONNECTIONS": "1"}),
    Round("no byte left on the disk, for 6 s", faults.fill_the_disk, small_disk=True),
    Round("the clock jumps (+6 h, -30 min)", faults.jump_the_clock, module="chaos.clock"),
)

#: What the tests play: little of much.
SHORT = Round("kill -9 of a worker, a back end and the postmaster in turn", faults.kill_in_turn)


@dataclass
class Outcome:
    """What happened in a round and what was found wrong. looks: how often the doctor came while people were at work."""

    round: str
    faults: int = 0
    operations: list[Operation] = field(default_factory=list)
    looks: int = 0
    skipped: str = ""
    violations: list[str] = field(default_factory=list)


def play(chosen: Round, seconds: float, furnished: Path, folder: Path, seed: int = 1) -> Outcome:
    """Play a round in an empty folder; furnished: a data directory with a tenant, which is copied.

    A round that breaks down is a violation of its own, and whatever was found before is kept.
    """
    outcome = Outcome(chosen.name)
    try:
        _play(outcome, chosen, seconds, furnished, folder, seed)
    except Exception:  # noqa: BLE001 - it must not keep the other rounds from being played
        outcome.violations.append(f"the round did not come to its end: {traceback.format_exc()[-4000:]}")
    return outcome


def _play(outcome: Outcome, chosen: Round, seconds: float, furnished: Path, folder: Path, seed: int) -> None:
    with ExitStack() as stack:
        if chosen.small_disk:
            try:
                folder = stack.enter_context(faults.small_disk(folder, furnished))
            except OSError as reason:
                outcome.skipped = f"skipped: {reason}"
                return
        else:
            folder.mkdir()
        data_dir = folder / "data"
        subprocess.run(["cp", "-a", furnished, data_dir], check=True)
        stack.callback(clean_up, data_dir)
        asyncio.run(_Play(chosen, outcome, data_dir, random.Random(seed)).through(seconds))  # noqa: S311 - no secret
    if not chosen.small_disk:
        shutil.rmtree(folder)


@dataclass
class _Play:
    round: Round
    outcome: Outcome
    data_dir: Path
    chance: random.Random

    async def through(self, seconds: float) -> None:
        with EmbeddedPostgres(self.data_dir) as database:
            with self._served() as server, ExitStack() as undo:
                town, token = await _settled(server.okapi)
                clients = Clients(server.okapi, town, self.chance, self.outcome.operations, token)
                stage = faults.Stage(server, database.url, self.data_dir, self.chance)
                undo.callback(clients.stop)
                await self._at_work(clients, stage, seconds)
            found = await _read(database.url)
        limit = Limit([item["id"] for item in town.films], town.film_limit)
        self.outcome.violations += violations(self.outcome.operations, found, limit)

    @contextmanager
    def _served(self) -> Iterator[Served]:
        folder = self.data_dir.parent
        (folder / "clock").write_text("0")
        with running(
            "--data-dir", str(self.data_dir), "--workers", "2", module=self.round.module, cwd=Path(__file__).parents[1],
            log=folder / "log", **{faults.CLOCK: str(folder / "clock"), **self.round.environment},
        ) as server:  # fmt: skip
            yield server

    async def _at_work(self, clients: Clients, stage: faults.Stage, seconds: float) -> None:
        working = asyncio.create_task(clients.work(CLIENTS))
        watching = asyncio.create_task(self._watch(stage.url))
        try:
            await self._befall(clients, stage, seconds)
        finally:
            clients.stop()
            await working
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        self.outcome.violations += await _examined(stage.url)
        self.outcome.faults = stage.happened

    async def _befall(self, clients: Clients, stage: faults.Stage, seconds: float) -> None:
        """Let the fault happen again and again; after each the service comes back."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            try:
                await self.round.fault(stage)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as reason:
                self.outcome.violations.append(f"the fault could not be made: {reason!r}")
                return
            stage.happened += self.round.fault is not faults.nothing
            before, patience = clients.answered, loop.time() + PATIENCE
            while clients.answered < before + ANSWERS:
                await asyncio.sleep(0.05)
                if loop.time() > patience:
                    self.outcome.violations.append("the service did not come back within a minute")
                    return

    async def _watch(self, url: str) -> None:
        """Send the doctor every second, whenever the database lets anybody in."""
        while True:
            with suppress(Problem, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self.outcome.violations += await _examined(url)
                self.outcome.looks += 1
            await asyncio.sleep(1)


async def _examined(url: str) -> list[str]:
    """Return what `octavo doctor` reports of a tenant as it is at one moment."""
    async with tenants.snapshot(url, TENANT, datetime.now(UTC)) as tx:
        return [str(finding) for finding in await examine(tx)]


async def _settled(okapi: str) -> tuple[Town, str]:
    """Found a library with a few patrons and things to fight for; return it and a token."""
    async with httpx.AsyncClient(base_url=okapi, headers={"X-Okapi-Tenant": TENANT}, timeout=30) as client:
        answer = await client.post("/authn/login", json={"username": "admin", "password": "admin-password"})
        token = client.headers["X-Okapi-Token"] = answer.headers["x-okapi-token"]
        library = await Library.founded(client, lambda: datetime.now(UTC))
        limit, ids = 1, library.ids
        policy = {**LOAN_POLICY, "name": "one film", "loansPolicy": {**LOAN_POLICY["loansPolicy"], "itemLimit": limit}}
        limited = await library.post("/loan-policy-storage/loan-policies", **policy)
        usual = (await library.get("/circulation/rules"))["rulesAsText"].rstrip()
        others = f"r {ids['all requests']} n {ids['no notices']} o {ids['no fines']} i {ids['no lost fees']}"
        await library.rules(f"{usual}\nm {ids['film']}: l {limited['id']} {others}\n")
        town = Town(
            [await library.patron() for _ in range(5)], [await library.item() for _ in range(6)],
            [await library.item(materialTypeId=ids["film"]) for _ in range(4)], limit, ids["main desk"],
            ids["cancelled by patron"],
        )  # fmt: skip
    return town, token


@asynccontextmanager
async def _snapshot(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close()


async def _read(url: str) -> Found:
    """Read everything that is checked, as of one moment."""
    async with _snapshot(url) as connection:
        records = {
            topic: {row["id"]: orjson.loads(row["doc"])
                    for row in await connection.fetch(f"SELECT id::text, doc FROM t_{TENANT}.{table}")}
            for topic, table in TOPICS.items()
        }  # fmt: skip
        history = await connection.fetch(
            f"SELECT record_id::text, operation, doc FROM t_{TENANT}.loan_history ORDER BY seq"
        )
        told = [
            row for table, number in (("event", "position"), ("outbox", "seq"))
            for row in await connection.fetch(
                f"SELECT topic, record_id::text, operation, old, new FROM t_{TENANT}.{table} WHERE topic = ANY ($1) ORDER BY {number}",
                list(TOPICS),
            )
        ]  # fmt: skip
    return Found(
        records,
        [Entry(row["record_id"], row["operation"], orjson.loads(row["doc"])) for row in history],
        [Event(row["topic"], row["record_id"], row["operation"], _document(row["old"]), _document(row["new"])) for row in told],
    )


def _document(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)
