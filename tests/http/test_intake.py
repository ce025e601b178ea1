"""Bodies come in within bounds of size, time and memory."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from octavo.errors import TooLarge, TooSlow, Unavailable
from octavo.http.intake import Intake


async def chunks(*sizes: int, pause: float = 0) -> AsyncIterator[bytes]:
    for size in sizes:
        await asyncio.sleep(pause)
        yield b"x" * size


async def test_a_body_is_read_whole() -> None:
    intake = Intake(largest=10)
    assert await intake.read(chunks(4, 0, 6)) == b"x" * 10
    assert intake.held == 0


async def test_a_body_that_is_too_large_is_given_up_as_soon_as_that_is_known() -> None:
    intake = Intake(largest=10)
    endless = chunks(*[4] * 1000)
    with pytest.raises(TooLarge):
        await intake.read(endless)
    assert intake.held == 0


async def test_a_body_that_drips_in_is_given_up() -> None:
    """The time counts for the whole body: a byte now and then does not prolong it."""
    intake = Intake(seconds=0.1)
    with pytest.raises(TooSlow):
        await asyncio.wait_for(intake.read(chunks(*[1] * 1000, pause=0.02)), 5)
    assert intake.held == 0


async def test_many_large_bodies_at_once_do_not_fill_the_memory() -> None:
    intake = Intake(largest=10, together=25)
    answers = await asyncio.gather(
        *(intake.read(chunks(5, 5, 0, pause=0.02)) for _ in range(4)), return_exceptions=True
    )
    assert {type(answer) for answer in answers} == {bytes, Unavailable}
    assert intake.held == 0
    assert await intake.read(chunks(10)) == b"x" * 10, "afterwards there is room again"


async def test_a_client_that_goes_away_gives_its_room_back() -> None:
    intake = Intake()
    reading = asyncio.create_task(intake.read(chunks(10, 10, pause=0.05)))
    await asyncio.sleep(0.07)
    assert intake.held == 10
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert intake.held == 0
