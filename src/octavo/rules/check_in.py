"""What becomes of an item that comes in: who gets it next, or where it goes (FOLIO mod-circulation)."""

from dataclasses import dataclass
from datetime import datetime

from octavo.errors import refuse
from octavo.rules.closed_library import Place, Strategy, move
from octavo.rules.periods import SHORT_TERM, BadPeriod, end_of_day, later
from octavo.rules.requests import DELIVERY
from octavo_models.location import ClosedLibraryDateManagement, HoldShelfExpiryPeriod
from octavo_models.policies import Period

AVAILABLE, IN_TRANSIT = "Available", "In transit"
AWAITING_PICKUP, AWAITING_DELIVERY = "Awaiting pickup", "Awaiting delivery"
CLAIMED_RETURNED, INTELLECTUAL_ITEM = "Claimed returned", "Intellectual item"

#: The action of a check-in by the resolution of a claim that the item was returned.
RESOLUTIONS = {"Found by library": "checkedInFoundByLibrary", "Returned by patron": "checkedInReturnedByPatron"}

#: What a service point's `holdShelfClosedLibraryDateManagement` means; the first name is also the default, which
#: leaves a period of hours or minutes as it is.
SHELF_STRATEGIES: dict[ClosedLibraryDateManagement, Strategy] = {
    "Keep_the_current_due_date": Strategy.KEEP_DAY,
    "Keep_the_current_due_date_time": Strategy.KEEP_TIME,
    "Move_to_the_end_of_the_previous_open_day": Strategy.PREVIOUS_DAY,
    "Move_to_the_end_of_the_next_open_day": Strategy.NEXT_DAY,
    "Move_to_end_of_current_service_point_hours": Strategy.CURRENT_HOURS,
    "Move_to_beginning_of_next_open_service_point_hours": Strategy.NEXT_HOURS,
}


@dataclass(frozen=True)
class Home:
    """The service points that serve the item's location; the primary one is where items go in transit to."""

    primary: str | None
    serving: frozenset[str]


@dataclass(frozen=True)
class Waiting:
    """The request that the item fills."""

    fulfillment_preference: str
    pickup_service_point_id: str | None


@dataclass(frozen=True)
class Destination:
    """What becomes of the item, and of the request it fills.

    service_point_id: where an item in transit goes. on_hold_shelf: the request now waits for its patron.
    """

    item_status: str
    service_point_id: str | None = None
    request_status: str | None = None
    on_hold_shelf: bool = False


def action_for(item_status: str, resolution: str | None) -> str:
    """Return the action of a check-in. Raises Invalid where a claim needs a resolution, or none we know is given."""
    if resolution is not None and resolution not in RESOLUTIONS:
        raise refuse("Unrecognized value provided for property", claimedReturnedResolution=resolution)
    if item_status != CLAIMED_RETURNED:
        return "checkedin"
    if resolution is None:
        raise refuse("Item is claimed returned, a resolution is required to check in", claimedReturnedResolution=None)
    return RESOLUTIONS[resolution]


def destination(service_point_id: str, home: Home, waiting: Waiting | None) -> Destination:
    """Return where an item goes that comes in at a service point. Raises Invalid."""
    if waiting is None:
        return _home(service_point_id, home)
    if waiting.fulfillment_preference == DELIVERY:
        return Destination(AWAITING_DELIVERY, request_status="Open - Awaiting delivery")
    pickup = waiting.pickup_service_point_id
    if pickup is None:
        raise refuse(
            "Failed to check in item due to the highest priority request missing a pickup service point",
            pickupServicePointId=None,
        )
    if pickup == service_point_id:
        return Destination(AWAITING_PICKUP, request_status="Open - Awaiting pickup", on_hold_shelf=True)
    return Destination(IN_TRANSIT, pickup, "Open - In transit")


def _home(service_point_id: str, home: Home) -> Destination:
    if service_point_id in home.serving or home.primary in (None, service_point_id):
        return Destination(AVAILABLE)
    return Destination(IN_TRANSIT, home.primary)


def hold_shelf_expiration(
    now: datetime,
    period: HoldShelfExpiryPeriod | Period | None,
    management: ClosedLibraryDateManagement,
    place: Place,
) -> datetime | None:
    """Return until when an item waits on the hold shelf, None without limit. Raises Invalid without a calendar to ask.

    A period of days or longer lasts to the end of the day; `management` says what happens where that is closed.
    """
    if period is None:
        return None
    try:
        expires = later(now, Period(duration=period.duration, interval_id=period.interval_id), place.zone)
    except BadPeriod:
        return None
    strategy, short = SHELF_STRATEGIES[management], period.interval_id in SHORT_TERM
    if short and strategy is Strategy.KEEP_DAY:
        return expires
    expires = expires if short else end_of_day(expires, place.zone)
    return move(expires, strategy, place, started=expires)
