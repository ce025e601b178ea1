"""`octavo doctor`."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import groupby
from typing import Annotated, Any

import typer

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import PARTLY, end, tell
from octavo.app.database import database
from octavo.app.settings import Settings
from octavo.errors import NotFound
from octavo.http.dispatch import utc_now
from octavo.services.erase import identifiers
from octavo.services.find_patron import find_patron
from octavo.store import tenants
from octavo.store.doctor import Check, Finding, checks_for, examine
from octavo.store.leftovers import Leftover, search


def doctor(
    tenant: Tenant,
    patron: Annotated[str | None, typer.Option("--leftovers", metavar="PATRON", help="search every table for this patron instead: an id, a barcode, a user name")] = None,
    also: Annotated[list[str] | None, typer.Option("--also", metavar="TEXT", help="search for this, too: a name, an address; may be given several times")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Tell whether a tenant's records fit together; exit code 3 where they do not.

    With `--leftovers` tell instead where anything of a patron is left, in any column of any table; exit code 3 where
    something is. Of a patron who still exists it searches for id, barcode, user name, externalSystemId, e-mail address and
    telephone numbers; of one who was erased for what is given.

    Read-only, on live data.

    Example: octavo doctor --tenant city
    """
    if patron is not None:
        _show_leftovers(settings_from(database_url, data_dir), tenant, [patron, *(also or [])], as_json=as_json)
        return
    if also:
        raise typer.BadParameter("--also goes with --leftovers")
    with database(settings_from(database_url, data_dir)) as url:
        checks, findings = asyncio.run(_examine(url, tenant))
    tell(_document(tenant, checks, findings), *_lines(tenant, checks, findings), as_json=as_json)
    if findings:
        end(PARTLY)


def _show_leftovers(settings: Settings, tenant: str, words: list[str], *, as_json: bool) -> None:
    with database(settings) as url:
        found = asyncio.run(_leftovers(url, tenant, words))
    document = {"tenant": tenant, "leftovers": [asdict(one) for one in found]}
    tell(document, f"{tenant}: {len(found)} leftovers", *(f"  {one}" for one in found), as_json=as_json)
    if found:
        end(PARTLY)


async def _leftovers(url: str, tenant: str, words: list[str]) -> list[Leftover]:
    async with tenants.snapshot(url, tenant, utc_now()) as tx:
        with suppress(NotFound):  # of one who was erased, what was given is all that is known
            words = [*words, *identifiers(await find_patron(tx, words[0]))]
        return await search(tx, list(dict.fromkeys(words)))


async def _examine(url: str, tenant: str) -> tuple[Sequence[Check], list[Finding]]:
    async with tenants.snapshot(url, tenant, utc_now()) as tx:
        checks = checks_for(tx)
        return checks, await examine(tx, checks)


def _lines(tenant: str, checks: Sequence[Check], findings: list[Finding]) -> list[str]:
    lines = [f"{tenant}: {len(checks)} checks, {len(findings)} violations"]
    for check, found in groupby(findings, key=lambda finding: finding.check):
        lines += [f"{check.name}: {check.says}", *(f"  {one.record} {one.id}: {one.detail}" for one in found)]
    return lines


def _document(tenant: str, checks: Sequence[Check], findings: list[Finding]) -> dict[str, Any]:
    told = [
        {
            "name": check.name,
            "says": check.says,
            "violations": [
                {"record": one.record, "id": one.id, "detail": one.detail} for one in findings if one.check is check
            ],
        }
        for check in checks
    ]
    return {"tenant": tenant, "violations": len(findings), "checks": told}
