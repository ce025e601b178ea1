"""Loans from a CSV file, open and closed: with their own dates, by the rules that storing a loan asks anyway."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from octavo.app.csv_import.reading import (
    Columns,
    Progress,
    Report,
    Row,
    each,
    moment,
    not_after,
    read_table,
    whole,
    work_through,
)
from octavo.catalogue.inventory import ITEM
from octavo.catalogue.locations import SERVICE_POINT
from octavo.catalogue.patrons import USER
from octavo.errors import BadRequest
from octavo.services.import_loan import PastLoan, import_loan
from octavo.services.locale import zone
from octavo.store import bulk
from octavo.store.record_type import RecordType
from octavo.store.records import id_of
from octavo.store.tx import Store, Tx

LOAN_COLUMNS: Final[Columns] = MappingProxyType({
    "itemBarcode": ("needed", ("item", "barcode", "item barcode")),
    "patronBarcode": ("one of the three names the patron; a returned loan may have none", ("user barcode", "card number", "borrower")),
    "externalSystemId": ("", ("external id", "student id")),
    "username": ("", ("user name", "login")),
    "loanDate": ("needed; day or time", ("checkout date", "issue date", "date loaned", "check-out date")),
    "dueDate": ("needed; a day is over with its last second", ("date due", "due")),
    "returnDate": ("empty while the loan is open", ("checkin date", "date returned", "check-in date", "returned")),
    "renewals": ("how often it was renewed", ("renewal count", "renewal")),
    "servicePoint": ("name or code of the desk of check-out", ("checkout service point", "desk")),
    "returnServicePoint": ("name or code of the desk of check-in; that of check-out unless given", ("checkin service point",)),
})  # fmt: skip

_PATRON: Final = {"patronBarcode": "barcode", "externalSystemId": "externalSystemId", "username": "username"}


@dataclass(frozen=True)
class Named:
    """Ids by what the rows of a batch call things: by column and value."""

    ids: Mapping[tuple[str, str], str]
    desks: Mapping[str, str]
    zone: ZoneInfo

    def item(self, row: Row) -> str:
        """Return the item of a row. Raises BadRequest."""
        barcode = row.cells.get("itemBarcode")
        if barcode is None:
            raise BadRequest("itemBarcode is needed")
        if ("itemBarcode", barcode) not in self.ids:
            raise BadRequest(f"no item has the barcode {barcode}")
        return self.ids["itemBarcode", barcode]

    def patron(self, row: Row) -> str | None:
        """Return the patron of a row, None where it names nobody. Raises BadRequest."""
        keys = [(column, row.cells[column]) for column in _PATRON if column in row.cells]
        if unknown := [column for column, value in keys if (column, value) not in self.ids]:
            raise BadRequest(f"no patron has the {unknown[0]} of this row")
        found = {self.ids[key] for key in keys}
        if len(found) > 1:
            raise BadRequest("the row names several patrons")
        return next(iter(found), None)

    def desk(self, row: Row, column: str) -> str | None:
        """Return the service point in a cell, None where it is empty. Raises BadRequest."""
        name = row.cells.get(column)
        if name is not None and name.casefold() not in self.desks:
            raise BadRequest(f"no service point is called {name}")
        return None if name is None else self.desks[name.casefold()]


async def import_loans(
    store: Store, tenant: str, file: Path, now: datetime, *,
    encoding: str = "utf-8", dry_run: bool = False, progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Store loans from a file, batch by batch. Raises BadRequest where the file cannot be read."""
    table = read_table(file, LOAN_COLUMNS, encoding)
    report = Report(dry_run, ignored=table.ignored)
    async with store.read(tenant, now) as tx:
        tenants_zone, desks = await zone(tx), await _desks(tx)

    async def load(tx: Tx, batch: list[Row]) -> None:
        named = Named(await _ids(tx, batch), desks, tenants_zone)

        async def one(row: Row) -> None:
            if await import_loan(tx, _past(row, named, now)):
                report.created += 1
            else:
                report.unchanged += 1

        await each(tx, batch, report, one)

    await work_through(store, tenant, now, table, load, dry_run=dry_run, progress=progress)
    return report


async def _desks(tx: Tx) -> dict[str, str]:
    found = [orjson.loads(document) for document in await bulk.everything(tx, SERVICE_POINT)]
    return {desk[name].casefold(): desk["id"] for name in ("code", "name") for desk in found}


async def _ids(tx: Tx, batch: list[Row]) -> dict[tuple[str, str], str]:
    ids: dict[tuple[str, str], str] = {}
    wanted: tuple[tuple[str, RecordType[Any], str], ...] = (
        ("itemBarcode", ITEM, "barcode"), *((column, USER, field) for column, field in _PATRON.items()),
    )  # fmt: skip
    for column, kind, field in wanted:
        values = {row.cells[column] for row in batch if column in row.cells}
        found = await bulk.find_by(tx, kind, field, values)
        ids |= {(column, value): id_of(document) for value, document in found.items()}
    return ids


def _past(row: Row, named: Named, now: datetime) -> PastLoan:
    item, patron = named.item(row), named.patron(row)
    loaned, due = moment(row, "loanDate", named.zone), moment(row, "dueDate", named.zone, ends=True)
    if loaned is None or due is None:
        raise BadRequest("loanDate and dueDate are needed")
    not_after(loaned, now, "loanDate")
    returned = _returned(row, named, now)
    if due < loaned or (returned and returned < loaned):
        raise BadRequest("a loan is neither due nor returned before it begins")
    if patron is None and returned is None:
        raise BadRequest("an open loan needs a patron: patronBarcode, externalSystemId or username")
    desk = named.desk(row, "servicePoint")
    back = (named.desk(row, "returnServicePoint") or desk) if returned else None
    return PastLoan(item, patron, loaned, due, returned, whole(row, "renewals"), desk, back)


def _returned(row: Row, named: Named, now: datetime) -> datetime | None:
    """Return when a loan came back; a day alone is over with its last second, but not later than now."""
    at = moment(row, "returnDate", named.zone, ends=True)
    begins = moment(row, "returnDate", named.zone)
    if at is None or begins is None:
        return None
    not_after(begins, now, "returnDate")
    return min(at, now)
