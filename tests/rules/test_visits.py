"""After how long a patron's visit to the desk is over."""

from datetime import timedelta

import pytest

from octavo.rules.visits import USUAL, length_of_visit


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ({"checkoutTimeout": True, "checkoutTimeoutDuration": 10}, 10),
        ({"checkoutTimeout": "true", "checkoutTimeoutDuration": "1"}, 1),
        ({"checkoutTimeout": True, "checkoutTimeoutDuration": "0.5"}, 0.5),
        ({"checkoutTimeout": True, "checkoutTimeoutDuration": 1440}, 1440),
    ],
)
def test_the_library_says_how_long(value, minutes):
    assert length_of_visit(value) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "value",
    [
        None, "10", {}, {"checkoutTimeoutDuration": 10}, {"checkoutTimeout": False, "checkoutTimeoutDuration": 10},
        {"checkoutTimeout": True}, {"checkoutTimeout": True, "checkoutTimeoutDuration": 0},
        {"checkoutTimeout": True, "checkoutTimeoutDuration": -1}, {"checkoutTimeout": True, "checkoutTimeoutDuration": 1441},
        {"checkoutTimeout": True, "checkoutTimeoutDuration": "test"}, {"checkoutTimeout": True, "checkoutTimeoutDuration": [3]},
        {"checkoutTimeout": True, "checkoutTimeoutDuration": "nan"},
    ],
)  # fmt: skip
def test_what_nobody_can_read_as_a_time_counts_for_nothing(value):
    assert length_of_visit(value) == USUAL
