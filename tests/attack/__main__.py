"""Run the whole attack and end with a table: what was tried, how often, what was found. `make attack` does this.

`--minutes` says for how long schemathesis makes up values and follows links. Going through every schema once, and
everything else, takes about ten minutes more on two processors that have nothing else to do.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from attack import contract, destinations, exhaustion, forgeries, guessing, heads, logs, readers, roles
from attack.outcome import TARGET, Outcome, attack, table
from attack.victim import Victim, on_its_own

TESTS = Path(__file__).resolve().parent.parent

#: The tests of guards: of the API, of the pages' forms and words, of where webhooks are delivered to.
GUARDS = ("safety", "page", "worker/test_webhooks.py", "rules/test_sending.py")

#: A server with its own limits on guessing; the other attacks come from one address and would soon be slowed down.
HURRIED = dict.fromkeys(("OCTAVO_GUESS_RATE", "OCTAVO_GUESS_BURST"), "")

Attack = Callable[[Victim], Outcome]


def main(minutes: float) -> int:
    """Return 0 when every attack was made to its end and nothing was found."""
    made: list[Outcome] = []
    for name in readers.READERS:
        _make(made, partial(readers.attack_reader, name, 2_000))
    for attacks in _by_library(minutes):
        _make(made, partial(_attack_one_library, attacks, made))
    _make(made, partial(_attack_one_library, [guessing.attack_lock_out], made, **HURRIED))
    _make(made, _try_guards)
    sys.stdout.write(f"{table(made)}\n")
    return int(any(len(one.findings) > TARGET for one in made))


def _by_library(minutes: float) -> Iterator[Sequence[Attack]]:
    """Yield the attacks that are made on the same library, one library after another."""
    yield (
        roles.attack_roles,
        partial(forgeries.attack_tokens, tries=1_500),
        partial(forgeries.attack_keys, tries=1_000),
        partial(heads.attack_heads, tries=3_000),
        destinations.attack_webhooks,
        partial(exhaustion.attack_slowly, dawdlers=400, seconds=15),
        partial(exhaustion.attack_questions, rounds=3),
        exhaustion.attack_pool,
        guessing.attack_timing,
        logs.attack_log,
    )
    for rounds in contract.ROUNDS:
        contracts = (
            partial(contract.attack_contract, who=who, phases=phases, seconds=minutes * 60 * share)
            for who, phases, share in rounds
        )
        yield (*contracts, logs.attack_log)


def _make(made: list[Outcome], one: Callable[[], Outcome]) -> None:
    made.append(one())
    done = made[-1]
    sys.stderr.write(f"{done.attack}: {len(done.findings)} findings, {done.seconds:.0f} s\n")


@attack("library and server of the attacks above", "they stand up at first, and the server ends when asked to")
def _attack_one_library(outcome: Outcome, attacks: Sequence[Attack], made: list[Outcome], **environment: str) -> None:
    """Make attacks on a library that is founded for them."""
    with on_its_own(**environment) as victim:
        logs.travel(victim)
        for number, one in enumerate(attacks, 1):
            _make(made, partial(one, victim))
            outcome.tried = f"{number} of {len(attacks)} attacks made"


@attack("the guards, each with and without", "every attack fails, and succeeds without its guard")
def _try_guards(outcome: Outcome) -> None:
    """Run the tests of the guards: each attack that must fail, and does not once its guard is taken away."""
    command = [sys.executable, "-m", "pytest", *GUARDS, "-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TESTS, env=os.environ)
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    outcome.tried, outcome.times = "tests", counts.get("passed", 0)
    outcome.check(done.returncode == 0, done.stdout[-4000:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="attack", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long schemathesis makes up values (5)")
    sys.exit(main(parser.parse_args().minutes))
