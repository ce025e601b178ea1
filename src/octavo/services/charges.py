"""Charging a patron for a loan: an account, and the record of the charge, as mod-circulation writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from octavo.catalogue.fees import ACCOUNT, FEE_FINE_ACTION
from octavo.rules.lost_item import LOST_FEES
from octavo.rules.overdue_fine import OpeningTimes
from octavo.services.desk import parsed
from octavo.store import charges as store
from octavo.store import records
from octavo.store.charges import Facts
from octavo.store.locale import read_locale, zone_of
from octavo.store.occasions import Occasion
from octavo.store.tx import Tx
from octavo_models.calendar import Calendar
from octavo_models.fees import (
    AUTOMATIC_TYPES,
    Account,
    AccountContributor,
    AccountItemStatus,
    AccountStatus,
    FeeFineAction,
    Owner,
    PaymentStatus,
)
from octavo_models.inventory import Item
from octavo_models.loan import Loan
from octavo_models.location import Location
from octavo_models.policies import LoanPolicy, LostItemFeePolicy, OverdueFinePolicy
from octavo_models.scalars import STRICT_UUID, parse_instant
from octavo_models.user import User

#: Who charges where nobody is logged in: the timers.
SYSTEM = "System"
_NOTHING = "-"


@dataclass(frozen=True)
class Case:
    """A loan that costs money, its item, what is known about them, and where somebody acts."""

    loan: Loan
    item: Item
    facts: Facts
    service_point_id: str | None

    @cached_property
    def overdue_fine_policy(self) -> OverdueFinePolicy | None:
        """Return the loan's overdue fine policy."""
        return parsed(OverdueFinePolicy, self.facts.overdue_fine_policy)

    @cached_property
    def lost_item_policy(self) -> LostItemFeePolicy | None:
        """Return the loan's lost item fee policy."""
        return parsed(LostItemFeePolicy, self.facts.lost_item_policy)

    @cached_property
    def loan_policy(self) -> LoanPolicy | None:
        """Return the policy under which the item was lent."""
        return parsed(LoanPolicy, self.facts.loan_policy)

    @cached_property
    def location(self) -> Location | None:
        """Return the item's effective location."""
        return parsed(Location, self.facts.location)

    @cached_property
    def permanent_location(self) -> Location | None:
        """Return the item's permanent location, or that of its holdings."""
        return parsed(Location, self.facts.permanent_location)

    @cached_property
    def owner(self) -> Owner | None:
        """Return who charges for the effective location."""
        return parsed(Owner, self.facts.owner)

    @cached_property
    def lost_owner(self) -> Owner | None:
        """Return who charges for the permanent location."""
        return parsed(Owner, self.facts.lost_owner)

    @cached_property
    def borrower(self) -> User | None:
        """Return the patron, None where there is no such user."""
        return parsed(User, self.facts.borrower)

    @cached_property
    def instance(self) -> dict[str, Any]:
        """Return the decoded work."""
        found: dict[str, Any] = orjson.loads(self.facts.instance) if self.facts.instance else {}
        return found

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the tenant's time zone."""
        return zone_of(read_locale(self.facts.locale))

    @cached_property
    def open_at(self) -> OpeningTimes:
        """Return when the primary service point of the effective location is open."""
        calendars = [Calendar.model_validate_json(document) for document in self.facts.calendars]
        return OpeningTimes(calendars, self.zone)

    @cached_property
    def lost_fees(self) -> dict[str, str]:
        """Return the ids of the latest account of each type of lost item fee, by type."""
        found: dict[str, str] = orjson.loads(self.facts.lost_fees)
        return found

    @property
    def created_at(self) -> str | None:
        """Return where somebody acts, as accounts name it."""
        return _strict(self.service_point_id)

    @property
    def source(self) -> str:
        """Return who acts, as accounts name them."""
        staff = parsed(User, self.facts.staff)
        if staff is None or staff.personal is None:
            return SYSTEM
        return ", ".join(name for name in (staff.personal.last_name, staff.personal.first_name) if name)


async def load_case(tx: Tx, loan: Loan, item: Item, service_point_id: str | None) -> Case:
    """Return what decides about charges for a loan."""
    since = loan.due_date.date() if loan.due_date else date.min
    return Case(loan, item, await store.load_facts(tx, loan, item, since, LOST_FEES), service_point_id)


@dataclass(frozen=True)
class Telling:
    """As what a patron is told of a charge, and the visit to the desk whose end that waits for."""

    event: str
    session_id: str | None = None


async def charge(
    tx: Tx, case: Case, owner: Owner, amounts: Mapping[str, Decimal], telling: Telling | None = None,
    comments: str | None = None,
) -> list[Account]:
    """Charge the borrower: an amount for each type, named by its id. Return the new accounts."""
    assert case.borrower, "only a known patron is charged"  # noqa: S101
    accounts = [records.stamped(tx, ACCOUNT, _account(case, owner, *fee)) for fee in amounts.items()]
    actions = [_charged(tx, case, account, comments) for account in accounts]
    told = [
        Occasion(telling.event, case.loan.user_id, case.loan.id, action_id=action.id, session_id=telling.session_id)
        for action in actions
        if telling
    ]
    await store.insert_charges(tx, accounts, actions, told)
    return accounts


def _account(case: Case, owner: Owner, type_id: str, amount: Decimal) -> Account:
    loan, item, borrower = case.loan, case.item, case.borrower
    call_number = item.effective_call_number_components
    return Account(
        amount=amount,
        remaining=amount,
        status=AccountStatus(name="Open"),
        payment_status=PaymentStatus(name="Outstanding"),
        fee_fine_id=type_id,
        fee_fine_type=AUTOMATIC_TYPES[type_id],
        owner_id=owner.id or "",
        fee_fine_owner=owner.owner,
        title=case.instance.get("title"),
        contributors=[AccountContributor(name=one["name"]) for one in case.instance.get("contributors", [])],
        call_number=call_number.call_number if call_number else None,
        barcode=item.barcode,
        material_type=case.facts.material_type,
        material_type_id=item.material_type_id,
        item_status=AccountItemStatus(name=item.status.name),
        location=case.location.name if case.location else None,
        due_date=loan.due_date,
        returned_date=returned_date(loan),
        loan_id=loan.id,
        user_id=(borrower.id if borrower else None) or "",
        item_id=item.id,
        loan_policy_id=_strict(loan.loan_policy_id),
        overdue_fine_policy_id=_strict(loan.overdue_fine_policy_id),
        lost_item_fee_policy_id=_strict(loan.lost_item_policy_id),
    )


def _strict(record_id: str | None) -> str | None:
    """Return an id where fee and fine records take it: they are stricter than loans."""
    return record_id if record_id and re.fullmatch(STRICT_UUID, record_id, re.ASCII) else None


def returned_date(loan: Loan) -> datetime | None:
    """Return when the item came back; a loan keeps that as it was written, and not every form is an instant."""
    if loan.return_date is None:
        return None
    try:
        return parse_instant(loan.return_date)
    except ValueError:
        return loan.system_return_date


def _charged(tx: Tx, case: Case, account: Account, comments: str | None) -> FeeFineAction:
    record = FeeFineAction(
        date_action=tx.now,
        type_action=account.fee_fine_type,
        comments=comments,
        notify=False,
        amount_action=account.amount,
        balance=account.remaining,
        transaction_information=_NOTHING,
        created_at=case.created_at,
        source=case.source,
        account_id=account.id or "",
        user_id=account.user_id,
    )
    return records.stamped(tx, FEE_FINE_ACTION, record)
