"""Several workers on the same sockets: started, watched, started again when they die, stopped together."""

import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from types import FrameType
from typing import Any, Final

from prometheus_client import multiprocess

_SPAWN: Final = multiprocessing.get_context("spawn")
_LOOK_SECONDS: Final = 0.2
#: A worker that dies sooner than this after its start is started again only after that time.
_SHORT_LIFE: Final = 2.0
_DRAIN_SECONDS: Final = 15.0


@dataclass(frozen=True)
class _Running:
    """When a process was started, and its event: a new process finds the event only while somebody here keeps it."""

    started: float
    serving: Event


@dataclass
class Workers:
    """Processes that all do `work(*arguments, ready)`; each sets `ready` once it serves."""

    number: int
    work: Callable[..., None]
    arguments: tuple[Any, ...]
    _running: dict[SpawnProcess, _Running] = field(default_factory=dict)
    _stopping: bool = False

    def run(self, ready: Callable[[], None]) -> None:
        """Run them until SIGINT or SIGTERM; `ready` is called once the first ones all serve."""
        metrics = tempfile.mkdtemp(prefix="octavo-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            first = [self._start() for _ in range(self.number)]
            while not self._stopping and not all(one.is_set() for one in first):
                self._look()
            if not self._stopping:
                ready()
            while not self._stopping:
                self._look()
        finally:
            self._end()
            shutil.rmtree(metrics, ignore_errors=True)

    def _start(self) -> Event:
        serving = _SPAWN.Event()
        process = _SPAWN.Process(target=self.work, args=(*self.arguments, serving))
        process.start()
        self._running[process] = _Running(time.monotonic(), serving)
        return serving

    def _look(self) -> None:
        """Wait a moment, and start what has died anew."""
        time.sleep(_LOOK_SECONDS)
        for process, running in list(self._running.items()):
            if process.is_alive() or self._stopping:
                continue
            del self._running[process]
            multiprocess.mark_process_dead(process.pid)  # type: ignore[no-untyped-call]
            time.sleep(max(0.0, running.started + _SHORT_LIFE - time.monotonic()))
            self._start()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _end(self) -> None:
        for process in self._running:
            process.terminate()
        until = time.monotonic() + _DRAIN_SECONDS
        for process in self._running:
            process.join(max(0.0, until - time.monotonic()))
            process.kill()
