"""One run: rounds in which every load goes to Octavo, to the bare program and to the database in turn."""

import asyncio
import pickle
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench import load, programs
from bench.captured import Captured, capture
from bench.load import Shot, Taken
from bench.loads import CHECK_OUT, Load, Single
from bench.programs import Program
from bench.town import TENANT, Town
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.store.pool import Pool
from octavo.store.tx import Store

CLIENTS = 8


@dataclass
class Measured:
    """What a load came to, round by round."""

    load: str
    octavo: list[Taken] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def ratios(self, other: list[float]) -> list[float]:
        """Return Octavo's rate as a part of another's, round by round."""
        return [ours.rate / theirs for ours, theirs in zip(self.octavo, other, strict=False)]

    def middle(self, of: Callable[[Taken], float]) -> float:
        """Return the median over the rounds."""
        return median(of(taken) for taken in self.octavo)


@dataclass(frozen=True)
class Run:
    """A whole run."""

    workers: int
    loads: dict[str, Measured]
    memory: float
    starts: tuple[float, ...]


@dataclass(frozen=True)
class Effort:
    """How long and how often is measured."""

    rounds: int = 3
    seconds: float = 4.0
    workers: int = 1


def run(town: Town, loads: Iterable[Load], effort: Effort, say: Callable[[str], None]) -> Run:
    """Measure the loads on a town."""
    wanted = tuple(loads)
    town.facts.pop("check-outs", None)  # what an earlier run has lent is back by now
    statements = _statements(town, wanted)
    found = {one.name: Measured(one.name) for one in wanted}
    with ExitStack() as running, tempfile.NamedTemporaryFile() as file:
        file.write(pickle.dumps({_slug(name): captured for name, captured in statements.items()}))
        file.flush()
        starts = tuple(_started(town.url) for _ in range(3))
        octavo = running.enter_context(programs.octavo(town.url, effort.workers))
        bare = running.enter_context(programs.bare(town.url, Path(file.name)))
        bench = _Bench(town, octavo, bare, statements, effort, token(town))
        bench.warm_up(wanted)
        for number in range(effort.rounds):
            for one in wanted:
                bench.measure(one, found[one.name])
                say(f"round {number + 1}: {one.name}: {found[one.name].octavo[-1].rate:,.0f} a second")
        return Run(effort.workers, found, octavo.memory(), starts)


@dataclass(frozen=True)
class _Bench:
    town: Town
    octavo: Program
    bare: Program
    statements: dict[str, Captured]
    effort: Effort
    headers: dict[str, str]

    def warm_up(self, loads: Iterable[Load]) -> None:
        """Let every program prepare its statements and PostgreSQL read what it needs."""
        brief = replace(self.effort, seconds=1.0)
        for one in loads:
            if not one.once:
                replace(self, effort=brief).measure(one, Measured(one.name))

    def measure(self, one: Load, into: Measured) -> None:
        seconds = float(max(1, round(self.effort.seconds * one.share)))
        if one.name == "renew" and "check-outs" not in self.town.facts:
            return
        shots = one.shots(self.town, seconds)
        before = self.octavo.cpu_seconds()
        taken = load.fire(self.octavo.url, shots, seconds, CLIENTS, self.headers, once=one.once)
        into.cpu.append((self.octavo.cpu_seconds() - before) / (taken.rate * seconds) * 1e6)
        into.octavo.append(taken)
        if one is CHECK_OUT:
            self.town.facts["check-outs"] = int(taken.rate * seconds) - CLIENTS
        if one.single:
            into.bare.append(self._bare(one, one.single, shots, seconds))
            into.database.append(self._database(one, one.single, seconds))

    def _bare(self, one: Load, single: Single, shots: list[Shot], seconds: float) -> float:
        same = [Shot(shot.method, f"/{_slug(one.name)}/{single.value(shot)}", shot.body) for shot in shots]
        return load.fire(self.bare.url, same, seconds, CLIENTS, self.headers).rate

    def _database(self, one: Load, single: Single, seconds: float) -> float:
        script, variables = self.statements[one.name].for_pgbench(single.varying)
        drawn = f"\\set n random(0, {single.drawn(self.town) - 1})\n"
        return load.pgbench(self.town.url, drawn + script, variables, seconds, CLIENTS)


def _statements(town: Town, loads: Iterable[Load]) -> dict[str, Captured]:
    """Return the statement of each load that takes one."""
    singles = [(one, one.single, one.shots(town, 1)[0]) for one in loads if one.single]
    shots = [shot for _, _, shot in singles]
    captured = asyncio.run(capture(town.url, TENANT, shots, [single.value(shot) for _, single, shot in singles]))
    return {one.name: found for (one, _, _), found in zip(singles, captured, strict=True)}


def token(town: Town) -> dict[str, str]:
    """Return the headers of the administrator."""

    async def made_token() -> str:
        pool = Pool(town.url, 1)
        made = await wiring.assemble(Store(pool), Settings()).token_of(TENANT, "admin")
        await pool.close()
        return made

    return {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": asyncio.run(made_token()), "Content-Type": "application/json"}


def _started(url: str) -> float:
    with programs.octavo(url) as program:
        return program.seconds_to_start


def _slug(name: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in name)


def now() -> str:
    """Return the time, to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
