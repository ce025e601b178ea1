"""What is known when somebody requests something: the patron, the copies, the queue, the policies."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from octavo.rules.circulation_rules import Facts as RuleFacts
from octavo.rules.circulation_rules import Rules
from octavo.rules.patron_status import PatronStatus, patron_status
from octavo.rules.queue import Queued
from octavo.rules.request_types import AVAILABLE, HOLD, PAGE, RECALL, types_for_status
from octavo.rules.requests import RequestedItem, RequestedTitle
from octavo.services.circulation_rules import known_rules, missing_policy
from octavo.services.desk import calendars_of, remembered
from octavo.services.patron_blocks import PatronBlocks, blocks_of
from octavo.store import requests as store
from octavo.store.locale import zone_of
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.locale import Locale
from octavo_models.policies import RequestPolicy
from octavo_models.scalars import parse_instant

Json = dict[str, Any]


@dataclass(frozen=True)
class Copy:
    """An item that can be requested: its documents, and the request policy that applies to it for the patron."""

    item: Json
    holdings: Json
    location: Json | None
    library: str | None
    retrieval_point: Json
    loan: Json | None
    loan_policy: Json | None
    schedule: Json | None
    calendars: list[Json]
    policy: RequestPolicy

    @property
    def id(self) -> str:
        """Return the id of the item."""
        return str(self.item["id"])

    @property
    def status(self) -> str:
        """Return the item's status."""
        return str(self.item["status"]["name"])

    @property
    def due(self) -> datetime | None:
        """Return when the item is due, None where it is not on loan."""
        due = self.loan and self.loan.get("dueDate")
        return parse_instant(due) if due else None

    @property
    def borrower(self) -> str | None:
        """Return who has the item."""
        return self.loan.get("userId") if self.loan else None

    def allows(self, request_type: str) -> bool:
        """Tell whether both the item's status and its request policy allow a type of request."""
        return request_type in types_for_status(self.status) and request_type in self.policy.request_types

    def for_rules(self) -> RequestedItem:
        """Return what the rules ask about the item."""
        return RequestedItem(self.status, self.policy, self.loan["id"] if self.loan else None, self.borrower)

    def is_served_by(self, service_point_id: str | None) -> bool:
        """Tell whether a service point fetches items from where this one stands."""
        location = self.location or {}
        points = [*location.get("servicePointIds", []), location.get("primaryServicePoint")]
        return service_point_id is not None and service_point_id in points


@dataclass(frozen=True)
class Facts:
    """Everything that decides about a request."""

    requester: Json | None
    group: Json | None
    proxy: Json | None
    sponsorships: list[Json]
    instance: Json | None
    pickup: Json | None
    pickup_serves: list[Json]
    tlr: Json
    zone: ZoneInfo
    open_requests: list[Json]
    copies: list[Copy]
    has_holdings: bool
    blocks: PatronBlocks
    now: datetime

    @property
    def title_level(self) -> bool:
        """Tell whether title level requests are on."""
        return str(self.tlr.get("titleLevelRequestsFeatureEnabled", "")).lower() == "true"

    @property
    def requester_status(self) -> PatronStatus:
        """Return the requester's standing; nobody's is unknown."""
        user = self.requester or {}
        expires = user.get("expirationDate")
        return patron_status(user.get("active"), parse_instant(expires) if expires else None, self.now)

    @property
    def proxy_valid(self) -> bool:
        """Tell whether the proxy may act for the requester now."""
        return any(_is_active(relation, self.now) for relation in self.sponsorships)

    def copy(self, item_id: str | None) -> Copy | None:
        """Return a copy by the id of its item."""
        return next((copy for copy in self.copies if copy.id == item_id), None)

    def queue(self, item_id: str | None) -> list[Json]:
        """Return the open requests that stand in line: for the title where title level requests are on, else for the item."""
        if self.title_level:
            return [request for request in self.open_requests if request["instanceId"] == self.instance_id]
        return [request for request in self.open_requests if request.get("itemId") == item_id]

    @cached_property
    def instance_id(self) -> str | None:
        """Return the id of the requested work."""
        return self.instance["id"] if self.instance else None

    def pageable(self) -> list[Copy]:
        """Return the available copies that the patron may have paged, those nearest to the pickup point first."""
        found = [copy for copy in self.copies if copy.status == AVAILABLE and copy.allows(PAGE)]
        return sorted(found, key=self._distance)

    def _distance(self, copy: Copy) -> tuple[int, str]:
        """Rank by the smallest unit that both the copy and the pickup point belong to, the desk itself first."""
        own = copy.location or {}
        units = ("id", "libraryId", "campusId", "institutionId")
        shared = (any(own.get(unit) == place[unit] for place in self.pickup_serves) for unit in units)
        return next((rank for rank, same in enumerate(shared) if same), len(units)), copy.id

    def recallable(self) -> list[Copy]:
        """Return the copies that can be recalled: first loans not recalled yet, by due date."""
        requester = self.requester["id"] if self.requester else None
        found = [copy for copy in self.copies if copy.allows(RECALL) and copy.borrower in (None, *_others(copy, requester))]
        return sorted(found, key=self._recall_order)

    def _recall_order(self, copy: Copy) -> tuple[bool, int, datetime, str]:
        recalls = sum(r["requestType"] == RECALL and r.get("itemId") == copy.id for r in self.open_requests)
        return copy.loan is None, recalls, copy.due or self.now, copy.id

    def title(self) -> RequestedTitle:
        """Return what the rules ask about the title."""
        requester = self.requester["id"] if self.requester else None
        pageable = self.pageable()
        follows = str(self.tlr.get("tlrHoldShouldFollowCirculationRules", "")).lower() == "true"
        own = next(((copy.id, copy.loan["id"]) for copy in self.copies if copy.loan and copy.borrower == requester), None)
        return RequestedTitle(
            available_item_id=pageable[0].id if pageable else None,
            recallable=bool(self.recallable()),
            hold_allowed=not follows or any(HOLD in copy.policy.request_types for copy in self.copies),
            loan=own,
        )


