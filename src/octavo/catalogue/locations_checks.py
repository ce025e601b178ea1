"""What locations and service points must keep by themselves (mod-inventory-storage)."""

from collections.abc import Iterator

from octavo.errors import Invalid, Violation, raise_all, storage_violation
from octavo_models.location import Location, ServicePoint


def check_location(location: Location) -> None:
    """Refuse a location without service points, with one twice, or whose primary one is not among them."""
    raise_all(_location_violations(location))


def _location_violations(location: Location) -> Iterator[Violation]:
    ids, primary = location.service_point_ids, location.primary_service_point
    if not ids:
        message = "A location must have at least one Service Point assigned."
        yield storage_violation(message, "servicePointIds", ",".join(ids))
    if primary not in ids:
        message = "A Location's Primary Service point must be included as a Service Point."
        yield storage_violation(message, "primaryServicePoint", primary)
    if len(ids) != len(set(ids)):
        yield storage_violation("A Service Point can only appear once on a Location.", "servicePointIds", ",".join(ids))


def check_service_point(point: ServicePoint) -> None:
    """Refuse a pickup place without a hold shelf period, and such a period where nothing is picked up."""
    if point.pickup_location and point.hold_shelf_expiry_period is None:
        message = "Hold shelf expiry period must be specified when service point can be used for pickup."
    elif not point.pickup_location and point.hold_shelf_expiry_period is not None:
        message = "Hold shelf expiry period cannot be specified when service point cannot be used for pickup"
    else:
        return
    raise Invalid(storage_violation(message, "name", point.name))
