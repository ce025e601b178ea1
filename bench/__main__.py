"""`make bench`: measure, print the table, write bench/results/latest.json and docs/performance.md."""

import argparse
import tempfile
from pathlib import Path

from bench import measure, report, town
from bench.load import found
from bench.loads import LOADS
from bench.measure import Effort, Run
from octavo.app.postgres import EmbeddedPostgres

ITEMS = 100_000


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--loans", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each load, program and round")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--only", nargs="*", help="names of loads")
    parser.add_argument("--no-write", action="store_true", help="print only")
    words = parser.parse_args()
    found("wrk")
    loads = [one for one in LOADS if not words.only or one.name in words.only]
    with tempfile.TemporaryDirectory(prefix="octavo-bench-") as directory, EmbeddedPostgres(Path(directory)) as server:
        place = town.run(town.build(server.url, words.loans, ITEMS))
        place.facts["account"] = town.run(town.make_account(server.url, place))
        for workers in words.workers:
            tell(measure.run(place, loads, Effort(words.rounds, words.seconds, workers), print), write=not words.no_write)


def tell(run: Run, *, write: bool) -> None:
    """Print the table, and write it down."""
    name, rows = f"{run.workers} worker{'s' if run.workers > 1 else ''}", report.rows(run)
    print(f"\n{name}\n\n{report.table(rows)}")
    if write:
        report.keep(name, rows)


if __name__ == "__main__":
    main()
