"""Clients that lend, take back, renew and queue, and remember what they asked, when, and what they were told.

An answer that says nothing about whether the work was done (a connection that broke, a time-out, 503) is unknown; the
client asks again with the same Idempotency-Key until it knows.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chaos.checker import Operation
from library import Json
from process.world import TENANT

SECONDS_TO_ANSWER = 20.0
#: After a round everybody learns their last answer within this time.
SECONDS_TO_SETTLE = 60.0


@dataclass(frozen=True)
class Town:
    """Whom the clients serve: patrons, books, films of which each patron may have a few, the desk."""

    patrons: Sequence[Json]
    books: Sequence[Json]
    films: Sequence[Json]
    film_limit: int
    desk: str
    reason: str

    @property
    def items(self) -> Sequence[Json]:
        return [*self.books, *self.films]


@dataclass
class Clients:
    """A number of clients at work until told to stop."""

    okapi: str
    town: Town
    chance: random.Random
    operations: list[Operation] = field(default_factory=list)
    token: str = ""
    _stopped: bool = False

    @property
    def answered(self) -> int:
        return sum(one.status is not None for one in self.operations)

    async def work(self, number: int) -> None:
        """Work until `stop`; whoever waits for an answer then has a minute to learn it."""
        async with httpx.AsyncClient(
            base_url=self.okapi, headers={"X-Okapi-Tenant": TENANT}, timeout=SECONDS_TO_ANSWER,
            limits=httpx.Limits(max_connections=2 * number),
        ) as http:  # fmt: skip
            await asyncio.gather(*(self._client(http, one) for one in range(number)))

    def stop(self) -> None:
        self._stopped = True

    async def _client(self, http: httpx.AsyncClient, number: int) -> None:
        while not self._stopped:
            operation = self._next(number)
            self.operations.append(operation)
            await self._perform(http, operation)
            await asyncio.sleep(self.chance.uniform(0.01, 0.05))

    async def _perform(self, http: httpx.AsyncClient, operation: Operation) -> None:
        """Ask until the answer is known."""
        given_up: float | None = None
        while given_up is None or time.monotonic() < given_up:
            operation.tries += 1
            answer = await self._ask(http, operation)
            if answer is not None:
                operation.end, operation.status = time.monotonic(), answer.status_code
                operation.told = answer.json() if answer.content and answer.is_success else {}
                operation.replayed = "idempotent-replayed" in answer.headers
                return
            if self._stopped:
                given_up = given_up or time.monotonic() + SECONDS_TO_SETTLE
            await asyncio.sleep(self.chance.uniform(0.1, 0.4))

    async def _ask(self, http: httpx.AsyncClient, operation: Operation) -> httpx.Response | None:
        """Return the answer, None where it leaves unknown what was done."""
        headers = {"X-Okapi-Token": self.token, "Idempotency-Key": operation.key}
        try:
            answer = await http.post(operation.path, json=operation.body, headers=headers)
            if answer.status_code == 401:  # the clock has jumped beyond the token's end
                await self._log_in(http)
                return None
        except httpx.TransportError:
            return None
        return None if answer.status_code == 503 else answer

    async def _log_in(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/authn/login", json={"username": "admin", "password": "admin-password"})
        self.token = answer.headers.get("x-okapi-token", self.token)

    def _next(self, number: int) -> Operation:
        item, patron = self.chance.choice(self.town.items), self.chance.choice(self.town.patrons)
        kinds = ("check-out", "check-in", "renew", "hold", "cancel", "loan")
        (kind,) = self.chance.choices(kinds, (6, 5, 2, 2, 2, 1))
        if kind == "cancel" and not self._lately("hold"):
            kind = "hold"
        if kind == "renew" and self._lately("check-out"):  # a loan of late, which may be over by now
            loan = self.chance.choice(self._lately("check-out")).told
            item, patron = {"id": loan["itemId"]}, {"id": loan["userId"]}
        path, body = getattr(self, f"_{kind.replace('-', '_')}")(item, patron)
        return Operation(number, kind, item["id"], str(uuid4()), path, body, time.monotonic())

    def _lately(self, kind: str) -> list[Operation]:
        return [one for one in self.operations[-100:] if one.kind == kind and one.status == 201]

    def _check_out(self, item: Json, patron: Json) -> tuple[str, Json]:
        body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": self.town.desk}
        return "/circulation/check-out-by-barcode", {**body, "loanDate": _ago(7)}

    def _check_in(self, item: Json, patron: Json) -> tuple[str, Json]:
        body = {"itemBarcode": item["barcode"], "servicePointId": self.town.desk, "checkInDate": _ago(0)}
        return "/circulation/check-in-by-barcode", body

    def _renew(self, item: Json, patron: Json) -> tuple[str, Json]:
        return "/circulation/renew-by-id", {"itemId": item["id"], "userId": patron["id"]}

    def _hold(self, item: Json, patron: Json) -> tuple[str, Json]:
        wish = {"requestDate": _ago(0), "pickupLocationId": self.town.desk}
        return f"/patron/account/{patron['id']}/item/{item['id']}/hold", wish

    def _cancel(self, item: Json, patron: Json) -> tuple[str, Json]:
        """Cancel one of the last holds that were placed, which may be over by now."""
        hold = self.chance.choice(self._lately("hold"))
        account, name = hold.path.split("/item/")[0], hold.told["requestId"]
        return f"{account}/hold/{name}/cancel", {"holdId": name, "cancellationReasonId": self.town.reason}

    def _loan(self, item: Json, patron: Json) -> tuple[str, Json]:
        """Store a loan that is over already, as an offline desk would."""
        loan: dict[str, Any] = {
            "userId": patron["id"], "itemId": item["id"], "loanDate": _ago(9), "returnDate": _ago(8),
            "action": "checkedin", "status": {"name": "Closed"},
        }
        return "/loan-storage/loans", loan


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
