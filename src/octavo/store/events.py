"""Published events: moved out of the outbox, read in order, forgotten in time.

A number given while a transaction is open may be passed by numbers given later, so a reader that remembers the last
number it saw would miss who commits late. Therefore positions are given when events are moved from `outbox` to
`event`, by one mover at a time: positions become visible in their order. Changes of one record are in order, because
whoever changes it waits for the row before taking a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from octavo.store.outbox import hold_publishing
from octavo.store.record_type import declared
from octavo.store.tx import Tx

#: Told after events were published; the payload is the tenant's name.
PUBLISHED: Final = "octavo_events"
#: Told by a server that does not publish itself, when something may wait in a tenant's outbox.
WAITING: Final = "octavo_outbox"

#: FOLIO's names of what happened (folio-spring-support, mod-circulation-storage).
TYPES: Final = {"I": "CREATED", "U": "UPDATED", "D": "DELETED", "A": "ALL_DELETED"}
#: How many events are moved by one transaction.
MOVED: Final = 500
#: How many published events are looked at by one read; documents of those that are not wanted are not fetched.
WINDOW: Final = 200
#: How many events are forgotten by one statement.
FORGOTTEN_AT_ONCE: Final = 5000


def topics() -> list[str]:
    """Return every topic there is, such as `circulation.loan`."""
    return sorted(kind.event for kind in declared().values() if kind.event)


@dataclass(frozen=True)
class Event:
    """A published event; old and new are documents, None where there is none."""

    position: int
    id: str
    topic: str
    record_id: str | None
    type: str
    at: datetime
    old: bytes | None
    new: bytes | None

    def payload(self, tenant: str) -> bytes:
        """Return the event in FOLIO's form."""
        sides = [b'"%b":%b' % (name, document) for name, document in ((b"old", self.old), (b"new", self.new)) if document]
        head = f'{{"id":"{self.id}","type":"{self.type}","tenant":"{tenant}","timestamp":{round(self.at.timestamp() * 1000)}'
        return b'%b,"data":{%b}}' % (head.encode(), b",".join(sides))


@dataclass(frozen=True)
class Batch:
    """Some events in order, up to which position one has looked, and whether there was more to look at."""

    events: list[Event]
    seen: int
    more: bool


@dataclass(frozen=True)
class Bounds:
    """Up to which position events are forgotten, and the position of the newest."""

    forgotten: int
    newest: int


async def publish(tx: Tx) -> int:
    """Move what waits in the outbox to the published events, at most some; return how many."""
    await hold_publishing(tx)
    done: str = await tx.connection.execute(
        f"""WITH moved AS (
                DELETE FROM {tx.table("outbox")} WHERE seq IN (
                    SELECT seq FROM {tx.table("outbox")} ORDER BY seq LIMIT {MOVED}) RETURNING *)
            INSERT INTO {tx.table("event")} (id, topic, record_id, operation, at, old, new)
            SELECT id, topic, record_id, operation, at, old, new FROM moved ORDER BY seq"""
    )
    count = int(done.rpartition(" ")[2])
    if count:
        await tx.connection.execute("SELECT pg_notify($1, $2)", PUBLISHED, tx.tenant)
    return count


async def announce_waiting(connection: Any, tenant: str) -> None:
    """Tell whoever publishes that something may wait in a tenant's outbox."""
    await connection.execute("SELECT pg_notify($1, $2)", WAITING, tenant)


async def waiting_since(tx: Tx) -> datetime | None:
    """Return when the change happened that waits in the outbox for longest, None where nothing waits."""
    at: datetime | None = await tx.connection.fetchval(f"SELECT at FROM {tx.table('outbox')} ORDER BY seq LIMIT 1")
    return at


async def read_after(tx: Tx, position: int, wanted: Sequence[str] = ()) -> Batch:
    """Return the next events after a position, only those of some topics if any are named."""
    rows = await tx.connection.fetch(
        f"""WITH looked_at AS MATERIALIZED (
                SELECT position, topic FROM {tx.table("event")} WHERE position > $1 ORDER BY position LIMIT {WINDOW})
            SELECT looked_at.position, event.id::text, event.topic, event.record_id::text, event.operation, event.at,
                event.old, event.new
            FROM looked_at LEFT JOIN {tx.table("event")} event ON event.position = looked_at.position
                AND (cardinality($2::text[]) = 0 OR looked_at.topic = ANY ($2::text[]))
            ORDER BY looked_at.position""",
        position, list(wanted),
    )  # fmt: skip
    found = [_event(row) for row in rows if row["id"] is not None]
    return Batch(found, rows[-1]["position"] if rows else position, more=len(rows) == WINDOW)


def _event(row: Any) -> Event:
    return Event(
        row["position"], row["id"], row["topic"], row["record_id"], TYPES[row["operation"]], row["at"], row["old"], row["new"]
    )


async def load_bounds(tx: Tx) -> Bounds:
    """Return which positions can still be read: those after `forgotten` up to `newest`."""
    row = await tx.connection.fetchrow(
        f"""SELECT horizon.position, greatest(horizon.position, (SELECT max(position) FROM {tx.table("event")}))
            FROM {tx.table("event_horizon")} horizon"""
    )
    return Bounds(*row)


async def forget_before(tx: Tx, before: datetime) -> int:
    """Forget events published of what happened before an instant, the oldest first, at most some; return how many."""
    done = await tx.connection.fetchval(
        f"""WITH gone AS (
                DELETE FROM {tx.table("event")} WHERE position <= (
                    SELECT max(position) FROM (SELECT position, at FROM {tx.table("event")}
                        ORDER BY position LIMIT {FORGOTTEN_AT_ONCE}) oldest WHERE at < $1)
                RETURNING position),
            noted AS (UPDATE {tx.table("event_horizon")} SET position = greatest(position, (SELECT max(position) FROM gone))
                WHERE EXISTS (SELECT FROM gone))
            SELECT count(*) FROM gone""",
        before,
    )
    return int(done)
