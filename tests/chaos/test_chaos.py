"""The short form of the chaos: a few faults for a few seconds. `make chaos` plays them all, longer, and counts."""

from pathlib import Path

import pytest

from chaos.__main__ import table
from chaos.rounds import ROUNDS, play
from process.world import furnish

pytestmark = pytest.mark.slow

SHORT = [chosen for chosen in ROUNDS if chosen.name.startswith(("kill -9 of a worker", "kill -9 of the", "the clock"))]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("chaos") / "data"
    furnish(directory)
    return directory


@pytest.mark.parametrize("chosen", SHORT, ids=lambda one: one.name)
def test_nothing_is_lost_doubled_or_torn(chosen, furnished: Path, tmp_path: Path) -> None:
    outcome = play(chosen, 3, furnished, tmp_path / "round")
    assert outcome.violations == [], table([outcome])
    assert outcome.faults
    assert sum(one.done for one in outcome.operations) >= 20
