"""What a request must keep by itself (mod-circulation-storage)."""

from octavo.errors import Invalid, Violation, raise_all
from octavo_models.request import Request


def check_request(request: Request) -> None:
    """Refuse an item request without item or holdings, and a title request that names only one of them."""
    if request.request_level == "Title":
        if (request.item_id is None) != (request.holdings_record_id is None):
            message = "Title level request must have both itemId and holdingsRecordId or neither"
            raise Invalid(Violation(message))
        return
    wanted = {"Item ID": request.item_id, "Holdings record ID": request.holdings_record_id}
    raise_all(
        Violation(f"{name} in item level request should not be absent")
        for name, value in wanted.items()
        if value is None
    )
