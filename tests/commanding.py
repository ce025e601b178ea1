"""Running the command `octavo` in a process of its own, as an operator would."""

import asyncio
import os
import subprocess
import sys


async def octavo(url: str, *arguments: str, given: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end; `given` is its standard input."""
    command = [sys.executable, "-m", "octavo", *arguments]
    known = {**os.environ, "OCTAVO_DATABASE_URL": url, **environment}
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, input=given, env=known, check=False)
