"""A query compiled once for all ids asks the same as one compiled for its own."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.catalogue.loans import LOAN
from octavo.cql import parse
from octavo.errors import BadRequest
from octavo.store.query import compile_query, history_shape, shape_of
from octavo.store.query_args import Args
from octavo.store.query_forms import compiled_query

SCHEMA = "t_forms"

ids = st.integers(0, 5).map(lambda number: str(UUID(int=number, version=4))) | st.uuids(version=4).map(str)
words = st.one_of(
    ids,
    ids.map(str.upper),
    st.tuples(ids, ids).map(" ".join),
    st.sampled_from(["Open", "a*", "*", "", "2026-01-02", "2026-01-02T10:00:00.000Z", "x?y", "12", "\\*"]),
    st.tuples(st.sampled_from(["x", "x-", "*", "-"]), ids).map("".join),
    st.tuples(ids, st.sampled_from(["x", "*", " x", "?"])).map("".join),
)
indexes = (
    st.sampled_from(
        ["id", "userId", "itemId", "status.name", "dueDate", "item.barcode", "unknown", "loanDate", "item.id"]
    )
    | ids
)
relations = st.sampled_from(
    ["==", "=", "<>", "<", ">=", " all ", " any ", " adj ", "==/number ", "=/@type=x ", "==/nonsense "]
)
clauses = st.builds(lambda index, relation, term: f'{index}{relation}"{term}"', indexes, relations, words)
groups = st.builds(
    lambda index, terms: f"{index}==({' or '.join(terms)})", indexes, st.lists(ids, min_size=1, max_size=4)
)
queries = st.builds(
    lambda parts, joiners, order: (
        " ".join(part for pair in zip(parts, joiners, strict=False) for part in pair).rsplit(" ", 1)[0] + order
    ),
    st.lists(clauses | groups, min_size=1, max_size=4),
    st.lists(st.sampled_from(["and", "or", "not"]), min_size=4, max_size=4),
    st.sampled_from(["", " sortBy dueDate", " sortBy unknown/sort.descending"]),
)


def directly(text: str, *, of_history: bool) -> Any:
    args = Args()
    shape = history_shape(LOAN, SCHEMA) if of_history else shape_of(LOAN, SCHEMA)
    try:
        compiled = compile_query(parse(text), shape, args)
    except BadRequest as refusal:
        return str(refusal)
    return compiled.where, compiled.order, args.values


def by_form(text: str, *, of_history: bool) -> Any:
    try:
        compiled, args = compiled_query(LOAN, SCHEMA, text, of_history=of_history)
    except BadRequest as refusal:
        return str(refusal)
    return compiled.where, compiled.order, args.values


@given(queries, st.booleans())
def test_a_form_asks_what_the_query_itself_would_ask(text: str, of_history: bool) -> None:
    assert by_form(text, of_history=of_history) == directly(text, of_history=of_history)


def test_two_patrons_are_asked_for_by_one_form_and_get_their_own_loans() -> None:
    found = [by_form(f"userId=={UUID(int=number, version=4)}", of_history=False) for number in (7, 8)]
    assert found[0][0] is found[1][0]
    assert [values for _, _, values in found] == [[UUID(int=7, version=4)], [UUID(int=8, version=4)]]


@pytest.mark.parametrize(
    "text",
    [
        'userId==/number "00000000-0000-4000-8000-000000000009"',
        "00000000-0000-4000-8000-000000000009 (",
        "a=/@00000000-0000-4000-8000-000000000009=b c",
    ],
)
def test_a_refusal_names_what_was_asked(text: str) -> None:
    assert by_form(text, of_history=False) == directly(text, of_history=False)


def test_an_id_in_two_cases_is_asked_for_once() -> None:
    id_ = "abcdefab-0000-4000-8000-00000000000a"
    text = f"userId=={id_} and itemId=={id_.upper()}"
    assert by_form(text, of_history=False) == directly(text, of_history=False)


def test_values_added_later_are_not_remembered() -> None:
    text = 'status.name=="Open"'
    _, args = compiled_query(LOAN, SCHEMA, text)
    args.add(1)
    assert compiled_query(LOAN, SCHEMA, text)[1].values == args.values[:-1]
