"""Until when a request must have been closed to forget its requester."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from octavo.rules.periods import BadPeriod, earlier
from octavo.rules.request_anonymisation import forgets_before, read_setting
from octavo_models.policies import Period

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("unit", "delay", "before"),
    [
        ("minutes", 90, datetime(2026, 3, 31, 10, 30, tzinfo=UTC)),
        ("hour", 24, datetime(2026, 3, 30, 12, tzinfo=UTC)),
        ("Day(s)", 30, datetime(2026, 3, 1, 13, tzinfo=UTC)),  # the clocks have changed since
        ("months", 1, datetime(2026, 2, 28, 13, tzinfo=UTC)),
        ("years", 2, datetime(2024, 3, 31, 12, tzinfo=UTC)),
        ("hours", 0, NOW),
        ("fortnights", 1, None),
        ("years", 9_000, None),
    ],
)
def test_a_delay_is_counted_back_on_the_calendar(unit, delay, before):
    setting = read_setting({"mode": "delayed", "delay": delay, "delayUnit": unit})
    assert forgets_before(setting, NOW, NEW_YORK) == before


@pytest.mark.parametrize(
    ("value", "before"),
    [
        ({"mode": "immediately", "delay": 5}, NOW),
        ({"mode": "IMMEDIATELY"}, NOW),
        ({"mode": "never", "delay": 5}, None),
        ({"mode": "whenever"}, None),
        ({}, None),
        ({"mode": "delayed"}, NOW),
        ({"mode": "delayed", "delay": -1}, None),
        ("immediately", None),
        (None, None),
    ],
)
def test_requests_forget_as_the_setting_says(value, before):
    assert forgets_before(read_setting(value), NOW, NEW_YORK) == before


def test_a_period_that_nobody_can_count_is_none():
    with pytest.raises(BadPeriod):
        earlier(NOW, Period(duration=1, interval_id="Moons"), NEW_YORK)
