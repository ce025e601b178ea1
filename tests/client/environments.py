"""Virtual environments for other people's clients, each made once and kept under `.cache/venvs`."""

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SCRIPTS = Path(__file__).parent / "scripts"


def python_with(requirement: str, repository: Path) -> Path:
    """Return the Python of an environment that has one requirement, such as `folioclient==1.0.15`.

    Skips the test when the requirement cannot be installed.
    """
    folder = repository / ".cache" / "venvs" / requirement.partition("=")[0]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "installed.txt"
    with _locked(folder):
        if not (done.exists() and done.read_text() == requirement):
            _install(folder, python, requirement)
            done.write_text(requirement)
    return python


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(folder: Path, python: Path, requirement: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for command in (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement],
        ):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.SubprocessError as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        pytest.skip(f"{requirement} cannot be installed here: {said[-1] if said else error}")


async def run(python: Path | str, script: str | Path, **variables: str) -> str:
    """Run a script and return what it printed; a script that fails fails the test with all it said."""
    known = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "SYSTEMROOT", "TMPDIR"}}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        python, _SCRIPTS / script, env={**known, **variables}, stdout=pipe, stderr=pipe
    )
    printed, said = await asyncio.wait_for(process.communicate(), timeout=300)
    assert process.returncode == 0, f"{script} failed:\n{printed.decode()}\n{said.decode()}"
    return printed.decode()
