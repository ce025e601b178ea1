"""What check-out, check-in and renewal have in common: from documents to the facts that the rules ask about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import orjson

from octavo.auth.caller import Caller
from octavo.rules.calendar import calendar_of
from octavo.rules.check_in import SHELF_STRATEGIES
from octavo.rules.circulation_rules import Facts, Match, Rule, Rules, match_of
from octavo.rules.closed_library import WITH_CALENDAR, Place, settle
from octavo.rules.due_date import LoanTerms, due_in_schedule, recall_due_date
from octavo.rules.overrides import PERMISSIONS, Block, Overrides
from octavo.rules.queue import NOT_YET_FILLED, Queued
from octavo.rules.transitions import ITEM, REQUEST, changed, loan_status_after
from octavo.services.circulation_rules import KnownRules, missing_policy
from octavo.store.calendars import CalendarsOf
from octavo.store.circulation import SUSPENDED, Desk, Patch, Situation
from octavo.store.locale import read_locale, zone_of
from octavo.store.tx import Tx
from octavo_models.calendar import Calendar
from octavo_models.circulation import OverrideBlocks
from octavo_models.inventory import Item
from octavo_models.loan import Loan, LoanStatus
from octavo_models.location import Location
from octavo_models.policies import FixedDueDateSchedule, LoanPolicy
from octavo_models.record import Metadata, Part, Record
from octavo_models.scalars import format_instant
from octavo_models.user import User

P = TypeVar("P", bound=Part)
R = TypeVar("R", bound=Record)

#: The strategies, by their names in loan policies and service points, that ask a calendar.
_ASKING = (
    *sorted(WITH_CALENDAR),
    *(name for name, strategy in SHELF_STRATEGIES.items() if strategy in WITH_CALENDAR),
)


def parsed(model: type[P], document: bytes | None) -> P | None:
    """Return a stored document as its model."""
    return None if document is None else model.model_validate_json(document)


def remembered(model: type[P], document: bytes | None) -> P | None:
    """Return a stored document as its model; one that most requests meet, such as a policy, is read only once.

    It is found again by its own content, so that it cannot be out of date. What tells of a person is never kept.
    """
    return None if document is None else _read(model, document)


@lru_cache(maxsize=1024)
def _read(model: type[P], document: bytes) -> P:
    return model.model_validate_json(document)


@dataclass(frozen=True)
class AtDesk:
    """A patron and an item, both locked, and the rules that apply to them."""

    desk: Desk
    known: KnownRules

    @cached_property
    def patron(self) -> User | None:
        """Return the patron."""
        return parsed(User, self.desk.patron)

    @cached_property
    def item(self) -> Item | None:
        """Return the item."""
        return parsed(Item, self.desk.item)

    @cached_property
    def location(self) -> Location | None:
        """Return the item's effective location."""
        return remembered(Location, self.desk.location)

    @cached_property
    def rules(self) -> Rules:
        """Return the circulation rules. Raises Invalid where they cannot be used."""
        return self.known.resolve(self.desk.rules)

    def match(self, letter: str) -> Match | None:
        """Return the policy of one type that applies, None while patron or item is unknown."""
        return match_of(self._line, letter) if self._line else None

    @cached_property
    def _line(self) -> Rule | None:
        """Return the line of the rules that chooses all policies."""
        if self.patron is None or self.item is None:
            return None
        return self.rules.winner(facts_of(self.patron, self.item, self.location))

    def policy_id(self, letter: str) -> str | None:
        """Return the id of the policy of one type that applies."""
        match = self.match(letter)
        return match.policy_id if match else None


def facts_of(patron: User, item: Item, location: Location | None) -> Facts:
    """Return what circulation rules ask about a patron and an item."""
    return Facts(
        patron_group=patron.patron_group,
        material_type=item.material_type_id,
        loan_type=loan_type_of(item),
        location=item.effective_location_id,
        library=location.library_id if location else None,
        campus=location.campus_id if location else None,
        institution=location.institution_id if location else None,
    )


def loan_type_of(item: Item) -> str:
    """Return the loan type that counts: the temporary one, if there is one."""
    return item.temporary_loan_type_id or item.permanent_loan_type_id


def terms_of(situation: Situation, match: Match | None) -> LoanTerms | None:
    """Return the loan policy that the rules chose, with its schedules. Raises Invalid where it is not stored."""
    if match is None:
        return None
    policy = remembered(LoanPolicy, situation.loan_policy)
    if policy is None:
        raise missing_policy("l", match.policy_id)
    return LoanTerms(
        policy,
        remembered(FixedDueDateSchedule, situation.schedule),
        remembered(FixedDueDateSchedule, situation.renewal_schedule),
    )


def calendars_of(service_point_id: str | None, *instants: datetime) -> CalendarsOf:
    """Ask for the calendars of a service point, or of where the item was lent, from the earliest instant on."""
    return CalendarsOf(service_point_id, _ASKING, min(instants).date())


def place_of(situation: Situation) -> Place:
    """Return where loans are settled."""
    calendars = (remembered(Calendar, document) for document in situation.calendars)
    return Place(zone_of(read_locale(situation.locale)), calendar_of(calendar for calendar in calendars if calendar))


