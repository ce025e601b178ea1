"""The how-to guides, executed as they stand: each becomes one script, followed beside a running server with a sample library."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commanding import octavo
from conftest import new_database
from documented import blocks, follow, script
from octavo.app.postgres_binaries import binaries
from octavo.rules.signatures import new_secret, sign
from servers import Served, running

PASSWORD = "a password for every account"
#: Pages with blocks, and what their scripts say at the end.
SAID = {
    "how-to/vufind.md": "loans, ",
    "how-to/aspen.md": "",
    "how-to/app-by-api-key.md": '"totalLoans" : 3',
    "how-to/migrate-from-folio.md": "0 created, 0 replaced, ",
    "how-to/upgrade.md": "every tenant has version",
    "how-to/back-up-and-restore.md": "",
    "how-to/rotate-keys.md": "revoked",
    "how-to/webhooks-and-events.md": "events, next after",
    "operate.md": "city",
}


@dataclass
class Town:
    """A server with the tenant `city`, which has the sample library, and its administrator `librarian`."""

    server: Served
    database_url: str

    def follow(self, page: Path, folder: Path) -> str:
        written = script(page).replace("http://127.0.0.1:9130", self.server.okapi).replace("http://127.0.0.1:8081", self.server.edge)
        path = f"{binaries()}{os.pathsep}{os.environ['PATH']}"
        return follow(written, folder, OCTAVO_DATABASE_URL=self.database_url, OCTAVO_PASSWORD=PASSWORD, PATH=path)


@pytest.fixture(scope="module")
async def town(server_url: str) -> AsyncIterator[Town]:
    async with new_database(server_url, "guides") as url:
        for command in (
            ("migrate",), ("tenant", "create", "city", "--admin", "librarian", "--password", PASSWORD),
            ("sample", "--tenant", "city"),
        ):  # fmt: skip
            done = await octavo(url, *command)
            assert done.returncode == 0, done.stderr.decode()
        with running("--database-url", url) as server:
            yield Town(server, url)


def test_every_guide_is_followed(repository: Path):
    docs = repository / "docs"
    guides = {f"how-to/{file.name}" for file in (docs / "how-to").glob("*.md")} - {"how-to/README.md"}
    assert guides == {name for name in SAID if name.startswith("how-to/")}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAID)
async def test_the_guide_works_as_written(name: str, town: Town, repository: Path, tmp_path: Path):
    said = await asyncio.to_thread(town.follow, repository / "docs" / name, tmp_path)
    assert SAID[name] in said, said


def test_the_receiver_knows_what_octavo_signs_from_what_others_send(repository: Path):
    page = repository / "docs" / "how-to" / "webhooks-and-events.md"
    [receiver] = [block.text for block in blocks(page) if "def is_ours" in block.text]
    names: dict[str, Any] = {}
    exec(compile(receiver, str(page), "exec"), names)  # noqa: S102 - the page's own code
    secret, body, now = new_secret(), b'{"id":"1"}', int(time.time())

    def is_ours(at: int, signature: str, received: bytes = body) -> bool:
        return names["is_ours"](secret, {"X-Octavo-Timestamp": str(at), "X-Octavo-Signature": signature}, received)

    assert is_ours(now, sign(secret, now, body))
    assert not is_ours(now, sign(secret, now, body), b'{"id":"2"}')
    assert not is_ours(now, sign(new_secret(), now, body))
    assert not is_ours(now - 600, sign(secret, now - 600, body)), "an old one, sent again by somebody"
