"""The journey through the library, executed as it stands in the documents."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from servers import Served

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def apikey(served: Served) -> str:
    """Make an API key with the command that the page names."""
    command = [sys.executable, "-m", "octavo", "apikey", "create", "journey", "--tenant", served.tenant, "--user", "admin"]
    made = subprocess.run([*command, "--database-url", served.database_url], capture_output=True, text=True, check=True)
    return made.stdout.strip()


def test_the_journey_works_as_written(served: Served, repository: Path):
    names: dict[str, Any] = {
        "OKAPI": served.okapi, "EDGE": served.edge, "TENANT": served.tenant, "USERNAME": served.admin_username,
        "PASSWORD": served.admin_password, "APIKEY": apikey(served),
    }  # fmt: skip
    page = repository / "docs" / "journey.md"
    text = page.read_text()
    try:
        for block in BLOCK.finditer(text):
            line = text[: block.start(1)].count("\n")
            exec(compile("\n" * line + block[1], str(page), "exec"), names)  # noqa: S102
    finally:
        for name in ("okapi", "edge"):
            names[name].close()
