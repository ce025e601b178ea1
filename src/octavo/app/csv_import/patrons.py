"""Patrons from a CSV file: new ones are created, known ones get what the file says; an empty cell says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from octavo.app.csv_import.reading import Columns, Progress, Report, Row, each, flag, moment, read_table, work_through
from octavo.app.folio_json import comparable
from octavo.catalogue.patrons import ADDRESS_TYPE, DEPARTMENT, GROUP, USER
from octavo.errors import BadRequest
from octavo.http.bodies import check
from octavo.services.locale import zone
from octavo.services.record_verbs import verbs_of
from octavo.store import bulk
from octavo.store.record_type import RecordType
from octavo.store.records import id_of
from octavo.store.tx import Store, Tx
from octavo_models.scalars import format_instant

Json = dict[str, Any]

PATRON_COLUMNS: Final[Columns] = MappingProxyType({
    "externalSystemId": ("the patron's id in another system", ("external id", "student id", "employee id")),
    "barcode": ("of the library card", ("card number", "user barcode", "patron barcode")),
    "username": ("name to log in by", ("user name", "login", "user id")),
    "lastName": ("needed for a new patron", ("surname", "family name")),
    "firstName": ("", ("given name",)),
    "middleName": ("", ()),
    "preferredFirstName": ("", ("preferred name",)),
    "email": ("", ("e-mail", "email address", "mail")),
    "phone": ("", ("telephone", "phone number")),
    "mobilePhone": ("", ("mobile", "cell phone")),
    "group": ("name of the patron group", ("patron group", "category", "borrower category")),
    "type": ("`patron` unless given", ("user type",)),
    "active": ("yes or no; yes for a new patron", ("is active", "enabled")),
    "enrollmentDate": ("day or time", ("date enrolled", "joined")),
    "expirationDate": ("a day is over with its last second", ("expiry date", "expires", "date expiry")),
    "departments": ("names or codes, `;` between", ("department",)),
    "addressType": ("name; needed for an address", ()),
    "addressLine1": ("", ("address", "street", "address line 1")),
    "addressLine2": ("", ("address line 2",)),
    "city": ("", ("town",)),
    "region": ("", ("state", "province")),
    "postalCode": ("", ("zip", "zip code", "post code")),
    "country": ("two letters", ("country id",)),
})  # fmt: skip

#: By which a patron is known, the surest first.
_KEYS: Final = ("externalSystemId", "barcode", "username")
_PERSONAL: Final = ("lastName", "firstName", "middleName", "preferredFirstName", "email", "phone", "mobilePhone")
_ADDRESS: Final = {
    "addressLine1": "addressLine1", "addressLine2": "addressLine2", "city": "city", "region": "region",
    "postalCode": "postalCode", "country": "countryId",
}  # fmt: skip


@dataclass(frozen=True)
class Names:
    """Ids by the names that rows use."""

    zone: ZoneInfo
    ids: Mapping[tuple[str, str], str]

    @classmethod
    async def of(cls, tx: Tx) -> "Names":
        """Read them."""
        ids: dict[tuple[str, str], str] = {}
        lists: tuple[tuple[RecordType[Any], tuple[str, ...]], ...] = (
            (GROUP, ("group",)), (ADDRESS_TYPE, ("addressType",)), (DEPARTMENT, ("code", "name")),
        )  # fmt: skip
        for kind, fields in lists:
            for document in await bulk.everything(tx, kind):
                entry = orjson.loads(document)
                ids.update({(kind.table, entry[name].casefold()): entry["id"] for name in fields if name in entry})
        return cls(await zone(tx), ids)

    def find(self, kind: RecordType[Any], name: str, what: str) -> str:
        """Return the id of what has a name. Raises BadRequest."""
        found = self.ids.get((kind.table, name.strip().casefold()))
        if found is None:
            raise BadRequest(f"no {what} is called {name.strip()}")
        return found


@dataclass(frozen=True)
class Known:
    """The stored users that the rows of a batch name, by column and value."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)

    def note(self, row: Row, document: bytes) -> None:
        """Know a user as it has just been written."""
        user_id = id_of(document)
        self.documents[user_id] = document
        self.ids.update({(key, row.cells[key]): user_id for key in _KEYS if key in row.cells})

    def of(self, row: Row) -> bytes | None:
        """Return the user that a row is about. Raises BadRequest where its keys name none or several."""
        keys = [(key, row.cells[key]) for key in _KEYS if key in row.cells]
        if not keys:
            raise BadRequest(f"one of {', '.join(_KEYS)} is needed")
        found = {self.ids[key]: key[0] for key in keys if key in self.ids}
        if len(found) > 1:
            raise BadRequest(f"{' and '.join(found.values())} belong to different users")
        return self.documents[next(iter(found))] if found else None


