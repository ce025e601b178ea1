"""The short form of the chaos: a few faults for a few seconds. `make chaos` plays them all, longer, and counts."""

from pathlib import Path

import pytest

from chaos.__main__ import table
from chaos.rounds import SHORT, play
from process.world import furnish

pytestmark = pytest.mark.slow


def test_nothing_is_lost_doubled_or_torn(tmp_path: Path) -> None:
    furnish(tmp_path / "furnished")
    outcome = play(SHORT, 6, tmp_path / "furnished", tmp_path / "round")
    assert outcome.violations == [], table([outcome])
    assert outcome.faults
    assert sum(one.done for one in outcome.operations) >= 20
