"""The rules of the house, where no other tool watches them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditing import TOPICS
from octavo.app.migrating import FIRST, first_schema
from octavo.app.wiring import okapi_routes
from octavo.edge import side

LONGEST_MODULE = 500
LONGEST_FUNCTION = 60


def sources(repository: Path) -> Iterator[Path]:
    for folder in ("src", "client/src", "tests"):
        yield from (repository / folder).rglob("*.py")


def test_no_module_is_too_long_to_read(repository: Path):
    lengths = {str(file.relative_to(repository)): len(file.read_text().splitlines()) for file in sources(repository)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_too_long_to_read(repository: Path):
    long = {}
    for file in sources(repository):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{file.relative_to(repository)}:{node.lineno} {node.name}"] = length
    assert long == {}


def test_everything_the_architecture_points_at_is_there(repository: Path):
    page = (repository / "docs" / "ARCHITECTURE.md").read_text()
    named = re.findall(r"`((?:src|client|docs)/[\w./]+)`", page)
    assert len(named) > 8
    assert [path for path in named if not (repository / path).exists()] == []


def test_the_schema_file_is_what_the_declarations_ask_for():
    assert FIRST.read_text() == first_schema(), "run `python -m octavo.app.migrating`"


ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    str(file.relative_to(ROOT))
    for folder in (ROOT, ROOT / "client", ROOT / "changes", ROOT / "docs")
    for file in (folder.rglob("*.md") if folder.name == "docs" else folder.glob("*.md"))
)


def anchors(page: Path) -> set[str]:
    """Return where links into a page may lead: its headings in the form in which web pages name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCUMENTS)
def test_no_link_within_the_documents_is_broken(repository: Path, page: str):
    file = repository / page
    prose = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.MULTILINE | re.DOTALL)
    links = [link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]
    targets = [((file.parent / path) if path else file, anchor) for path, _, anchor in links]
    assert [str(target) for target, _ in targets if not target.exists()] == []
    assert [f"{target.name}#{anchor}" for target, anchor in targets if anchor and anchor not in anchors(target)] == []


def test_every_document_is_in_the_navigation(repository: Path):
    listed = re.findall(r"([\w\-/]+\.md)$", (repository / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(page.removeprefix("docs/") for page in DOCUMENTS if page.startswith("docs/"))


def test_every_route_says_what_it_is_for():
    for route in (*okapi_routes(), *side.ROUTES):
        assert route.summary, route.name
        assert route.summary[0].isupper(), route.name
        assert not route.summary.endswith("."), route.name
        assert route.statements >= 0, route.name


#: Statements that change records with events and tell of nothing, and why.
SILENT = {
    "anonymise.py _forget": "a loan forgets its patron in silence, as in FOLIO",
    "fee_actions.py _changed_accounts": "a part of write_actions, which tells",
    "erase.py erase_records": "an event would name who is erased",
    "erase.py erase_id": "as above",
    "erase.py delete_user": "as above",
    "retention.py forget_fees": "a fee forgets its patron in silence, as loans do",
    "retention.py forget_check_ins": "a check-in forgets who did it in silence, as loans do",
    "records.py plant": "what every tenant has from the start is no news",
    "places.py take_places_away": "whoever takes places away gives others, and then tells of both",
}


def test_every_statement_that_changes_a_record_with_events_tells_of_it(repository: Path):
    tables = "|".join(TOPICS)
    change = r"(INSERT INTO|UPDATE|DELETE FROM) "
    changes = re.compile(rf"{change}{{tx\.table\([\"']?({tables}|kind)\b|{change}{{(loan|chosen)\b")
    silent = set()
    for file in (repository / "src" / "octavo").rglob("*.py"):
        source = file.read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_source_segment(source, node) or ""
                if changes.search(text) and "emitted(" not in text:
                    silent.add(f"{file.name} {node.name}")
    assert silent == set(SILENT)
