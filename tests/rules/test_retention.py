"""Until when a record must have been over to be forgotten."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from octavo.rules.retention import KINDS, forgets_before

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize("kind", KINDS)
def test_a_period_is_counted_back_on_the_calendar(kind: str) -> None:
    value = {kind: {"duration": 1, "intervalId": "Months"}}
    assert forgets_before(value, kind, NOW, NEW_YORK) == datetime(2026, 2, 28, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        None, [], "fees", {}, {"messages": {"duration": 1, "intervalId": "Days"}}, {"fees": None}, {"fees": 3},
        {"fees": {"duration": "soon", "intervalId": "Days"}}, {"fees": {"duration": 1, "intervalId": "Fortnights"}},
        {"fees": {"intervalId": "Days"}}, {"fees": {"duration": 999_999, "intervalId": "Months"}},
    ],
)  # fmt: skip
def test_what_is_not_named_or_cannot_be_read_is_kept(value: object) -> None:
    assert forgets_before(value, "fees", NOW, NEW_YORK) is None
