"""The page on security: every guard names its tests, the tests exist, and the bounds are those of the code."""

from pathlib import Path

import pytest

from docs.test_compatibility import NAMED, names_in, rows
from octavo.app.settings import Settings
from octavo.cql import parser
from octavo.http.bodies import DEEPEST
from octavo.http.intake import Intake


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "security.md").read_text("utf-8")


def test_every_test_that_the_page_names_exists(page: str, repository: Path) -> None:
    named = set(NAMED.findall(page))
    assert len(named) > 25
    assert [f"{file}::{test}" for file, test in sorted(named) if test not in names_in(repository / file)] == []


def test_every_risk_is_kept_off_by_a_test(page: str) -> None:
    risks = rows(page, "The ten risks of OWASP's list for APIs (2023)")
    assert [risk.split()[0] for risk, *_ in risks] == [str(number) for number in range(1, 11)]
    for risk, guard, kept_by in risks:
        assert guard, risk
        assert NAMED.search(kept_by), risk


def test_the_bounds_are_those_of_the_code(page: str) -> None:
    told = {what: f"{much}; {beyond}" for what, much, beyond, _ in rows(page, "Bounds")}
    settings, intake = Settings(), Intake()
    assert f"{settings.head_seconds:g} s" in told["Head of a request"]
    assert f"{intake.largest // 2**20} MiB, {settings.body_seconds:g} s" in told["Body"]
    assert f"{intake.together // 2**20} MiB" in told["All bodies being received"]
    assert told["JSON"].startswith(f"{DEEPEST} levels")
    assert told["CQL"].startswith(f"{parser.MAX_LENGTH // 1024} KiB, {parser.MAX_DEPTH} levels, {parser.MAX_CLAUSES:,} clauses")
    assert told["Requests with one API key"].startswith(f"{settings.key_rate:g} a second, {settings.key_burst} at once")
    key = "Registering, and asking who is registered, with one key"
    assert told[key].startswith(f"{settings.register_rate:g} a second, {settings.register_burst} at once")
    key = "Wrong passwords and keys from one address"
    assert told[key].startswith(f"{settings.guess_rate:g} a second, {settings.guess_burst} at once")


def test_every_setting_of_a_bound_exists(page: str, repository: Path) -> None:
    settings = (repository / "docs" / "reference" / "settings.md").read_text("utf-8")
    for _, _, _, names in rows(page, "Bounds"):
        for name in names.replace("`", "").split(", "):
            assert name in settings
