"""Putting load on a server with wrk, and on the database with pgbench."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from octavo.app.postgres_binaries import binaries

_SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Shot:
    """One request."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True)
class Taken:
    """What a load generator saw: requests a second, latencies in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float


class LoadFailed(Exception):  # noqa: N818 - it is what happened
    """Something was answered with an error, or ran out, so that the figures would say nothing."""


def fire(
    base_url: str, shots: Iterable[Shot], seconds: float, clients: int, headers: Mapping[str, str], *, once: bool = False, forgiven: float = 0.0
) -> Taken:
    """Send requests over and over for some seconds and return what happened.

    once: no request may be sent twice, as each changes something. forgiven: which part may be refused; only what was
    not counts. Raises LoadFailed when one was sent twice, or more were refused.
    """
    with tempfile.NamedTemporaryFile("wb", suffix=".requests") as file:
        count = 0
        for count, shot in enumerate(shots, start=1):  # noqa: B007 - how many there were is asked for afterwards
            file.write(b"%s\t%s\t%s\n" % (shot.method.encode(), shot.path.encode(), shot.body))
        file.flush()
        head = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
        command = [
            found("wrk"), "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "--timeout", "30s", *head, "-s", str(_SCRIPT), base_url,
            "--", file.name,
        ]  # fmt: skip
        seen = orjson.loads(_output(command).splitlines()[-1])
    if seen["failed"] > forgiven * seen["answered"]:
        raise LoadFailed(f"{seen['failed']} of {seen['answered']} requests failed")
    if once and seen["sent"] > count:
        raise LoadFailed(f"{count} requests were too few for {seconds} s")
    return Taken((seen["answered"] - seen["failed"]) / seen["seconds"], seen["p50"], seen["p95"], seen["p99"])


def pgbench(url: str, script: str, variables: Mapping[str, str], seconds: float, clients: int) -> float:
    """Return how many times a second the database alone runs a script."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        given = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
        output = _output(
            [pgbench_program(), "-n", "-M", "prepared", f"-c{clients}", "-j1", f"-T{seconds:.0f}", *given, "-f", file.name, url]
        )
    found = re.search(r"tps = ([\d.]+)", output)
    if not found or "ERROR" in output:
        raise LoadFailed(output)
    return float(found[1])


def found(program: str) -> str:
    """Return where a program is; without it nothing can be measured."""
    path = shutil.which(program)
    if path is None:
        raise SystemExit(f"{program} is needed for this; on Debian: apt-get install {program}")
    return path


def pgbench_program() -> str:
    """Return pgbench, which comes with the embedded PostgreSQL."""
    return str(binaries() / "pgbench")


def _output(command: Sequence[str]) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if ran.returncode:
        raise LoadFailed(f"{command[0]}: {ran.stderr or ran.stdout}")
    sys.stderr.write(ran.stderr)
    return ran.stdout
