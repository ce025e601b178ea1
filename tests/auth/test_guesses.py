"""Who guesses is slowed down, whoever they claim to be."""

from datetime import UTC, datetime, timedelta

import pytest

from octavo.auth.guesses import Guesses
from octavo.errors import Invalid, TooMany, Unauthenticated, Unavailable

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def guess(guesses: Guesses, address: str, failure: Exception | None, now: datetime = NOW) -> None:
    try:
        with guesses.attempt(address, now):
            if failure:
                raise failure
    except (Invalid, Unauthenticated, Unavailable):
        pass


@pytest.mark.parametrize("wrong", [Invalid(), Unauthenticated()])
def test_an_address_is_wrong_so_often_and_then_waits(wrong: Exception) -> None:
    guesses = Guesses(rate=0.5, burst=3)
    for _ in range(3):
        guess(guesses, "192.0.2.1", wrong)
    with pytest.raises(TooMany) as told:
        guess(guesses, "192.0.2.1", None)
    assert told.value.retry_after == 2
    guess(guesses, "192.0.2.2", None)
    guess(guesses, "192.0.2.1", None, NOW + timedelta(seconds=2))


@pytest.mark.parametrize("outcome", [None, Unavailable()])
def test_what_is_not_wrong_does_not_count(outcome: Exception | None) -> None:
    guesses = Guesses(rate=0.5, burst=2)
    for _ in range(50):
        guess(guesses, "192.0.2.1", outcome)


def test_guessing_at_the_same_time_gains_nothing() -> None:
    guesses = Guesses(rate=0.5, burst=2)
    first, second = guesses.attempt("192.0.2.1", NOW), guesses.attempt("192.0.2.1", NOW)
    first.__enter__()
    second.__enter__()
    with pytest.raises(TooMany), guesses.attempt("192.0.2.1", NOW):
        raise AssertionError("a third guess was let in while two were open")


def test_a_network_of_ipv6_is_one_address() -> None:
    guesses = Guesses(rate=0.5, burst=2)
    guess(guesses, "2001:db8::1", Invalid())
    guess(guesses, "2001:db8::ffff", Invalid())
    with pytest.raises(TooMany):
        guess(guesses, "2001:db8::2", None)
    guess(guesses, "2001:db8:0:1::2", None)


@pytest.mark.parametrize("address", ["", "unix:", "::ffff:192.0.2.1", "not an address"])
def test_every_form_of_an_address_is_somebody(address: str) -> None:
    guesses = Guesses(rate=0.5, burst=1)
    guess(guesses, address, Invalid())
    with pytest.raises(TooMany):
        guess(guesses, address, None)
