"""The short form of the chaos: a few faults for a few seconds. `make chaos` plays them all, longer, and counts."""

from pathlib import Path

import pytest

from chaos import faults
from chaos.__main__ import table
from chaos.rounds import SHORT, Round, play
from process.world import furnish

pytestmark = pytest.mark.slow


def test_a_round_that_breaks_down_is_a_violation(tmp_path: Path) -> None:
    outcome = play(Round("nothing to begin with", faults.nothing), 1, tmp_path / "not furnished", tmp_path / "round")
    (violation,) = outcome.violations
    assert violation.startswith("the round did not come to its end: ")
    assert table([outcome]).splitlines()[-1].split("|")[-2].strip() == "1"


def test_nothing_is_lost_doubled_or_torn(tmp_path: Path) -> None:
    furnish(tmp_path / "furnished")
    outcome = play(SHORT, 6, tmp_path / "furnished", tmp_path / "round")
    assert outcome.violations == [], table([outcome])
    assert outcome.faults
    assert sum(one.done for one in outcome.operations) >= 20
