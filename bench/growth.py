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
from typing import Any

from bench import load, measure, programs, report, town
from bench.loads import ACCOUNT, CHECK_IN, CHECK_OUT, CQL, GET, HOLD, LIST, POST, RENEW, Load
from bench.measure import CLIENTS
from bench.report import Row
from bench.targets import Target
from bench.town import SCHEMA, Town
from octavo.app.postgres import EmbeddedPostgres
from octavo.store import anonymise
from octavo.store.pool import connect
from octavo.store.tx import Tx

LOADS = (GET, LIST, CQL, POST, ACCOUNT, CHECK_OUT, RENEW, CHECK_IN, HOLD)
SIZES = (10_000, 1_000_000, 10_000_000)
ITEMS = 120_000
SLOWER = 1.3
BATCH = 5000
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
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="octavo-growth-") as directory, EmbeddedPostgres(Path(directory)) as server:
        found, forgetting = grow(server.url, words.sizes, words.rounds)
    rows = [*_compared(found), *forgetting]
    print(report.table(rows))
    report.keep("growth", rows)


def grow(url: str, sizes: list[int], rounds: int) -> tuple[list[Size], list[Row]]:
    """Measure every size, then the forgetting at the largest."""
    place = town.run(town.build(url, sizes[0], ITEMS))
    place.facts["account"] = town.run(town.make_account(url, place))
    found = []
    for loans in sizes:
        if loans > place.loans:
            began = time.perf_counter()
            town.run(town.add_loans(url, place, place.loans, loans))
            place.loans = loans
            town.run(town.settle(url))
            print(f"{loans:,} loans after {time.perf_counter() - began:.0f} s", flush=True)
        with programs.octavo(url) as octavo:
            found.append(Size(loans, _latencies(place, octavo.url, rounds)))
    return found, _forgetting(place, url)


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
    seconds = max(1.0, round(_SECONDS * one.share))
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
    connection = await connect(url)
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        done += await _batch(connection)
    await connection.close()
    return done / (time.perf_counter() - began)


async def _batch(connection: Any) -> int:
    async with connection.transaction():
        tx = Tx(connection, SCHEMA, datetime.now(UTC))
        closed = await anonymise.load_remembering(tx, None, BATCH)
        return len((await anonymise.anonymise_loans(tx, [loan["id"] for loan in closed])).done)


if __name__ == "__main__":
    main()
