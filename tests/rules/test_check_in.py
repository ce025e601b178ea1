"""Where an item goes that comes in."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from octavo.errors import Invalid
from octavo.rules.check_in import Destination, Home, Waiting, action_for, destination, hold_shelf_expiration
from octavo.rules.closed_library import Place
from octavo_models.location import HoldShelfExpiryPeriod

HERE, THERE = "here", "there"
AT_HOME, AWAY = Home(HERE, frozenset({HERE})), Home(THERE, frozenset({THERE}))
NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("home", "waiting", "goes"),
    [
        (AT_HOME, None, Destination("Available")),
        (Home(THERE, frozenset({HERE, THERE})), None, Destination("Available")),
        (Home(HERE, frozenset()), None, Destination("Available")),
        (Home(None, frozenset()), None, Destination("Available")),
        (AWAY, None, Destination("In transit", THERE)),
        (AWAY, Waiting("Hold Shelf", HERE), Destination("Awaiting pickup", None, "Open - Awaiting pickup", on_hold_shelf=True)),
        (AT_HOME, Waiting("Hold Shelf", THERE), Destination("In transit", THERE, "Open - In transit")),
        (AWAY, Waiting("Delivery", None), Destination("Awaiting delivery", None, "Open - Awaiting delivery")),
    ],
)
def test_an_item_goes_to_who_waits_for_it_else_home(home: Home, waiting: Waiting | None, goes: Destination) -> None:
    assert destination(HERE, home, waiting) == goes


def test_a_hold_needs_a_place_to_be_picked_up() -> None:
    with pytest.raises(Invalid, match="missing a pickup service point"):
        destination(HERE, AT_HOME, Waiting("Hold Shelf", None))


def test_a_claim_is_resolved_by_where_the_item_was() -> None:
    assert action_for("Checked out", None) == action_for("Checked out", "Found by library") == "checkedin"
    assert action_for("Claimed returned", "Found by library") == "checkedInFoundByLibrary"


@pytest.mark.parametrize(
    ("duration", "interval", "expires"),
    [
        (90, "Minutes", datetime(2026, 3, 27, 13, 30, tzinfo=UTC)),
        (3, "Days", datetime(2026, 3, 30, 21, 59, 59, tzinfo=UTC)),
        (1, "Months", datetime(2026, 4, 27, 21, 59, 59, tzinfo=UTC)),
        (0, "Days", None),
    ],
)
def test_days_on_the_hold_shelf_end_with_the_day(duration: int, interval: str, expires: datetime | None) -> None:
    period = HoldShelfExpiryPeriod.from_wire({"duration": duration, "intervalId": interval})
    assert hold_shelf_expiration(NOW, period, "Keep_the_current_due_date", Place(BERLIN)) == expires


def test_a_hold_shelf_may_have_no_limit() -> None:
    assert hold_shelf_expiration(NOW, None, "Keep_the_current_due_date", Place(BERLIN)) is None
