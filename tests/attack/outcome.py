"""What an attack tried and found, how a function becomes an attack, and the table that says what became of all of them."""

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Concatenate, ParamSpec

_P = ParamSpec("_P")
#: How many findings there may be.
TARGET = 0
_HEAD = ("attack", "what must hold", "tried", "how often", "findings", "target", "met")


@dataclass
class Outcome:
    """One attack: what must hold, what was tried, how often, for how long, and where it did not hold."""

    attack: str
    must_hold: str
    times: int = 0
    tried: str = ""
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)

    def check(self, holds: object, finding: str) -> None:
        """Note a finding unless something holds."""
        if not holds:
            self.findings.append(finding)


def attack(name: str, must_hold: str) -> Callable[[Callable[Concatenate[Outcome, _P], None]], Callable[_P, Outcome]]:
    """Make an attack of a function that notes in its first argument what it tried and found; the attack returns that.

    Whatever the function raises is a finding, too: it did not come to its end. The attacks after it are still made.
    """

    def decorate(play: Callable[Concatenate[Outcome, _P], None]) -> Callable[_P, Outcome]:
        @wraps(play)
        def played(*args: _P.args, **kwargs: _P.kwargs) -> Outcome:
            outcome, started = Outcome(name, must_hold), time.monotonic()
            try:
                play(outcome, *args, **kwargs)
            except Exception:  # noqa: BLE001 - an attack that breaks proves nothing, and must not hide the others
                outcome.findings.append(f"it did not come to its end: {traceback.format_exc()[-4000:]}")
            outcome.seconds = time.monotonic() - started
            return outcome

        return played

    return decorate


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a table, and the findings below it."""
    whole = Outcome("in all", "", sum(one.times for one in outcomes))
    whole.findings = [f"{one.attack}: {finding}" for one in outcomes for finding in one.findings]
    rows = [_HEAD, *map(_row, (*outcomes, whole))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([*lines, *whole.findings])


def _row(one: Outcome) -> tuple[str, ...]:
    found = len(one.findings)
    met = "yes" if found <= TARGET else "no"
    return one.attack, one.must_hold, one.tried, f"{one.times:,}", str(found), str(TARGET), met
