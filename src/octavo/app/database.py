"""Which PostgreSQL: the one in the settings, or the embedded one, started for as long as it is needed."""

from collections.abc import Iterator
from contextlib import contextmanager

from octavo.app.postgres import EmbeddedPostgres
from octavo.app.settings import Settings


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Yield the URL of the database; an embedded server is held until the block ends."""
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.data_dir) as server:
        yield server.url