def _others(copy: Copy, requester: str | None) -> tuple[str, ...]:
    return (copy.borrower,) if copy.borrower and copy.borrower != requester else ()


def _is_active(relation: Json, now: datetime) -> bool:
    expires = relation.get("expirationDate")
    return str(relation.get("status", "")).lower() == "active" and (not expires or parse_instant(expires) > now)


def queued(request: Json) -> Queued:
    """Return what the rules ask about a request in the queue."""
    return Queued(
        request["id"],
        request["requesterId"],
        request["requestType"],
        request["requestLevel"],
        request["status"],
        request.get("itemId"),
    )


async def gather(
    tx: Tx, requester_id: str | None, target: Target, *, proxy_user_id: str | None = None, pickup_id: str | None = None
) -> Facts:
    """Lock what is requested and return what is known of it. Raises Invalid where the circulation rules cannot be used."""
    await store.lock_target(tx, requester_id, target)
    return await look(tx, requester_id, target, proxy_user_id=proxy_user_id, pickup_id=pickup_id)


async def look(
    tx: Tx,
    requester_id: str | None,
    target: Target,
    *,
    proxy_user_id: str | None = None,
    pickup_id: str | None = None,
    group_id: str | None = None,
) -> Facts:
    """Return what is known, without locking anything. `group_id` counts where nobody in particular asks."""
    known = known_rules()
    found = await store.load_facts(
        tx, requester_id, target, calendars_of(None, tx.now), known.digests, proxy_user_id, pickup_id
    )
    documents = found.documents
    copies: list[Json] = documents["copies"]
    rules = known.resolve(found.rules) if copies else None
    group = (documents["requester"] or {}).get("patronGroup") or group_id
    return Facts(
        requester=documents["requester"],
        group=documents["group"],
        proxy=documents["proxy"],
        sponsorships=documents["sponsorships"],
        instance=documents["instance"],
        pickup=documents["pickup"],
        pickup_serves=documents["pickupServes"],
        tlr=documents["tlr"] or {},
        zone=zone_of(Locale.from_wire(documents["locale"] or {})),
        open_requests=documents["queue"],
        copies=[read_copy(copy, rules, group, documents["policies"]) for copy in copies if rules],
        has_holdings=documents["hasHoldings"],
        blocks=blocks_of(found.standing, tx.now),
        now=tx.now,
    )


def read_copy(found: Json, rules: Rules, group_id: str | None, policies: Json) -> Copy:
    """Return a copy with the request policy that the circulation rules choose. Raises Invalid where it is not stored."""
    item, location = found["item"], found["location"] or {}
    match = rules.match(
        "r",
        RuleFacts(
            patron_group=group_id,
            material_type=item["materialTypeId"],
            loan_type=item.get("temporaryLoanTypeId") or item["permanentLoanTypeId"],
            location=location.get("id"),
            library=location.get("libraryId"),
            campus=location.get("campusId"),
            institution=location.get("institutionId"),
        ),
    )
    stored = policies.get(match.policy_id.lower())
    policy = remembered(RequestPolicy, stored and orjson.dumps(stored))
    if policy is None:
        raise missing_policy("r", match.policy_id)
    return Copy(
        item=item,
        holdings=found["holdings"],
        location=found["location"],
        library=found["library"],
        retrieval_point=found["retrievalPoint"],
        loan=found["loan"],
        loan_policy=found["loanPolicy"],
        schedule=found["schedule"],
        calendars=found["calendars"],
        policy=policy,
    )
