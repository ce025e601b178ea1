"""Writing request and notice policies: what they name must be there, and be theirs to name (mod-circulation-storage)."""

from dataclasses import replace
from typing import Any

from octavo.catalogue.policies import PATRON_NOTICE_POLICY, REQUEST_POLICY
from octavo.errors import BadRequest, Invalid, Violation
from octavo.rules.notices import misused_option
from octavo.services.verbs import Verbs, plain
from octavo.store import policies as store
from octavo.store import records
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.policies import PatronNoticePolicy, RequestPolicy


async def create_request_policy(tx: Tx, policy: RequestPolicy) -> bytes:
    """Store a new request policy and return the document. Raises Invalid."""
    await _check_service_points(tx, policy)
    return await records.insert(tx, REQUEST_POLICY, policy)


async def replace_request_policy(tx: Tx, policy_id: str, policy: RequestPolicy, if_match: str | None) -> bytes:
    """Replace a request policy. Raises Invalid, NotFound, Conflict."""
    await _check_service_points(tx, policy)
    return await records.replace(tx, REQUEST_POLICY, policy_id, policy, if_match)


async def _check_service_points(tx: Tx, policy: RequestPolicy) -> None:
    allowed = policy.allowed_service_points
    named = {*(allowed.page or ()), *(allowed.hold or ()), *(allowed.recall or ())} if allowed else set()
    if named and not await store.all_are_pickup_points(tx, named):
        message = "One or more Pickup locations are no longer available"
        raise Invalid(Violation(message, code="INVALID_ALLOWED_SERVICE_POINT"))


async def replace_notice_policy(tx: Tx, policy_id: str, policy: PatronNoticePolicy, if_match: str | None) -> bytes:
    """Replace a notice policy; as in FOLIO, only now its options must fit. Raises Invalid, NotFound, Conflict."""
    wrong = misused_option(policy)
    if wrong:
        raise Invalid(Violation(f"This option is not valid for selected {wrong}"))
    return await records.replace(tx, PATRON_NOTICE_POLICY, policy_id, policy, if_match)


async def remove_notice_policy(tx: Tx, policy_id: str, if_match: str | None) -> None:
    """Delete a notice policy that the circulation rules do not name. Raises BadRequest, NotFound, Conflict."""
    if await store.rules_name(tx, policy_id):
        raise BadRequest("Cannot delete in use notice policy")
    await records.delete(tx, PATRON_NOTICE_POLICY, policy_id, if_match)


VERBS: dict[RecordType[Any], Verbs[Any]] = {
    REQUEST_POLICY: replace(
        plain(REQUEST_POLICY), create=create_request_policy, replace=replace_request_policy, statements=2
    ),
    PATRON_NOTICE_POLICY: replace(
        plain(PATRON_NOTICE_POLICY), replace=replace_notice_policy, remove=remove_notice_policy, statements=2
    ),
}
