"""What patron block conditions and limits must keep by themselves (mod-patron-blocks; seed 002)."""

from decimal import Decimal

from octavo.errors import Invalid, storage_violation
from octavo_models.blocks import MAX_OUTSTANDING_BALANCE, PatronBlockCondition, PatronBlockLimit

_HIGHEST_BALANCE = Decimal("999999.99")
_HIGHEST_COUNT = 999_999


def check_condition(condition: PatronBlockCondition) -> None:
    """Refuse a condition that blocks without a message, or has a message and blocks nothing."""
    has_message = bool(condition.message and condition.message.strip())
    if has_message == condition.blocks_anything:
        return
    if has_message:
        message = "One or more blocked actions must be selected for message to be displayed to be used"
    else:
        message = "Message to be displayed is a required field if one or more blocked actions selected"
    raise Invalid(storage_violation(message, "patron block condition id", condition.id))


def check_limit(limit: PatronBlockLimit) -> None:
    """Refuse a limit out of range: a balance is money, everything else is counted in whole numbers."""
    if limit.condition_id == MAX_OUTSTANDING_BALANCE:
        fits = 0 <= limit.value <= _HIGHEST_BALANCE
        message = "Must be blank or a number from 0.00 to 999999.99"
    else:
        fits = 0 <= limit.value <= _HIGHEST_COUNT and limit.value == int(limit.value)
        message = "Must be blank or an integer from 0 to 999999"
    if not fits:
        raise Invalid(storage_violation(message, "value", str(float(limit.value))))
