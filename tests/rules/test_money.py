"""Amounts: what counts as one, how cents are rounded, and how an amount is split."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.rules.money import CENT, parse_amount, rounded, shown, split

CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("30", "30.00"), ("+30.", "30.00"), (".5", "0.50"), ("-30", "-30.00"), ("1e2", "100.00"), ("1E-1", "0.10"),
        ("20.444444444444444", "20.44"), ("1.005", "1.00"), ("1.015", "1.02"), ("0.00499", "0.00"), ("1e-99999", "0.00"),
        ("999999999999999.99", "999999999999999.99"),
    ],
)  # fmt: skip
def test_an_amount_is_read_in_whole_cents(text: str, amount: str) -> None:
    assert str(parse_amount(text)) == amount


@pytest.mark.parametrize(
    "text",
    ["", " ", "eleven", "1,50", "1_000", " 1", "1 ", "1\n", "NaN", "Infinity", "-inf", "0x10", "true", "٣", ".", "e5", "1e", "1e15", "1e99999"],
)
def test_what_is_no_amount_is_not_read(text: str) -> None:
    assert parse_amount(text) is None


@given(st.text(max_size=20))
@settings(max_examples=200)
def test_any_text_is_an_amount_in_whole_cents_or_none(text: str) -> None:
    amount = parse_amount(text)
    assert amount is None or amount == rounded(amount)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e15"), max_value=Decimal("1e15")))
@settings(max_examples=200)
def test_rounding_moves_an_amount_by_half_a_cent_at_most(amount: Decimal) -> None:
    cents = rounded(amount)
    assert cents.as_tuple().exponent == -2
    assert abs(cents - amount) <= CENT / 2
    assert shown(cents) == str(cents)


@pytest.mark.parametrize(
    ("amount", "limits", "parts"),
    [
        ("100", ["50", "50", "50"], ["33.33", "33.33", "33.34"]),
        ("3", ["2", "1.50"], ["1.50", "1.50"]),
        ("70", ["100", "60"], ["35", "35"]),
        ("100", ["90", "10", "30"], ["60", "10", "30"]),
        ("0.02", ["5", "5", "5"], ["0", "0.01", "0.01"]),
        ("1.01", ["0.33", "0.33", "0.35"], ["0.33", "0.33", "0.35"]),
        ("5", ["0", "5", "0"], ["0", "5", "0"]),
        ("0", ["1", "1"], ["0", "0"]),
        ("0", [], []),
    ],
)
def test_shares_are_even_until_an_account_cannot_take_its_own(amount: str, limits: list[str], parts: list[str]) -> None:
    assert split(Decimal(amount), [Decimal(limit) for limit in limits]) == [Decimal(part) for part in parts]


@given(st.lists(CENTS, min_size=1, max_size=12), st.data())
@settings(max_examples=300)
def test_parts_add_up_and_none_exceeds_its_limit(limits: list[Decimal], data: st.DataObject) -> None:
    amount = Decimal(data.draw(st.integers(0, int(sum(limits) * 100)))) / 100
    parts = split(amount, limits)
    assert sum(parts) == amount
    assert all(0 <= part <= limit for part, limit in zip(parts, limits, strict=True))
    assert all(part == rounded(part) for part in parts)
    uncapped = [part for part, limit in zip(parts, limits, strict=True) if part < limit]
    assert max(uncapped, default=Decimal(0)) - min(uncapped, default=Decimal(0)) <= CENT
