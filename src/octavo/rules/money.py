"""Amounts of money: read, rounded to cents, printed, split over several accounts. All are Decimals."""

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Final

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal("0.00")

_AMOUNT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)
_MOST_DIGITS = 15
# Records may hold larger numbers than people may ask for.
_ROUNDING = Context(prec=100, rounding=ROUND_HALF_EVEN)


def rounded(amount: Decimal) -> Decimal:
    """Return an amount in whole cents; half a cent goes to the even neighbour."""
    return amount.quantize(CENT, context=_ROUNDING)


def parse_amount(text: str) -> Decimal | None:
    """Return the amount that somebody asks for in whole cents, None where the text is no number or beyond all reason."""
    if not _AMOUNT.fullmatch(text):
        return None
    amount = Decimal(text)
    return rounded(amount) if amount.adjusted() < _MOST_DIGITS else None


def shown(amount: Decimal) -> str:
    """Print an amount with its two decimals: `50.00`."""
    return str(rounded(amount))


def split(amount: Decimal, limits: Sequence[Decimal]) -> list[Decimal]:
    """Return the parts of an amount, in the order of the limits, which none of them exceeds; they add up to the amount.

    All shares are even; where a limit does not take its share, the others take more. Cents that cannot be divided
    fall to the higher limits, one each. Limits are whole cents, none is negative, and together they reach the amount.
    """
    parts = [ZERO] * len(limits)
    left = amount
    for taken, position in enumerate(sorted(range(len(limits)), key=limits.__getitem__)):
        share = (left / (len(limits) - taken)).quantize(CENT, ROUND_FLOOR)
        parts[position] = min(share, limits[position])
        left -= parts[position]
    return parts
