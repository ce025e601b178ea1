"""The house in which an embedded server lives, and what can be done to the server from within.

`postgres` draws the map of the house and decides who may do what, and when.
"""

import os
import shutil
import socket
import stat
import struct
import subprocess  # for PostgreSQL's own programs alone  # nosec B404
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from typing import Self

from octavo.app.postgres_binaries import Account, Command, PostgresError, Programs, binaries, usable
from octavo.app.postgres_watcher import Cluster, locked

NAME = "octavo"  # of the superuser and of the database
_SOCKET = ".s.PGSQL.5432"  # the port is no more than a part of this name
_LONGEST_SOCKET = 100  # bytes; the kernels' limits lie between 104 and 108
_PATIENCE = 300.0  # seconds; after a crash the server may have much to recover
_ANSWER = 10.0  # seconds in which a healthy server answers, and to make a database
_POLL = 0.005
_BLIND = 16  # the first version that starts where it cannot find the way to its own directory
_BUILTIN_LOCALES = 17

_SETTINGS = """
# Octavo's choice, made once; yours to change.
fsync = on
jit = off
max_connections = 100
shared_buffers = {buffers}MB
effective_cache_size = {cache}MB
"""
_LEAST_BUFFERS, _MOST_BUFFERS = 128, 1024  # MiB
_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container


