"""What is looked at before the key: a request that nobody could serve is refused whoever sends it (FOLIO edge-patron)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from octavo.errors import BadRequest, Invalid, Violation
from octavo.http.bodies import read_json
from octavo.http.dispatch import Request
from octavo.http.routes import Route

Check = Callable[[Request], None]


@dataclass(frozen=True)
class Entry:
    """A route of the edge side, and what is looked at before the key, in order."""

    route: Route
    checks: tuple[Check, ...] = ()


LARGEST = 2147483647
NO_HOLD_DATA = "No hold data provided"
NO_PATRON_DATA = "No external_patron data provided"
NO_BODY = "Request body must not be null"
_NOT_A_COUNT = (
    "'{}' parameter is incorrect. parameter value {{{}}} is not valid: must be an integer, greater than or equal to 0"
)
_CANCEL_MISSING = "required fields for cancelling holds are missing (holdId, cancellationReasonId)"
_CANCEL_INVALID = "invalid values for one of the required fields (holdId, cancellationReasonId)"


class MissingBody(BadRequest):
    """There is no body where there must be one; `code` stands for the number."""

    code = "MISSING_BODY"


class InvalidIdentifiers(BadRequest):
    """Somebody is asked for by no identifier, or by two."""

    code = "INVALID_IDENTIFIERS"


def counted(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a parameter that counts something. Raises BadRequest."""
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"\+?\d{1,10}", text, re.ASCII) or int(text) > LARGEST:
        raise BadRequest(_NOT_A_COUNT.format(name, text[:40]))
    return int(text)


def paging(request: Request) -> None:
    """Check offset and limit."""
    counted(request.query, "offset", 0)
    counted(request.query, "limit", LARGEST)


def body_or(text: str) -> Check:
    """Return the check that there is a body."""

    def check(request: Request) -> None:
        if not request.body.strip():
            raise BadRequest(text)

    return check


def registration_body(request: Request) -> None:
    """Check that there is a body."""
    if not request.body.strip():
        raise MissingBody(NO_BODY)


def cancellation(request: Request) -> None:
    """Check that the body names the hold and the reason."""
    if not request.body.strip():
        raise Invalid(Violation("invalid holdCancellationRequest. the request body is missing"))
    sent = read_json(request.body)
    if not isinstance(sent, dict):
        raise Invalid(Violation("invalid holdCancellationRequest. a JSON object is expected"))
    needed = [sent.get("holdId"), sent.get("cancellationReasonId")]
    if not all(isinstance(value, str) and value for value in needed):
        raise Invalid(Violation(_CANCEL_MISSING))
    if not all(_is_uuid(str(value)) for value in needed):
        raise Invalid(Violation(_CANCEL_INVALID))


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def one_identifier(request: Request) -> None:
    """Check that somebody is asked for by exactly one identifier."""
    email, external_id = request.query.get("emailId"), request.query.get("externalSystemId")
    if not email and not external_id:
        raise InvalidIdentifiers("Either emailId or externalSystemId must be provided in the request.")
    if email and external_id:
        raise InvalidIdentifiers("Provide either emailId or externalSystemId, not both.")
