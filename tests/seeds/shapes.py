"""The JSON schemas of the seeds, written down anew: what an answer may hold, and what it must.

They share nothing with the models of the server. Types are strict, and a property that a schema does not name is
an error wherever that schema forbids it.
"""

from typing import Annotated, Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, StringConstraints
from pydantic.alias_generators import to_camel

HEX = "[a-fA-F0-9]"
Uuid = Annotated[str, StringConstraints(strict=True, pattern=f"^{HEX}{{8}}(-{HEX}{{4}}){{3}}-{HEX}{{12}}$")]
ISO = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
DateTime = Annotated[str, StringConstraints(strict=True, pattern=ISO)]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class Open(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)


class Metadata(Closed):
    created_date: DateTime
    created_by_user_id: Uuid | None = None
    created_by_username: StrictStr | None = None
    updated_date: DateTime | None = None
    updated_by_user_id: Uuid | None = None
    updated_by_username: StrictStr | None = None


class PatronActionSession(Closed):
    id: Uuid | None = None
    session_id: Uuid | None = None
    patron_id: Uuid
    loan_id: Uuid
    action_type: Literal["Check-out", "Check-in"]
    metadata: Metadata | None = None


class PatronActionSessions(Open):
    patron_action_sessions: list[PatronActionSession]
    total_records: StrictInt


class ExpiredSession(Closed):
    patron_id: Uuid | None = None
    action_type: Literal["Check-out", "Check-in"] | None = None


class ExpiredSessions(Closed):
    expired_sessions: list[ExpiredSession]


class Status(Closed):
    name: StrictStr | None = None


class AgedToLostDelayedBilling(Open):
    lost_item_has_been_billed: StrictBool | None = None
    date_lost_item_should_be_billed: DateTime | None = None
    aged_to_lost_date: DateTime | None = None


class Loan(Closed):
    """Loan Storage 7.1, with the three fields that came up to 7.4."""

    id: StrictStr | None = None
    user_id: StrictStr | None = None
    proxy_user_id: Uuid | None = None
    item_id: StrictStr
    item_effective_location_id_at_check_out: Uuid | None = None
    status: Status | None = None
    loan_date: StrictStr
    due_date: DateTime | None = None
    return_date: StrictStr | None = None
    system_return_date: DateTime | None = None
    action: StrictStr
    action_comment: StrictStr | None = None
    item_status: StrictStr | None = None
    renewal_count: StrictInt | None = None
    loan_policy_id: StrictStr | None = None
    checkout_service_point_id: Uuid | None = None
    checkin_service_point_id: Uuid | None = None
    patron_group_id_at_checkout: StrictStr | None = None
    due_date_changed_by_recall: StrictBool | None = None
    declared_lost_date: DateTime | None = None
    claimed_returned_date: DateTime | None = None
    overdue_fine_policy_id: Uuid | None = None
    lost_item_policy_id: Uuid | None = None
    metadata: Metadata | None = None
    aged_to_lost_delayed_billing: AgedToLostDelayedBilling | None = None
    is_dcb: StrictBool | None = None
    reminders: dict[str, Any] | None = None
    for_use_at_location: dict[str, Any] | None = None


class Loans(Open):
    loans: list[Loan]
    total_records: StrictInt


class LoanHistoryEntry(Open):
    id: StrictStr
    operation: StrictStr
    creation_date: StrictStr
    loan: Loan


class LoanHistory(Open):
    loans_history: list[LoanHistoryEntry]
    total_records: StrictInt


class PatronBlockCondition(Open):
    id: Uuid
    name: StrictStr
    block_borrowing: StrictBool
    block_renewals: StrictBool
    block_requests: StrictBool
    value_type: Literal["Integer", "Double"]
    message: StrictStr | None = None
    metadata: Metadata | None = None


class PatronBlockConditions(Open):
    patron_block_conditions: list[PatronBlockCondition]
    total_records: StrictInt


