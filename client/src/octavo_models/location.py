"""Where things are: institutions, campuses, libraries, shelving locations, and the desks that serve them."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, Text, Uuid, Whole


class Institution(Record):
    """The uppermost unit of the library."""

    name: Text
    code: Text
    is_shadow: Flag | None = None


class Campus(Record):
    """A part of an institution."""

    name: Text
    code: Text
    institution_id: Uuid
    is_shadow: Flag | None = None


class Library(Record):
    """A library on a campus."""

    name: Text
    code: Text
    campus_id: Uuid
    is_shadow: Flag | None = None


class Location(Record):
    """A place where items are shelved, and the service points that fetch them from there."""

    read_only: ClassVar[frozenset[str]] = frozenset(
        {"institution", "campus", "library", "primaryServicePointObject", "servicePoints"}
    )

    name: Text
    code: Text
    description: Text | None = None
    discovery_display_name: Text | None = None
    is_active: Flag | None = None
    institution_id: Uuid
    campus_id: Uuid
    library_id: Uuid
    primary_service_point: Uuid
    service_point_ids: list[Uuid] = Field(default_factory=list)
    is_floating_collection: Flag | None = None
    is_shadow: Flag | None = None
    details: dict[str, Any] | None = None


class HoldShelfExpiryPeriod(Part):
    """How long an item waits on the hold shelf."""

    duration: Whole
    interval_id: Literal["Minutes", "Hours", "Days", "Weeks", "Months"]


class StaffSlipSetting(Part):
    """Whether a staff slip is printed at a service point without asking."""

    id: Uuid
    print_by_default: Flag


ClosedLibraryDateManagement = Literal[
    "Keep_the_current_due_date",
    "Move_to_the_end_of_the_previous_open_day",
    "Move_to_the_end_of_the_next_open_day",
    "Keep_the_current_due_date_time",
    "Move_to_end_of_current_service_point_hours",
    "Move_to_beginning_of_next_open_service_point_hours",
]


class ServicePoint(Record):
    """A desk. Where `pickup_location` is true, patrons fetch what they have requested there."""

    name: Text
    code: Text
    discovery_display_name: Text
    description: Text | None = None
    shelving_lag_time: Whole | None = None
    pickup_location: Flag | None = None
    hold_shelf_expiry_period: HoldShelfExpiryPeriod | None = None
    hold_shelf_closed_library_date_management: ClosedLibraryDateManagement = "Keep_the_current_due_date"
    staff_slips: list[StaffSlipSetting] = Field(default_factory=list)
    ecs_request_routing: Flag | None = None


class ServicePointsUser(Record):
    """The service points at which a member of staff may work."""

    read_only: ClassVar[frozenset[str]] = frozenset({"servicePoints"})

    user_id: Uuid
    service_points_ids: list[Uuid] = Field(default_factory=list)
    default_service_point_id: Uuid | None = None


INSTITUTIONS = Endpoint(Institution, "/location-units/institutions", many="locinsts")
CAMPUSES = Endpoint(Campus, "/location-units/campuses", many="loccamps")
LIBRARIES = Endpoint(Library, "/location-units/libraries", many="loclibs")
LOCATIONS = Endpoint(Location, "/locations", many="locations")
SERVICE_POINTS = Endpoint(ServicePoint, "/service-points", many="servicepoints")
SERVICE_POINTS_USERS = Endpoint(ServicePointsUser, "/service-points-users", many="servicePointsUsers")
