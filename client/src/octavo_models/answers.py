"""Answers that are no stored records: expired sessions, automatic blocks, what was anonymised."""

from pydantic import Field

from octavo_models.record import Part
from octavo_models.scalars import Flag, Text, Uuid, Whole
from octavo_models.session import ActionType


class ExpiredSession(Part):
    """A patron who has done nothing of one kind at the desk for some time."""

    patron_id: Uuid
    action_type: ActionType


class ExpiredSessions(Part):
    """The patrons whose visits to the desk count as over (seed 000)."""

    expired_sessions: list[ExpiredSession] = Field(default_factory=list)


class AutomatedPatronBlock(Part):
    """A block that follows from the patron's loans and fees; `message` is the condition's."""

    patron_block_condition_id: Uuid
    block_borrowing: Flag
    block_renewals: Flag
    block_requests: Flag
    message: Text | None = None


class AutomatedPatronBlocks(Part):
    """The automatic blocks of one patron (FOLIO mod-patron-blocks)."""

    automated_patron_blocks: list[AutomatedPatronBlock] = Field(default_factory=list)


class AnonymizeLoansRequest(Part):
    """The loans that are to forget who borrowed the item."""

    loan_ids: list[Text] = Field(default_factory=list)


class AnonymizeRequestsRequest(Part):
    """The requests that are to forget who wanted the item."""

    request_ids: list[Text] = Field(default_factory=list)


class NotAnonymizedRequests(Part):
    """Requests that were left as they are, and why."""

    reason: Text
    request_ids: list[Text] = Field(default_factory=list)


class AnonymizedRequests(Part):
    """The requests that have forgotten who wanted the item, and those that have not."""

    anonymized_requests: list[Text] = Field(default_factory=list)
    not_anonymized_requests: list[NotAnonymizedRequests] = Field(default_factory=list)


class AnonymizedRequest(Part):
    """A request that has forgotten who wanted the item."""

    request_id: Uuid
    anonymized: Flag


class NotAnonymizedLoans(Part):
    """Loans that were left as they are, and why."""

    reason: Text
    loan_ids: list[Text] = Field(default_factory=list)


class AnonymizedLoans(Part):
    """The loans that have forgotten who borrowed the item, and those that have not."""

    anonymized_loans: list[Text] = Field(default_factory=list)
    not_anonymized_loans: list[NotAnonymizedLoans] = Field(default_factory=list)


class ErasedPatron(Part):
    """By table, how many rows were deleted, or forgot the patron, when a patron was erased."""

    erased: dict[Text, Whole] = Field(default_factory=dict)