async def import_patrons(
    store: Store, tenant: str, file: Path, now: datetime, *,
    encoding: str = "utf-8", dry_run: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Create and update patrons from a file, batch by batch. Raises BadRequest where the file cannot be read."""
    table = read_table(file, PATRON_COLUMNS, encoding)
    report = Report(dry_run, ignored=table.ignored)
    async with store.read(tenant, now) as tx:
        names = await Names.of(tx)

    async def load(tx: Tx, batch: list[Row]) -> None:
        known = await _known(tx, batch)

        async def one(row: Row) -> None:
            await _load(tx, row, names, known, report)

        await each(tx, batch, report, one)

    await work_through(store, tenant, now, table, load, dry_run=dry_run, progress=progress)
    return report


async def _known(tx: Tx, batch: list[Row]) -> Known:
    known = Known()
    for key in _KEYS:
        values = {row.cells[key] for row in batch if key in row.cells}
        for value, document in (await bulk.find_by(tx, USER, key, values)).items():
            known.ids[key, value] = id_of(document)
            known.documents[id_of(document)] = document
    return known


async def _load(tx: Tx, row: Row, names: Names, known: Known, report: Report) -> None:
    stored = known.of(row)
    user = check(USER.record, _made(row, names, orjson.loads(stored) if stored else {}))
    if USER.check:
        USER.check(user)
    if stored is None:
        document = await verbs_of(USER).create(tx, user)
        report.created += 1
    elif comparable(USER, orjson.loads(user.to_wire())) == comparable(USER, orjson.loads(stored)):
        report.unchanged += 1
        return
    else:
        document = await verbs_of(USER).replace(tx, str(user.id), user, None)
        report.updated += 1
    known.note(row, document)


def _made(row: Row, names: Names, before: Json) -> Json:
    """Return a user with what a row says."""
    cells = row.cells
    if not before and "lastName" not in cells:
        raise BadRequest("lastName is needed for a new patron")
    made = before or {"type": "patron", "active": True}
    made |= {name: cells[name] for name in (*_KEYS, "type") if name in cells}
    if (active := flag(row, "active")) is not None:
        made["active"] = active
    for name, ends in (("enrollmentDate", False), ("expirationDate", True)):
        if at := moment(row, name, names.zone, ends=ends):
            made[name] = format_instant(at)
    if "group" in cells:
        made["patronGroup"] = names.find(GROUP, cells["group"], "patron group")
    if "departments" in cells:
        made["departments"] = [names.find(DEPARTMENT, name, "department") for name in cells["departments"].split(";") if name.strip()]
    personal = made.get("personal", {}) | {name: cells[name] for name in _PERSONAL if name in cells}
    if address := {field: cells[name] for name, field in _ADDRESS.items() if name in cells}:
        personal["addresses"] = _with_address(personal.get("addresses", []), address, row, names)
    return made | {"personal": personal}


def _with_address(addresses: list[Json], address: Json, row: Row, names: Names) -> list[Json]:
    if "addressType" not in row.cells:
        raise BadRequest("addressType is needed for an address")
    type_id = names.find(ADDRESS_TYPE, row.cells["addressType"], "address type")
    old = next((one for one in addresses if one["addressTypeId"] == type_id), {"addressTypeId": type_id})
    return [*(one for one in addresses if one["addressTypeId"] != type_id), old | address]
