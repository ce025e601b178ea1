"""The collections of the seed contracts that can do more than others: loans and patron action sessions."""

from collections.abc import Iterable
from datetime import datetime

from octavo_client import calls
from octavo_client.calls import Call, Page, path_of
from octavo_client.collection import Clearable, Collection
from octavo_client.operations import S, operation
from octavo_models.answers import AnonymizedLoans, AnonymizeLoansRequest, ExpiredSession, ExpiredSessions
from octavo_models.loan import LOAN_HISTORY, LOANS, Loan, LoanHistoryEntry
from octavo_models.scalars import format_instant
from octavo_models.session import PATRON_ACTION_SESSIONS, ActionType, PatronActionSession


class Loans(Clearable[S, Loan]):
    """Loan storage (seed 003). `delete_all` is of version 7.1; FOLIO refuses it since 2025. History stays."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, LOANS)

    @operation
    def history(self, query: str | None = None, *, limit: int = 10, offset: int = 0) -> Call[Page[LoanHistoryEntry]]:
        """Return changes of loans, the newest first; a query names fields of the loan as `loan.userId`."""
        read = calls.page(LOAN_HISTORY.record, LOAN_HISTORY.many)
        return Call("GET", LOAN_HISTORY.path, read, {"query": query, "limit": limit, "offset": offset})

    @operation
    def delete_matching(self, query: str) -> Call[None]:
        """Delete the loans that match a CQL query; an empty one is refused with ValueError."""
        if not query.strip():
            raise ValueError("an empty query would delete every loan: call delete_all")
        return Call("DELETE", LOANS.path, calls.nothing, {"query": query})

    @operation
    def anonymize_user(self, user_id: str) -> Call[None]:
        """Have all closed loans of a user forget who borrowed the item."""
        return Call("POST", path_of(f"{LOANS.path}/anonymize", user_id), calls.nothing)

    @operation
    def anonymize(self, loan_ids: Iterable[str]) -> Call[AnonymizedLoans]:
        """Have these loans forget who borrowed the item; the answer tells which ones could not, and why."""
        body = AnonymizeLoansRequest(loan_ids=list(loan_ids))
        return Call("POST", "/anonymize-storage-loans", calls.model(AnonymizedLoans), body=body)


class PatronActionSessions(Collection[S, PatronActionSession]):
    """Patron action session storage (seed 000)."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, PATRON_ACTION_SESSIONS)

    @operation
    def expired(
        self, inactive_since: datetime, *, action_type: ActionType | None = None, limit: int = 10
    ) -> Call[list[ExpiredSession]]:
        """Return the patrons who have done nothing at the desk since then, the longest idle first."""
        path = "/patron-action-session-storage/expired-session-patron-ids"
        query = {"action_type": action_type, "session_inactivity_time_limit": format_instant(inactive_since)}
        read = calls.part(ExpiredSessions, lambda answer: answer.expired_sessions)
        return Call("GET", path, read, {**query, "limit": limit})
