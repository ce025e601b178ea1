"""`octavo anonymise`."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import tell
from octavo.app.database import database
from octavo.errors import BadRequest
from octavo.http.dispatch import utc_now
from octavo.services import anonymise as service
from octavo.services.find_patron import find_patron
from octavo.services.locale import zone
from octavo.store import tenants
from octavo.store.tx import Tx


def anonymise(
    tenant: Tenant,
    before: Annotated[datetime | None, typer.Option("--loans-closed-before", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="in the tenant's time zone")] = None,
    patron: Annotated[str | None, typer.Option(help="a patron's barcode, user name, externalSystemId or id: all their closed loans")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Let closed loans, and all their history, forget who borrowed the item. It cannot be undone.

    Loans with fees or fines remember; their number is told. So do those of patrons who want their history kept, unless it is
    the patron who is named.

    Example: octavo anonymise --tenant city --loans-closed-before 2024-01-01
    """
    if (before is None) == (patron is None):
        raise typer.BadParameter("give either --loans-closed-before or --patron")
    with database(settings_from(database_url, data_dir)) as url:
        done, left = asyncio.run(_anonymise(url, tenant, before, patron))
    report = {"anonymised": done, "with_fees_or_fines": left}
    tell(report, f"{done} loans have forgotten their borrower; {left} with fees or fines remember", as_json=as_json)


async def _anonymise(url: str, tenant: str, before: datetime | None, patron: str | None) -> tuple[int, int]:
    now = utc_now()
    begin = partial(tenants.work, url, tenant, now)
    if before is not None:
        async with begin() as tx:
            moment = before.replace(tzinfo=await zone(tx))
        if moment > now:
            raise BadRequest("the date is in the future")
        return await service.anonymise_closed_before(begin, moment)
    async with begin() as tx:
        return await _of_patron(tx, patron or "")


async def _of_patron(tx: Tx, patron: str) -> tuple[int, int]:
    user = await find_patron(tx, patron)
    told: dict[str, Any] = await service.anonymise_patron(tx, user.id or "")
    charged = told["errors"][0]["parameters"][0]["value"] if told["errors"] else "[]"
    return len(told["anonymizedLoans"]), charged.count('"') // 2