def recalled_due_date(
    terms: LoanTerms, place: Place, loan_date: datetime, due_date: datetime, now: datetime
) -> datetime:
    """Return when a loan is due once its item is recalled, moved into opening hours."""
    recalled = recall_due_date(terms, loan_date, due_date, now, place.zone)
    if recalled == due_date:
        return due_date
    return settle(recalled, terms, place, started=now, limit=due_in_schedule(terms.schedule, due_date)).at


@dataclass(frozen=True)
class Queue:
    """The open requests for an item or its title, in order, as decoded documents."""

    documents: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, documents: Iterable[bytes]) -> "Queue":
        """Return the queue of stored requests."""
        return cls(tuple(orjson.loads(document) for document in documents))

    @cached_property
    def requests(self) -> tuple[Queued, ...]:
        """Return the requests as the rules see them."""
        return tuple(
            Queued(
                entry["id"], entry["requesterId"], entry["requestType"], entry["requestLevel"], entry["status"],
                entry.get("itemId"), entry.get(SUSPENDED) is True,
            )
            for entry in self.documents
        )  # fmt: skip

    def __len__(self) -> int:
        """Return how many requests wait."""
        return len(self.documents)

    def document(self, request_id: str) -> dict[str, Any]:
        """Return one request."""
        return next(entry for entry in self.documents if entry["id"] == request_id)

    def closed(self, request_id: str, **fields: Any) -> tuple[Patch, ...]:
        """Return the changes that close a request and let those behind it move up. Raises ImpossibleChange."""
        self._check(request_id, fields)
        left = [entry for entry in self.documents if entry["id"] != request_id]
        return (Patch(request_id, fields), *_renumbered(left))

    def begun(self, request_id: str, fields: Mapping[str, Any], without: tuple[str, ...] = ()) -> tuple[Patch, ...]:
        """Return the changes that fulfil a request further; one not begun yet goes before the others like it.

        Raises ImpossibleChange.
        """
        self._check(request_id, fields)
        chosen = self.document(request_id)
        others = [entry for entry in self.documents if entry["id"] != request_id]
        ahead = [entry for entry in others if entry["status"] != NOT_YET_FILLED]
        behind = [entry for entry in others if entry["status"] == NOT_YET_FILLED]
        order = [*ahead, chosen, *behind] if chosen["status"] == NOT_YET_FILLED else [*self.documents]
        moved = [patch for patch in _renumbered(order) if patch.id != request_id]
        return (Patch(request_id, {**fields, "position": order.index(chosen) + 1}, without), *moved)

    def _check(self, request_id: str, fields: Mapping[str, Any]) -> None:
        if "status" in fields:
            changed(REQUEST, self.document(request_id)["status"], fields["status"])


def _renumbered(entries: list[dict[str, Any]]) -> list[Patch]:
    return [
        Patch(entry["id"], {"position": position})
        for position, entry in enumerate(entries, start=1)
        if entry.get("position") != position
    ]


def override_permissions(caller: Caller) -> frozenset[str]:
    """Return the caller's permissions to override refusals."""
    return frozenset(permission for permission in PERMISSIONS.values() if caller.may(permission))


def overrides_of(blocks: OverrideBlocks | None, permissions: frozenset[str]) -> Overrides:
    """Return the overrides that a request asks for, and those of `permissions` that allow one."""
    allowed = permissions & set(PERMISSIONS.values())
    if blocks is None:
        return Overrides(permissions=allowed)
    asked = {
        Block.PATRON: blocks.patron_block,
        Block.ITEM_LIMIT: blocks.item_limit_block,
        Block.ITEM_NOT_LOANABLE: blocks.item_not_loanable_block,
        Block.RENEWAL: blocks.renewal_block,
        Block.RENEWAL_DUE_DATE_REQUIRED: blocks.renewal_due_date_required_block,
    }
    dated = (blocks.item_not_loanable_block, blocks.renewal_due_date_required_block)
    due_date = next((block.due_date for block in dated if block and block.due_date), None)
    requested = frozenset(block for block, part in asked.items() if part is not None)
    return Overrides(requested, blocks.comment, due_date, allowed)


def touched(tx: Tx, record: R) -> R:
    """Return a changed record with the metadata of its change."""
    kept = record.metadata or Metadata(created_date=tx.now)
    metadata = kept.model_copy(update={"updated_date": tx.now, "updated_by_user_id": tx.actor})
    return record.model_copy(update={"metadata": metadata})


def acted(tx: Tx, loan: Loan, action: str, **changes: Any) -> Loan:
    """Return a loan after an action, with the status and the metadata of that. A remark stays only if it is given anew.

    Raises ImpossibleChange where the loan's status does not allow the action.
    """
    status = LoanStatus(name=loan_status_after(action, loan.status.name))
    return touched(tx, loan.model_copy(update={"action_comment": None, **changes, "action": action, "status": status}))


def item_becomes(tx: Tx, before: str, after: str) -> dict[str, str]:
    """Return an item's status that begins now, in wire form. Raises ImpossibleChange."""
    return status_now(tx, changed(ITEM, before, after))


def status_now(tx: Tx, name: str) -> dict[str, str]:
    """Return an item's status that begins now, in wire form."""
    return {"name": name, "date": format_instant(tx.now)}


def wire_instant(instant: datetime) -> str:
    """Print an instant as mod-circulation writes it: UTC, three digits, `Z`."""
    return format_instant(instant).replace("+00:00", "Z")
