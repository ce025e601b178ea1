"""Answers kept under the client's key."""

from dataclasses import replace
from datetime import timedelta

from octavo.store import replays
from octavo.store.replays import Kept

FIRST = Kept("digest", 201, "application/json", {"Location": "/x/1"}, b"{}")


async def test_an_answer_once_kept_is_not_replaced_by_a_late_one(tx):
    assert await replays.claim(tx, "key", "digest") is None
    await replays.keep(tx, "key", FIRST)
    await replays.keep(tx, "key", Kept("other", 422, "application/json", {}, b"late"))
    assert await replays.claim(tx, "key", "digest") == FIRST


async def test_the_keys_of_two_people_are_two_keys(tx):
    await replays.keep(replace(tx, actor="a"), "key", FIRST)
    assert await replays.claim(replace(tx, actor="b"), "key", "digest") is None


async def test_after_a_day_an_answer_is_forgotten(tx):
    await replays.claim(tx, "old", "digest")
    await replays.keep(tx, "old", FIRST)
    later = replace(tx, now=tx.now + replays.KEPT + timedelta(minutes=1))
    await replays.claim(later, "new", "digest")
    assert await replays.forget_old(later) == 1
    assert await replays.claim(later, "old", "digest") is None
