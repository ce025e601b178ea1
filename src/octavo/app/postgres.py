"""The embedded PostgreSQL: a server that runs while somebody needs it, with nothing to install or to stop.

All of it lies in one directory, `<data_dir>/postgres`, which belongs to the user whom the server runs as:

    data/         the database cluster; initdb works in data.new, which becomes data when it is complete
    run/          the Unix socket, the only way in; only the server's user and root may enter
    gate          locked by whoever starts or stops the server
    holders       share-locked by everybody who uses it; the kernel drops the share of a process that dies
    watched       locked by the watcher (`postgres_watcher`), which stops the server after the last holder
    server.log

Several processes may start a server on the same directory: they share it, and the last one out stops it.
"""

import fcntl
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from octavo.app import postgres_watcher
from octavo.app.postgres_binaries import Account, Command, PostgresError
from octavo.app.postgres_server import NAME, House, Postgres
from octavo.app.postgres_watcher import Cluster, alone

__all__ = ["EmbeddedPostgres", "PostgresError", "Server"]


@dataclass(frozen=True)
class Server:
    """A running server: where to connect, and which data it serves."""

    url: str
    data_dir: Path


class EmbeddedPostgres:
    """A hold on the server of one data directory, as a context manager or by `start` and `stop`."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.absolute()
        self._hold: _Hold | None = None

    def start(self) -> Server:
        """Start the server, or join the one that runs, and hold it until `stop` or the end of this process.

        Raises PostgresError when that is impossible.
        """
        if self._hold is None:
            with House.prepare(self._data_dir).entered() as (house, gate):
                self._hold = _Hold.take(house, gate)
        return Server(self._hold.url, self._data_dir)

    def stop(self) -> None:
        """Let go of the server; it ends if nobody else holds it."""
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.release()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True)
class _Hold:
    """One user's share in a running server: while it is open, the server stays."""

    house: House
    postgres: Postgres
    file: int

    @classmethod
    def take(cls, house: House, gate: int) -> Self:
        """Bring the server up and hold it; the gate must be ours."""
        with ExitStack() as undo:
            file = house.open("holders")
            undo.callback(os.close, file)
            fcntl.flock(file, fcntl.LOCK_SH)
            postgres = Postgres.prepare(house, gate)
            _ensure_watched(house, postgres.cluster)
            postgres.bring_up()
            undo.pop_all()
        return cls(house, postgres, file)

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.postgres.run))}&port=5432"

    def release(self) -> None:
        """Close the share, and stop the server if it was the last."""
        try:
            with self.house.entered():
                if alone(self.file):
                    self.postgres.cluster.stop()
                    self.postgres.clear()
        finally:
            fcntl.flock(self.file, fcntl.LOCK_UN)  # a forked child may have the file, too, and keep it open
            os.close(self.file)


def _ensure_watched(house: House, cluster: Cluster) -> None:
    """Start the watcher unless one is there. It inherits the lock by which we and others know."""
    watched = house.open("watched")
    try:
        if alone(watched):
            files = (house.open("gate"), house.open("holders"), watched)
            script = Path(postgres_watcher.__file__)
            words = [*map(str, files), cluster.name, str(cluster.uid)]
            command: Command = [sys.executable, "-IS", script, *words]
            try:
                house.detach(command, Path("/"), Account(os.geteuid(), os.getegid()), keep=files)
            finally:
                for file in files[:2]:
                    os.close(file)
    finally:
        os.close(watched)
