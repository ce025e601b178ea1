"""What a desk does: lend, take back, renew; what happens to a loan meanwhile; by which rules (FOLIO mod-circulation)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from octavo_client import calls
from octavo_client.calls import Call, Query, path_of
from octavo_client.collection import Journal, Reading, clearable, records
from octavo_client.operations import Api, S, operation
from octavo_models import policies
from octavo_models.check_out_lock import CheckOutLock, CheckOutLockRequest
from octavo_models.circulation import (
    AddInfo,
    ChangeDueDate,
    CheckInAnswer,
    CheckInByBarcode,
    CheckOutByBarcode,
    CheckOutDryRun,
    CheckOutPolicies,
    ClaimItemReturned,
    DeclareItemLost,
    DeclareMissing,
    EndSession,
    EndSessions,
    HoldForUseAtLocation,
    OverrideBlocks,
    PickupForUseAtLocation,
    RenewByBarcode,
    RenewById,
    ShownLoan,
)
from octavo_models.loan import Loan
from octavo_models.record import Endpoint, Part
from octavo_models.session import CHECK_INS, ActionType, CheckIn
from octavo_models.settings import CIRCULATION_RULES, CirculationRules
from octavo_models.shown import AnonymizedOfPatron, AppliedPolicy, RuleMatch, RuleMatches

_LOANS = Endpoint(ShownLoan, "/circulation/loans", many="loans")
_LOCKS = "/check-out-lock-storage"

PolicyKind = Literal["loan-policy", "overdue-fine-policy", "lost-item-policy", "request-policy", "notice-policy"]
ClaimResolution = Literal["Found by library", "Returned by patron"]


class LentLoans(Reading[S, ShownLoan]):
    """Loans as circulation shows them, and what happens to them while they are open."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, _LOANS)

    @operation
    def create(self, loan: Loan) -> Call[ShownLoan]:
        """Create a loan outright, as it was made elsewhere or long ago."""
        return Call("POST", _LOANS.path, calls.model(ShownLoan), body=loan)

    @operation
    def replace(self, loan: Loan) -> Call[None]:
        """Replace the loan with the same id."""
        return Call("PUT", self._path(loan.id or ""), calls.nothing, body=loan)

    @operation
    def delete(self, loan_id: str) -> Call[None]:
        """Delete a loan."""
        return Call("DELETE", self._path(loan_id), calls.nothing)

    @operation
    def delete_all(self) -> Call[None]:
        """Delete every loan of the tenant."""
        return Call("DELETE", _LOANS.path, calls.nothing)

    @operation
    def change_due_date(self, loan_id: str, due_date: datetime) -> Call[None]:
        """Give a loan another due date."""
        return self._happens(loan_id, "change-due-date", ChangeDueDate(due_date=due_date))

    @operation
    def add_patron_info(self, loan_id: str, comment: str) -> Call[None]:
        """Attach a remark that the patron sees."""
        return self._happens(loan_id, "add-info", AddInfo(action="patronInfoAdded", action_comment=comment))

    @operation
    def add_staff_info(self, loan_id: str, comment: str) -> Call[None]:
        """Attach a remark for staff."""
        return self._happens(loan_id, "add-info", AddInfo(action="staffInfoAdded", action_comment=comment))

    @operation
    def declare_lost(
        self, loan_id: str, service_point_id: str, *, at: datetime | None = None, comment: str | None = None
    ) -> Call[None]:
        """Declare the item of a loan lost, as of now unless said otherwise, and charge for it as its policy says."""
        when = at or self._sender.now()
        body = DeclareItemLost(service_point_id=service_point_id, declared_lost_date_time=when, comment=comment)
        return self._happens(loan_id, "declare-item-lost", body)

    @operation
    def claim_returned(self, loan_id: str, *, at: datetime | None = None, comment: str | None = None) -> Call[None]:
        """Note that a patron claims to have returned an item, now unless said otherwise."""
        body = ClaimItemReturned(item_claimed_returned_date_time=at or self._sender.now(), comment=comment)
        return self._happens(loan_id, "claim-item-returned", body)

    @operation
    def declare_missing(self, loan_id: str, comment: str) -> Call[None]:
        """Give up an item that its patron claims to have returned; the comment is required."""
        return self._happens(loan_id, "declare-claimed-returned-item-as-missing", DeclareMissing(comment=comment))

    @operation
    def anonymize_user(self, user_id: str) -> Call[AnonymizedOfPatron]:
        """Have a patron's closed loans forget them, except those with fees or fines."""
        return Call("POST", path_of("/loan-anonymization/by-user", user_id), calls.model(AnonymizedOfPatron))

    def _happens(self, loan_id: str, what: str, body: Part) -> Call[None]:
        return Call("POST", path_of(_LOANS.path, loan_id, what), calls.nothing, body=body)


