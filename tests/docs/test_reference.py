"""The reference describes every command, setting, error code and permission, and every example is one that works."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.metrics import MetricWrapperBase

from octavo import telemetry
from octavo.app.command_page import commands
from octavo.app.error_codes import ERROR_CODES
from octavo.app.reference import pages
from octavo.app.settings import Settings
from octavo.app.wiring import okapi_routes
from octavo.auth.permissions import STANDING
from octavo.edge import side
from octavo.http.errors import PROBLEMS

COMMANDS = dict(commands())

#: What looks like an error code in the rooms where errors are made, and is none.
NO_CODES = {
    "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS", "CURRENT_DUE_DATE", "CURRENT_DUE_DATE_TIME",
    "END_OF_THE_CURRENT_SERVICE_POINT_HOURS", "END_OF_THE_NEXT_OPEN_DAY", "END_OF_THE_PREVIOUS_OPEN_DAY",
    "PROFILE_PICTURE_CONFIG", "SYSTEM_DATE",
}  # fmt: skip
LOOKS_LIKE_A_CODE = re.compile(r"[A-Z]+(_[A-Z]+)+|calendar[A-Z]\w+|duplicate\.name|token(\.\w+){2,}|wrong\.\S+")
ROOMS = ("auth", "catalogue", "edge", "http", "rules", "services", "web")


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_says_what_it_does_with_an_example_that_can_be_called(words: str):
    command = COMMANDS[words]
    text, _, example = (command.help or "").rpartition("Example: ")
    assert text.strip(), "it says what it does"
    assert re.match(rf"{words}( |$)", example), "the last paragraph is an example of it"
    given = shlex.split(example.removeprefix(words))
    flags = {flag: parameter for parameter in command.params for flag in parameter.opts}
    named = [word for word in given if word.startswith("--")]
    assert set(named) <= set(flags)
    needed = {parameter.name for parameter in command.params if parameter.required and parameter.param_type_name == "option"}
    asked_for = {parameter.name for parameter in command.params if getattr(parameter, "prompt", None)}
    assert needed - asked_for <= {flags[name].name for name in named}


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_speaks_json_and_explains_its_parameters(words: str):
    for parameter in COMMANDS[words].params:
        assert getattr(parameter, "help", None), f"{parameter.name} is explained"
    assert "--json" in [flag for parameter in COMMANDS[words].params for flag in parameter.opts]


def test_every_command_is_on_the_page():
    page = pages()["reference/commands.md"]
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == sorted(COMMANDS)


def constants(repository: Path) -> Iterator[str]:
    for room in ROOMS:
        for file in (repository / "src" / "octavo" / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_every_error_code_is_described_and_no_other(repository: Path):
    used = {text for text in constants(repository) if LOOKS_LIKE_A_CODE.fullmatch(text)}
    described = {code for code in ERROR_CODES if LOOKS_LIKE_A_CODE.fullmatch(code)}
    assert used - NO_CODES == described, "describe them in app/error_codes.py"
    assert all(meaning[0].isupper() and not meaning.endswith(".") for meaning in ERROR_CODES.values())


def test_the_codes_of_broken_schemas_are_described():
    from octavo.http import bodies  # noqa: PLC0415 - its table is not for others

    made = {bodies._CONSTRAINT.format(rule) for rule in bodies._BROKEN_RULES.values() if rule}
    assert made == {code for code in ERROR_CODES if code.startswith("jakarta")}


def rows(page: str) -> dict[str, str]:
    """Return the rows of all tables of a page: the last cell by the first, without quotes."""
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in page.splitlines() if line.startswith("| ")]
    return {row[0].strip().strip("`"): row[-1].strip() for row in cells}


def test_every_permission_scope_problem_and_setting_is_on_its_page():
    made = pages()
    permissions = rows(made["reference/permissions.md"])
    asked: set[Any] = {route.permission for route in (*okapi_routes(), *side.ROUTES) if route.permission}
    assert set(permissions) - {"Permission", "Scope", "---"} == asked | set(STANDING)
    errors = made["reference/errors.md"]
    assert all(f"`{kind.__name__}`" in errors for kind in PROBLEMS)
    settings = rows(made["reference/settings.md"])
    assert {f"OCTAVO_{entry.name.upper()}" for entry in fields(Settings)} == set(settings) - {"Environment", "---"}
    for page in (permissions, settings, rows(errors)):
        assert all(page.values()), "each is described"


def test_every_metric_is_on_its_page():
    declared = [one for one in vars(telemetry).values() if isinstance(one, MetricWrapperBase)]
    assert set(declared) == set(telemetry.METRICS)
    metrics = rows(pages()["reference/metrics.md"])
    named = {sample for one in declared for made in one.describe() for sample in (made.name, f"{made.name}_total")}
    assert len(set(metrics) & named) == len(declared)
    assert all(metrics.values()), "each is described"
