"""Type checkers know what each operation of the installed package takes and gives."""

import asyncio
import sys
from pathlib import Path

import pytest

import octavo_client
import octavo_models

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parent / "scripts" / "typed_use.py"


@pytest.mark.parametrize("package", [octavo_client, octavo_models], ids=lambda package: package.__name__)
def test_the_package_says_that_it_is_typed(package: object) -> None:
    assert (Path(str(getattr(package, "__file__", ""))).parent / "py.typed").exists()


async def test_a_users_program_is_checked_strictly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(SCRIPT)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await asyncio.wait_for(process.communicate(), timeout=300)
    assert process.returncode == 0, told.decode()
