"""What fee and fine types must keep by themselves (mod-feesfines)."""

from octavo.errors import Invalid, Violation
from octavo_models.fees import AUTOMATIC_TYPES, FeeFine


def check_fee_fine(fee_fine: FeeFine) -> None:
    """Refuse to create or change one of the types that the server itself charges."""
    if fee_fine.id is not None:
        check_not_automatic(fee_fine.id)


def check_not_automatic(fee_fine_id: str) -> None:
    """Refuse a change to one of the types that the server itself charges; asked before a DELETE as well."""
    if fee_fine_id.lower() in AUTOMATIC_TYPES:
        raise Invalid(Violation("Attempt to change an automatic fee/fine type"))
