"""What is promised: one line a promise, with one worker on two cores and everything switched on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BARE, DATABASE, ITSELF = "bare program", "pgbench", "GET loan by id"


@dataclass(frozen=True)
class Target:
    """A promise about a load: a figure and its bound. `most` says that less is better."""

    load: str
    what: str
    against: str | None
    bound: float
    most: bool = False

    def met(self, figure: float) -> bool:
        """Tell whether a figure keeps the promise."""
        return figure <= self.bound if self.most else figure >= self.bound

    @property
    def told(self) -> str:
        """Return the bound as text."""
        return f"{'≤' if self.most else '≥'} {self.bound:g}"


RATE: Final = "rate, of that"
TARGETS: Final = (
    Target("GET loan by id", RATE, BARE, 0.80),
    Target("GET loan by id", RATE, DATABASE, 0.18),
    Target("POST loan with history", RATE, BARE, 0.75),
    Target("POST loan with history", RATE, DATABASE, 0.38),
    Target("list of 10 by userId", RATE, BARE, 0.85),
    Target("GET /patron/account/{id}", "p50, times that of", ITSELF, 4.0, most=True),
    Target("check-out", "p95, ms", None, 25.0, most=True),
    Target("check-out", "a second", None, 150.0),
    Target("memory of the worker under load", "MiB", None, 150.0, most=True),
    Target("warm start", "s", None, 2.0, most=True),
)

Find = Callable[[Target], "float | None"]
