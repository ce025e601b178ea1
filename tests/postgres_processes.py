"""Look at the processes of an embedded PostgreSQL from outside, and be another process that uses it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from octavo.app import postgres

SOURCE = Path(postgres.__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from octavo.app.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def query(url: str, sql: str) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def name_of(data_dir: Path) -> str:
    found = (data_dir / "postgres" / "data").stat()
    return f"octavo-{found.st_dev:x}-{found.st_ino:x}"


def processes(name: str, also: str = "") -> list[int]:
    """Return every process that carries the server's name: the watcher, the server, its children."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            if name in command and also in command:
                found.append(int(entry.name))
    return sorted(found)


def postmaster(name: str) -> int:
    """Return the server itself: a child that was just born has its command line, too, for a moment."""
    found = processes(name, f"cluster_name={name}")
    (pid,) = [pid for pid in found if _parent(pid) not in (*found, None)]
    return pid


def _parent(pid: int) -> int | None:
    """Return the parent of a process, None where it is gone."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def watcher(name: str) -> int:
    (pid,) = processes(name, "postgres_watcher.py")
    return pid


def eventually(true: Callable[[], object], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def clean_up(data_dir: Path) -> None:
    if (data_dir / "postgres" / "data").exists():
        name = name_of(data_dir)
        for pid in processes(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not processes(name))
    shutil.rmtree(data_dir, ignore_errors=True)


class Holder(subprocess.Popen[str]):
    """Another Octavo: a process that holds the server until its standard input ends."""

    def __init__(self, data_dir: Path, python: str = sys.executable, **options: Any) -> None:
        options.setdefault("env", {**os.environ, "PYTHONPATH": str(SOURCE)})
        pipe = subprocess.PIPE
        command = [python, "-c", HOLD, str(data_dir)]
        super().__init__(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **options)

    def url(self) -> str:
        """Wait for the server and return where it is."""
        assert self.stdout is not None
        assert self.stderr is not None
        return self.stdout.readline().strip() or pytest.fail(self.stderr.read())

    def leave(self) -> None:
        """Let go in good order."""
        _, errors = self.communicate(timeout=30)
        assert self.returncode == 0, errors


@contextmanager
def holder(data_dir: Path, **options: Any) -> Iterator[Holder]:
    with Holder(data_dir, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
