"""Published clients, unmodified, against the live server; and a script that moves from foliolib to ours."""

import json
import sys
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from client.environments import python_with, run
from client.world import World
from octavo_client.foliolib.folio.api import circulationStorage, patron, patronBlocks, users

pytestmark = pytest.mark.slow

FOLIOLIB = "foliolib==0.3.12a4"
FOLIOCLIENT = "folioclient==1.0.15"
PYFOLIOCLIENT = "pyfolioclient==0.1.7"
SCRIPT = Path(__file__).parent / "scripts" / "foliolib_script.py"

# what only FOLIO's own maintenance uses
NOT_OFFERED = {
    ("users", "Users", name)
    for name in (
        "delete_profilePicture", "delete_users", "get_entries", "get_profilePicture", "modify_entry",
        "modify_profilePicture", "set_cleanup", "set_process", "set_timer", "upload_profilePicture",
    )
}  # fmt: skip


async def lent_and_waiting(world: World) -> dict[str, str]:
    """Return a patron with an item on loan, another item to ask for, and where to pick it up."""
    reader, other = await world.library.patron(), await world.library.patron()
    lent, wanted = await world.library.item(), await world.library.item()
    loan = await world.library.check_out(reader, lent)
    await world.library.check_out(other, wanted)
    holdings = await world.library.get(f"/holdings-storage/holdings/{wanted['holdingsRecordId']}")
    return {
        **world.variables,
        "PATRON_ID": reader["id"],
        "PATRON_BARCODE": reader["barcode"],
        "LOAN_ID": loan["id"],
        "LENT_ITEM_ID": lent["id"],
        "WANTED_ITEM_ID": wanted["id"],
        "WANTED_HOLDINGS_ID": holdings["id"],
        "WANTED_INSTANCE_ID": holdings["instanceId"],
        "SERVICE_POINT_ID": world.library.ids["main desk"],
        "LOCATION_ID": world.library.ids["main stacks"],
        "MATERIAL_TYPE_ID": world.library.ids["book"],
        "LOAN_TYPE_ID": world.library.ids["can circulate"],
        "GROUP_ID": world.library.ids["students"],
        "LOAN_POLICY_ID": world.library.ids["three weeks"],
        "REASON_ID": world.library.ids["cancelled by patron"],
    }


async def test_foliolib(world: World, repository: Path, tmp_path: Path) -> None:
    python = python_with(FOLIOLIB, repository)
    printed = await run(python, SCRIPT, **await lent_and_waiting(world), FOLIOLIB_CONFDIR=str(tmp_path))
    assert printed.endswith("all done\n")


async def test_the_same_script_with_another_import_root(world: World, tmp_path: Path) -> None:
    moved = tmp_path / "moved_script.py"
    moved.write_text(SCRIPT.read_text().replace("from foliolib", "from octavo_client.foliolib"))
    variables = await lent_and_waiting(world)
    printed = await run(sys.executable, moved, **variables, FOLIOLIB_CONFDIR=str(tmp_path / "conf"))
    assert printed.endswith("all done\n")


async def test_folioclient(world: World, repository: Path) -> None:
    python = python_with(FOLIOCLIENT, repository)
    variables = await lent_and_waiting(world)
    printed = await run(python, "folioclient_script.py", **variables, FOLIOCLIENT_FORBIDDEN_RETRY_DELAY="0")
    assert printed.endswith("all done\n")


async def test_pyfolioclient(world: World, repository: Path) -> None:
    python = python_with(PYFOLIOCLIENT, repository)
    printed = await run(python, "pyfolioclient_script.py", **await lent_and_waiting(world))
    assert printed.endswith("all done\n")


@pytest.mark.parametrize("module", [circulationStorage, patron, patronBlocks, users], ids=lambda one: one.__name__)
async def test_the_classes_have_the_published_methods(module: ModuleType, repository: Path, tmp_path: Path) -> None:
    python = python_with(FOLIOLIB, repository)
    name = module.__name__.rpartition(".")[2]
    printed = await run(python, "foliolib_interface.py", FOLIOLIB_CONFDIR=str(tmp_path), MODULE=name)
    published: dict[str, dict[str, list[str]]] = json.loads(printed)
    offered = [kind for kind in published if hasattr(module, kind)]
    assert offered
    for kind in offered:
        for method, parameters in published[kind].items():
            if (name, kind, method) not in NOT_OFFERED:
                assert _parameters(getattr(module, kind), method)[: len(parameters)] == parameters, f"{kind}.{method}"


def _parameters(kind: Any, method: str) -> list[str]:
    return list(signature(getattr(kind, method)).parameters)
