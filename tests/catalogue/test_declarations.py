"""The catalogue as a whole: what holds for every declaration."""

import re
from typing import Any

import pytest

from octavo.catalogue import ALL_TYPES, BY_PATH, BY_TABLE
from octavo.errors import Problem
from octavo.store import ddl
from octavo.store.record_type import RecordType, Reference, Unique, Words
from octavo_models.loan import LOANS
from octavo_models.record import UnknownFieldError

LONGEST_NAME = 63  # PostgreSQL cuts the rest

every_type = pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.table)


def test_no_two_types_share_a_table_or_a_path():
    assert len(BY_TABLE) == len(BY_PATH) == len(ALL_TYPES)


@every_type
def test_every_type_can_be_found_by_table_and_path(kind: RecordType[Any]):
    assert BY_TABLE[kind.table] is kind
    assert BY_PATH[kind.path] is kind


@every_type
def test_every_reference_points_to_a_declared_type(kind: RecordType[Any]):
    assert {reference.table for reference in kind.references} <= BY_TABLE.keys()


@every_type
def test_tables_columns_and_unique_rules_have_names_that_postgresql_does_not_cut(kind: RecordType[Any]):
    names = [
        f"{kind.table}_history",
        *(column.name for column in kind.columns.values()),
        *(ddl.index_name(kind, rule) for rule in kind.unique),
    ]
    assert [name for name in names if len(name) > LONGEST_NAME] == []


@every_type
def test_references_differ_even_when_their_names_are_cut(kind: RecordType[Any]):
    names = [ddl.reference_name(kind, reference.field)[:LONGEST_NAME] for reference in kind.references]
    assert len(names) == len(set(names))


@every_type
def test_a_broken_unique_rule_has_something_to_say(kind: RecordType[Any]):
    for rule in kind.unique:
        if rule.says:
            assert isinstance(rule.says(dict.fromkeys(rule.fields, "1")), Problem)


@every_type
def test_a_broken_reference_has_something_to_say(kind: RecordType[Any]):
    for reference in kind.references:
        if reference.says:
            assert isinstance(reference.says("b0b9c0a4-1a9f-4a43-a5ef-0a0c0a5c6c4e"), Problem)


@every_type
def test_rows_of_a_new_tenant_are_valid(kind: RecordType[Any]):
    for row in kind.defaults:
        assert kind.record.from_wire(row).id == row["id"]


@every_type
def test_permissions_and_paths_look_like_folios(kind: RecordType[Any]):
    assert re.fullmatch(r"[a-z.-]+", kind.permission)
    assert re.fullmatch(r"(/[a-z-]+){1,2}", kind.path)


@every_type
def test_only_types_with_a_version_are_versioned(kind: RecordType[Any]):
    assert kind.versioned == ("version" in kind.record.model_fields)


@pytest.mark.parametrize(
    "mistake",
    [
        {"index": ("userid",)},
        {"index": (("userId", "status.nam"),)},
        {"unique": (Unique(("itemID",)),)},
        {"unique": (Unique(("itemId",), where=("state", "open")),)},
        {"references": (Reference("user", "users"),)},
        {"exact": ("loandate",)},
        {"fulltext": ("actionComments",)},
        {"words": (Words("keywords", ("userId", "nobody")),)},
    ],
    ids=str,
)
def test_a_misspelt_field_fails_when_it_is_declared(mistake: dict[str, Any]):
    with pytest.raises(UnknownFieldError):
        RecordType(LOANS, table="loan", permission="circulation-storage.loans", **mistake)


def test_a_new_tenant_has_the_six_conditions_and_the_six_automatic_types():
    assert len(BY_TABLE["patron_block_conditions"].defaults) == 6
    assert len(BY_TABLE["feefines"].defaults) == 6
