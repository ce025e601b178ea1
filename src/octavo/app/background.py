"""What works in the background, put together from the settings."""

from datetime import timedelta

from octavo.app.mail import mailer_of
from octavo.app.settings import Settings
from octavo.app.wiring import destinations
from octavo.http.dispatch import utc_now
from octavo.store.tx import Store
from octavo.worker.marks import Marks
from octavo.worker.room import Room


def room(settings: Settings, url: str, store: Store, changed: Marks) -> Room:
    """Return the worker room over a store of its own; `changed` is where others mark tenants."""
    patience, kept = timedelta(hours=settings.webhook_hours), timedelta(days=settings.event_days)
    return Room(store, url, utc_now, changed, destinations(settings), patience, kept, mailer_of(settings))
