"""The documentation of the client, executed as it stands."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from client.world import World

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


async def names_of(world: World) -> dict[str, Any]:
    """Return the names that the pages use without saying where they come from."""
    library = world.library
    patron, instance = await library.patron(), await library.instance()
    item = await library.item(instance)
    return {
        "OKAPI": world.okapi,
        "EDGE": world.edge,
        "API_KEY": world.key,
        "TENANT": world.tenant,
        "USERNAME": world.username,
        "PASSWORD": world.password,
        "PATRON_ID": patron["id"],
        "PATRON_BARCODE": patron["barcode"],
        "EXTERNAL_ID": patron["externalSystemId"],
        "ITEM_ID": item["id"],
        "ITEM_BARCODE": item["barcode"],
        "INSTANCE_ID": instance["id"],
        "HOLDINGS_ID": item["holdingsRecordId"],
        "SERVICE_POINT_ID": library.ids["main desk"],
        "REASON_ID": library.ids["cancelled by patron"],
        "MATERIAL_TYPE_ID": library.ids["book"],
        "LOAN_TYPE_ID": library.ids["can circulate"],
        "GROUP_ID": library.ids["students"],
        "LOCATION_ID": library.ids["main stacks"],
    }


@pytest.mark.parametrize("name", ["docs/client.md", "client/README.md"])
async def test_the_examples_work_as_written(name: str, world: World, repository: Path) -> None:
    names = await names_of(world)
    page = repository / name
    text = page.read_text()
    for block in BLOCK.finditer(text):
        line = text[: block.start(1)].count("\n")
        code = compile("\n" * line + block[1], str(page), "exec")
        await asyncio.to_thread(exec, code, names)
