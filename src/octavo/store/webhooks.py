"""How far each webhook has come, its secret, and who delivers to it now. One statement each.

Whoever delivers holds the webhook for a while and longer with each event delivered; nobody else delivers meanwhile.
Who dies loses it when the time is over.
"""

from dataclasses import dataclass
from datetime import datetime

from octavo.store.tx import Tx


@dataclass(frozen=True)
class Due:
    """A webhook for which there is something to deliver. document: the record; position: of the last event delivered."""

    id: str
    document: bytes
    secret: str
    position: int


@dataclass(frozen=True)
class Failing:
    """How often in a row delivering has failed, and since when."""

    failures: int
    since: datetime


async def start(tx: Tx, webhook_id: str, secret: str) -> None:
    """Let a new webhook begin with what happens from now on."""
    await tx.connection.execute(
        f"""INSERT INTO {tx.table("webhook_delivery")} (webhook_id, secret, position) SELECT $1, $2, {_now(tx)}""",
        webhook_id, secret,
    )  # fmt: skip


async def set_secret(tx: Tx, webhook_id: str, secret: str) -> bool:
    """Give a webhook another secret; tell whether there is such a webhook. One that was restored without begins now."""
    done = await tx.connection.fetchval(
        f"""INSERT INTO {tx.table("webhook_delivery")} (webhook_id, secret, position)
            SELECT id, $2, {_now(tx)} FROM {tx.table("webhook")} WHERE id = $1::uuid
            ON CONFLICT (webhook_id) DO UPDATE SET secret = excluded.secret RETURNING true""",
        webhook_id, secret,
    )  # fmt: skip
    return done is not None


def _now(tx: Tx) -> str:
    """Return the SQL of the position of the last event that there is, or was."""
    horizon, event = tx.table("event_horizon"), tx.table("event")
    return f"greatest((SELECT position FROM {horizon}), (SELECT max(position) FROM {event}))"


async def retry_at_once(tx: Tx, webhook_id: str) -> None:
    """Forget that delivering has failed."""
    await tx.connection.execute(
        f"""UPDATE {tx.table("webhook_delivery")} SET failures = 0, failing_since = NULL, next_try = NULL
            WHERE webhook_id = $1::uuid""",
        webhook_id,
    )


async def claim_due(tx: Tx, holder: str, until: datetime) -> list[Due]:
    """Take hold of every active webhook that is due, behind, and held by nobody."""
    rows = await tx.connection.fetch(
        f"""UPDATE {tx.table("webhook_delivery")} delivery SET holder = $2, held_until = $3
            FROM {tx.table("webhook")} webhook
            WHERE webhook.id = delivery.webhook_id AND webhook.active = 'true'
            AND (next_try IS NULL OR next_try <= $1) AND (held_until IS NULL OR held_until <= $1)
            AND delivery.position < (SELECT max(position) FROM {tx.table("event")})
            RETURNING webhook.id::text, webhook.doc, delivery.secret, delivery.position""",
        tx.now, holder, until,
    )  # fmt: skip
    return [Due(*row) for row in rows]


async def advance(tx: Tx, webhook_id: str, holder: str, position: int, until: datetime) -> bool:
    """Note what has been delivered, and hold on; tell whether to go on: still the holder, and the webhook active."""
    go_on = await tx.connection.fetchval(
        f"""UPDATE {tx.table("webhook_delivery")} delivery
            SET position = $3, held_until = $4, failures = 0, failing_since = NULL, next_try = NULL
            FROM {tx.table("webhook")} webhook
            WHERE delivery.webhook_id = $1::uuid AND holder = $2 AND webhook.id = delivery.webhook_id
            RETURNING webhook.active = 'true'""",
        webhook_id, holder, position, until,
    )  # fmt: skip
    return bool(go_on)


async def let_go(tx: Tx, webhook_id: str, holder: str) -> None:
    """Let others deliver to a webhook."""
    await tx.connection.execute(
        f"""UPDATE {tx.table("webhook_delivery")} SET holder = NULL, held_until = NULL
            WHERE webhook_id = $1::uuid AND holder = $2""",
        webhook_id, holder,
    )  # fmt: skip


async def note_failure(tx: Tx, webhook_id: str, holder: str) -> Failing | None:
    """Note that delivering has failed; return how often it has by now, None where somebody else delivers or nobody must."""
    row = await tx.connection.fetchrow(
        f"""UPDATE {tx.table("webhook_delivery")}
            SET failures = failures + 1, failing_since = coalesce(failing_since, $3)
            WHERE webhook_id = $1::uuid AND holder = $2 RETURNING failures, failing_since""",
        webhook_id, holder, tx.now,
    )  # fmt: skip
    return None if row is None else Failing(*row)


async def try_again_at(tx: Tx, webhook_id: str, holder: str, at: datetime) -> None:
    """Let go of a webhook until it is time to try again."""
    await tx.connection.execute(
        f"""UPDATE {tx.table("webhook_delivery")} SET next_try = $3, holder = NULL, held_until = NULL
            WHERE webhook_id = $1::uuid AND holder = $2""",
        webhook_id, holder, at,
    )  # fmt: skip
