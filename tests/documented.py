"""Pages of the documents, executed: each becomes one script, which does what a reader would do, in order."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Blocks in these languages are executed; what is only to be looked at is `text`, `json`, `ini`, ….
_EXECUTED = ("sh", "python")


@dataclass(frozen=True)
class Block:
    """A block of code: its language, its text, and the line of the page where it begins."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Return every block of a page."""
    text = page.read_text("utf-8")
    return [Block(found[1], found[2], text[: found.start(2)].count("\n") + 1) for found in _BLOCK.finditer(text)]


def script(page: Path, but: tuple[str, ...] = ()) -> str:
    """Return all blocks that are executed as one shell script. but: the texts of those that a test does by itself."""
    parts = ["set -euo pipefail"]
    for block in blocks(page):
        if block.language not in _EXECUTED or block.text.strip() in but:
            continue
        parts.append(f"echo '{page.name}:{block.line}' >&2")
        parts.append(block.text if block.language == "sh" else f"python - <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK")
    return "\n".join(parts)


def follow(text: str, folder: Path, **environment: str) -> str:
    """Run a script in a folder, where `.venv` and `python` are those of the tests, and return what it says."""
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    known = {**os.environ, **environment}
    known["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{known['PATH']}"
    done = subprocess.run(["bash", "-c", text], cwd=folder, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
