"""What staff slips must keep by themselves (mod-circulation-storage)."""

from octavo.errors import BadRequest
from octavo_models.settings import StaffSlip


def check_staff_slip(slip: StaffSlip) -> None:
    """Refuse a staff slip whose name or template is empty."""
    if not slip.name:
        raise BadRequest("Name is a required property")
    if not slip.template:
        raise BadRequest("Template is a required property")
