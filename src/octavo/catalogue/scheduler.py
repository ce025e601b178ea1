"""How often a tenant's timers run (FOLIO mod-scheduler)."""

from octavo.store.record_type import RecordType
from octavo_models.scheduler import TIMER_DESCRIPTORS

TIMER_DESCRIPTOR = RecordType(TIMER_DESCRIPTORS, table="scheduler_timer", permission="scheduler")
