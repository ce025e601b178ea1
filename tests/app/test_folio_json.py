"""Importing folders of FOLIO records: complete, repeatable, and not stopped by one bad file."""

import json
import os
import shutil
from pathlib import Path

import pytest

from conftest import TENANT, Clock, OneTransaction
from octavo.app.folio_json import Report, import_folder, plan, type_of
from octavo.catalogue import BY_PATH
from octavo.errors import BadRequest
from octavo.store import pages, records
from octavo.store.tx import Store, Tx
from octavo_models.fees import AUTOMATIC_TYPES

BESIDE_REPOSITORY = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "folio-sample"
SAMPLE = Path(os.environ.get("OCTAVO_FOLIO_SAMPLE", BESIDE_REPOSITORY))
needs_sample = pytest.mark.skipif(
    not (SAMPLE / "MANIFEST.json").is_file(),
    reason=f"FOLIO's sample records are not at {SAMPLE}; set OCTAVO_FOLIO_SAMPLE to their folder",
)

GROUP = {"id": "503a81cd-6c26-400f-b620-14c08943697c", "group": "faculty", "desc": "Faculty Member"}
LOAN_TYPE = {"id": "2b94c631-fca9-4892-a730-03ee529ffe27", "name": "Can circulate"}


async def load(tx: Tx, folder: Path, **more) -> Report:
    return await import_folder(Store(OneTransaction(tx.connection)), TENANT, folder, tx.now, **more)


