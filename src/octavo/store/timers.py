"""When each tenant's timers last ran."""

from datetime import datetime, timedelta
from typing import Any


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
