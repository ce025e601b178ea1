"""Run the whole attack and end with a table: what was tried, how many requests, what was found. `make attack` does this.

`--minutes` says for how long schemathesis makes up values and follows links. Going through every schema once, and
everything else, takes about ten minutes more on two processors that have nothing else to do.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attack import contract, destinations, exhaustion, forgeries, guessing, heads, logs, readers, roles
from attack.outcome import Outcome, table
from attack.victim import TENANT, settle, standing
from octavo.app.postgres import EmbeddedPostgres

TESTS = Path(__file__).resolve().parent.parent

#: The tests of guards: of the API, of the pages' forms and words, of where webhooks are delivered to.
GUARDS = ("safety", "page", "worker/test_webhooks.py", "rules/test_sending.py")


def main(minutes: float) -> int:
    """Return 0 when nothing was found."""
    outcomes: list[Outcome] = []

    def run(attack: Callable[..., Outcome], *arguments: Any) -> None:
        started = time.monotonic()
        outcomes.append(attack(*arguments))
        done = outcomes[-1]
        said = f"{done.attack}: {len(done.findings)} findings, {time.monotonic() - started:.0f} s"
        sys.stderr.write(f"{said}\n")

    for name in readers.READERS:
        run(readers.attack, name, 2_000)
    with _server() as (url, prepared, folder):
        with standing(url, prepared, folder / "log") as victim:
            run(roles.attack, victim)
            run(forgeries.attack_tokens, victim, 1_500)
            run(forgeries.attack_keys, victim, 1_000)
            run(heads.attack, victim, 3_000)
            run(destinations.attack, victim)
            run(exhaustion.attack_slowly, victim, 400, 15)
            run(exhaustion.attack_questions, victim, 3)
            run(exhaustion.attack_pool, victim, TENANT)
            run(guessing.attack_timing, victim)
            logs.travel(victim)
            come = {visitor.who: visitor for visitor in contract.visitors(victim)}
            for who, phases, share in contract.ROUNDS:
                run(contract.attack, victim, come[who], phases, minutes * 60 * share)
            run(logs.attack, victim)
        hurried = dict.fromkeys(("OCTAVO_GUESS_RATE", "OCTAVO_GUESS_BURST"), "")
        with standing(url, prepared, folder / "log", **hurried) as victim:
            run(guessing.attack_lock_out, victim)
    run(_guards)
    sys.stdout.write(f"{table(outcomes)}\n")
    return 1 if any(one.findings for one in outcomes) else 0


@contextmanager
def _server() -> Iterator[tuple[str, dict[str, Any], Path]]:
    """Start a PostgreSQL of our own, with the library in it."""
    with TemporaryDirectory(prefix="octavo-attack-") as name:
        folder = Path(name)
        with EmbeddedPostgres(folder / "data") as server:
            yield server.url, asyncio.run(settle(server.url)), folder


def _guards() -> Outcome:
    """Run the tests of the guards: each attack that must fail, and does not once its guard is taken away."""
    outcome = Outcome("the guards, each with and without", "every attack fails, and succeeds without its guard")
    command = [sys.executable, "-m", "pytest", *GUARDS, "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TESTS, env=os.environ)
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    outcome.tried = f"{counts.get('passed', 0)} tests"
    outcome.check(done.returncode == 0, done.stdout[-4000:])
    return outcome


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="attack", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long schemathesis makes up values (5)")
    sys.exit(main(parser.parse_args().minutes))
