"""The demo: what a newcomer sees in the first minutes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

PEOPLE = {"username", "password", "barcode", "id", "externalSystemId"}


@contextmanager
def demo(data_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the demo in a process group of its own, as a terminal would, and end it with Ctrl-C."""
    command = [sys.executable, "-m", "octavo", "demo", "--data-dir", str(data_dir), "--port", "0", "--edge-port", "0"]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=30)


def told(process: subprocess.Popen[str], last: str) -> str:
    """Read what the demo says, up to a line that begins so."""
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if line.startswith(last):
            return "".join(lines)
    assert process.stderr is not None
    raise AssertionError("".join(lines) + process.stderr.read())


@pytest.mark.slow
def test_scripts_get_everything_they_need_in_one_line(tmp_path: Path):
    with demo(tmp_path, "--json") as process:
        said = json.loads(told(process, "{"))
        assert set(said) == {"okapi", "edge", "page", "desk", "tenant", "admin", "patron", "apikey"}
        assert set(said["admin"]) == set(said["patron"]) == PEOPLE
        assert all(said["patron"].values())
        assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0, "passwords are for the owner only"

        headers = {"X-Okapi-Tenant": said["tenant"]}
        for person in ("admin", "patron"):
            login = {name: said[person][name] for name in ("username", "password")}
            answer = httpx.post(f"{said['okapi']}/authn/login", headers=headers, json=login)
            assert answer.status_code == 201, person
        account = httpx.get(
            f"{said['edge']}/patron/account/{said['patron']['externalSystemId']}",
            headers={"Authorization": f"apikey {said['apikey']}"},
        )
        assert account.json()["totalLoans"] > 0
    assert process.returncode == 0, "Ctrl-C ends it cleanly"
    assert not list(tmp_path.glob("postgres/data/postmaster.pid")), "the database has stopped too"


@pytest.mark.slow
def test_the_printed_lines_work_when_pasted_and_a_second_start_is_quick(tmp_path: Path):
    with demo(tmp_path) as process:
        first = told(process, "Ctrl-C stops")
    started = time.perf_counter()
    with demo(tmp_path) as process:
        again = told(process, "Ctrl-C stops")
        assert time.perf_counter() - started < 5
        lines = [line for line in again.splitlines() if re.match("curl |TOKEN=|ITEM=", line)]
        assert len(lines) == 3
        answers = [
            json.loads(subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout)
            for line in lines
        ]  # fmt: skip
    assert answers[0]["totalLoans"] == len(answers[0]["loans"]) > 0
    assert answers[1]["loans"]
    assert answers[2]["dueDate"] > answers[2]["loanDate"]
    key = re.compile("API key +(.+)")
    assert key.findall(first) == key.findall(again), "the second start shows the same library"
