"""Sees every problem that is raised while a test runs, and holds `docs/reference/messages.md` to it.

A test that the page names must provoke the message that it is named for, with the code and from the file that stand
there; of a test with several cases, one must. With `--write-messages` the page is written anew from what the tests of
the run provoke; what it says of tests that do not run stays.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from messages import DECLARED, PAGE, REGENERATE, Claim, read_page, table
from octavo.errors import Invalid, Problem, Violation

_SOURCES = "/src/octavo/"
#: Functions that make a problem for whoever raises it.
_HELPERS = frozenset({"error", "refuse"})

#: Where violations were made, by message and code; what the case that runs has provoked.
_sites: dict[tuple[str, str | None], str | None] = {}
_now: set[tuple[str, str | None, str | None]] = set()
#: By the name of a test: its cases that have not run yet, what those that have run have provoked, what the page says.
_left: dict[str, set[str]] = {}
_seen: dict[str, set[Claim]] = {}
_said: dict[str, set[Claim]] = {}


def _where() -> str | None:
    """Return the file of the server that raises a problem, None where a test makes one of its own."""
    frame: Any = sys._getframe(2)
    while frame and not _is_of_the_server(frame.f_code):
        frame = frame.f_back
    return "src/octavo/" + frame.f_code.co_filename.rpartition(_SOURCES)[2] if frame else None


def _is_of_the_server(code: Any) -> bool:
    named_apart = code.co_filename.endswith("/errors.py") or code.co_name in _HELPERS
    return _SOURCES in code.co_filename and not named_apart


def _observed(kind: type, note: Callable[[Any, str | None], None]) -> None:
    made = kind.__init__  # type: ignore[misc]

    @wraps(made)
    def observing(self: Any, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        note(self, _where())

    kind.__init__ = observing  # type: ignore[misc]


def _note_violation(violation: Violation, where: str | None) -> None:
    _sites[(violation.message, violation.code)] = where


def _note_problem(problem: Problem, where: str | None) -> None:
    if not isinstance(problem, Invalid):
        _now.add((problem.text, None, where))


def _note_refusal(refusal: Invalid, where: str | None) -> None:
    for one in refusal.violations:
        _now.add((one.message, one.code, _sites.get((one.message, one.code), where)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-messages", action="store_true", help="write docs/reference/messages.md from this run")


def pytest_configure(config: pytest.Config) -> None:
    _observed(Violation, _note_violation)
    _observed(Problem, _note_problem)
    _observed(Invalid, _note_refusal)


def _name(item: pytest.Item) -> str:
    """Return the name of a test, whichever of its cases this is."""
    return item.nodeid.partition("[")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Stop where the page names a test that is not there any more, as far as the tests of this run can tell."""
    if any("::" in argument for argument in config.args):
        return
    for item in items:
        _left.setdefault(_name(item), set()).add(item.nodeid)
    if config.getoption("--write-messages"):
        return
    for claim in read_page():
        _said.setdefault(claim.test, set()).add(claim)
    files = {name.partition("::")[0] for name in _left}
    gone = sorted(test for test in _said if test.partition("::")[0] in files and test not in _left)
    if gone:
        raise pytest.UsageError(f"docs/reference/messages.md names tests that there are not: {gone}; {REGENERATE}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    _now.clear()
    outcome = yield
    name = _name(item)
    seen, left = _seen.setdefault(name, set()), _left.get(name, set())
    seen |= {
        Claim(message.text, message.code or "", where, name)
        for text, code, where in _now
        for message in DECLARED
        if where and message.is_said_by(text, code)
    }
    left.discard(item.nodeid)
    missed = set() if left else _said.get(name, set()) - seen
    assert not missed, f"not provoked: {missed}; {REGENERATE}"
    return outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    ran = {name: claims for name, claims in _seen.items() if not _left.get(name)}
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["provoked"] = {name: [(one.text, one.code, one.where, one.test) for one in ran[name]] for name in ran}
    elif session.config.getoption("--write-messages"):
        kept = [claim for claim in read_page() if claim.test not in _seen]
        PAGE.write_text(table([*kept, *(claim for claims in _seen.values() for claim in claims)]), "utf-8")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    for name, claims in node.workeroutput.get("provoked", {}).items():
        _seen.setdefault(name, set()).update(Claim(*parts) for parts in claims)
