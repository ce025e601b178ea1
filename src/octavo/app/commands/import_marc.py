"""`octavo import marc`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from octavo.app import marc
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.pools import patient_store
from octavo.app.commands.telling import PARTLY, Moved, bar, end, tell
from octavo.app.database import database
from octavo.app.marc import CopyMapping, Plan, Report
from octavo.app.marc.copies import ITEM_PARTS
from octavo.http.dispatch import utc_now


def import_marc(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="ISO 2709, MARCXML or lines of text (MARCMaker)")],
    tenant: Tenant,
    holdings_field: Annotated[str, typer.Option(help="field with a location ($b, $c) and call number ($k, $h, $i, $m)")] = "852",
    item_field: Annotated[str, typer.Option(help="field with an item: 876, 952 as Koha has it, or the holdings field itself")] = "876",
    item_subfield: Annotated[list[str] | None, typer.Option(metavar="PART=CODES", help=f"subfields of the item field, such as barcode=p; parts: {', '.join(ITEM_PARTS)}")] = None,
    location: Annotated[str | None, typer.Option(help="name or code, where the record names none")] = None,
    material_type: Annotated[str | None, typer.Option(help="name, where the record names none")] = None,
    loan_type: Annotated[str | None, typer.Option(help="name, where the record names none")] = None,
    instance_type: Annotated[str, typer.Option(help="name or code, where the record names none in 336")] = "unspecified",
    utf8: Annotated[bool, typer.Option("--utf8", help="text is UTF-8, whatever the leaders say")] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Load MARC 21 records as instances, with their holdings and items; running it again changes nothing.

    A record is about the instance whose hrid is its 001, which was imported with its 001 (and 003) or a 035, or has
    such an identifier; that one is updated. Items are known by their barcodes and keep their status. What could not be
    used is reported with the number of its record; where that was a record or a copy, the exit code is 3.

    Example: octavo import marc books.mrc --tenant city --item-field 952 --material-type book --loan-type "Can circulate"
    """
    copies = CopyMapping(holdings_field, item_field, _parts(item_subfield or []), location, material_type, loan_type)
    plan = Plan(copies, instance_type, utf8)
    with database(settings_from(database_url, data_dir)) as url, bar("bytes") as moved:
        report = asyncio.run(_load(url, tenant, files, plan, moved))
    tell(report, *_lines(report), as_json=as_json)
    if not as_json:
        for left in report.left_out:
            typer.echo(f"left out: {left.file}, record {left.record}: {left.reason}", err=True)
    if report.left_out:
        end(PARTLY)


def _parts(given: list[str]) -> dict[str, str]:
    parts = {}
    for text in given:
        part, equals, codes = text.partition("=")
        if not equals or not codes or part not in ITEM_PARTS:
            raise typer.BadParameter(f"{text}: PART=CODES is expected, with one of {', '.join(ITEM_PARTS)}")
        parts[part] = codes
    return parts


async def _load(url: str, tenant: str, files: list[Path], plan: Plan, moved: Moved) -> Report:
    async with patient_store(url, tenant) as store:
        return await marc.import_files(store, tenant, files, plan, utc_now(), moved)


def _lines(report: Report) -> list[str]:
    lines = [f"{report.records} records"]
    for kind in ("instances", "holdings", "items"):
        counts = (report.created[kind], report.updated[kind], report.unchanged[kind])
        lines.append(f"{kind}: {counts[0]} created, {counts[1]} updated, {counts[2]} unchanged")
    lines += [f"not used: {one.file}, record {one.record}: {one.reason}" for one in report.remarks]
    if report.unused:
        tags = ", ".join(f"{tag} ({count})" for tag, count in sorted(report.unused.items()))
        lines.append(f"fields for which there is no place: {tags}")
    return lines
