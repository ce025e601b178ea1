"""Importing FOLIO records from a folder of JSON files, one record each, in the manner of HTTP.

`MANIFEST.json` in the folder says which sub-folder goes to which path, in order: `{"load": [{"folder", "path"}]}`.
Without it the names of folders tell the type, and the catalogue the order. A record that is already there as
the file has it stays untouched, so that a second run changes nothing; a bad one is reported and left out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from octavo.catalogue import ALL_TYPES, BY_PATH
from octavo.catalogue.settings import CIRCULATION_RULE_SET
from octavo.errors import BadRequest, Problem, Unavailable
from octavo.http.bodies import read_body
from octavo.rules.circulation_rules import RulesError
from octavo.services import circulation_rules
from octavo.services.record_verbs import verbs_of
from octavo.store import bulk
from octavo.store.record_type import RecordType
from octavo.store.tx import Store, Tx
from octavo_models.record import Record

_BATCH = 100
_MANIFEST = "MANIFEST.json"
#: What the server writes by itself: no difference there makes a record another one.
_SERVER_MADE = frozenset({"metadata", "_version", "hrid", "createdDate", "updatedDate", "usageNumber"})

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Load:
    """The files of one sub-folder, and the type of the records in them; None where nobody knows."""

    folder: str
    kind: RecordType[Any] | None
    files: list[Path]


@dataclass(frozen=True)
class Skipped:
    """A file that was left out, and why."""

    file: str
    reason: str


@dataclass
class Report:
    """What an import did: how many records it created, replaced and found unchanged, and what it left out."""

    created: int = 0
    replaced: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def loaded(self) -> int:
        """Return how many records of the folder are in the database now."""
        return self.created + self.replaced + self.unchanged


@dataclass(frozen=True)
class Read:
    """A file and the record in it."""

    file: str
    record: Record


async def import_folder(
    store: Store, tenant: str, folder: Path, now: datetime, progress: Progress | None = None
) -> Report:
    """Load a folder into a tenant, batch by batch; `progress` is told how many files of how many are done.

    Raises BadRequest where the folder or its manifest cannot be read, Unavailable where the database is away.
    """
    loads = plan(folder)
    total, done = sum(len(load.files) for load in loads), 0
    report = Report()
    for load in loads:
        files = iter(load.files)
        while batch := list(islice(files, _BATCH)):
            async with store.transaction(tenant, now) as tx:
                await _load_batch(tx, folder, load, batch, report)
            done += len(batch)
            if progress:
                progress(done, total)
    return report


def plan(folder: Path) -> list[Load]:
    """Return what there is to load, in order. Raises BadRequest."""
    if not folder.is_dir():
        raise BadRequest(f"{folder} is not a folder")
    manifest = folder / _MANIFEST
    if manifest.is_file():
        return [_named(folder, entry) for entry in _read_manifest(manifest)]
    order = {kind.table: place for place, kind in enumerate(ALL_TYPES)}
    found = [Load(str(inner.relative_to(folder)), type_of(inner), files) for inner, files in _folders(folder)]
    return sorted(found, key=lambda load: order[load.kind.table] if load.kind else len(order))


def _read_manifest(manifest: Path) -> list[dict[str, Any]]:
    try:
        entries = orjson.loads(manifest.read_bytes())["load"]
        return [{"folder": str(entry["folder"]), "path": str(entry["path"])} for entry in entries]
    except (orjson.JSONDecodeError, KeyError, TypeError) as reason:
        raise BadRequest(f"{manifest} cannot be read: {reason}") from None


def _named(folder: Path, entry: dict[str, str]) -> Load:
    inner = folder / entry["folder"]
    if not inner.is_dir() or not inner.resolve().is_relative_to(folder.resolve()):
        raise BadRequest(f"{_MANIFEST} names the folder {entry['folder']}, which is not there")
    return Load(entry["folder"], BY_PATH.get(entry["path"]), sorted(inner.glob("*.json")))


def _folders(folder: Path) -> Iterator[tuple[Path, list[Path]]]:
    for inner in (folder, *sorted(path for path in folder.rglob("*") if path.is_dir())):
        files = sorted(inner.glob("*.json"))
        if files:
            yield inner, files


def type_of(folder: Path) -> RecordType[Any] | None:
    """Return the type whose records a folder's name promises: `loan-policies`, `users-15.4.0`, `holdingsrecords`."""
    name = re.sub(r"-\d+(\.\d+)*$", "", folder.name).lower()
    exact = next((kind for kind in ALL_TYPES if folder.as_posix().endswith(kind.path)), None)
    return exact or next((kind for kind in ALL_TYPES if name in _names_of(kind)), None)


