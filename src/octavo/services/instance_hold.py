"""Requesting any copy of a work: the server chooses copy and type."""

from collections.abc import Iterator
from datetime import UTC, datetime

from octavo.errors import Invalid, NotFound, Violation, raise_all, refuse
from octavo.rules.queue import TITLE
from octavo.rules.request_types import AVAILABLE, HOLD, PAGE, RECALL
from octavo.rules.requests import check_request
from octavo.services.account import NO_ACCOUNT, NO_ITEM
from octavo.services.hold import Chosen, asked_for, circumstances, place
from octavo.services.request_facts import Copy, Facts, gather
from octavo.store.account import load_hold_view
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.account import HoldRequest
from octavo_models.new_request import InstanceRequestDraft, RequestDraft

_TYPES = (PAGE, RECALL, HOLD)
_NEVER = datetime.max.replace(tzinfo=UTC)


async def request_any_copy(tx: Tx, draft: InstanceRequestDraft) -> str:
    """Place a request on whichever copy can be had first and return its id. Raises Invalid.

    With title level requests the title itself is requested. What cannot be had is refused with every reason.
    """
    raise_all(_missing(draft))
    facts = await _gather(tx, draft)
    return await _place_first(tx, _wish(draft), facts)


async def hold_any_copy(tx: Tx, patron_id: str, instance_id: str, wish: HoldRequest) -> bytes:
    """Place a patron's own request on any copy and return it as the patron sees it. Raises NotFound, Invalid."""
    draft = InstanceRequestDraft(
        instance_id=instance_id,
        requester_id=patron_id,
        pickup_service_point_id=wish.pickup_location_id,
        request_date=wish.request_date,
        request_expiration_date=wish.expiration_date,
        patron_comments=wish.patron_comments,
    )
    facts = await _gather(tx, draft)
    if facts.requester is None:
        raise NotFound(NO_ACCOUNT)
    if facts.instance is None:
        raise NotFound(NO_ITEM)
    return await load_hold_view(tx, await _place_first(tx, _wish(draft), facts))


def _missing(draft: InstanceRequestDraft) -> Iterator[Violation]:
    wanted = {
        "Request must have a request date": draft.request_date,
        "Request must have a requester id": draft.requester_id,
        "Request must have an instance id": draft.instance_id,
    }
    return (Violation(message) for message, value in wanted.items() if value is None)


async def _gather(tx: Tx, draft: InstanceRequestDraft) -> Facts:
    target = Target(instance_id=draft.instance_id)
    return await gather(tx, draft.requester_id, target, pickup_id=draft.pickup_service_point_id)


def _wish(draft: InstanceRequestDraft) -> RequestDraft:
    """Return the request of the title that the wish comes to; which type it is remains to be seen."""
    return RequestDraft(
        request_level=TITLE,
        request_type=PAGE,
        request_date=draft.request_date,
        requester_id=draft.requester_id or "",
        instance_id=draft.instance_id,
        pickup_service_point_id=draft.pickup_service_point_id,
        request_expiration_date=draft.request_expiration_date,
        patron_comments=draft.patron_comments,
    )


async def _place_first(tx: Tx, wish: RequestDraft, facts: Facts) -> str:
    """Place the first request that the rules allow and return its id, or raise Invalid with all reasons against all."""
    _check_copies(wish, facts)
    reasons: list[Violation] = []
    for chosen in _of_title(wish, facts) if facts.title_level else _of_copies(wish, facts):
        asked = asked_for(chosen.draft)
        try:
            check_request(asked, circumstances(asked, facts, chosen.copy))
        except Invalid as refused:
            reasons += [violation for violation in refused.violations if violation not in reasons]
        else:
            return await place(tx, chosen, facts)
    raise Invalid(*reasons)


def _check_copies(wish: RequestDraft, facts: Facts) -> None:
    if facts.title_level:
        return
    if not facts.has_holdings:
        raise refuse("There are no holdings for this instance", holdingsRecords="null")
    if not facts.copies:
        raise refuse("There are no items for this instance", items="empty")
    if any(request["requesterId"] == wish.requester_id for request in facts.open_requests):
        raise refuse(
            "This requester already has an open request for an item of this instance",
            requesterId=wish.requester_id,
            instanceId=wish.instance_id,
        )


def _of_title(wish: RequestDraft, facts: Facts) -> Iterator[Chosen]:
    pageable, recallable = facts.pageable(), facts.recallable()
    for kind, copies in ((PAGE, pageable), (RECALL, recallable), (HOLD, [])):
        yield Chosen(wish.model_copy(update={"request_type": kind}), next(iter(copies), None))


def _of_copies(wish: RequestDraft, facts: Facts) -> Iterator[Chosen]:
    """Yield a request for every copy and type, those first that bring the patron a copy soonest."""
    for copy in sorted(facts.copies, key=lambda copy: _waiting_time(copy, facts)):
        for kind in _TYPES:
            named = {
                "request_level": "Item",
                "request_type": kind,
                "item_id": copy.id,
                "holdings_record_id": copy.holdings["id"],
            }
            yield Chosen(wish.model_copy(update=named), copy)


def _waiting_time(copy: Copy, facts: Facts) -> tuple[bool, bool, int, datetime]:
    pickup = facts.pickup["id"] if facts.pickup else None
    return (
        copy.status != AVAILABLE,
        not copy.is_served_by(pickup),
        len(facts.queue(copy.id)),
        copy.due or _NEVER,
    )
