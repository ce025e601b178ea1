"""Requests, cancellation reasons and request preferences (mod-circulation-storage)."""

from octavo.catalogue.requests_checks import check_request
from octavo.errors import Invalid, Problem, Violation, refuse, storage_violation
from octavo.store.record_type import RecordType, Reference, Unique
from octavo_models.request import CANCELLATION_REASONS, REQUEST_PREFERENCES, REQUESTS


def _position_taken(values: dict[str, str | None]) -> Problem:
    position = values["position"]
    extra = {"itemId": values["itemId"], "position": None if position is None else int(position)}
    return Invalid(Violation("Cannot have more than one request with the same position in the queue", extra=extra))


def _no_such_reason(_: str) -> Problem:
    return refuse("Cancellation reason does not exist", "INVALID_CANCELLATION_REASON")


def _preference_exists(values: dict[str, str | None]) -> Problem:
    message = "Request preference for specified user already exists"
    return Invalid(storage_violation(message, "userId", values["userId"]))


REQUEST = RecordType(
    REQUESTS,
    table="request",
    event="circulation.request",
    permission="circulation-storage.requests",
    not_found="request not found",
    index=(
        ("itemId", "status", "position"),
        ("instanceId", "status", "position"),
        ("requesterId", "status"),
        ("requestType", "status"),
        ("status", "requestExpirationDate"),
        ("status", "holdShelfExpirationDate"),
        "pickupServicePointId",
        "proxyUserId",
    ),
    unique=(Unique(("itemId", "position"), says=_position_taken),),
    references=(Reference("cancellationReasonId", "cancellation_reason", says=_no_such_reason),),
    exact=(
        "requestType",
        "status",
        "requestLevel",
        "searchIndex.callNumberComponents.callNumber",
        "searchIndex.pickupServicePointName",
        "searchIndex.shelvingOrder",
        "item.itemEffectiveLocationName",
        "item.retrievalServicePointName",
    ),
    check=check_request,
)

CANCELLATION_REASON = RecordType(
    CANCELLATION_REASONS,
    table="cancellation_reason",
    permission="circulation-storage.cancellation-reasons",
    unique=(Unique(("name",)),),
)

REQUEST_PREFERENCE = RecordType(
    REQUEST_PREFERENCES,
    table="user_request_preference",
    permission="circulation-storage.request-preferences",
    unique=(Unique(("userId",), says=_preference_exists),),
)
