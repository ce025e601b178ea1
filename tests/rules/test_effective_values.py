"""Where an item really is, and under which call number."""

import pytest

from octavo.rules.effective_values import effective_call_number, with_effective_location, with_effective_values
from octavo_models.inventory import Holdings, Item, ItemStatus

A, B, C, D, E = (f"{n}1111111-1111-4111-8111-111111111111" for n in range(1, 6))


def item(**fields: str | None) -> Item:
    made = Item(holdings_record_id=A, status=ItemStatus(name="Available"), material_type_id=A, permanent_loan_type_id=A)
    return made.model_copy(update=fields)


def holdings(**fields: str | None) -> Holdings:
    return Holdings(instance_id=A, permanent_location_id=B).model_copy(update=fields)


@pytest.mark.parametrize(
    ("own", "of_holdings", "expected"),
    [
        ({}, {}, B),
        ({}, {"temporary_location_id": C}, C),
        ({"permanent_location_id": D}, {"temporary_location_id": C}, D),
        ({"permanent_location_id": D, "temporary_location_id": E}, {"temporary_location_id": C}, E),
    ],
)
def test_the_nearest_location_counts(own: dict[str, str], of_holdings: dict[str, str], expected: str):
    assert with_effective_values(item(**own), holdings(**of_holdings)).effective_location_id == expected


def test_holdings_have_a_location_of_their_own():
    assert with_effective_location(holdings()).effective_location_id == B
    assert with_effective_location(holdings(temporary_location_id=C)).effective_location_id == C


def test_each_part_of_a_call_number_is_looked_for_by_itself():
    found = effective_call_number(
        item(item_level_call_number="X 1", item_level_call_number_prefix=" "),
        holdings(call_number="Y 2", call_number_prefix="fol.", call_number_suffix="v. 1", call_number_type_id=C),
    )
    assert (found.call_number, found.prefix, found.suffix, found.type_id) == ("X 1", "fol.", "v. 1", C)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"volume": "2"}, None),
        ({"item_level_call_number": " "}, None),
        ({"item_level_call_number": "PR 1 "}, "PR 1"),
        ({"item_level_call_number": "PR 1", "item_level_call_number_prefix": "fol."}, "PR 1"),
        (
            {"item_level_call_number": "PR 1", "volume": "v. 2", "enumeration": "e", "chronology": "1999",
             "copy_number": "c. 3", "item_level_call_number_suffix": "suppl."},
            "PR 1 v. 2 e 1999 c. 3 suppl.",
        ),
    ],
)  # fmt: skip
def test_the_order_on_the_shelf(fields: dict[str, str], expected: str | None):
    assert with_effective_values(item(**fields), holdings()).effective_shelving_order == expected
