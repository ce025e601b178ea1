"""The server as the reference sees it: acts become requests over HTTP, records become what the reference says of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from library import Json, Library
from model.acts import CHANGED_MEANWHILE, DONE, NOT_THERE, UNAVAILABLE, Act, Answer
from model.people import ACTIONS, automated_blocks
from model.town import ITEMS, OWNER, PATRONS, TITLES, id_of
from model.world import World

REQUESTS = "/circulation/requests"
_BLOCKING = {"borrowing": "borrowing", "renewing": "renewals", "requesting": "requests"}
_FLAGS = {"borrowing": "blockBorrowing", "renewing": "blockRenewals", "requesting": "blockRequests"}
_TIMERS = {
    "expire": "/scheduled-request-expiration",
    "age_to_lost": "/circulation/scheduled-age-to-lost",
    "bill_lost": "/circulation/scheduled-age-to-lost-fee-charging",
}
_REFUSED = 422
_WORDS = {404: NOT_THERE, 409: CHANGED_MEANWHILE, 503: UNAVAILABLE}


@dataclass
class Server:
    """Sends acts, and reads everything that they may have changed.

    loans: the keys of loans by the ids that the server gave them, and the other way round; charges likewise.
    """

    library: Library
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> httpx.AsyncClient:
        return self.library.client

    def forget(self) -> None:
        """Forget the loans and charges of another world."""
        self.keys.clear()
        self.ids.clear()

    def know(self, key: str, record_id: str) -> None:
        self.keys[record_id], self.ids[key] = key, record_id

    def id_of(self, key: str) -> str:
        return self.ids.get(key, id_of(key))

    async def do(self, act: Act) -> Answer:
        """Do something and return what is said."""
        answer = await getattr(self, act.verb, self._timer(act.verb))(**act.how)
        if answer is None or answer.is_success:
            return DONE
        if answer.status_code in _WORDS:
            return _WORDS[answer.status_code]
        assert answer.status_code == _REFUSED, f"{act}: {answer.status_code} {answer.text}"
        told = answer.json()
        return (told["errorMessage"],) if "errorMessage" in told else tuple(error["message"] for error in told["errors"])

    def _timer(self, verb: str) -> Any:
        async def run() -> httpx.Response:
            return await self.client.post(_TIMERS[verb])

        return run

    def _desk(self, name: str | None) -> str | None:
        return None if name is None else self.library.ids[name]

    def _in_days(self, days: int) -> str:
        return (self.library.clock() + timedelta(days=days)).isoformat()

    # Loans

    async def check_out(self, key: str, patron: str, item: str, override: str | None = None) -> httpx.Response:
        body = {"itemBarcode": item, "userBarcode": patron, "servicePointId": self._desk("main desk")}
        if override:
            block = {"patron": {"patronBlock": {}}, "not loanable": {"itemNotLoanableBlock": {"dueDate": self._in_days(2)}}}
            body["overrideBlocks"] = {**block[override], "comment": "the head says so"}
        answer = await self.client.post("/circulation/check-out-by-barcode", json=body)
        if answer.is_success:
            self.know(key, answer.json()["id"])
        return answer

    async def check_in(self, item: str, desk: str, resolution: str | None = None) -> httpx.Response:
        body = {"itemBarcode": item, "servicePointId": self._desk(desk), "checkInDate": self.library.clock().isoformat()}
        resolved = {"claimedReturnedResolution": resolution} if resolution else {}
        return await self.client.post("/circulation/check-in-by-barcode", json={**body, **resolved})

    async def renew(self, patron: str, item: str, override: str | None = None) -> httpx.Response:
        if override is None:
            return await self.client.post(f"/patron/account/{id_of(patron)}/item/{id_of(item)}/renew")
        blocks = {"renewalDueDateRequiredBlock": {"dueDate": self._in_days(35)}, "comment": "the head says so"}
        body = {"itemBarcode": item, "userBarcode": patron, "overrideBlocks": blocks}
        return await self.client.post("/circulation/renew-by-barcode", json=body)

    async def declare_lost(self, loan: str) -> httpx.Response:
        now = self.library.clock().isoformat()
        return await self._of_loan(loan, "declare-item-lost", servicePointId=self._desk("main desk"), declaredLostDateTime=now)

    async def claim_returned(self, loan: str) -> httpx.Response:
        return await self._of_loan(loan, "claim-item-returned", itemClaimedReturnedDateTime=self.library.clock().isoformat())

    async def declare_missing(self, loan: str) -> httpx.Response:
        return await self._of_loan(loan, "declare-claimed-returned-item-as-missing", comment="gone")

    async def change_due_date(self, loan: str, days: int) -> httpx.Response:
        return await self._of_loan(loan, "change-due-date", dueDate=self._in_days(days))

    async def _of_loan(self, loan: str, verb: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"/circulation/loans/{self.id_of(loan)}/{verb}", json=body)

    async def edit_loan(self, loan: str) -> httpx.Response:
        return await self._edit(f"/loan-storage/loans/{self.id_of(loan)}", actionComment="seen")

    async def _edit(self, path: str, **fields: Any) -> httpx.Response:
        """Replace a record by what it is with some fields changed, unless somebody else changes it meanwhile."""
        found = await self.client.get(path)
        if not found.is_success:
            return found
        known = {"If-Match": found.headers["etag"]} if "etag" in found.headers else {}
        record = {name: value for name, value in {**found.json(), **fields}.items() if value is not None}
        return await self.client.put(path, json=record, headers=known)

    # Requests

    async def request(
        self, key: str, patron: str, target: str, kind: str, pickup: str | None, expires: int | None = None
    ) -> httpx.Response:
        title = ITEMS[target].title if target in ITEMS else target
        body = {
            "id": id_of(key), "requestType": kind, "requestLevel": "Item" if target in ITEMS else "Title",
            "requestDate": self.library.clock().isoformat(), "requesterId": id_of(patron), "instanceId": id_of(title),
            **self._fetched(pickup), **({"requestExpirationDate": self._in_days(expires)} if expires is not None else {}),
        }  # fmt: skip
        if target in ITEMS:
            body |= {"itemId": id_of(target), "holdingsRecordId": id_of(f"holdings of {target}")}
        self.know(key, body["id"])
        return await self.client.post(REQUESTS, json=body)

    def _fetched(self, pickup: str | None) -> Json:
        if pickup is None:
            return {"fulfillmentPreference": "Delivery", "deliveryAddressTypeId": self.library.ids["home"]}
        return {"fulfillmentPreference": "Hold Shelf", "pickupServicePointId": self._desk(pickup)}

    async def hold(self, key: str, patron: str, item: str, pickup: str) -> httpx.Response:
        wish = {"requestDate": self.library.clock().isoformat(), "pickupLocationId": self._desk(pickup)}
        answer = await self.client.post(f"/patron/account/{id_of(patron)}/item/{id_of(item)}/hold", json=wish)
        if answer.is_success:
            self.know(key, answer.json()["requestId"])
        return answer

    async def cancel(self, request: str, patron: str | None = None) -> httpx.Response:
        reason = {"cancellationReasonId": self.library.ids["cancelled by patron"]}
        if patron:
            path = f"/patron/account/{id_of(patron)}/hold/{self.id_of(request)}/cancel"
            return await self.client.post(path, json={"holdId": self.id_of(request), **reason})
        return await self._change(request, status="Closed - Cancelled", **reason)

    async def update_request(self, request: str, pickup: str, expires: int | None) -> httpx.Response:
        wanted = None if expires is None else self._in_days(expires)
        return await self._change(request, deliveryAddressTypeId=None, **self._fetched(pickup), requestExpirationDate=wanted)

    async def _change(self, request: str, **fields: Any) -> httpx.Response:
        """Change a request as it is shown; circulation looks itself at what has become of it meanwhile."""
        path = f"{REQUESTS}/{self.id_of(request)}"
        found = await self.client.get(path)
        if not found.is_success:
            return found
        record = {name: value for name, value in {**found.json(), **fields}.items() if value is not None}
        record.pop("holdShelfExpirationDate", None)  # that is for circulation to say
        return await self.client.put(path, json=record)

    async def delete_request(self, request: str) -> httpx.Response:
        return await self.client.delete(f"{REQUESTS}/{self.id_of(request)}")

    async def move(self, request: str, item: str, kind: str | None) -> httpx.Response:
        body = {"destinationItemId": id_of(item)} | ({"requestType": kind} if kind else {})
        return await self.client.post(f"{REQUESTS}/{self.id_of(request)}/move", json=body)

    async def reorder(self, target: str, places: dict[str, int]) -> httpx.Response:
        path = f"{REQUESTS}/queue/{'item' if target in ITEMS else 'instance'}/{id_of(target)}/reorder"
        order = [{"id": self.id_of(request), "newPosition": place} for request, place in places.items()]
        return await self.client.post(path, json={"reorderedQueue": order})

    # Charges and patrons

    async def charge(self, key: str, patron: str, amount: int) -> httpx.Response:
        account = {
            "id": id_of(key), "userId": id_of(patron), "feeFineId": self.library.ids["damage"], "ownerId": self.library.ids[OWNER],
            "amount": amount, "remaining": amount, "feeFineType": "damage", "status": {"name": "Open"},
            "paymentStatus": {"name": "Outstanding"},
        }  # fmt: skip
        self.know(key, account["id"])
        return await self.client.post("/accounts", json=account)

    async def act(self, verb: str, charge: str, amount: str) -> httpx.Response:
        deed = {**self._at_desk(), "amount": amount, "paymentMethod": "Bursar" if verb == "transfer" else "cash"}
        return await self.client.post(f"/accounts/{self.id_of(charge)}/{verb}", json=deed)

    async def cancel_charge(self, charge: str) -> httpx.Response:
        return await self.client.post(f"/accounts/{self.id_of(charge)}/cancel", json=self._at_desk())

    def _at_desk(self) -> Json:
        return {"notifyPatron": False, "servicePointId": self._desk("main desk"), "userName": "Lee"}

    async def block(self, patron: str, actions: frozenset[str]) -> httpx.Response | None:
        path = f"/manualblocks/{id_of(f'block of {patron}')}"
        if not actions:
            await self.client.delete(path)
            return None
        flags = {_BLOCKING[action]: action in actions for action in ACTIONS}
        block = {"id": path[-36:], "desc": "kept", "userId": id_of(patron), **flags}
        answer = await self.client.put(path, json=block)
        return answer if answer.is_success else await self.client.post("/manualblocks", json=block)

    async def edit_patron(self, patron: str, active: bool, expires: datetime | None) -> httpx.Response:
        until = expires.isoformat() if expires else None
        return await self._edit(f"/users/{id_of(patron)}", active=active, expirationDate=until)

    async def edit_item(self, item: str, home: str) -> httpx.Response:
        return await self._edit(f"/item-storage/items/{id_of(item)}", permanentLocationId=self.library.ids[home])

    async def edit_desk(self, desk: str, shelf_days: int) -> httpx.Response:
        period = {"duration": shelf_days, "intervalId": "Days"}
        return await self._edit(f"/service-points/{self._desk(desk)}", holdShelfExpiryPeriod=period)

    async def anonymise(self, patron: str) -> httpx.Response:
        return await self.client.post(f"/loan-anonymization/by-user/{id_of(patron)}")

    async def wait(self, hours: int) -> None:
        self.library.clock.advance(hours=hours)

    # What there is

    async def _all(self, path: str) -> list[Json]:
        (records,) = (value for value in (await self.library.get(f"{path}?limit=10000")).values() if isinstance(value, list))
        return list(records)

    async def seen(self, world: World) -> Json:
        """Return everything as `expected` says it should be."""
        past: dict[str, list[tuple[str, str]]] = {}
        for row in await self._all("/loan-storage/loan-history"):
            past.setdefault(row["loan"]["id"], []).insert(0, row["loan"]["action"])
        accounts = await self.meet(world)
        places = {point_id: name for name, point_id in self.library.ids.items()}
        return {
            "items": {one["barcode"]: _item(one, places) for one in await self._all("/item-storage/items")},
            "loans": {
                self.keys.get(one["id"], one["id"]): _loan(one, past.get(one["id"])) for one in await self._all("/loan-storage/loans")
            },
            "requests": {
                self.keys.get(one["id"], one["id"]): _request(one, places) for one in await self._all("/request-storage/requests")
            },
            "charges": {self.keys.get(one["id"], one["id"]): _charge(one) for one in accounts},
            "blocks": {patron: await self._blocks(patron) for patron in PATRONS},
        }

    async def meet(self, world: World) -> list[Json]:
        """Return all charges, once it is found out which those are that the server has made itself."""
        accounts = await self._all("/accounts")
        new = [one for one in accounts if one["id"] not in self.keys and "loanId" in one]
        for account in sorted(new, key=lambda one: one["metadata"]["createdDate"]):
            loan, kind = self.keys.get(account["loanId"]), account["feeFineType"]
            known = (key for key, one in world.charges.items() if (one.loan, one.kind) == (loan, kind) and key not in self.ids)
            if key := next(known, None):
                self.know(key, account["id"])
        return accounts

    async def _blocks(self, patron: str) -> Json:
        found = (await self.library.get(f"/automated-patron-blocks/{id_of(patron)}"))["automatedPatronBlocks"]
        return {one["message"]: [action for action in ACTIONS if one[_FLAGS[action]]] for one in found}


_NAMES = {id_of(name): name for name in (*PATRONS, *ITEMS, *TITLES)}


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _item(record: Json, places: dict[str, str]) -> tuple[Any, ...]:
    return record["status"]["name"], places.get(record.get("inTransitDestinationServicePointId"))


def _loan(record: Json, history: list[str] | None) -> tuple[Any, ...]:
    billing = record.get("agedToLostDelayedBilling") or {}
    return (
        _NAMES.get(record.get("userId")), _NAMES[record["itemId"]], record["status"]["name"], record["itemStatus"],
        _instant(record["dueDate"]), record.get("renewalCount", 0), record.get("dueDateChangedByRecall"),
        _instant(record.get("declaredLostDate")), _instant(billing.get("agedToLostDate")), _instant(record.get("returnDate")),
        history,
    )  # fmt: skip


def _request(record: Json, places: dict[str, str]) -> tuple[Any, ...]:
    return (
        _NAMES[record["requesterId"]], _NAMES[record["instanceId"]], _NAMES.get(record.get("itemId")), record["requestLevel"],
        record["requestType"], record["status"], record.get("position"), places.get(record.get("pickupServicePointId")),
        _instant(record.get("requestExpirationDate")), _instant(record.get("holdShelfExpirationDate")),
        record.get("item", {}).get("barcode"), record["searchIndex"].get("pickupServicePointName"),
    )  # fmt: skip


def _charge(record: Json) -> tuple[Any, ...]:
    amounts = (Decimal(str(record[name])) for name in ("amount", "remaining"))
    return (_NAMES[record["userId"]], record["feeFineType"], *amounts, record["status"]["name"], record["paymentStatus"]["name"])


def expected(world: World) -> Json:
    """Return what is to be seen of a world."""
    return {
        "items": {one.name: (one.status, one.destination) for one in world.items.values()},
        "loans": {
            one.key: (
                one.patron, one.item, one.status, one.item_status, one.due, one.renewals, one.recalled, one.declared_lost,
                one.aged_to_lost, one.returned, one.history,
            ) for one in world.loans.values()
        },
        "requests": {
            one.key: (
                one.patron, one.title, one.item, one.level, one.kind, one.status, one.position, one.pickup, one.expires,
                one.shelf_expires, one.item, one.pickup,
            ) for one in world.requests.values()
        },
        "charges": {
            one.key: (one.patron, one.kind, one.amount, one.remaining, one.status, one.payment) for one in world.charges.values()
        },
        "blocks": {patron: automated_blocks(world, patron) for patron in world.patrons},
    }  # fmt: skip
