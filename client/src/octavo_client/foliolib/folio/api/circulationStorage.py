"""Circulation storage: patron action sessions, loans, requests, policies and what belongs to them."""
# ruff: noqa: N802, N803, N815, N999 - the names are foliolib's

from typing import Any

from octavo_client.calls import path_of
from octavo_client.foliolib.folio import FolioApi, Route
from octavo_client.foliolib.okapi.okapiClient import OkapiClient, Success


class PatronActionSession(FolioApi):
    """Patron Action Session API.

    Storage for patron action sessions

    Args:
        tenant (str): Tenant id
        okapi (OkapiClient, optional): Instance of OkapiClient. Defaults to None.
    """

    _PATH = "/patron-action-session-storage/patron-action-sessions"

    def __init__(self, tenant: str, okapi: OkapiClient | None = None) -> None:
        super().__init__(tenant, okapi)

    def delete_patronActionSession(self, patronSessionId: str) -> Success:
        """Delete patronActionSession item with given {patronActionSessionId}.

        DELETE /patron-action-session-storage/patron-action-sessions/{patronSessionId}

        Args:
            patronSessionId (str): Id of the session

        Raises:
            OkapiRequestNotFound: Not Found
            OkapiRequestError: Bad Request
            OkapiFatalError: Server Error
        """
        done: Success = self.call("DELETE", path_of(self._PATH, patronSessionId))
        return done

    def get_expiredSessionPatronIds(self, **kwargs: Any) -> dict[str, Any]:
        """GET /patron-action-session-storage/expired-session-patron-ids.

        Args:
            **kwargs: Keyword Arguments

        Keyword Arguments:
            action_type (str): Check-out or Check-in; without it, both
            session_inactivity_time_limit (str): sessions whose last action is before this ISO 8601
                date and time are expired, such as 2018-11-29 13:23:36+00:00
            limit (int): (default=10) how many sessions are returned at most

        Returns:
            dict: expiredSessions, a list of patronId and actionType

        Raises:
            OkapiFatalError: Server Error
            OkapiRequestUnprocessableEntity: Unprocessable Entity
        """
        sessions: dict[str, Any] = self.call(
            "GET", "/patron-action-session-storage/expired-session-patron-ids", query=kwargs
        )
        return sessions

    def get_patronActionSession(self, patronSessionId: str) -> dict[str, Any]:
        """Retrieve patronActionSession item with given {patronActionSessionId}.

        GET /patron-action-session-storage/patron-action-sessions/{patronSessionId}

        Args:
            patronSessionId (str): Id of the session

        Returns:
            dict: id, sessionId, patronId, loanId, actionType, metadata

        Raises:
            OkapiRequestNotFound: Not Found
            OkapiFatalError: Server Error
        """
        session: dict[str, Any] = self.call("GET", path_of(self._PATH, patronSessionId))
        return session

    def get_patronActionSessions(self, **kwargs: Any) -> dict[str, Any]:
        """Retrieve a list of patronActionSession items.

        GET /patron-action-session-storage/patron-action-sessions

        Args:
            **kwargs: Keyword Arguments

        Keyword Arguments:
            offset (int): (default=0) how many matching sessions are left out at the beginning
            limit (int): (default=10) how many sessions are returned at most
            query (str): a CQL query

        Returns:
            dict: patronActionSessions, a list, and totalRecords

        Raises:
            OkapiRequestError: Bad Request
            OkapiRequestUnauthorized: Authentication is required
            OkapiFatalError: Server Error
        """
        sessions: dict[str, Any] = self.call("GET", self._PATH, query=kwargs)
        return sessions

    def modify_patronActionSession(self, patronSessionId: str, patronActionSession: dict[str, Any]) -> Success:
        """Update patronActionSession item with given {patronActionSessionId}.

        PUT /patron-action-session-storage/patron-action-sessions/{patronSessionId}

        Args:
            patronSessionId (str): Id of the session
            patronActionSession (dict): the whole session; patronId, loanId and actionType are required

        Raises:
            OkapiRequestNotFound: Not Found
            OkapiRequestError: Bad Request
            OkapiRequestConflict: Conflict
            OkapiFatalError: Server Error
            OkapiRequestUnprocessableEntity: Unprocessable Entity
        """
        done: Success = self.call("PUT", path_of(self._PATH, patronSessionId), patronActionSession)
        return done

    def set_patronActionSession(self, patronActionSession: dict[str, Any]) -> dict[str, Any]:
        """Create a new patronActionSession item.

        POST /patron-action-session-storage/patron-action-sessions

        Args:
            patronActionSession (dict): the session; patronId, loanId and actionType are required

        Returns:
            dict: the session as it is stored

        Raises:
            OkapiRequestError: Bad Request
            OkapiRequestUnauthorized: Authentication is required
            OkapiFatalError: Server Error
            OkapiRequestUnprocessableEntity: Unprocessable Entity
        """
        session: dict[str, Any] = self.call("POST", self._PATH, patronActionSession)
        return session


