"""The journey through the library, executed as it stands in the documents."""

import json
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


def violations(served: Served) -> set[tuple[str, str]]:
    """Return what the doctor finds in the server's database: the name of the check, the record's id."""
    command = [sys.executable, "-m", "octavo", "doctor", "--json", "--tenant", served.tenant]
    told = subprocess.run([*command, "--database-url", served.database_url], capture_output=True, text=True, check=False)
    checks = json.loads(told.stdout)["checks"]
    return {(check["name"], found["id"]) for check in checks for found in check["violations"]}


def test_the_journey_works_as_written(served: Served, repository: Path):
    names: dict[str, Any] = {
        "OKAPI": served.okapi, "EDGE": served.edge, "TENANT": served.tenant, "USERNAME": served.admin_username,
        "PASSWORD": served.admin_password, "APIKEY": apikey(served),
    }  # fmt: skip
    page = repository / "docs" / "journey.md"
    text = page.read_text()
    before = violations(served)
    try:
        for block in BLOCK.finditer(text):
            line = text[: block.start(1)].count("\n")
            exec(compile("\n" * line + block[1], str(page), "exec"), names)  # noqa: S102
    finally:
        for name in ("okapi", "edge"):
            names[name].close()
    assert violations(served) - before == set(), "the journey leaves records that fit together"