def _names_of(kind: RecordType[Any]) -> tuple[str, ...]:
    return kind.path.rpartition("/")[2], kind.endpoint.many.lower(), kind.table


async def _load_batch(tx: Tx, folder: Path, load: Load, files: list[Path], report: Report) -> None:
    kind = load.kind
    if kind is None:
        reason = f"no record type is called {load.folder}"
        report.skipped += [Skipped(str(file.relative_to(folder)), reason) for file in files]
        return
    entries = [entry for file in files if (entry := _read(kind, folder, file, report))]
    stored = await bulk.find(tx, kind, [str(entry.record.id) for entry in entries])
    for entry in entries:
        try:
            async with bulk.attempt(tx):
                await _load(tx, kind, entry.record, stored.get(str(entry.record.id)), report)
        except Unavailable:
            raise
        except (Problem, RulesError) as problem:
            report.skipped.append(Skipped(entry.file, str(problem)))


def _read(kind: RecordType[Any], folder: Path, file: Path, report: Report) -> Read | None:
    """Return the record in a file; one without an id gets one that depends on the file's name alone."""
    name = str(file.relative_to(folder))
    try:
        record = read_body(kind.record, file.read_bytes())
    except (Problem, OSError) as problem:
        report.skipped.append(Skipped(name, str(problem)))
        return None
    made = str(uuid5(NAMESPACE_URL, f"octavo:import:{kind.path}/{name}"))
    return Read(name, record.model_copy(update={"id": record.id or made}))


async def _load(tx: Tx, kind: RecordType[Any], record: Record, stored: bytes | None, report: Report) -> None:
    if kind is CIRCULATION_RULE_SET:
        await _load_rules(tx, record, report)
    elif stored and comparable(kind, orjson.loads(record.to_wire())) == comparable(kind, orjson.loads(stored)):
        report.unchanged += 1  # also what nobody may change, such as the automatic types of fees
    else:
        await _write(tx, kind, record, stored, report)


async def _write(tx: Tx, kind: RecordType[Any], record: Record, stored: bytes | None, report: Report) -> None:
    if kind.check:
        kind.check(record)
    if stored is None:
        await verbs_of(kind).create(tx, record)
        report.created += 1
    else:
        await verbs_of(kind).replace(tx, str(record.id), _as_next_version(record, stored), None)
        report.replaced += 1


async def _load_rules(tx: Tx, record: Any, report: Report) -> None:
    known = orjson.loads(await circulation_rules.read_rules(tx))
    if known["rulesAsText"] == record.rules_as_text:
        report.unchanged += 1
        return
    await circulation_rules.put_rules(tx, record)
    report.replaced += 1


def comparable(kind: RecordType[Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without what the server makes of it."""
    left = {name: part for name, part in document.items() if name not in _SERVER_MADE | kind.record.read_only}
    if isinstance(left.get("status"), dict):
        left["status"] = {name: part for name, part in left["status"].items() if name != "date"}
    return left


def _as_next_version(record: Record, stored: bytes) -> Record:
    """Return a record that replaces whatever version is stored, where its type counts versions."""
    version = orjson.loads(stored).get("_version")
    return record if version is None else record.model_copy(update={"version": version})