def write(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


async def count(tx: Tx, path: str) -> int | None:
    return (await pages.page(tx, BY_PATH[path], None, 0, 0)).total


@needs_sample
async def test_the_whole_sample_loads_and_a_second_run_changes_nothing(tx: Tx, clock: Clock):
    first = await load(tx, SAMPLE)
    assert first.skipped == []
    assert first.loaded == 1074
    assert await count(tx, "/loan-storage/loans") == 5
    statement = f"SELECT count(*), max(doc #>> '{{metadata,updatedDate}}') FROM {tx.table('users')}"
    before = await tx.connection.fetchrow(statement)
    second = await load(tx, SAMPLE)
    assert (second.created, second.replaced, second.unchanged, second.skipped) == (0, 0, 1074, [])
    assert await tx.connection.fetchrow(statement) == before


@needs_sample
async def test_the_sample_gets_its_effective_values(tx: Tx, clock: Clock):
    await load(tx, SAMPLE)
    items = (await pages.page(tx, BY_PATH["/item-storage/items"], None, 0, 100)).documents
    assert len(items) == 25
    assert all("effectiveLocationId" in json.loads(item) for item in items)


@needs_sample
async def test_the_sample_loads_in_the_order_of_the_catalogue_without_its_manifest(tx: Tx, tmp_path: Path):
    copy = Path(shutil.copytree(SAMPLE, tmp_path / "sample"))
    (copy / "MANIFEST.json").unlink()
    report = await load(tx, copy)
    assert report.skipped == []
    assert report.loaded == 1074


async def test_a_bad_record_is_reported_and_the_others_are_loaded(tx: Tx, tmp_path: Path):
    write(tmp_path / "groups-1.0", a=GROUP, b="{not JSON", c={"desc": "no name"}, d={**GROUP, "id": None})
    report = await load(tx, tmp_path)
    assert report.created == 1
    reasons = {entry.file: entry.reason for entry in report.skipped}
    assert set(reasons) == {"groups-1.0/b.json", "groups-1.0/c.json", "groups-1.0/d.json"}
    assert reasons["groups-1.0/b.json"].startswith("malformed JSON")
    assert reasons["groups-1.0/c.json"] == "must not be null"
    assert "already exists in table groups: faculty" in reasons["groups-1.0/d.json"]


async def test_a_changed_record_is_replaced_and_only_that(tx: Tx, tmp_path: Path):
    write(tmp_path / "groups", a=GROUP)
    write(tmp_path / "loan-types", a=LOAN_TYPE)
    await load(tx, tmp_path)
    write(tmp_path / "groups", a={**GROUP, "desc": "Teaching staff"})
    report = await load(tx, tmp_path)
    assert (report.replaced, report.unchanged) == (1, 1)
    assert json.loads(await records.read(tx, BY_PATH["/groups"], GROUP["id"]))["desc"] == "Teaching staff"


async def test_the_types_that_the_server_charges_by_itself_are_there_already_and_may_not_be_changed(tx: Tx, tmp_path: Path):
    (overdue, name), *others = AUTOMATIC_TYPES.items()
    same = {one: {"id": one, "automatic": True, "feeFineType": called} for one, called in others}
    write(tmp_path / "feefines", **same, **{overdue: {"id": overdue, "automatic": True, "feeFineType": f"{name} of ours"}})
    report = await load(tx, tmp_path)
    assert (report.created, report.replaced, report.unchanged) == (0, 0, len(others))
    assert [(entry.file, entry.reason) for entry in report.skipped] == [
        (f"feefines/{overdue}.json", "Attempt to change an automatic fee/fine type")
    ]


async def test_a_record_without_an_id_is_loaded_once(tx: Tx, tmp_path: Path):
    write(tmp_path / "material-types", book={"name": "book"})
    assert (await load(tx, tmp_path)).created == 1
    assert (await load(tx, tmp_path)).unchanged == 1


async def test_a_record_that_counts_versions_can_be_replaced(tx: Tx, tmp_path: Path):
    kind = {"id": "6312d172-f0cf-40f6-b27d-9fa8feaf332f", "name": "text", "code": "txt", "source": "rdacontent"}
    instance = {
        "id": "5bf370e0-8cca-4d9c-82e4-5170ab2a0a39", "title": "Emma", "source": "local", "instanceTypeId": kind["id"],
    }
    write(tmp_path / "instance-types", text=kind)
    write(tmp_path / "instances", emma=instance)
    await load(tx, tmp_path)
    write(tmp_path / "instances", emma={**instance, "title": "Emma, a novel"})
    assert (await load(tx, tmp_path)).replaced == 1


async def test_bad_circulation_rules_are_reported(tx: Tx, tmp_path: Path):
    write(tmp_path / "circulation-rules-storage", rules={"rulesAsText": "fallback-policy: nonsense"})
    report = await load(tx, tmp_path)
    assert [entry.file for entry in report.skipped] == ["circulation-rules-storage/rules.json"]


async def test_a_folder_of_unknown_name_is_reported(tx: Tx, tmp_path: Path):
    write(tmp_path / "recipes", soup={})
    report = await load(tx, tmp_path)
    assert [(entry.file, entry.reason) for entry in report.skipped] == [
        ("recipes/soup.json", "no record type is called recipes")
    ]


async def test_progress_counts_files(tx: Tx, tmp_path: Path):
    write(tmp_path / "groups", **{f"g{n}": {"group": f"group {n}"} for n in range(150)})
    told: list[tuple[int, int]] = []
    await load(tx, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(100, 150), (150, 150)]


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("users-15.4.0", "/users"),
        ("holdingsrecords", "/holdings-storage/holdings"),
        ("any/location-units/campuses", "/location-units/campuses"),
        ("loan-policy-storage/loan-policies", "/loan-policy-storage/loan-policies"),
        ("x/settings/entries", "/settings/entries"),
    ],
)
def test_folder_names_tell_the_type(folder: str, path: str):
    assert type_of(Path("/data") / folder) is BY_PATH[path]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(BadRequest, match="is not a folder"):
        plan(tmp_path / "nowhere")
    (tmp_path / "MANIFEST.json").write_text("[]")
    with pytest.raises(BadRequest, match="cannot be read"):
        plan(tmp_path)
    (tmp_path / "MANIFEST.json").write_text('{"load": [{"folder": "../..", "path": "/users"}]}')
    with pytest.raises(BadRequest, match="which is not there"):
        plan(tmp_path)