class Rules(Api[S]):
    """The circulation rules, and which policies they choose."""

    @operation
    def get(self) -> Call[CirculationRules]:
        """Return the rules as they were written."""
        return Call("GET", "/circulation/rules", calls.model(CirculationRules))

    @operation
    def replace(self, text: str) -> Call[None]:
        """Check and replace the rules; a mistake is Invalid, its first violation names `line` and `column`."""
        return Call("PUT", "/circulation/rules", calls.nothing, body=CirculationRules(rules_as_text=text))

    @operation
    def get_stored(self) -> Call[CirculationRules]:
        """Return the rules as they are stored."""
        return Call("GET", CIRCULATION_RULES.path, calls.model(CirculationRules))

    @operation
    def store(self, text: str) -> Call[None]:
        """Replace the rules unchecked."""
        return Call("PUT", CIRCULATION_RULES.path, calls.nothing, body=CirculationRules(rules_as_text=text))

    @operation
    def policy(
        self, kind: PolicyKind, *, material_type_id: str, loan_type_id: str, patron_group_id: str, location_id: str
    ) -> Call[AppliedPolicy]:
        """Return the policy that applies when somebody of a group borrows such an item from a location."""
        query = _facts(material_type_id, loan_type_id, patron_group_id, location_id)
        return Call("GET", f"/circulation/rules/{kind}", calls.model(AppliedPolicy), query)

    @operation
    def policies(
        self, kind: PolicyKind, *, material_type_id: str, loan_type_id: str, patron_group_id: str, location_id: str
    ) -> Call[list[RuleMatch]]:
        """Return the policy of every rule that applies, the one that counts first."""
        query = _facts(material_type_id, loan_type_id, patron_group_id, location_id)
        read = calls.part(RuleMatches, lambda answer: answer.circulation_rule_matches)
        return Call("GET", f"/circulation/rules/{kind}-all", read, query)


class CheckOutLocks(Api[S]):
    """Locks that keep two check-outs of one patron apart."""

    @operation
    def take(self, user_id: str, *, ttl_ms: int) -> Call[CheckOutLock]:
        """Lock a patron's check-outs; a lock older than `ttl_ms` milliseconds is taken over. Unavailable if it is held."""
        body = CheckOutLockRequest(user_id=user_id, ttl_ms=ttl_ms)
        return Call("POST", _LOCKS, calls.model(CheckOutLock), body=body)

    @operation
    def of_user(self, user_id: str, *, limit: int = 10) -> Call[list[CheckOutLock]]:
        """Return the locks of a patron."""
        read = calls.listed(CheckOutLock, "checkoutLocks")
        query: Query = {"userId": user_id, "offset": 0, "limit": limit}
        return Call("GET", _LOCKS, lambda response: read(response) if response.content else [], query)

    @operation
    def get(self, lock_id: str) -> Call[CheckOutLock | None]:
        """Return a lock, None if there is none."""
        read = calls.model(CheckOutLock)
        return Call("GET", path_of(_LOCKS, lock_id), lambda response: read(response) if response.content else None)

    @operation
    def release(self, lock_id: str) -> Call[None]:
        """Let a patron's check-outs go on."""
        return Call("DELETE", path_of(_LOCKS, lock_id), calls.nothing)


