"""Locks that keep two check-outs of one patron apart."""

from octavo_models.record import OpenPart, Part
from octavo_models.scalars import Instant, LooseUuid, Natural, Uuid


class CheckOutLockRequest(OpenPart):
    """Asks for a patron's lock; one older than `ttl_ms` milliseconds is taken over."""

    user_id: LooseUuid
    ttl_ms: Natural


class CheckOutLock(Part):
    """A patron's lock."""

    id: Uuid
    user_id: LooseUuid
    creation_date: Instant
