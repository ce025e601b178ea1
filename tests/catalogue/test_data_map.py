"""The data map: no record type, field or table is forgotten, and the page of privacy says what it says."""

import re

import pytest

from octavo.app.reference import main
from octavo.catalogue import ALL_TYPES, BY_TABLE
from octavo.catalogue.personal import HELD, IMPERSONAL, subjects
from octavo.store.tx import Tx
from octavo_models.record import field_kind

#: Names of fields that look as if they told of somebody, in types that do not.
_HARMLESS = {
    ("departments", "name"), ("addresstype", "addressType"), ("webhook", "url"), ("patron_block_limits", "patronGroupId"),
    ("lost_item_fee_policy", "patronBilledAfterAgedLost"), ("lost_item_fee_policy", "patronBilledAfterRecalledItemAgedLost"),
    ("lost_item_fee_policy", "chargeAmountItemPatron"),
}  # fmt: skip
_TELLING = re.compile(r"(?i)(user|patron|requester|recipient|borrower|person|email|phone|firstname|lastname|comments?$|address)")


def names_of(table: str) -> set[str]:
    return {field.alias or name for name, field in BY_TABLE[table].record.model_fields.items()}


async def test_every_table_of_the_database_is_on_the_map(tx: Tx) -> None:
    rows = await tx.connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = ANY ($1::text[])", [tx.schema, "octavo"]
    )
    assert {row["tablename"] for row in rows} == {*HELD, *IMPERSONAL}
    assert not IMPERSONAL & set(HELD)


@pytest.mark.parametrize("table", [table for table in HELD if table in BY_TABLE])
def test_every_field_of_a_record_about_people_is_personal_or_plain(table: str) -> None:
    held = HELD[table]
    for path in (*held.fields, *held.plain):
        field_kind(BY_TABLE[table].record, path)
    said = {path.partition(".")[0] for path in (*held.fields, *held.plain)} | {"id", "metadata"}
    assert names_of(table) - said == set(), "say in catalogue/personal.py what these fields hold"


@pytest.mark.parametrize("kind", [kind for kind in ALL_TYPES if kind.table in IMPERSONAL], ids=lambda kind: kind.table)
def test_what_counts_as_impersonal_has_no_field_that_looks_personal(kind) -> None:
    assert {name for name in names_of(kind.table) if _TELLING.search(name) and (kind.table, name) not in _HARMLESS} == set()


@pytest.mark.parametrize("table", [table for table in HELD if table not in BY_TABLE])
async def test_the_columns_of_other_tables_are_there(tx: Tx, table: str) -> None:
    rows = await tx.connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2", tx.schema, table
    )
    assert HELD[table].columns
    assert set(HELD[table].columns) <= {row["column_name"] for row in rows}


def test_who_downloads_their_data_gets_all_records_about_them() -> None:
    assert {kind.table for kind, _ in subjects()} == set(HELD) & set(BY_TABLE) - {"staging_users", "check_in", "print_events"}


def test_the_page_of_privacy_is_up_to_date(repository) -> None:
    assert main(["--check", str(repository / "docs")]) == 0
