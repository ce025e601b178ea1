"""Loading MARC records: each is compared with what is there, created, updated or found unchanged; none stops another."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import orjson

from octavo.app.folio_json import comparable
from octavo.app.marc.copies import CopyMapping, to_copies, used
from octavo.app.marc.lists import Lists
from octavo.app.marc.mapping import OWNED, USED, Mapped, Unusable, to_instance
from octavo.app.marc.reading import Found, read
from octavo.catalogue.inventory import HOLDINGS_RECORD, INSTANCE, ITEM
from octavo.errors import BadRequest, Problem, Unavailable
from octavo.http.bodies import check
from octavo.services.record_verbs import verbs_of
from octavo.store import bulk
from octavo.store.inventory import find_by_identifier
from octavo.store.record_type import RecordType
from octavo.store.records import id_of
from octavo.store.tx import Store, Tx

Json = dict[str, Any]
Progress = Callable[[int, int], None]

_BATCH: Final = 100
_HOLDINGS_KEY: Final = ("permanentLocationId", "callNumber", "callNumberPrefix", "callNumberSuffix")


@dataclass(frozen=True)
class LeftOut:
    """What could not be used of a record: all of it, or a copy."""

    file: str
    record: int
    reason: str


@dataclass
class Report:
    """What an import did. remarks: parts of records that were used otherwise. unused: tags that instances have no place for."""

    records: int = 0
    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    remarks: list[LeftOut] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Plan:
    """How records are to be loaded. instance_type: name or code for records that name none. utf8: see `reading.read`."""

    copies: CopyMapping = field(default_factory=CopyMapping)
    instance_type: str = "unspecified"
    utf8: bool = False


@dataclass(frozen=True)
class Work:
    """One batch in the making."""

    tx: Tx
    lists: Lists
    plan: Plan
    report: Report
    file: str


async def import_files(
    store: Store, tenant: str, files: Iterable[Path], plan: Plan, now: datetime, progress: Progress | None = None
) -> Report:
    """Load files of records, batch by batch. `progress` is told how many bytes of how many are read.

    Raises BadRequest where a file cannot be read or a default is not in the tenant's lists.
    """
    report = Report()
    with ExitStack() as opened:
        sources = [(path, _open(path, opened)) for path in files]
        async with store.read(tenant, now) as tx:
            lists = await Lists.of(tx)
        _check_defaults(plan, lists)
        total, before = sum(path.stat().st_size for path, _ in sources), 0
        for path, file in sources:
            found = read(file, utf8=plan.utf8)
            while batch := list(islice(found, _BATCH)):
                async with store.transaction(tenant, now) as tx:
                    await _load(Work(tx, lists, plan, report, path.name), batch)
                if progress:
                    progress(before + file.tell(), total)
            before += path.stat().st_size
    return report


def _open(path: Path, opened: ExitStack) -> Any:
    try:
        return opened.enter_context(path.open("rb"))
    except OSError as reason:
        raise BadRequest(f"{path} cannot be read: {reason.strerror}") from None


def _check_defaults(plan: Plan, lists: Lists) -> None:
    wanted = (
        ("location", plan.copies.location), ("material_type", plan.copies.material_type), ("loan_type", plan.copies.loan_type),
    )  # fmt: skip
    for table, name in wanted:
        if name is not None and lists.find(table, name) is None:
            raise BadRequest(f"the tenant has no {table.replace('_', ' ')} {name}")


async def _load(work: Work, batch: list[Found]) -> None:
    usable: list[tuple[Found, Mapped]] = []
    for one in batch:
        work.report.records += 1
        try:
            usable.append((one, _mapped(work, one)))
        except Unusable as reason:
            work.report.left_out.append(LeftOut(work.file, one.number, str(reason)))
    known = await _known(work.tx, [mapped for _, mapped in usable])
    for one, mapped in usable:
        await _load_one(work, one, mapped, known)


def _mapped(work: Work, one: Found) -> Mapped:
    if one.record is None:
        raise Unusable(one.reason or "there is no record")
    if "\0" in str(one.record):
        raise Unusable("the record has the character U+0000")
    try:
        mapped = to_instance(one.record, work.lists, work.lists.find("instance_type", work.plan.instance_type, "zzz"))
    except (IndexError, ValueError) as reason:
        raise Unusable(f"the record cannot be understood: {reason}") from None
    work.report.remarks += [LeftOut(work.file, one.number, text) for text in (*one.warnings, *mapped.remarks)]
    places = {*USED, *used(work.plan.copies)}
    work.report.unused.update(entry.tag for entry in one.record.get_fields() if entry.tag not in places and entry.tag[0] != "5")
    return mapped


@dataclass(frozen=True)
class Known:
    """The instances that the records of a batch may be about, by hrid, match key and identifier."""

    by_hrid: dict[str, str]
    by_key: dict[str, str]
    by_identifier: dict[str, str]
    documents: dict[str, bytes]

    def of(self, mapped: Mapped) -> bytes | None:
        """Return the instance that a record is about, as it is now."""
        found = self.by_hrid.get(mapped.control_number or "")
        for known in (self.by_key, self.by_identifier):
            found = found or next((known[key] for key in mapped.keys if key in known), None)
        return self.documents.get(found) if found else None

    def note(self, mapped: Mapped, document: bytes) -> None:
        """Know an instance as it has just been written."""
        instance_id = id_of(document)
        self.by_key.update(dict.fromkeys(mapped.keys, instance_id))
        self.documents[instance_id] = document


async def _known(tx: Tx, records: list[Mapped]) -> Known:
    keys = {key for mapped in records for key in mapped.keys}
    hrids = {mapped.control_number for mapped in records if mapped.control_number}
    found = (
        await bulk.find_by(tx, INSTANCE, "hrid", hrids),
        await bulk.find_by(tx, INSTANCE, "matchKey", keys),
        await find_by_identifier(tx, keys),
    )
    hrid, key, identifier = ({key: id_of(document) for key, document in one.items()} for one in found)
    return Known(hrid, key, identifier, {id_of(document): document for one in found for document in one.values()})


async def _load_one(work: Work, one: Found, mapped: Mapped, known: Known) -> None:
    stored = known.of(mapped)
    before: Json = orjson.loads(stored) if stored else {"id": str(uuid4())}
    kept = {name: value for name, value in before.items() if name not in OWNED}
    document = await _put(work, one.number, "instances", INSTANCE, {**mapped.document, **kept}, stored)
    if document is not None:
        known.note(mapped, document)
        await _load_copies(work, one, id_of(document), is_new=stored is None)


async def _load_copies(work: Work, one: Found, instance_id: str, *, is_new: bool) -> None:
    assert one.record is not None, "a record without content is left out before"  # noqa: S101
    copies = to_copies(one.record, work.lists, work.plan.copies)
    work.report.left_out += [LeftOut(work.file, one.number, reason) for reason in copies.left_out]
    if not copies.holdings:
        return
    there = [] if is_new else await bulk.find_all_by(work.tx, HOLDINGS_RECORD, "instanceId", [instance_id])
    known = {_holdings_key(orjson.loads(document)): document for document in there}
    mine = {id_of(document) for document in there}
    for holdings, items in copies.holdings:
        key = _holdings_key(holdings)
        stored = known.get(key)
        base = orjson.loads(stored) if stored else {"id": _named(instance_id, *key), "instanceId": instance_id}
        document = await _put(work, one.number, "holdings", HOLDINGS_RECORD, base | holdings, stored)
        if document is not None:
            mine.add(id_of(document))
            await _load_items(work, one.number, id_of(document), mine, items)


def _holdings_key(holdings: Json) -> tuple[str, ...]:
    return tuple(holdings.get(name, "") for name in _HOLDINGS_KEY)


async def _load_items(work: Work, number: int, holdings_id: str, mine: set[str], items: list[Json]) -> None:
    """Load the items of holdings; one that is there under its barcode may come from any holdings of the title (`mine`)."""
    by_barcode = await bulk.find_by(work.tx, ITEM, "barcode", [item["barcode"] for item in items if "barcode" in item])
    nameless = [_named(holdings_id, "item", str(place)) for place in range(len(items))]
    by_id = await bulk.find(work.tx, ITEM, nameless)
    for item, made_id in zip(items, nameless, strict=True):
        stored = by_barcode.get(item["barcode"]) if "barcode" in item else by_id.get(made_id)
        fresh = {"id": str(uuid4()) if "barcode" in item else made_id, "status": {"name": "Available"}}
        base: Json = orjson.loads(stored) if stored else fresh
        if stored and base["holdingsRecordId"] not in mine:
            reason = f"the barcode {item['barcode']} belongs to an item of another title"
            work.report.left_out.append(LeftOut(work.file, number, reason))
        else:
            await _put(work, number, "items", ITEM, base | item | {"holdingsRecordId": holdings_id}, stored)


def _named(parent: str, *parts: str) -> str:
    """Return an id that depends on what it is the id of alone, so that a second run finds it."""
    return str(uuid5(UUID(parent), "/".join(parts)))


async def _put(work: Work, number: int, what: str, kind: RecordType[Any], document: Json, stored: bytes | None) -> bytes | None:
    """Create or replace a record, or leave it as it is; return it as stored, None where it is refused and reported."""
    try:
        record = check(kind.record, document)
        if kind.check:
            kind.check(record)
        if stored and comparable(kind, orjson.loads(record.to_wire())) == comparable(kind, orjson.loads(stored)):
            work.report.unchanged[what] += 1
            return stored
        async with bulk.attempt(work.tx):
            if stored is None:
                written = await verbs_of(kind).create(work.tx, record)
                work.report.created[what] += 1
            else:
                written = await verbs_of(kind).replace(work.tx, str(record.id), record, None)
                work.report.updated[what] += 1
            return written
    except Unavailable:
        raise
    except Problem as problem:
        work.report.left_out.append(LeftOut(work.file, number, f"{what}: {problem}"))
        return None
