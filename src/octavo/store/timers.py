"""When each tenant's timers last ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from octavo.store.tx import Tx
from octavo_models.scheduler import TimerDescriptor


async def claim(connection: Any, tenant: str, timer: str, now: datetime, period: timedelta) -> bool:
    """Note that a timer runs now, unless it has run within its period; tell whether it is due.

    Of several that ask at once, one is told yes.
    """
    due = await connection.fetchval(
        """INSERT INTO octavo.timer (tenant, name, ran_at) VALUES ($1, $2, $3)
           ON CONFLICT (tenant, name) DO UPDATE SET ran_at = excluded.ran_at
           WHERE timer.ran_at <= excluded.ran_at - $4::interval RETURNING true""",
        tenant, timer, now, period,
    )  # fmt: skip
    return due is not None


@dataclass(frozen=True)
class Turns:
    """When a tenant's timers last ran, and how often those are to run for which the tenant has said it; by name.

    periods: None where a timer is switched off.
    """

    ran_at: dict[str, datetime]
    periods: dict[str, timedelta | None]

    def due(self, timer: str, period: timedelta, now: datetime) -> timedelta | None:
        """Return how often a timer is to run that is due, None where it is not. period: unless the tenant has said it."""
        wanted = self.periods.get(timer, period)
        if wanted is None or (timer in self.ran_at and self.ran_at[timer] > now - wanted):
            return None
        return wanted


async def load_turns(tx: Tx) -> Turns:
    """Return what says which of a tenant's timers are due, with one statement."""
    row = await tx.connection.fetchrow(
        f"""SELECT coalesce(array_agg(name), '{{}}') AS names, coalesce(array_agg(ran_at), '{{}}') AS ran_at,
                ARRAY(SELECT doc FROM {tx.table("scheduler_timer")} ORDER BY id) AS chosen
            FROM octavo.timer WHERE tenant = $1""",
        tx.tenant,
    )
    return Turns(dict(zip(row["names"], row["ran_at"], strict=True)), _periods(row["chosen"]))


def _periods(documents: Sequence[bytes]) -> dict[str, timedelta | None]:
    """Return the periods by the path that timers call; of several that call the same path the fastest counts."""
    periods: dict[str, timedelta | None] = {}
    for timer in map(TimerDescriptor.model_validate_json, documents):
        path, known = timer.routing_entry.path_pattern, periods.get(timer.routing_entry.path_pattern)
        wanted = timer.routing_entry.period if timer.enabled else None
        periods[path] = min((one for one in (known, wanted) if one is not None), default=None)
    return periods
