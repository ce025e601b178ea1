"""When each tenant's timers last ran."""

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


async def load_ran(connection: Any) -> dict[tuple[str, str], datetime]:
    """Return when timers last ran, by tenant and timer."""
    rows = await connection.fetch("SELECT tenant, name, ran_at FROM octavo.timer")
    return {(row["tenant"], row["name"]): row["ran_at"] for row in rows}


async def load_periods(tx: Tx) -> dict[str, timedelta | None]:
    """Return how often a tenant's timers are to run, by the path that they call; None where a timer is switched off.

    Of several timers that call the same path the fastest counts.
    """
    rows = await tx.connection.fetch(f"SELECT doc FROM {tx.table('scheduler_timer')} ORDER BY id")
    periods: dict[str, timedelta | None] = {}
    for timer in (TimerDescriptor.model_validate_json(row["doc"]) for row in rows):
        path, known = timer.routing_entry.path_pattern, periods.get(timer.routing_entry.path_pattern)
        wanted = timer.routing_entry.period if timer.enabled else None
        periods[path] = min((one for one in (known, wanted) if one is not None), default=None)
    return periods
