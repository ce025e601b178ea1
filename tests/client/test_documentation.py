"""The documentation of the client, executed as it stands."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from client.world import World

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["docs/client.md", "client/README.md"])
async def test_the_examples_work_as_written(name: str, world: World, repository: Path) -> None:
    patron, instance = await world.library.patron(), await world.library.instance()
    item = await world.library.item(instance)
    names: dict[str, Any] = {
        "OKAPI": world.okapi,
        "TENANT": world.tenant,
        "USERNAME": world.username,
        "PASSWORD": world.password,
        "PATRON_ID": patron["id"],
        "ITEM_ID": item["id"],
        "INSTANCE_ID": instance["id"],
    }
    page = repository / name
    text = page.read_text()
    for block in BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n")
        code = compile("\n" * line + block[1], str(page), "exec")
        await asyncio.to_thread(exec, code, names)
