"""What docs/scale.md promises: the schema and the SQL keep to what Citus allows where tenants are distributed by schema."""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from library import Library
from octavo.store.tenants import migrations
from octavo.store.tx import schema_of
from sides import TENANT

#: What Citus refuses in a distributed schema, or what would bind a tenant to its neighbours or to one session.
REFUSED = {
    "trigger": r"\bCREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?TRIGGER\b",
    "rule": r"\bCREATE\s+(OR\s+REPLACE\s+)?RULE\b",
    "exclusion constraint": r"\bEXCLUDE\s+USING\b",
    "deferred constraint": r"\bDEFERRABLE\b|\bSET\s+CONSTRAINTS\b",
    "inheritance": r"\bINHERITS\b",
    "temporary or unlogged table": r"\bCREATE\s+(GLOBAL\s+|LOCAL\s+)?(TEMP|TEMPORARY|UNLOGGED)\b",
    "small identity": r"\b(small)?serial\b|\b(int|integer|smallint)\s+GENERATED\s+(ALWAYS|BY DEFAULT)\s+AS\s+IDENTITY",
    "search path": r"\bsearch_path\b",
    "other schema": r"\bREFERENCES\s+(?!__schema__\.)",
    "no schema": r"\b(CREATE\s+TABLE|CREATE\s+SEQUENCE|ALTER\s+TABLE)\s+(IF\s+NOT\s+EXISTS\s+)?(?!__schema__\.)",
    "shared table": r"\boctavo\.",
}
_SHARED = re.compile(r"\boctavo\.(tenant|signing_key|timer)\b")
_COMMENT = re.compile(r"--.*")


def refusals(sql: str) -> set[str]:
    """Return what of some DDL does not belong into a distributed schema."""
    bare = _COMMENT.sub("", sql)
    return {name for name, pattern in REFUSED.items() if re.search(pattern, bare, re.IGNORECASE)}


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON __schema__.loan EXECUTE FUNCTION f()", "trigger"),
        ("CREATE TABLE __schema__.a (id uuid REFERENCES octavo.tenant (id))", "other schema"),
        ("CREATE TABLE a (id uuid)", "no schema"),
        ("CREATE TABLE __schema__.a (id int GENERATED ALWAYS AS IDENTITY)", "small identity"),
        ("ALTER TABLE __schema__.a ADD UNIQUE (b) DEFERRABLE", "deferred constraint"),
        ("CREATE UNLOGGED TABLE __schema__.a (id uuid)", "temporary or unlogged table"),
    ],
)
def test_what_citus_refuses_is_recognised(bad: str, why: str):
    assert why in refusals(bad)


@pytest.mark.parametrize("step", migrations(), ids=lambda step: step.name)
def test_a_tenants_schema_has_nothing_that_citus_refuses(step):
    assert "CREATE TABLE" in step.sql
    assert refusals(step.sql) == set()


def test_what_all_tenants_share_needs_nothing_of_theirs():
    shared = _COMMENT.sub("", (files("octavo.store") / "shared.sql").read_text())
    assert set(re.findall(r"REFERENCES (\w+)\.", shared)) == {"octavo"}
    assert not re.search(REFUSED["trigger"], shared, re.IGNORECASE)
    assert {table for _, table in re.findall(r"CREATE TABLE (IF NOT EXISTS )?octavo\.(\w+)", shared)} == {
        "tenant", "signing_key", "timer"
    }, "name new ones in _SHARED, too"  # fmt: skip


def texts(file: Path) -> Iterator[str]:
    """Yield the source of every string of a file."""
    source = file.read_text()
    tree = ast.parse(source)
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        whole = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        if whole and id(node) not in inner:
            yield ast.get_source_segment(source, node) or ""


def test_no_statement_joins_a_tenants_tables_with_shared_ones(repository: Path):
    joined, seen = [], 0
    for file in (repository / "src" / "octavo").rglob("*.py"):
        for text in texts(file):
            if _SHARED.search(text):
                seen += 1
                joined += [f"{file.name}: {text[:80]}"] if re.search(r"\{[^}]*(table\(|schema)", text) else []
    assert seen > 5
    assert joined == []


def test_the_sources_make_no_trigger_and_no_temporary_table(repository: Path):
    found = {
        (file.name, name)
        for file in (repository / "src" / "octavo").rglob("*.py")
        for name in ("trigger", "rule", "temporary or unlogged table", "deferred constraint")
        for text in texts(file)
        if re.search(REFUSED[name], text)
    }
    assert found == set()


async def test_every_statement_of_a_day_stays_in_one_schema(library: Library, client: httpx.AsyncClient, statements: list[str]):
    statements.clear()
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    await library.hold(await library.patron(), item)
    await library.check_in(item)
    await client.get("/circulation/loans", params={"query": f"userId=={patron['id']}"})
    own = schema_of(TENANT)
    named = [set(re.findall(r'(?<![\w.])"?(\w+)"?\."?\w+"?\s*(?:AS\s+)?\(?', sql)) & {own, "octavo"} for sql in statements]
    assert sum(own in schemas for schemas in named) > 10, "the test sees the tenant's schema"
    assert [sql[:200] for sql, schemas in zip(statements, named, strict=True) if len(schemas) > 1] == []
    assert [sql[:200] for sql in statements if "search_path" in sql] == []
