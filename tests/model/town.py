"""The town that the model and the server share: who lives there, what the library owns, and its policies."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import httpx

from conftest import Clock
from library import LOAN_POLICY, Json, Library
from model.world import KINDS, Item, Patron, World
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.store import tenants
from octavo.store.pool import Connections, Pool
from octavo.store.tx import Store, schema_of

TENANT = "modelled"
OWNER = "Main office"
PATRONS = ("Ada", "Ben", "Cleo", "Dan")
TITLES = ("Emma", "Vertigo", "Europe")
#: Ten o'clock of the day after today: before, no key signs tokens.
START = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
#: Copies of a title, in the order of their ids.
ITEMS = {
    one.name: one
    for one in (
        Item("emma 1", "Emma", "book", "main stacks"), Item("emma 2", "Emma", "book", "main stacks"),
        Item("emma 3", "Emma", "book", "branch stacks"), Item("vertigo 1", "Vertigo", "film", "main stacks"),
        Item("vertigo 2", "Vertigo", "film", "branch stacks"), Item("europe 1", "Europe", "atlas", "main stacks"),
    )
}  # fmt: skip
#: What an example changes; all of it is taken away before the next one.
_RECORDS = (
    "loan", "loan_history", "request", "accounts", "feefineactions", "manualblocks", "patron_action_session", "check_in",
    "outbox", "event", "scheduled_notice",
)  # fmt: skip
_EDITED = ("item", "users", "service_point")
_TLR = "91c754c3-33b4-492c-83ba-bd7426e56021"
#: The conditions of automated blocks, in the order of `people.LIMITS`.
_CONDITIONS = (
    "3d7c52dc-c732-4223-8bf8-e5917801386f", "72b67965-5b73-4840-bc0b-be8f3f6e047e", "584fbd4f-6a34-4730-a6ca-73a6a6a9d845",
    "e5b45031-a202-4abb-917b-e1df9346fe2c", "08530ac4-07f2-48e6-9dda-a97bc2bf7053", "cf7a0d5f-a327-4ca1-aa9e-dc55ec006b8a",
)  # fmt: skip


def id_of(name: str) -> str:
    """Return the id of whatever has a name here; those of items are in the order of their names."""
    made = str(uuid5(NAMESPACE_URL, name))
    return f"0000{sorted(ITEMS).index(name):04}{made[8:]}" if name in ITEMS else made


def new_world(*, by_title: bool) -> World:
    """Return the town as it is on the first day."""
    items = {one.name: Item(one.name, one.title, one.kind, one.home) for one in ITEMS.values()}
    return World(START, by_title, {name: Patron(name) for name in PATRONS}, items)


class Town:
    """A tenant of its own over several connections, whose clock the tests move."""

    def __init__(self, library: Library, clock: Clock, admin: Any) -> None:
        self.library, self.clock, self.admin = library, clock, admin
        self._edited: dict[str, list[Any]] = {}

    def table(self, name: str) -> str:
        return f'"{schema_of(TENANT)}"."{name}"'

    async def begin(self, *, by_title: bool) -> None:
        """Let it be the first day again."""
        self.clock.now = START
        await self.admin.execute("TRUNCATE " + ", ".join(map(self.table, _RECORDS)) + " CASCADE")
        for name, rows in self._edited.items():
            await self.admin.executemany(f"UPDATE {self.table(name)} SET doc = $2 WHERE id = $1 AND doc <> $2", rows)
        await self.admin.execute(f"DELETE FROM {self.table('circulation_settings')}")
        if by_title:
            value = {"titleLevelRequestsFeatureEnabled": True, "createTitleLevelRequestsByDefault": False}
            await self.library.post("/circulation-settings-storage/circulation-settings", id=_TLR, name="TLR", value=value)

    async def settle(self) -> None:
        """Remember the first day."""
        for name in _EDITED:
            self._edited[name] = [tuple(row) for row in await self.admin.fetch(f"SELECT id, doc FROM {self.table(name)}")]


@asynccontextmanager
async def founded(
    database_url: str, connections: int = 4, lend: Callable[[Pool], Connections] = lambda pool: pool
) -> AsyncIterator[Town]:
    """Found the town in a database, and leave nothing of it. lend: what the server gets its connections from."""
    async with tenants.administration(database_url) as connection:
        await wiring.create_tenant(connection, TENANT, "admin", "admin-password", datetime.now(UTC))
    admin, clock = await asyncpg.connect(database_url), Clock(START)
    pool = Pool(database_url, size=connections, patience=60)
    try:
        octavo = wiring.assemble(Store(lend(pool)), Settings(), clock=clock)
        headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": await octavo.token_of(TENANT, "admin")}
        transport = httpx.ASGITransport(app=octavo.okapi)
        async with httpx.AsyncClient(transport=transport, base_url="http://octavo", headers=headers, timeout=60) as client:
            town = Town(await Library.founded(client, clock), clock, admin)
            await _furnish(town.library)
            await town.settle()
            yield town
    finally:
        await pool.close()
        await admin.close()
        async with tenants.administration(database_url) as connection:
            await tenants.drop(connection, TENANT)


async def _furnish(library: Library) -> None:
    await _policies(library)
    await _conditions(library)
    for name in ("home",):
        library.ids[name] = (await library.post("/addresstypes", addressType=name))["id"]
    points = [{"value": library.ids["main desk"], "label": "main desk"}]
    library.ids[OWNER] = (await library.post("/owners", owner=OWNER, servicePointOwner=points))["id"]
    library.ids["damage"] = (await library.post("/feefines", feeFineType="damage", ownerId=library.ids[OWNER]))["id"]
    for name in PATRONS:
        personal = {"lastName": name, "firstName": "Ann"}
        await library.patron(id=id_of(name), barcode=name, personal=personal)
    for name in TITLES:
        await library.instance(name, id=id_of(name))
    for name, item in ITEMS.items():
        await library.post(
            "/holdings-storage/holdings", id=id_of(f"holdings of {name}"), instanceId=id_of(item.title),
            permanentLocationId=library.ids["main stacks"], sourceId=library.ids["source"],
        )  # fmt: skip
        await library.post(
            "/item-storage/items", id=id_of(name), holdingsRecordId=id_of(f"holdings of {name}"), barcode=name,
            status={"name": "Available"}, materialTypeId=library.ids[item.kind], permanentLocationId=library.ids[item.home],
            permanentLoanTypeId=library.ids["can circulate"],
        )  # fmt: skip


async def _conditions(library: Library) -> None:
    from model.people import LIMITS  # noqa: PLC0415

    for number, (condition_id, (name, (most, actions))) in enumerate(zip(_CONDITIONS, LIMITS.items(), strict=True)):
        condition = await library.get(f"/patron-block-conditions/{condition_id}")
        blocking = {
            "blockBorrowing": "borrowing" in actions, "blockRenewals": "renewing" in actions, "blockRequests": "requesting" in actions,
        }  # fmt: skip
        await library.put(f"/patron-block-conditions/{condition_id}", {**condition, **blocking, "message": name})
        await library.post(
            "/patron-block-limits", id=f"{number:08}-0000-4000-8000-000000000000", patronGroupId=library.ids["students"],
            conditionId=condition_id, value=most,
        )  # fmt: skip


def _loan_policy(name: str) -> Json:
    kind, loans = KINDS[name], dict(LOAN_POLICY["loansPolicy"])
    if kind.limit:
        loans["itemLimit"] = kind.limit
    days = {"duration": 1, "intervalId": "Weeks"}
    requests = {
        "recalls": {"minimumGuaranteedLoanPeriod": days, "recallReturnInterval": {"duration": 3, "intervalId": "Days"}},
        "holds": {"alternateCheckoutLoanPeriod": days, "renewItemsWithRequest": False},
    }
    parts = {"loanable": kind.loanable, "renewable": kind.renewable, "loansPolicy": loans, "requestManagement": requests}
    policy = {**LOAN_POLICY, "name": f"loans of a {name}", **parts}
    if not kind.loanable:
        del policy["loansPolicy"]
    return policy


async def _policies(library: Library) -> None:
    library.ids["atlas"] = (await library.post("/material-types", name="atlas"))["id"]
    fine = await library.post(
        "/overdue-fines-policies", name="a day", countClosed=True, overdueFine={"quantity": 1, "intervalId": "day"},
        maxOverdueFine=10, overdueRecallFine={"quantity": 2, "intervalId": "day"}, maxOverdueRecallFine=12,
    )  # fmt: skip
    lost = await library.post(
        "/lost-item-fees-policies", name="lost", chargeAmountItem={"chargeType": "anotherCost", "amount": 30},
        lostItemProcessingFee=5, chargeAmountItemPatron=True, chargeAmountItemSystem=True, lostItemReturned="Charge",
        itemAgedLostOverdue={"duration": 1, "intervalId": "Weeks"}, patronBilledAfterAgedLost={"duration": 1, "intervalId": "Days"},
        recalledItemAgedLostOverdue={"duration": 3, "intervalId": "Days"}, returnedLostItemProcessingFee=True,
        patronBilledAfterRecalledItemAgedLost={"duration": 1, "intervalId": "Days"},
        feesFinesShallRefunded={"duration": 2, "intervalId": "Weeks"},
    )  # fmt: skip
    lines = []
    for name, kind in KINDS.items():
        loan = await library.post("/loan-policy-storage/loan-policies", **_loan_policy(name))
        request = await library.post(
            "/request-policy-storage/request-policies", name=f"requests of a {name}", requestTypes=list(kind.requests)
        )
        policies = f"l {loan['id']} r {request['id']} n {library.ids['no notices']} o {fine['id']} i {lost['id']}"
        lines.append(f"m {library.ids[name]}: {policies}")
    fallback = lines[0].partition(": ")[2]
    await library.rules("\n".join(["priority: t, s, c, b, a, m, g", f"fallback-policy: {fallback}", *lines, ""]))