class Money(Closed):
    amount: StrictFloat | StrictInt
    iso_currency_code: StrictStr


class Item(Closed):
    instance_id: StrictStr
    item_id: StrictStr | None = None
    title: StrictStr | None = None
    author: StrictStr | None = None
    isbn: StrictStr | None = None


class Charge(Closed):
    item: Item | None = None
    charge_amount: Money | None = None
    accrual_date: DateTime | None = None
    description: StrictStr | None = None
    state: StrictStr | None = None
    reason: StrictStr | None = None
    fee_fine_id: Uuid | None = None


class AccountLoan(Closed):
    id: StrictStr | None = None
    item: Item
    loan_date: DateTime
    due_date: DateTime
    overdue: StrictBool


class Hold(Open):
    request_id: StrictStr | None = None
    item: Item | None = None
    request_date: DateTime
    expiration_date: DateTime | None = None
    status: StrictStr | None = None
    pickup_location_id: Uuid
    queue_position: StrictInt | None = None


class Account(Closed):
    id: StrictStr | None = None
    total_charges: Money
    total_charges_count: StrictInt
    total_loans: StrictInt
    total_holds: StrictInt
    charges: list[Charge]
    holds: list[Hold]
    loans: list[AccountLoan]


class GeneralInfo(Closed):
    external_system_id: StrictStr | None = None
    first_name: StrictStr | None = None
    preferred_first_name: StrictStr | None = None
    middle_name: StrictStr | None = None
    last_name: StrictStr | None = None


class AddressInfo(Closed):
    address_line0: StrictStr | None = None
    address_line1: StrictStr | None = None
    city: StrictStr | None = None
    province: StrictStr | None = None
    zip: StrictStr | None = None
    country: StrictStr | None = None


class ContactInfo(Closed):
    phone: StrictStr | None = None
    mobile_phone: StrictStr | None = None
    email: StrictStr


class ExternalPatron(Closed):
    """As seed 004 shows it; its own sample of a list lacks fields that its payloads have."""

    general_info: GeneralInfo
    address_info: AddressInfo | None = None
    contact_info: ContactInfo
    preferred_email_communication: list[Literal["Support", "Programs", "Services"]]


class ExternalPatrons(Closed):
    external_patrons: list[ExternalPatron]
    total_records: StrictInt


class RegistrationError(Closed):
    code: StrictInt
    error_message: StrictStr


class ErrorParameter(Open):
    key: StrictStr | None = None
    value: StrictStr | None = None


class Error(Open):
    message: StrictStr
    type: StrictStr | None = None
    code: StrictStr | None = None
    parameters: list[ErrorParameter] = Field(default_factory=list)


class Errors(Open):
    errors: list[Error]
    total_records: Annotated[StrictInt | None, Field(alias="total_records")] = None


def shown(shape: type[BaseModel], answer: httpx.Response, status: int = 200) -> Any:
    """Return the body of a JSON answer that has a status and fits a shape; absent values are left out, not null."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert b":null" not in answer.content
    shape.model_validate_json(answer.content)
    return answer.json()


def refused(answer: httpx.Response, status: int = 422) -> list[dict[str, Any]]:
    """Return the errors of a refusal in JSON."""
    errors: list[dict[str, Any]] = shown(Errors, answer, status)["errors"]
    return errors


def text(answer: httpx.Response, status: int) -> str:
    """Return the body of an answer in plain text."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/plain"), answer.headers["content-type"]
    return answer.text


def failed(answer: httpx.Response) -> None:
    """Assert that an answer is the 500 of the seeds, and says nothing of the server's inside."""
    assert text(answer, 500) == "internal server error, contact administrator"


def done(answer: httpx.Response) -> None:
    """Assert that an answer is 204, without body or content type."""
    assert answer.status_code == 204, answer.text
    assert answer.content == b""
    assert "content-type" not in answer.headers
