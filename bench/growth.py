"""`make bench-growth`: does anything get slower as the library grows? `python -m bench.growth --sizes 10000 1000000`.

The same loads with 10 thousand, 1 million and 10 million loans with their histories, in the same tenant; then closed
loans forget their patrons while check-outs go on.
"""

import argparse
import asyncio
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench import load, measure, programs, report, town
from bench.loads import ACCOUNT, CHECK_IN, CHECK_OUT, CQL, FASTEST, GET, HOLD, LIST, POST, RENEW, Load
from bench.measure import CLIENTS
from bench.report import Row
from bench.targets import Target
from bench.town import SCHEMA, Town
from octavo.app.postgres import EmbeddedPostgres
from octavo.rules.loan_history import FOREVER
from octavo.services.anonymise_by_time import BATCH
from octavo.store import anonymise, remembering
from octavo.store.pool import connect
from octavo.store.tx import Tx

LOADS = (GET, LIST, CQL, POST, ACCOUNT, CHECK_OUT, RENEW, CHECK_IN, HOLD)
SIZES = (10_000, 1_000_000, 10_000_000)
#: What is set for the server, beyond Octavo's own choice.
SERVER = {"shared_buffers": "2GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
SLOWER = 1.3
FORGETTING, MEANWHILE = 20_000.0, 0.7
_SECONDS = 3.0


@dataclass(frozen=True)
class Size:
    """The median latency of each load, in milliseconds, at a number of loans."""

    loans: int
    p50: dict[str, float]


def main() -> None:
    """Run the growth bench."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-write", action="store_true", help="print only")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="octavo-growth-") as directory:
        with EmbeddedPostgres(Path(directory)) as server:
            asyncio.run(_prepare(server.url))
        with EmbeddedPostgres(Path(directory)) as server:
            found, forgetting = grow(server.url, words.sizes, words.rounds)
    rows = [*_compared(found), *forgetting]
    print(report.table(rows))
    if not words.no_write:
        report.keep("growth", rows)


async def _prepare(url: str) -> None:
    """Give PostgreSQL the memory that a library with millions of loans would give it, from its next start on."""
    connection = await connect(url)
    for name, value in SERVER.items():
        await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await connection.close()


def grow(url: str, sizes: list[int], rounds: int) -> tuple[list[Size], list[Row]]:
    """Measure every size, then the forgetting at the largest."""
    place = town.run(town.build(url, sizes[0], _items(len(sizes), rounds)))
    place.facts["account"] = town.run(town.make_account(url, place))
    found = []
    for loans in sizes:
        if loans > place.loans:
            town.run(town.add_loans(url, place, place.loans, loans))
            place.loans = loans
            town.run(town.settle(url))
        town.run(town.newcomers(url, place))
        with programs.octavo(url) as octavo:
            found.append(Size(loans, _latencies(place, octavo.url, rounds)))
        print(f"{loans:,} loans: " + ", ".join(f"{name} {p50:.3g} ms" for name, p50 in found[-1].p50.items()), flush=True)
    return found, _forgetting(place, url)


def _items(sizes: int, rounds: int) -> int:
    """Return how many items are lent or requested, at most."""
    each = (rounds + 1) * sum(int(_seconds(one) * FASTEST) for one in (CHECK_OUT, HOLD))
    return sizes * each + 2 * int(_seconds(CHECK_OUT) * FASTEST) + 100


def _seconds(one: Load) -> float:
    return 1.0 if one is CHECK_IN else _SECONDS  # no more can be taken back than was lent


def _latencies(place: Town, url: str, rounds: int) -> dict[str, float]:
    seen: dict[str, list[float]] = {one.name: [] for one in LOADS}
    headers = measure.token(place)
    for number in range(rounds + 1):
        for one in LOADS:
            taken = _fired(place, one, url, headers)
            if number:  # the first round warms up
                seen[one.name].append(taken.p50)
    return {name: median(figures) for name, figures in seen.items()}


def _fired(place: Town, one: Load, url: str, headers: dict[str, str]) -> load.Taken:
    seconds = _seconds(one)
    taken = load.fire(url, one.shots(place, seconds), seconds, CLIENTS, headers, once=one.once)
    if one is CHECK_OUT:
        place.facts["check-outs"] = int(taken.rate * seconds) - CLIENTS
    return taken


def _compared(found: list[Size]) -> list[Row]:
    first = found[0]
    rows = []
    for size in found[1:]:
        for name, p50 in size.p50.items():
            what = f"p50 with {size.loans:,} loans, times that with {first.loans:,}"
            ratio = p50 / first.p50[name]
            rows.append(Row(name, what, "itself", ratio, ratio, ratio, Target(name, what, "itself", SLOWER, most=True)))
    return rows


def _forgetting(place: Town, url: str) -> list[Row]:
    """Let closed loans forget, batch by batch, while check-outs go on."""
    with programs.octavo(url) as octavo, ThreadPoolExecutor(1) as beside:
        headers = measure.token(place)
        undisturbed = _fired(place, CHECK_OUT, octavo.url, headers).rate
        work = beside.submit(asyncio.run, _forget(url, _SECONDS + 1))
        meanwhile = _fired(place, CHECK_OUT, octavo.url, headers).rate
        busy = work.result()
        alone = asyncio.run(_forget(url, _SECONDS))
    return [
        _row("anonymising", "closed loans a second, alone", alone, FORGETTING),
        _row("anonymising", "closed loans a second, beside check-outs", busy, None),
        _row("check-out beside anonymising", "rate, of that undisturbed", meanwhile / undisturbed, MEANWHILE),
    ]


def _row(name: str, what: str, figure: float, bound: float | None) -> Row:
    target = None if bound is None else Target(name, what, None, bound)
    return Row(name, what, None, figure, figure, figure, target)


async def _forget(url: str, seconds: float) -> float:
    """Let loans forget as the timer does, the longest closed first; return how many a second."""
    connection = await connect(url)
    done, began, after = 0, time.perf_counter(), remembering.BEFORE_ALL
    while time.perf_counter() - began < seconds:
        async with connection.transaction():
            tx = Tx(connection, SCHEMA, datetime.now(UTC))
            closed = await remembering.load_closed(tx, FOREVER, after, BATCH, charged=True)
            done += len(await anonymise.forget_loans(tx, [loan["id"] for loan in closed]))
        after = (closed[-1]["closed_at"] or FOREVER, closed[-1]["id"])
    taken = time.perf_counter() - began
    await connection.close()
    return done / taken


if __name__ == "__main__":
    main()
