"""Institutions down to shelving locations, service points and who works there (mod-inventory-storage)."""

from octavo.catalogue.locations_checks import check_location, check_service_point
from octavo.errors import Invalid, Problem, storage_violation
from octavo.store.record_type import RecordType, Reference, Unique
from octavo_models.location import (
    CAMPUSES,
    INSTITUTIONS,
    LIBRARIES,
    LOCATIONS,
    SERVICE_POINTS,
    SERVICE_POINTS_USERS,
)


def _service_point_exists(values: dict[str, str | None]) -> Problem:
    field, value = next(iter(values.items()))
    return Invalid(storage_violation("Service Point Exists", field, value))


INSTITUTION = RecordType(
    INSTITUTIONS,
    table="locinstitution",
    event="inventory.institution",
    permission="inventory-storage.location-units.institutions",
    unique=(Unique(("name",)),),
)

CAMPUS = RecordType(
    CAMPUSES,
    table="loccampus",
    event="inventory.campus",
    permission="inventory-storage.location-units.campuses",
    unique=(Unique(("name",)),),
    references=(Reference("institutionId", "locinstitution"),),
)

LIBRARY = RecordType(
    LIBRARIES,
    table="loclibrary",
    event="inventory.library",
    permission="inventory-storage.location-units.libraries",
    unique=(Unique(("name",)),),
    references=(Reference("campusId", "loccampus"),),
)

LOCATION = RecordType(
    LOCATIONS,
    table="location",
    event="inventory.location",
    permission="inventory-storage.locations",
    index=("primaryServicePoint",),
    unique=(Unique(("name",)), Unique(("code",))),
    references=(
        Reference("institutionId", "locinstitution"),
        Reference("campusId", "loccampus"),
        Reference("libraryId", "loclibrary"),
    ),
    check=check_location,
)

SERVICE_POINT = RecordType(
    SERVICE_POINTS,
    table="service_point",
    event="inventory.service-point",
    permission="inventory-storage.service-points",
    index=("pickupLocation",),
    unique=(Unique(("name",), says=_service_point_exists), Unique(("code",), says=_service_point_exists)),
    check=check_service_point,
)

SERVICE_POINTS_USER = RecordType(
    SERVICE_POINTS_USERS,
    table="service_point_user",
    permission="inventory-storage.service-points-users",
    unique=(Unique(("userId",)),),
    references=(Reference("defaultServicePointId", "service_point"),),
)
