"""A real server in a process of its own, for everything that a rolled-back transaction cannot show."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

STARTED = re.compile(r"Octavo listens on (\S+) and (\S+)")


@dataclass
class Served:
    """A running server and how to log in to it."""

    okapi: str
    edge: str
    process: subprocess.Popen[str]
    database_url: str = ""
    tenant: str = "diku"
    admin_username: str = "admin"
    admin_password: str = "admin-password"

    def login(self) -> httpx.Client:
        """Return a client of the Okapi side, logged in as the administrator."""
        client = httpx.Client(base_url=self.okapi, headers={"X-Okapi-Tenant": self.tenant}, timeout=30)
        answer = client.post("/authn/login", json={"username": self.admin_username, "password": self.admin_password})
        assert answer.status_code == 201, answer.text
        client.headers["X-Okapi-Token"] = answer.headers["x-okapi-token"]
        return client


@contextmanager
def running(
    *arguments: str, cwd: Path | None = None, log: Path | None = None, module: str = "octavo", **environment: str
) -> Iterator[Served]:
    """Start `octavo serve` on free ports and stop it at the end.

    log: where to write what it logs, if it logs much. module: what is run in the place of `octavo`.
    """
    command = [sys.executable, "-m", module, "serve", "--port", "0", "--edge-port", "0", *arguments]
    with ExitStack() as stack:
        # Not a pipe: nobody reads it while the tests run, and a server whose log is full stands still.
        errors = stack.enter_context(log.open("a+")) if log else stack.enter_context(tempfile.TemporaryFile("w+"))
        process = stack.enter_context(subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=cwd, env={**os.environ, **environment}
        ))  # fmt: skip
        try:
            okapi, edge = _addresses(process, errors)
            yield Served(okapi, edge, process)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _addresses(process: subprocess.Popen[str], errors: IO[str]) -> tuple[str, str]:
    assert process.stdout is not None
    for line in process.stdout:
        if match := STARTED.search(line):
            return match[1], match[2]
    errors.seek(0)
    raise AssertionError(f"the server did not start: {errors.read()}")