class LoanStorage(FolioApi):
    """Loans and their history."""

    get_loans = Route("GET", "/loan-storage/loans", query=True)
    set_loan = Route("POST", "/loan-storage/loans", "loan")
    delete_loans = Route("DELETE", "/loan-storage/loans")
    set_anonymize = Route("POST", "/loan-storage/loans/anonymize/{userId}")
    get_loan = Route("GET", "/loan-storage/loans/{loanId}")
    modify_loan = Route("PUT", "/loan-storage/loans/{loanId}", "loan")
    delete_loan = Route("DELETE", "/loan-storage/loans/{loanId}")
    get_loanHistories = Route("GET", "/loan-storage/loan-history", query=True)


class AnonymizeStorageLoans(FolioApi):
    """Anonymisation of loans by their ids."""

    set_anonymizeStorageLoan = Route("POST", "/anonymize-storage-loans", "anonymizeStorageLoan")


class RequestStorage(FolioApi):
    """Requests."""

    get_requests = Route("GET", "/request-storage/requests", query=True)
    set_request = Route("POST", "/request-storage/requests", "request")
    delete_requests = Route("DELETE", "/request-storage/requests")
    get_request = Route("GET", "/request-storage/requests/{requestId}")
    modify_request = Route("PUT", "/request-storage/requests/{requestId}", "request")
    delete_request = Route("DELETE", "/request-storage/requests/{requestId}")


class RequestPreferenceStorage(FolioApi):
    """How patrons want their requests fulfilled."""

    get_requestPreferences = Route("GET", "/request-preference-storage/request-preference", query=True)
    set_requestPreference = Route("POST", "/request-preference-storage/request-preference", "requestPreference")
    get_requestPreference = Route("GET", "/request-preference-storage/request-preference/{requestPreferenceId}")
    modify_requestPreference = Route(
        "PUT", "/request-preference-storage/request-preference/{requestPreferenceId}", "requestPreference"
    )
    delete_requestPreference = Route("DELETE", "/request-preference-storage/request-preference/{requestPreferenceId}")


class RequestPolicyStorage(FolioApi):
    """Request policies."""

    get_requestPolicies = Route("GET", "/request-policy-storage/request-policies", query=True)
    set_requestPolicy = Route("POST", "/request-policy-storage/request-policies", "requestPolicy")
    delete_requestPolicies = Route("DELETE", "/request-policy-storage/request-policies")
    get_requestPolicy = Route("GET", "/request-policy-storage/request-policies/{requestPolicyId}")
    modify_requestPolicy = Route("PUT", "/request-policy-storage/request-policies/{requestPolicyId}", "requestPolicy")
    delete_requestPolicy = Route("DELETE", "/request-policy-storage/request-policies/{requestPolicyId}")


class LoanPolicyStorage(FolioApi):
    """Loan policies."""

    get_loanPolicies = Route("GET", "/loan-policy-storage/loan-policies", query=True)
    set_loanPolicy = Route("POST", "/loan-policy-storage/loan-policies", "loanPolicy")
    delete_loanPolicies = Route("DELETE", "/loan-policy-storage/loan-policies")
    get_loanPolicy = Route("GET", "/loan-policy-storage/loan-policies/{loanPolicyId}")
    modify_loanPolicy = Route("PUT", "/loan-policy-storage/loan-policies/{loanPolicyId}", "loanPolicy")
    delete_loanPolicy = Route("DELETE", "/loan-policy-storage/loan-policies/{loanPolicyId}")


class CancellationReason(FolioApi):
    """Reasons for cancelling requests."""

    get_cancellationReasons = Route("GET", "/cancellation-reason-storage/cancellation-reasons", query=True)
    set_cancellationReason = Route("POST", "/cancellation-reason-storage/cancellation-reasons", "cancellationReason")
    delete_cancellationReasons = Route("DELETE", "/cancellation-reason-storage/cancellation-reasons")
    get_cancellationReason = Route("GET", "/cancellation-reason-storage/cancellation-reasons/{cancellationReasonId}")
    modify_cancellationReason = Route(
        "PUT", "/cancellation-reason-storage/cancellation-reasons/{cancellationReasonId}", "cancellationReason"
    )
    delete_cancellationReason = Route(
        "DELETE", "/cancellation-reason-storage/cancellation-reasons/{cancellationReasonId}"
    )


class CheckInStorage(FolioApi):
    """Check-ins."""

    get_checkIns = Route("GET", "/check-in-storage/check-ins", query=True)
    set_checkIn = Route("POST", "/check-in-storage/check-ins", "checkIn")
    get_checkIn = Route("GET", "/check-in-storage/check-ins/{checkInId}")


class CirculationRulesStorage(FolioApi):
    """The circulation rules."""

    get_circulationRulesStorages = Route("GET", "/circulation-rules-storage")
    modify_circulationRulesStorage = Route("PUT", "/circulation-rules-storage", "circulationRulesStorage")
