"""Play all rounds and end with a table of target against measured. `make chaos` does this, and writes docs/chaos.md anew.

`--seconds` says how long each of the eight rounds goes on.
"""

import argparse
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from chaos.rounds import ROUNDS, Outcome, play
from process.world import furnish

PAGE = Path(__file__).resolve().parents[2] / "docs" / "chaos.md"
MARK = "## Measured\n"
HEAD = ("what happened", "how often", "operations", "asked again", "done before", "doctor's visits", "target", "measured")


def main(seconds: float, only: str) -> int:
    """Return 0 when nothing is wrong."""
    outcomes = []
    with TemporaryDirectory(prefix="octavo-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        furnish(folder / "furnished")
        for number, chosen in enumerate(one for one in ROUNDS if only in one.name):
            started = time.monotonic()
            outcomes.append(play(chosen, seconds, folder / "furnished", folder / str(number), number))
            done = outcomes[-1]
            kinds = Counter(operation.kind for operation in done.operations if operation.done)
            said = done.skipped or f"{len(done.violations)} violations, done: {dict(sorted(kinds.items()))}"
            sys.stderr.write(f"{chosen.name}: {said}, {time.monotonic() - started:.0f} s\n")
            sys.stderr.writelines(f"  {violation}\n" for violation in done.violations[:20])
    written = table(outcomes)
    sys.stdout.write(f"{written}\n")
    if not only:
        PAGE.write_text(f"{PAGE.read_text().partition(MARK)[0]}{MARK}\n{_how(seconds)}\n\n{written}\n")
    return 1 if any(one.violations for one in outcomes) else 0


def _how(seconds: float) -> str:
    machine = f"{os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}"
    return f"All rounds in one go, {seconds:g} seconds each: {machine}."


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a table."""
    rows = [HEAD, *map(_row, outcomes)]
    total = [sum(int(row[column].replace(",", "") or 0) for row in rows[1:]) for column in range(1, 6)]
    wrong = sum(len(one.violations) for one in outcomes)
    rows.append(("in all", *(f"{number:,}" for number in total), "0 violations", str(wrong)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )


def _row(one: Outcome) -> tuple[str, ...]:
    if one.skipped:
        return one.round, "", "", "", "", "", "0 violations", one.skipped
    again, before = (sum(asked.tries > 1 for asked in one.operations), sum(asked.replayed for asked in one.operations))
    counts = (one.faults, len(one.operations), again, before, one.looks)
    return one.round, *(f"{number:,}" for number in counts), "0 violations", str(len(one.violations))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=25.0, help="how long each round goes on (25)")
    parser.add_argument("--only", default="", help="play only rounds with this in their name, and leave docs/chaos.md as it is")
    chosen = parser.parse_args()
    sys.exit(main(chosen.seconds, chosen.only))