def buffers_of(memory: int) -> int:
    """Return how much of a machine's memory the server takes to itself, both in MiB: a sixteenth, within bounds."""
    return min(max(memory // 16, _LEAST_BUFFERS), _MOST_BUFFERS)


def _memory() -> int:
    """Return how much memory there is for us, in MiB."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = _LIMIT.read_text().strip() if _LIMIT.is_file() else ""
    return (min(int(limit), whole) if limit.isdecimal() else whole) >> 20


@dataclass(frozen=True)
class House:
    """The directory in which a server lives, and the user to whom it belongs."""

    path: Path
    account: Account

    @classmethod
    def prepare(cls, data_dir: Path) -> Self:
        """Make the house, or find it as it is."""
        if not Path("/proc/self/cmdline").exists():
            message = "the embedded PostgreSQL needs Linux; elsewhere give Octavo the URL of a database"
            raise PostgresError(message)
        data_dir.mkdir(parents=True, exist_ok=True)
        path = data_dir / "postgres"
        account = Account.for_directories(path, data_dir)
        path.mkdir(mode=0o700, exist_ok=True)
        account.give(path)
        if path.stat().st_uid != account.uid:
            message = f"{path} does not belong to {account}: become its owner, or choose another directory"
            raise PostgresError(message)
        return cls(path, account)

    @contextmanager
    def entered(self) -> Iterator[tuple[Self, int]]:
        """Be the only one to start or stop the server; the open file keeps others out as long as it lives."""
        gate = self.open("gate")
        try:
            with locked(gate):
                yield self, gate
        finally:
            os.close(gate)

    def open(self, name: str, flags: int = os.O_RDWR) -> int:
        """Open a file of the house, which is made if need be."""
        file = os.open(self.path / name, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self.account.give(file)
        return file

    @cached_property
    def reachable(self) -> bool:
        """Whether the server's user can come here; root may keep the house where nobody else can."""
        return self.account.uid == os.geteuid() or self.account.can_enter(self.path)

    def detach(self, command: Command, cwd: Path, account: Account, keep: tuple[int, ...] = ()) -> None:
        """Run a program that outlives us, is nobody's child, hears no Ctrl-C and speaks to the log only."""
        log = self.open("server.log", os.O_WRONLY | os.O_APPEND)
        try:
            account.run(["/bin/sh", "-c", '"$0" "$@" &', *command], cwd=cwd, output=log, keep=keep)
        finally:
            os.close(log)


class State(Enum):
    """What a server says when it is spoken to."""

    SILENT = auto()
    BUSY = auto()  # starting, recovering or stopping
    EMPTY = auto()  # running, without our database
    READY = auto()


@dataclass(frozen=True)
class Postgres:
    """The server itself. Whoever calls its methods must be in the gate."""

    house: House
    data: Path
    run: Path
    cluster: Cluster

    @classmethod
    def prepare(cls, house: House, gate: int) -> Self:
        """Settle where the server lives and what it is called, and make its data if there are none."""
        data = house.path / "data"
        new = None if data.exists() else _empty_directory(house.path / "data.new", house.account)
        # The inode of its directory names a server: it stays when the directory is moved, and no other can
        # get it while a server lives there, even if the directory has been removed under its feet.
        place = (new or data).stat()
        name = f"octavo-{place.st_dev:x}-{place.st_ino:x}"
        postgres = cls(house, data, _run_directory(house, name), Cluster(name, house.account.uid))
        if new is not None:
            postgres.initialise(new, gate)
            new.rename(data)
        return postgres

    @cached_property
    def programs(self) -> Programs:
        """The programs to use: found only when they are needed, which is not to join a running server."""
        shelf = self.house.path if self.house.reachable else self.run
        programs = usable(binaries(), self.house.account, shelf)
        if not self.house.reachable and programs.major < _BLIND:
            message = f"{self.house.account} cannot enter {self.house.path}: choose another directory"
            raise PostgresError(message)
        return programs

    def initialise(self, directory: Path, gate: int) -> None:
        """Run initdb. It inherits the gate, so that the next one in waits for it even if we are killed."""
        provider = ["--locale-provider=builtin"] if self.programs.major >= _BUILTIN_LOCALES else []
        command: Command = [
            *(self.programs.directory / "initdb", "-D", self._way_to(directory), "-U", NAME),
            *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
            *("--encoding=UTF8", "--locale=C.UTF-8", *provider),
        ]
        try:
            self.house.account.run(command, cwd=directory, keep=(gate,))
        except subprocess.CalledProcessError as error:
            message = f"{self.programs} cannot initialise {directory}:\n{error.stdout}"
            raise PostgresError(message) from error
        with (directory / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(buffers=buffers_of(memory := _memory()), cache=memory // 2))

    def bring_up(self) -> None:
        """Return when the server is ready: join one, wait for one that starts or stops, or launch it."""
        launched = False
        deadline = time.monotonic() + _PATIENCE
        while (state := self.state()) is not State.READY:
            if time.monotonic() > deadline:
                raise PostgresError(self._complaint("does not answer"))
            if state is State.EMPTY:
                self.ask("postgres", f"CREATE DATABASE {NAME}")
            elif state is State.SILENT and not self.cluster.postmasters():
                if launched:
                    raise PostgresError(self._complaint("did not start"))
                self.launch()
                launched = True
            time.sleep(_POLL)

    def launch(self) -> None:
        """Start the server where none runs, whatever an earlier one has left behind."""
        written_by = (self.data / "PG_VERSION").read_text().strip()
        if written_by != str(self.programs.major):
            message = f"the data in {self.data} need PostgreSQL {written_by}, but here is {self.programs}"
            raise PostgresError(message)
        self.cluster.stop()  # orphans of a killed server would keep a new one from starting
        for stale in (self.data / "postmaster.pid", self.run / _SOCKET, self.run / f"{_SOCKET}.lock"):
            stale.unlink(missing_ok=True)
        settings = {
            "cluster_name": self.cluster.name,
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": '"{}"'.format(str(self.run).replace('"', '""')),
            "unix_socket_permissions": "0700",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command: Command = [self.programs.directory / "postgres", "-D", self._way_to(self.data), *options]
        self.house.detach(command, self.data, self.house.account)

    def state(self) -> State:
        """Judge the server by what it answers, never by a pid file."""
        try:
            answer = self.ask(NAME)
        except (FileNotFoundError, ConnectionRefusedError):
            return State.SILENT
        except (BlockingIOError, ConnectionResetError, BrokenPipeError, TimeoutError):
            return State.BUSY
        if not answer or b"C57P03\0" in answer:  # cannot_connect_now
            return State.BUSY
        return State.EMPTY if b"C3D000\0" in answer else State.READY  # invalid_catalog_name

    def ask(self, database: str, question: str = "") -> bytes:
        """Connect, run at most one statement and return the server's whole answer, in its wire protocol."""
        hello = f"user\0{NAME}\0database\0{database}\0\0".encode()
        message = struct.pack("!ii", len(hello) + 8, 3 << 16) + hello
        if question:
            message += struct.pack("!ci", b"Q", len(question) + 5) + question.encode() + b"\0"
        message += struct.pack("!ci", b"X", 4)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER)
            connection.connect(str(self.run / _SOCKET))
            connection.sendall(message)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def clear(self) -> None:
        """Remove what a stopped server leaves outside its house."""
        if self.run.parent != self.house.path:
            shutil.rmtree(self.run, ignore_errors=True)

    def _way_to(self, directory: Path) -> str:
        """Name a directory such that the server's user gets there. Its programs start in it: `run(cwd=…)`."""
        return str(directory) if self.house.reachable else "/proc/self/cwd"

    def _complaint(self, what: str) -> str:
        log = self.house.path / "server.log"
        last = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
        return f"PostgreSQL {what} ({self.data}). The end of {log}:\n{last}"


def _empty_directory(path: Path, account: Account) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    account.give(path)
    return path


def _run_directory(house: House, name: str) -> Path:
    """Return the directory of the socket: in the house, if its path will do."""
    path = house.path / "run"
    too_long = len(os.fsencode(path / _SOCKET)) > _LONGEST_SOCKET
    if too_long or not house.reachable or "," in str(path):  # to clients, a comma separates two hosts
        path = Path(tempfile.gettempdir()) / name
    path.mkdir(mode=0o700, exist_ok=True)
    house.account.give(path)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != house.account.uid or found.st_mode & 0o077:
        message = f"{path} should be a directory that only {house.account} may enter; remove it"
        raise PostgresError(message)
    return path
