"""Noting that slips of requests were printed (FOLIO mod-circulation)."""

from typing import Any
from uuid import uuid4

import orjson

from octavo.catalogue.print_events import PRINT_EVENT
from octavo.errors import refuse
from octavo.store import print_events as store
from octavo.store import records
from octavo.store.tx import Tx
from octavo_models.print_events import PrintEvent, PrintEventEntry


async def store_printed(tx: Tx, entry: PrintEventEntry) -> None:
    """Store one event for each printed slip; the requests tell of it afterwards."""
    await store.note_printed(tx, [_event(tx, entry, request_id) for request_id in entry.request_ids])


async def print_requests(tx: Tx, entry: PrintEventEntry) -> None:
    """Store printed slips, where the tenant keeps print events and all the requests exist. Raises Invalid."""
    feature = await store.load_feature(tx, entry.request_ids)
    if feature.setting is None:
        raise refuse("No configuration found for print event feature")
    if not _is_enabled(orjson.loads(feature.setting)):
        raise refuse("print event feature is disabled for this tenant")
    if feature.known != len(set(entry.request_ids)):
        raise refuse("invalid request found")
    await store_printed(tx, entry)


def _is_enabled(setting: Any) -> bool:
    return isinstance(setting, dict) and str(setting.get("enablePrintLog")).lower() == "true"


def _event(tx: Tx, entry: PrintEventEntry, request_id: str) -> PrintEvent:
    made = PrintEvent(
        id=str(uuid4()),
        request_id=request_id,
        requester_id=entry.requester_id,
        requester_name=entry.requester_name,
        print_event_date=entry.print_event_date,
    )
    return records.stamped(tx, PRINT_EVENT, made)
