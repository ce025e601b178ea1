"""What the tests of real processes share: a prepared data directory, writers, and the command line."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from octavo.app import wiring
from octavo.app.postgres import EmbeddedPostgres
from octavo.store import tenants
from servers import Served

TENANT = "diku"
PATRON = "2205005b-ca51-4a04-87fd-938eefa8f6de"
SECONDS_TO_ANSWER = 15.0


async def prepare(url: str, *names: str) -> None:
    """Make tenants, each with the administrator that `Served` knows."""
    async with tenants.administration(url) as connection:
        await tenants.prepare(connection)
        for name in names:
            await wiring.create_tenant(connection, name, "admin", "admin-password", datetime.now(UTC))


def furnish(data_dir: Path) -> None:
    """Make a data directory with one tenant, to be copied."""
    with EmbeddedPostgres(data_dir) as server:
        asyncio.run(prepare(server.url, TENANT))


async def _execute(url: str, statement: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


def execute(url: str, statement: str) -> list[Any]:
    """Run one statement on a connection of its own and return the rows."""
    return asyncio.run(_execute(url, statement))


def octavo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "octavo", *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def new_loan() -> dict[str, Any]:
    """Return a loan that nobody else has made."""
    return {
        "id": str(uuid4()), "userId": PATRON, "itemId": str(uuid4()), "loanDate": "2026-01-05T10:00:00Z",
        "action": "checkedout", "status": {"name": "Open"},
    }  # fmt: skip


@dataclass
class Answer:
    """What a writer got for one loan."""

    loan: str
    status: int
    headers: httpx.Headers


@dataclass
class Writers:
    """Clients that write loans as fast as they are answered, until told to stop or the server is gone."""

    server: Served
    answers: list[Answer] = field(default_factory=list)
    broken_off: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def acknowledged(self) -> set[str]:
        return {answer.loan for answer in self.answers if answer.status == 201}

    def since(self, count: int) -> list[Answer]:
        """Return the answers after the first `count`."""
        return self.answers[count:]

    def write(self, token: str) -> None:
        headers = {"X-Okapi-Tenant": self.server.tenant, "X-Okapi-Token": token}
        with httpx.Client(base_url=self.server.okapi, headers=headers, timeout=SECONDS_TO_ANSWER) as client:
            while not self._stop.is_set():
                loan = new_loan()
                try:
                    answer = client.post("/loan-storage/loans", json=loan)
                except (httpx.NetworkError, httpx.RemoteProtocolError):
                    self.broken_off += 1
                    return
                self.answers.append(Answer(loan["id"], answer.status_code, answer.headers))

    @contextmanager
    def at_work(self, number: int = 4) -> Iterator["Writers"]:
        """Let them write; a request that is never answered fails the test here."""
        with closing(self.server.login()) as client:
            token = client.headers["X-Okapi-Token"]
        failures: list[BaseException] = []

        def run() -> None:
            try:
                self.write(token)
            except BaseException as failure:  # noqa: BLE001 - told to the test below
                failures.append(failure)

        threads = [threading.Thread(target=run) for _ in range(number)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(2 * SECONDS_TO_ANSWER)
        assert not any(thread.is_alive() for thread in threads), "a request hangs"
        assert not failures, failures


def stored(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Return all records of a list."""
    answer = client.get(path, params={"limit": 1_000_000})
    assert answer.status_code == 200, answer.text
    (records,) = (value for value in answer.json().values() if isinstance(value, list))
    return list(records)


def check_nothing_is_lost(server: Served, acknowledged: set[str]) -> None:
    """Check that every acknowledged loan is stored, and every stored loan has its one history row."""
    with closing(server.login()) as client:
        loans = [loan["id"] for loan in stored(client, "/loan-storage/loans")]
        history = [entry["loan"]["id"] for entry in stored(client, "/loan-storage/loan-history")]
    assert acknowledged <= set(loans)
    assert sorted(history) == sorted(loans)
