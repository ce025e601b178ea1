"""Starting the programs that are measured, and reading what they take."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LISTENS = re.compile(r"listens on (http://[^\s:]+:\d+)")
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MIB = 1 << 20


@dataclass(frozen=True)
class Program:
    """A running server."""

    url: str
    process: subprocess.Popen[str]
    seconds_to_start: float

    def cpu_seconds(self) -> float:
        """Return the processor time of the program and its workers so far."""
        return sum(_cpu(pid) for pid in self._family())

    def memory(self) -> float:
        """Return the resident memory, in MiB, of the largest process of the program."""
        return max(_resident(pid) for pid in self._family())

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]


@contextmanager
def octavo(database_url: str, workers: int = 1) -> Iterator[Program]:
    """Run Octavo as it is by default, on a free port."""
    words = ["-m", "octavo", "serve", "--database-url", database_url, "--port", "0", "--edge-port", "0"]
    with program([*words, *(["--workers", str(workers)] if workers > 1 else [])]) as made:
        yield made


@contextmanager
def bare(database_url: str, statements: Path) -> Iterator[Program]:
    """Run the bare program with captured statements."""
    with program(["-m", "bench.bare", database_url, str(statements)]) as made:
        yield made


@contextmanager
def program(words: list[str], python: str = sys.executable, **environment: str) -> Iterator[Program]:
    """Run a Python program that prints where it listens, and stop it at the end."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [python, *words], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}, start_new_session=True
    )
    try:
        yield Program(_address(process), process, time.perf_counter() - began)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if match := _LISTENS.search(line):
            return match[1]
    raise SystemExit("the program did not start")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / _MIB
