"""Each API key may ask so often, whatever the others do."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from octavo.auth.rate_limit import RateLimit
from octavo.errors import TooMany

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_burst_is_served_and_then_the_rate_counts() -> None:
    limit, key = RateLimit(rate=0.5, burst=3), uuid4()
    for _ in range(3):
        limit.take(key, NOW)
    with pytest.raises(TooMany) as refusal:
        limit.take(key, NOW)
    assert refusal.value.retry_after == 2
    limit.take(key, NOW + timedelta(seconds=2))
    with pytest.raises(TooMany):
        limit.take(key, NOW + timedelta(seconds=3))


def test_one_key_does_not_use_up_another() -> None:
    limit = RateLimit(rate=1, burst=1)
    limit.take(uuid4(), NOW)
    limit.take(uuid4(), NOW)


def test_a_bucket_never_holds_more_than_a_burst_and_a_clock_set_back_takes_nothing() -> None:
    limit, key = RateLimit(rate=10, burst=2), uuid4()
    limit.take(key, NOW)
    limit.take(key, NOW - timedelta(hours=1))
    for _ in range(2):
        limit.take(key, NOW + timedelta(days=1))
    with pytest.raises(TooMany):
        limit.take(key, NOW + timedelta(days=1))


def test_strangers_do_not_fill_the_memory() -> None:
    limit = RateLimit(1, 2)
    for number in range(30_000):
        limit.take(number, NOW)
    assert len(limit._buckets) <= 10_000


def test_a_request_that_is_taken_back_was_none() -> None:
    limit = RateLimit(1, 1)
    for _ in range(5):
        limit.take("who", NOW)
        limit.give_back("who")
    limit.give_back("nobody")
    limit.take("who", NOW)
    with pytest.raises(TooMany):
        limit.take("who", NOW)
