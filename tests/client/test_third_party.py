"""Published clients, unmodified, against the live server; and a script that moves from foliolib to ours."""

import json
import sys
from inspect import signature
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from client.environments import python_with, run
from client.flaky import flaky
from client.world import World
from octavo_client.foliolib.folio.api import circulationStorage, patron, patronBlocks, users

pytestmark = pytest.mark.slow

FOLIOLIB = "foliolib==0.3.12a4"
FOLIOCLIENT = "folioclient==1.0.15"
PYFOLIOCLIENT = "pyfolioclient==0.1.7"
Interface = dict[str, dict[str, list[list[Any]]]]
SCRIPT = Path(__file__).parent / "scripts" / "foliolib_script.py"

MODULES = {module.__name__.rpartition(".")[2]: module for module in (circulationStorage, patron, patronBlocks, users)}
COMPLETE = {
    "circulationStorage": ("LoanStorage", "PatronActionSession"),
    "patron": ("Patron",),
    "patronBlocks": ("PatronBlockConditions",),
    "users": ("Users",),
}


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


async def published(module: str, repository: Path, conf: Path) -> Interface:
    """Return what the published foliolib has in a module: its classes, their methods, and the parameters of these."""
    python = python_with(FOLIOLIB, repository)
    interface: Interface = json.loads(
        await run(python, "foliolib_interface.py", FOLIOLIB_CONFDIR=str(conf), MODULE=module)
    )
    return interface


@pytest.mark.parametrize("module", MODULES)
async def test_the_classes_have_the_published_methods(module: str, repository: Path, tmp_path: Path) -> None:
    interface, ours = await published(module, repository, tmp_path), MODULES[module]
    offered = [kind for kind in interface if hasattr(ours, kind)]
    assert set(COMPLETE[module]) <= set(offered)
    for kind in offered:
        for method, parameters in interface[kind].items():
            assert _parameters(getattr(ours, kind), method)[: len(parameters)] == parameters, f"{kind}.{method}"
            more = _parameters(getattr(ours, kind), method)[len(parameters) :]
            assert all(has_default for _, _, has_default in more), f"{kind}.{method} wants more than foliolib's"


async def test_the_five_classes_ask_for_what_the_published_ones_ask_for(repository: Path, tmp_path: Path) -> None:
    methods = [
        f"{kind}.{method}"
        for module, kinds in COMPLETE.items()
        for kind, names in (await published(module, repository, tmp_path / "conf")).items() if kind in kinds
        for method in names if method not in (*INHERITED, *BROKEN)
    ]  # fmt: skip
    assert len(methods) > 30
    script = tmp_path / "foliolib_calls.py"
    script.write_text((Path(__file__).parent / "scripts" / script.name).read_text())
    moved = tmp_path / "moved" / script.name
    moved.parent.mkdir()
    moved.write_text(script.read_text().replace("from foliolib", "from octavo_client.foliolib"))
    theirs = await _asked_by(python_with(FOLIOLIB, repository), script, methods)
    ours = await _asked_by(Path(sys.executable), moved, methods)
    assert len(theirs) == len(methods)
    assert ours == theirs


INHERITED = ("call", "get_okapiClient", "get_tenant", "headers")
BROKEN = ("upload_profilePicture", "modify_profilePicture")  # foliolib logs bytes as JSON, and so raises a TypeError


async def _asked_by(python: Path, script: Path, methods: list[str]) -> list[tuple[Any, ...]]:
    """Return what a script asks a server for that finds everything fine."""
    with flaky(lambda _: httpx.Response(200, text="fine")) as server:
        printed = await run(
            python, script, OCTAVO_BASE_URL=server.url, METHODS=",".join(methods),
            FOLIOLIB_CONFDIR=str(script.parent / "conf"),
        )  # fmt: skip
    assert "False" not in printed
    kept = ("x-okapi-tenant", "x-okapi-token", "accept", "content-disposition")
    return [
        (
            asked.method, urlsplit(asked.path).path, parse_qs(urlsplit(asked.path).query), asked.body,
            {name: asked.headers.get(name) for name in kept}, asked.body and asked.headers.get("content-type"),
        )
        for asked in server.asked
    ]  # fmt: skip


def _parameters(kind: Any, method: str) -> list[list[Any]]:
    return [
        [parameter.name, parameter.kind.name, parameter.default is not parameter.empty]
        for parameter in signature(getattr(kind, method)).parameters.values()
    ]
