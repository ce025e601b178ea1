"""Publishing: nothing is missed, nothing is told that did not happen, and each record's changes are told in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest

from octavo.store import events
from octavo.store.outbox import hold_publishing
from octavo.worker.loops import attempted
from octavo.worker.marks import Marks
from octavo.worker.publisher import Publisher
from octavo.worker.timers import every_timer
from worker.conftest import House


def names(found: list[events.Event]) -> list[str]:
    return [orjson.loads(event.new or b"{}").get("group", "") for event in found]


async def waiting(house: House) -> int:
    async with house.store.read(house.tenant, house.clock()) as tx:
        return int(await tx.connection.fetchval(f"SELECT count(*) FROM {tx.table('outbox')}"))


@asynccontextmanager
async def begun(house: House, name: str) -> AsyncIterator[Any]:
    """Add a group in a transaction that is still open."""
    connection = await asyncpg.connect(house.url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        f"""INSERT INTO "t_{house.tenant}".outbox (topic, record_id, operation, at, new)
            VALUES ('users.userGroup', gen_random_uuid(), 'I', now(), jsonb_build_object('group', $1::text))""",
        name,
    )
    yield transaction
    await connection.close()


async def test_who_commits_late_is_not_missed_by_a_reader_who_has_read_on(house: House):
    async with begun(house, "late") as late:
        await house.add_group("early")
        await house.publish()
        first = await house.published()
        assert names(first) == ["early"]
        await late.commit()
    await house.publish()
    assert names(await house.published(after=first[-1].position)) == ["late"]


async def test_what_is_rolled_back_is_told_to_nobody(house: House):
    async with begun(house, "never") as transaction:
        await transaction.rollback()
    await house.add_group("one")
    taken = await house.client.post("/groups", json={"group": "one"})
    assert taken.status_code == 422
    await house.publish()
    assert names(await house.published()) == ["one"]
    assert await waiting(house) == 0


async def test_the_changes_of_a_record_are_told_in_their_order_whoever_makes_them(house: House):
    groups = [await house.add_group(f"{letter} 0") for letter in "abcd"]

    async def rename(writer: int) -> None:
        for turn in range(10):
            for group in groups:
                await house.rename_group(group, f"{group['id']} {writer} {turn}")

    async def publish() -> None:
        while True:
            await house.publish()
            await asyncio.sleep(0.005)

    publishers = [asyncio.create_task(publish()) for _ in range(2)]
    await asyncio.gather(*(rename(writer) for writer in range(3)))
    for publisher in publishers:
        publisher.cancel()
    await asyncio.gather(*publishers, return_exceptions=True)
    await house.publish()
    found = await house.published()
    assert len(found) == 4 + 4 * 30
    for group in groups:
        told = [event for event in found if event.record_id == group["id"]]
        assert len(told) == 31
        assert all(earlier.new == later.old for earlier, later in pairwise(told)), "each begins where the last one ended"
    positions = [event.position for event in found]
    assert positions == sorted(set(positions))


async def test_a_reader_who_only_remembers_a_position_misses_nothing(house: House):
    seen: list[events.Event] = []
    done = asyncio.Event()

    async def follow() -> None:
        while not done.is_set() or len(seen) < 60:
            seen.extend(await house.published(after=seen[-1].position if seen else None))
            await asyncio.sleep(0)

    async def publish() -> None:
        while not done.is_set():
            await house.publish()

    async def write(writer: int) -> None:
        for number in range(20):
            await house.add_group(f"{writer} {number}")

    background = asyncio.gather(follow(), publish(), publish())
    await asyncio.gather(*(write(writer) for writer in range(3)))
    done.set()
    await house.publish()
    await asyncio.wait_for(background, 20)
    assert sorted(names(seen)) == sorted(f"{writer} {number}" for writer in range(3) for number in range(20))


@pytest.mark.parametrize("statement", [1, 2, 3, 4, 5])
async def test_nothing_is_lost_where_publishing_is_cut_off(house: House, statement: int):
    for name in ("one", "two"):
        await house.add_group(name)
    admin = await asyncpg.connect(house.url)
    count = 0

    async def cut() -> None:
        async with house.store.connections.acquire() as connection, connection.transaction():
            pid = connection.get_server_pid()
            sent: Any = connection.execute

            async def passing(*arguments: Any) -> Any:
                nonlocal count
                count += 1
                if count == statement:
                    await admin.execute("SELECT pg_terminate_backend($1, 5000)", pid)
                return await sent(*arguments)

            class Watched:
                execute = staticmethod(passing)

            async with house.store.read(house.tenant, house.clock()) as tx:
                await events.publish(type(tx)(Watched(), tx.schema, tx.now))
            if count < statement:
                await admin.execute("SELECT pg_terminate_backend($1, 5000)", pid)

    await attempted("publishing", cut)
    await admin.close()
    await house.publish()
    assert names(await house.published()) == ["one", "two"]


async def test_what_nobody_has_marked_is_found_by_the_sweep(house: House):
    await house.add_group("one")
    publisher = Publisher(house.store, house.changed, house.clock)
    await publisher.sweep()
    assert house.tenant in await asyncio.wait_for(house.changed.take(), 5)


async def test_a_tenant_that_cannot_be_served_now_is_served_later(house: House):
    await house.add_group("one")
    publisher = Publisher(house.store, house.changed, house.clock)
    house.changed.add("nosuchtenant")
    house.changed.add(house.tenant)
    await publisher.publish_marked()
    assert names(await house.published()) == ["one"]
    assert await house.changed.take() == {"nosuchtenant"}


async def test_many_events_are_published_in_several_turns(house: House):
    async with house.store.transaction(house.tenant, house.clock()) as tx:
        await tx.connection.execute(
            f"""INSERT INTO {tx.table("outbox")} (topic, record_id, operation, at, new)
                SELECT 'users.userGroup', gen_random_uuid(), 'I', $1, jsonb_build_object('group', n::text)
                FROM generate_series(1, {2 * events.MOVED + 7}) n""",
            tx.now,
        )
    await house.publish()
    assert names(await house.published()) == [str(number) for number in range(1, 2 * events.MOVED + 8)]
    assert await waiting(house) == 0


async def test_nobody_publishes_while_publishing_is_on_hold(house: House):
    await house.add_group("one")
    async with house.store.transaction(house.tenant, house.clock()) as tx:
        await hold_publishing(tx)
        publishing = asyncio.create_task(house.publish())
        await asyncio.sleep(0.1)
        assert not publishing.done()
        assert await house.published() == []
    await asyncio.wait_for(publishing, 5)
    assert names(await house.published()) == ["one"]


async def test_old_events_are_forgotten_and_that_is_remembered(house: House):
    await house.add_group("old")
    house.clock.advance(days=8)
    await house.add_group("new")
    await house.publish()
    old, new = await house.published()
    (forget,) = [timer for timer in every_timer(timedelta(days=7)) if timer.name == "events that are kept no longer"]
    assert await forget.run(lambda: house.store.transaction(house.tenant, house.clock())) == 2
    assert names(await house.published()) == ["new"]
    async with house.store.read(house.tenant, house.clock()) as tx:
        assert await events.load_bounds(tx) == events.Bounds(old.position, new.position)
    house.clock.advance(days=8)
    assert await forget.run(lambda: house.store.transaction(house.tenant, house.clock())) == 1
    async with house.store.read(house.tenant, house.clock()) as tx:
        assert await events.load_bounds(tx) == events.Bounds(new.position, new.position)


async def test_marks_are_waited_for_and_taken_once():
    marks = Marks()
    taking = asyncio.create_task(marks.take())
    await asyncio.sleep(0)
    assert not taking.done()
    marks.add_all(["a", "b", "a"])
    assert await taking == {"a", "b"}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(marks.take(), 0.01)


async def test_what_is_forgotten_while_it_is_being_published_is_forgotten_all_the_same(house: House):
    patron, loan = str(uuid4()), {"id": str(uuid4())}
    closed = {
        **loan, "userId": patron, "itemId": str(uuid4()), "loanDate": "2026-01-05T10:00:00Z", "action": "checkedin",
        "status": {"name": "Closed"},
    }  # fmt: skip
    answer = await house.client.post("/loan-storage/loans", json=closed)
    assert answer.status_code == 201, answer.text
    async with house.store.transaction(house.tenant, house.clock()) as tx:
        await events.publish(tx)
        forgetting = asyncio.create_task(house.client.post(f"/loan-storage/loans/anonymize/{patron}"))
        await asyncio.sleep(0.2)
        assert not forgetting.done(), "it waits for the events that are on their way"
    assert (await forgetting).status_code == 204
    (event,) = await house.published()
    assert (event.topic, b"userId" in (event.new or b"")) == ("circulation.loan", False)