class Circulation(Api[S]):
    """What a desk does. `loans` are loans as circulation shows them, `rules` choose their policies."""

    loan_policies = clearable(policies.LOAN_POLICIES)
    fixed_due_date_schedules = clearable(policies.FIXED_DUE_DATE_SCHEDULES)
    request_policies = clearable(policies.REQUEST_POLICIES)
    patron_notice_policies = records(policies.PATRON_NOTICE_POLICIES)

    @property
    def loans(self) -> LentLoans[S]:
        """Return loans as circulation shows them."""
        return LentLoans(self._sender)

    @property
    def rules(self) -> Rules[S]:
        """Return the circulation rules."""
        return Rules(self._sender)

    @property
    def check_ins(self) -> Journal[S, CheckIn]:
        """Return what has passed a desk."""
        return Journal(self._sender, CHECK_INS)

    @property
    def locks(self) -> CheckOutLocks[S]:
        """Return the locks of check-outs."""
        return CheckOutLocks(self._sender)

    @operation
    def check_out(
        self,
        item_barcode: str,
        user_barcode: str,
        service_point_id: str,
        *,
        proxy_user_barcode: str | None = None,
        loan_date: datetime | None = None,
        loan_policy_id: str | None = None,
        override: OverrideBlocks | None = None,
    ) -> Call[ShownLoan]:
        """Lend an item to a patron, as of now unless a date is given. Invalid tells every reason against it.

        loan_policy_id: lend under this policy, whichever the circulation rules would choose.
        """
        body = CheckOutByBarcode(
            item_barcode=item_barcode, user_barcode=user_barcode, service_point_id=service_point_id,
            proxy_user_barcode=proxy_user_barcode, loan_date=loan_date, force_loan_policy_id=loan_policy_id,
            override_blocks=override,
        )  # fmt: skip
        return Call("POST", "/circulation/check-out-by-barcode", calls.model(ShownLoan), body=body)

    @operation
    def try_check_out(
        self,
        item_barcode: str,
        user_barcode: str,
        *,
        proxy_user_barcode: str | None = None,
        override: OverrideBlocks | None = None,
    ) -> Call[CheckOutPolicies]:
        """Return under which policies an item would be lent, and lend nothing. Invalid tells every reason against it."""
        body = CheckOutDryRun(
            item_barcode=item_barcode, user_barcode=user_barcode, proxy_user_barcode=proxy_user_barcode,
            override_blocks=override,
        )  # fmt: skip
        path, read = "/circulation/check-out-by-barcode-dry-run", calls.model(CheckOutPolicies)
        return Call("POST", path, read, body=body, asks_only=True)

    @operation
    def hold_for_use(self, item_barcode: str) -> Call[ShownLoan]:
        """Put an item that may be used in the reading room only on the shelf until its patron comes back."""
        path, body = "/circulation/hold-by-barcode-for-use-at-location", HoldForUseAtLocation(item_barcode=item_barcode)
        return Call("POST", path, calls.model(ShownLoan), body=body)

    @operation
    def pick_up_for_use(self, item_barcode: str, user_barcode: str) -> Call[ShownLoan]:
        """Give a patron who comes back the item that waits on the shelf of the reading room."""
        body = PickupForUseAtLocation(item_barcode=item_barcode, user_barcode=user_barcode)
        return Call("POST", "/circulation/pickup-by-barcode-for-use-at-location", calls.model(ShownLoan), body=body)

    @operation
    def check_in(
        self,
        item_barcode: str,
        service_point_id: str,
        *,
        at: datetime | None = None,
        session_id: str | None = None,
        claimed_returned_resolution: ClaimResolution | None = None,
    ) -> Call[CheckInAnswer]:
        """Take an item back, or pass it over the desk, as of now unless said otherwise."""
        body = CheckInByBarcode(
            item_barcode=item_barcode, service_point_id=service_point_id, check_in_date=at or self._sender.now(),
            session_id=session_id, claimed_returned_resolution=claimed_returned_resolution,
        )  # fmt: skip
        return Call("POST", "/circulation/check-in-by-barcode", calls.model(CheckInAnswer), body=body)

    @operation
    def renew(
        self, item_barcode: str, user_barcode: str, *, override: OverrideBlocks | None = None
    ) -> Call[ShownLoan]:
        """Renew a loan found by barcodes."""
        body = RenewByBarcode(item_barcode=item_barcode, user_barcode=user_barcode, override_blocks=override)
        return Call("POST", "/circulation/renew-by-barcode", calls.model(ShownLoan), body=body)

    @operation
    def renew_by_id(self, item_id: str, user_id: str, *, override: OverrideBlocks | None = None) -> Call[ShownLoan]:
        """Renew a loan found by the ids of item and patron."""
        body = RenewById(item_id=item_id, user_id=user_id, override_blocks=override)
        return Call("POST", "/circulation/renew-by-id", calls.model(ShownLoan), body=body)

    @operation
    def end_sessions(self, patron_ids: Sequence[str], action_type: ActionType) -> Call[None]:
        """End the visits of patrons to the desk."""
        ended = [EndSession(patron_id=patron_id, action_type=action_type) for patron_id in patron_ids]
        body = EndSessions(end_sessions=ended)
        return Call("POST", "/circulation/end-patron-action-session", calls.nothing, body=body)


def _facts(material_type_id: str, loan_type_id: str, patron_group_id: str, location_id: str) -> dict[str, str]:
    return {
        "item_type_id": material_type_id,
        "loan_type_id": loan_type_id,
        "patron_type_id": patron_group_id,
        "location_id": location_id,
    }
