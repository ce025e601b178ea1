"""Every sample and reference record that FOLIO ships is accepted, and comes back with everything in it."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from octavo.catalogue import BY_PATH
from octavo.store import records as store
from octavo.store.tx import Tx
from octavo_models.scalars import parse_instant

_BESIDE_REPOSITORY = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "folio-sample"
SAMPLE = Path(os.environ.get("OCTAVO_FOLIO_SAMPLE", _BESIDE_REPOSITORY))

pytestmark = pytest.mark.skipif(
    not (SAMPLE / "MANIFEST.json").is_file(),
    reason=f"FOLIO's sample records are not at {SAMPLE}; set OCTAVO_FOLIO_SAMPLE to their folder",
)


@cache
def loads() -> list[dict[str, Any]]:
    manifest = SAMPLE / "MANIFEST.json"
    return json.loads(manifest.read_text())["load"] if manifest.is_file() else []


def records_in(load: dict[str, Any]) -> list[Any]:
    return [json.loads(file.read_text()) for file in sorted((SAMPLE / load["folder"]).glob("*.json"))]


def same(given: Any, kept: Any) -> bool:
    """Tell whether all of what was given is kept: instants may be printed in another form, null means absent."""
    if isinstance(given, dict):
        return all(name in kept and same(value, kept[name]) for name, value in given.items() if value is not None)
    if isinstance(given, list):
        return len(given) == len(kept) and all(map(same, given, kept))
    return given == kept or (isinstance(given, str) and _same_instant(given, kept))


def _same_instant(given: str, kept: Any) -> bool:
    try:
        return parse_instant(given) == parse_instant(kept)
    except ValueError:
        return False


@pytest.mark.parametrize("load", loads(), ids=lambda load: load["folder"])
def test_sample_records_are_accepted_and_kept(load: dict[str, Any]):
    kind = BY_PATH[load["path"]]
    records = records_in(load)
    assert len(records) == load["records"]
    for given in records:
        record = kind.record.from_wire(given)
        if kind.check:
            kind.check(record)
        kept = record.to_wire()
        assert same(given, json.loads(kept)), given
        assert kind.record.from_wire(json.loads(kept)) == record


def test_the_sample_is_complete():
    assert sum(load["records"] for load in loads()) == 1074


async def test_all_of_the_sample_can_be_stored_in_its_order(tx: Tx):
    for load in loads():
        kind = BY_PATH[load["path"]]
        planted = {row["id"] for row in kind.defaults}
        for given in records_in(load):
            record = kind.record.from_wire(given)
            if record.id in planted:
                stored = await store.replace(tx, kind, record.id, record)
            else:
                stored = await store.insert(tx, kind, record)
            assert same(given, json.loads(stored))
