"""The compatibility page: every question has an answer, every answer a test, and the table is up to date."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from seeds.exercises import REGENERATE, with_table

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
QUESTIONS = range(1, 38)


@pytest.fixture(scope="session")
def page(repository: Path) -> str:
    return (repository / "docs" / "compatibility.md").read_text("utf-8")


@cache
def names_in(file: Path) -> set[str]:
    """Return the names of the tests in a file."""
    parsed = ast.parse(file.read_text("utf-8"))
    return {node.name for node in ast.walk(parsed) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading, without its head."""
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_every_test_that_the_page_names_exists(page: str, repository: Path):
    named = set(NAMED.findall(page))
    missing = sorted(f"{file}::{test}" for file, test in named if not _exists(repository / file, test))
    assert not missing


def _exists(file: Path, test: str) -> bool:
    return test.startswith("test_") and file.is_file() and test in names_in(file)


def test_every_question_is_answered_and_kept_by_a_test(page: str):
    found = rows(page, "Where the sources disagree")
    assert [int(number) for number, *_ in found] == list(QUESTIONS)
    for number, question, answer, kept_by in found:
        assert question, number
        assert answer, number
        assert NAMED.search(kept_by), f"no test is named for question {number}"


def test_every_difference_from_folio_is_kept_by_a_test(page: str):
    for subject, folio, octavo, kept_by in rows(page, "Where Octavo differs from FOLIO"):
        assert folio, subject
        assert octavo, subject
        assert NAMED.search(kept_by), subject


def test_the_table_of_operations_is_up_to_date(page: str):
    assert page == with_table(page), REGENERATE
