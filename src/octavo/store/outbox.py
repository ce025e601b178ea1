"""The outbox: what has changed, written by the very statement that changes it, until it is published.

Each hand-written statement that changes a record of a type with events adds `emitted(…)` to its WITH; the generated
ones (`store.records`, `store.pages`) do so by themselves. No trigger, no second round trip: the event is there exactly
if the change is. `store.events` publishes what has gathered here.
"""

from functools import lru_cache
from typing import Final, Literal

from octavo.store.record_type import declared
from octavo.store.tx import Tx

#: Record created, updated, deleted; all records of the type deleted.
Operation = Literal["I", "U", "D", "A"]

_OLD_AND_NEW: Final = {
    "I": ("NULL::jsonb", "doc"),
    "U": ("old", "doc"),
    "D": ("doc", "NULL::jsonb"),
}


@lru_cache(maxsize=4096)
def emitted(schema: str, table: str, rows: str, operation: Operation, at: str) -> str:
    """Return the part of a WITH that puts changes into the outbox, with its leading comma; "" where a type has no events.

    rows: the name of the part that changed them. It returns `id` and `doc`, for "U" also `old`, the document before.
    Where all records of a type are deleted ("A") it says no more than that they are. at: the expression for the time.
    """
    topic = declared()[table].event
    if topic is None:
        return ""
    if operation == "A":
        values = f"SELECT '{topic}', NULL::uuid, 'A', {at}::timestamptz, NULL::jsonb, NULL::jsonb FROM (SELECT count(*) FROM {rows}) done"
    else:
        old, new = _OLD_AND_NEW[operation]
        values = f"SELECT '{topic}', id, '{operation}', {at}::timestamptz, {old}, {new} FROM {rows}"
    return f""",
        {rows}_event AS (INSERT INTO "{schema}".outbox (topic, record_id, operation, at, old, new) {values})"""


async def hold_publishing(tx: Tx) -> None:
    """Let nobody publish this tenant's events until the transaction ends.

    A statement that follows sees every event that there is in one place, outbox or event, and it stays there.
    """
    await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{tx.schema} events")
