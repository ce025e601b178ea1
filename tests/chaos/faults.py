"""What befalls a server: each fault is one occurrence, after which everything is as it was before."""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from postgres_processes import name_of, postmaster, processes
from process.world import TENANT
from servers import Served

CLOCK = "OCTAVO_CHAOS_CLOCK"
#: How far the clock is set, in seconds. Answers are kept under their keys for a day: a jump may not be longer.
JUMPS = (0, 6 * 3600, -1800, 60, 0, -5)
#: Room on the small disk beyond what is on it at first.
ROOM = 100 * 1024 * 1024
PAUSE_SECONDS = 3.0
FULL_SECONDS = 6.0


@dataclass
class Stage:
    """Where faults happen: a running server, its PostgreSQL, its directory, and what is left to chance."""

    server: Served
    url: str
    data_dir: Path
    chance: random.Random
    happened: int = 0

    @property
    def clock(self) -> Path:
        return self.data_dir.parent / "clock"

    @property
    def ballast(self) -> Path:
        return self.data_dir.parent / "ballast"


Fault = Callable[[Stage], Awaitable[None]]


async def nothing(stage: Stage) -> None:
    """Let them work."""
    await asyncio.sleep(1)


async def kill_a_worker(stage: Stage) -> None:
    os.kill(stage.chance.choice(workers(stage.server.process.pid)), signal.SIGKILL)


def workers(server: int) -> list[int]:
    """Return the processes that serve for a server."""
    found = []
    for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


async def kill_a_back_end(stage: Stage) -> None:
    """Kill one connection's process; PostgreSQL then throws everybody out and recovers."""
    connection = await asyncpg.connect(stage.url)
    try:
        pids = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'octavo'")
    finally:
        await connection.close()
    os.kill(stage.chance.choice(pids)["pid"], signal.SIGKILL)


async def kill_the_postmaster(stage: Stage) -> None:
    os.kill(postmaster(name_of(stage.data_dir)), signal.SIGKILL)


async def kill_in_turn(stage: Stage) -> None:
    """Kill a worker, a back end, the postmaster, a worker, …"""
    kills = (kill_a_worker, kill_a_back_end, kill_the_postmaster)
    await kills[stage.happened % len(kills)](stage)


async def pause_the_database(stage: Stage) -> None:
    name = name_of(stage.data_dir)
    pids = [postmaster(name), *processes(name, "postgres: ")]
    _signal(pids, signal.SIGSTOP)
    try:
        await asyncio.sleep(PAUSE_SECONDS)
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


async def slow_the_database(stage: Stage) -> None:
    """Keep everybody from loans for a while: whoever has a connection keeps it, and the pool is empty."""
    connection = await asyncpg.connect(stage.url)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE t_{TENANT}.loan IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(PAUSE_SECONDS)
    finally:
        await connection.close()


async def fill_the_disk(stage: Stage) -> None:
    """Leave no byte, and have PostgreSQL ask for a new file of its log at once."""
    try:
        _fill(stage.ballast)
        with suppress(asyncpg.PostgresError, OSError):
            connection = await asyncpg.connect(stage.url)
            try:
                for _ in range(20):
                    await connection.execute("SELECT pg_logical_emit_message(false, 'chaos', 'x'), pg_switch_wal()")
            finally:
                await connection.close()
        await asyncio.sleep(FULL_SECONDS)
    finally:
        stage.ballast.unlink()


def _fill(ballast: Path) -> None:
    """Grow a file until nothing is left, while others write, too."""
    with ballast.open("wb") as file:
        for step in (16 * 1024 * 1024, 1024 * 1024, 4096):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, step)


@contextmanager
def small_disk(folder: Path, contents: Path) -> Iterator[Path]:
    """Mount a file system of little more than some contents, which are copied there. Raises OSError where one may not."""
    used = int(subprocess.run(["du", "-sb", contents], capture_output=True, text=True, check=True).stdout.split()[0])
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={used + ROOM}", "none", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


async def jump_the_clock(stage: Stage) -> None:
    """Set the clock that the workers read; they find the old time or the new one, never a file half written."""
    coming = stage.clock.with_suffix(".new")
    coming.write_text(str(JUMPS[(stage.happened + 1) % len(JUMPS)]))
    coming.replace(stage.clock)
    await asyncio.sleep(1)
