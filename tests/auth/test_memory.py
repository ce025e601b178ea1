"""Values are remembered until their time, or until something changes."""

from datetime import UTC, datetime, timedelta

from octavo.auth.memory import Memory

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def test_a_value_is_remembered_until_its_time() -> None:
    memory: Memory[str, int] = Memory(3)
    memory.keep("a", 1, LATER, memory.events)
    assert memory.recall("a", NOW) == 1
    assert memory.recall("a", LATER) is None
    assert memory.recall("a", NOW) is None


def test_what_was_not_used_for_longest_makes_room() -> None:
    memory: Memory[str, int] = Memory(2)
    for key, value in (("a", 1), ("b", 2)):
        memory.keep(key, value, LATER, memory.events)
    memory.recall("a", NOW)
    memory.keep("c", 3, LATER, memory.events)
    assert [memory.recall(key, NOW) for key in "abc"] == [1, None, 3]


def test_values_can_be_forgotten() -> None:
    memory: Memory[str, int] = Memory(9)
    for key, value in (("a", 1), ("b", 2), ("c", 3)):
        memory.keep(key, value, LATER, memory.events)
    memory.forget("a")
    memory.forget_where(lambda key, value: key == "b" or value > 3)
    assert [memory.recall(key, NOW) for key in "abc"] == [None, None, 3]


def test_a_value_looked_up_before_a_change_is_not_remembered_after_it() -> None:
    memory: Memory[str, int] = Memory(9)
    since = memory.events
    memory.forget("a")
    memory.keep("a", 1, LATER, since)
    assert memory.recall("a", NOW) is None
