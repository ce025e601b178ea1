"""How an attack with made-up values is run: seeded, so many tries, every failure a finding."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from attack.outcome import Outcome

SEED = 20_261_126


def hunt(outcome: Outcome, tries: int, values: SearchStrategy[Any], ask: Callable[[Any], None]) -> None:
    """Ask with so many values; what fails is made as small as can be and noted."""

    @seed(SEED)
    @settings(
        max_examples=tries, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink), print_blob=False,
    )  # fmt: skip
    @given(values)
    def run(value: Any) -> None:
        outcome.times += 1
        ask(value)

    try:
        run()
    except Exception as failure:  # noqa: BLE001 - whatever goes wrong is what is looked for
        outcome.findings.append(f"{type(failure).__name__}: {failure}"[:2000])
