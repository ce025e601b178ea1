"""`octavo doctor`."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, Tenant, settings_from
from octavo.app.commands.telling import PARTLY, end, tell
from octavo.app.database import database
from octavo.http.dispatch import utc_now
from octavo.store import tenants
from octavo.store.doctor import Check, Finding, checks_for, examine


def doctor(
    tenant: Tenant, as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None
) -> None:
    """Tell whether a tenant's records fit together; exit code 3 where they do not.

    Read-only, on live data.

    Example: octavo doctor --tenant city
    """
    with database(settings_from(database_url, data_dir)) as url:
        checks, findings = asyncio.run(_examine(url, tenant))
    tell(_document(tenant, checks, findings), *_lines(tenant, checks, findings), as_json=as_json)
    if findings:
        end(PARTLY)


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
