"""What holds for every query: it is answered or refused, never an error of the database."""

# ruff: noqa: RUF001 - characters that look like others are what these tests are about

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from octavo.errors import BadRequest
from octavo.store.pool import connect
from octavo.store.record_type import RecordType, Words
from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, FreeId, Instant, Number, Text
from store.query_tables import Table, numbered, prepare, table


class Note(Part):
    value: Text
    type: Text | None = None


class Anything(Record):
    key: Text | None = None
    text: Text | None = None
    due: Instant | None = None
    seen: Instant | None = None
    flag: Flag | None = None
    ref: FreeId | None = None
    number: Number | None = None
    notes: list[Note] | None = None


ANYTHING = RecordType(
    Endpoint(Anything, "/any", "any"),
    table="anything",
    permission="any",
    index=("due", "flag", "ref", "number", "text"),
    fulltext=("key",),
    words=(Words("keywords", ("key", "text")),),
)

ODD_ROWS: list[dict[str, Any]] = [
    {},
    {"text": "Lea Long", "due": "2026-01-01T10:00:00.000+00:00", "flag": True, "number": 4, "ref": numbered(1)},
    {"text": "50% \\ '*?\"", "due": "soon", "seen": "0000-00-00", "flag": "TRUE", "number": "four", "ref": "SYSTEM"},
    {"text": None, "notes": [{"value": "a", "type": "b"}, 7, None], "number": 1e300, "due": "9999-12-31T24:00:00Z"},
    {"text": ["x"], "notes": {"value": "a"}, "number": "1e999", "seen": "2026-02-31T23:59:59.123456789+14:00"},
    {"text": "ＡＢ％＼＿’", "key": "a/b//c http://x.y/z?q=1 -1.5e3 <b>&amp;", "seen": 1735689600000},
]


@pytest.fixture(scope="module")
async def anything(database_url: str) -> AsyncIterator[Table]:
    connection = await connect(database_url)
    await prepare(connection)
    rows = [{"id": numbered(place), "key": str(place), **row} for place, row in enumerate(ODD_ROWS)]
    yield await table(connection, "odd", ANYTHING, rows, defaults=("text", "notes"))
    await connection.close()


INDEXES = st.sampled_from([
    "id", "text", "due", "seen", "flag", "ref", "number", "notes", "notes.value", "keywords", "key", "nosuch",
    "metadata.createdDate", "cql.serverChoice", "cql.allRecords", '"a..b"', '""', '"text.0"', '"."',
])  # fmt: skip
RELATIONS = st.sampled_from([
    "=", "==", "<>", "<", ">", "<=", ">=", " adj ", " all ", " any ", "=/number ", "==/number ", ">/number ",
    "=/@type=b ", "==/@type ", "<>/@type=b*/respectcase ", "</@type ",
])  # fmt: skip


def _quoted(term: str) -> str:
    """Quote a term; its backslashes escape what they stand before, as far as there is something."""
    return '"' + re.sub(r'\\.|["\\]', lambda found: found[0].rjust(2, "\\"), term, flags=re.DOTALL) + '"'


TERMS = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="*?\\\"'%_^&|!<>:()- ab1٣％＼’ﬁ\ufdd0\ufdd1/.@", max_size=16),
    st.sampled_from([
        numbered(1), numbered(1).upper(), "0*", "*", "**", "", " ", "2026-01-01", "2026-01-01T10:00:00Z", "2026-13-45",
        "0001-01-01T00:00:00+14:00", "9999-12-31T24:00:00-14:00", "9999-12-31", "2026-01-01T10:00:00+99:99", "1e999",
        "NaN", "-.5", "1735689600000", "true", "a*", "* a", "1e-999", "Fri, 02 Jan 2026 10:00:00 GMT",
    ]),
).map(_quoted)  # fmt: skip
CLAUSES = st.builds("".join, st.tuples(INDEXES, RELATIONS, TERMS))
SORTS = st.sampled_from([
    "", " sortBy text", " sortBy due/sort.descending seen", " sortBy number/number notes/number", " sortBy flag ref id",
    " sortBy keywords/number key/respectCase", ' sortBy "a..b" "" metadata.updatedDate', " sortBy nosuch/number",
])  # fmt: skip
QUERIES = st.builds(
    lambda clauses, joiners, sort: (
        " ".join(part for pair in zip(clauses, [*joiners, ""], strict=False) for part in pair) + sort
    ),
    st.lists(CLAUSES, min_size=1, max_size=4),
    st.lists(st.sampled_from(["and", "or", "not"]), min_size=3, max_size=3),
    SORTS,
)
MODERATE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


async def _answer(anything: Table, text: str) -> set[str] | None:
    try:
        return set(await anything.found(text))
    except BadRequest:
        return None


@MODERATE
@given(QUERIES)
async def test_every_query_is_answered_or_refused(anything: Table, text: str) -> None:
    await _answer(anything, text)


@MODERATE
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
async def test_every_text_is_answered_or_refused(anything: Table, text: str) -> None:
    await _answer(anything, text)


@MODERATE
@given(CLAUSES, CLAUSES)
async def test_not_and_and_share_out_what_the_first_finds(anything: Table, left: str, right: str) -> None:
    first, both, rest = [await _answer(anything, f"({left}) {rest}") for rest in ("", f"and {right}", f"not {right}")]
    if first is not None and both is not None and rest is not None:
        assert both | rest == first
        assert not both & rest


@MODERATE
@given(INDEXES, st.sampled_from(["=", "==", "<>", "<"]), st.lists(TERMS, min_size=1, max_size=3))
async def test_carry_over_is_the_written_out_form(anything: Table, index: str, relation: str, terms: list[str]) -> None:
    for joiner in (" or ", " and ", " not "):
        carried = await _answer(anything, f"{index}{relation}({joiner.join(terms)})")
        assert carried == await _answer(anything, joiner.join(f"{index}{relation}{term}" for term in terms))
