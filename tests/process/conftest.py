"""Data directories and databases for real servers."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from postgres_processes import clean_up
from process.world import furnish


@pytest.fixture(scope="session")
def furnished_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a tenant, to be copied: faster than to make many."""
    directory = tmp_path_factory.mktemp("furnished") / "data"
    furnish(directory)
    return directory


@pytest.fixture
def data_dir(furnished_library: Path, tmp_path: Path) -> Iterator[Path]:
    """A data directory with a tenant, for one test; at the end nothing runs in it."""
    directory = tmp_path / "data"
    subprocess.run(["cp", "-a", furnished_library, directory], check=True)
    yield directory
    clean_up(directory)


@pytest.fixture
async def empty_database(server_url: str) -> AsyncIterator[str]:
    """The URL of an empty database for one test."""
    name = f"octavo_{uuid4().hex}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
    head, _, tail = server_url.partition("?")
    yield f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()
