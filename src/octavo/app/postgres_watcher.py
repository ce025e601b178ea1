"""The watcher: a small process that stops a database server as soon as nobody holds it any more.

The launcher starts this file by its path, isolated from the package, so that it stays small: it may import
nothing but the standard library. A holder that is killed can stop nothing itself, but the kernel drops its
lock; the watcher sleeps in the kernel until the last of these locks has gone.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_POLL = 0.005
_PROC = Path("/proc")


class Cluster:
    """The processes of one server, known by the name and the user they all carry.

    No pid file is asked: the number in a stale one may belong to anybody by now.
    """

    def __init__(self, name: str, uid: int) -> None:
        self.name = name
        self.uid = uid
        self._postmaster = f"cluster_name={name}".encode()
        self._child = f"postgres: {name}: ".encode()

    def postmasters(self) -> list[int]:
        """Return the server's main process, if there is one."""
        return [pid for pid, command in self._commands() if self._postmaster in command.split(b"\0")]

    def processes(self) -> list[int]:
        """Return every process of the server, also those which have outlived the main one."""
        return [
            pid
            for pid, command in self._commands()
            if command.startswith(self._child) or self._postmaster in command.split(b"\0")
        ]

    def stop(self) -> None:
        """End every process of the server: in good order if it can, by force if it takes too long."""
        patience = 60.0 if self.postmasters() else 3.0
        if self._end(self.postmasters, signal.SIGINT, patience):
            return
        if self._end(self.processes, signal.SIGQUIT, 5.0) or self._end(self.processes, signal.SIGKILL, 5.0):
            return
        message = f"the processes {self.processes()} of the database server {self.name} cannot be ended"
        raise TimeoutError(message)

    def _end(self, whom: Callable[[], list[int]], how: signal.Signals, patience: float) -> bool:
        for pid in whom():
            with suppress(ProcessLookupError):
                os.kill(pid, how)
        deadline = time.monotonic() + patience
        while self.processes():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True

    def _commands(self) -> Iterator[tuple[int, bytes]]:
        for entry in _PROC.iterdir():
            if entry.name.isdecimal():
                with suppress(OSError):  # it ended while we looked
                    if entry.stat().st_uid == self.uid:
                        yield int(entry.name), (entry / "cmdline").read_bytes()


@contextmanager
def locked(file: int) -> Iterator[None]:
    """Wait for an exclusive lock on an open file and keep it for the block."""
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def alone(file: int) -> bool:
    """Trade our share in a lock for the whole of it; if others have a share, ours is gone all the same."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def watch(gate: int, holders: int, watched: int, cluster: Cluster) -> None:
    """Sleep until nobody holds the server, then stop it.

    gate, holders, watched: open lock files, none of them shared with another process. `holders` must not
    be kept while waiting for the gate: who starts the server waits for it the other way round.
    """
    while True:
        with locked(holders):
            pass
        with locked(gate):
            if alone(holders):
                cluster.stop()
                # Before the gate opens: the next one in must see that nobody watches.
                os.close(watched)
                return


def main(arguments: list[str]) -> None:
    """Watch what the launcher asks to be watched, and let no signal meant for others end it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    gate, holders, watched, name, uid = arguments
    watch(int(gate), int(holders), int(watched), Cluster(name, int(uid)))


if __name__ == "__main__":
    main(sys.argv[1:])
