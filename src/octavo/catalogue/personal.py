"""The data map: for every table, what in it is personal, for what it is kept, who sees it, until when, and what erasing does.

A new record type or table belongs either to `HELD` or to `IMPERSONAL`; a test fails until somebody has said which, and
what each field of it is. `docs/privacy.md` prints this map, "download my data" and `services.erase` work from it.

That a record names who made and who changed it (`metadata`) holds for nearly every type, and is not repeated here;
erasing takes the id of the erased person out of every record, wherever it stands.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from octavo.catalogue import BY_TABLE
from octavo.store.personal import Erased, Held, Person
from octavo.store.record_type import RecordType

ROW, FIELDS, WITH = Erased.ROW, Erased.FIELDS, Erased.WITH

_PATRON: Final = "the patron"
_MEMBERSHIP: Final = "the membership ends; then the library deletes or erases the patron"
_OWN: Final = "the user is deleted"
_RECORD: Final = "staff delete it, or the user is erased"
_LOANS: Final = "the setting `loan_history` or the patron's own choice says so"
_REQUESTS: Final = "the setting `requestAnonymization` says so"
_FEES: Final = "the setting `retention`, `fees`, says so"

#: By table, what the tables hold that hold something of people.
HELD: Final[Mapping[str, Held]] = MappingProxyType({
    "users": Held(
        "to know who borrows and who works here, and to reach them", _MEMBERSHIP, ROW,
        (Person("id", (
            "username", "externalSystemId", "barcode", "personal", "patronGroup", "departments", "proxyFor", "tags",
            "customFields", "meta", "enrollmentDate", "expirationDate", "preferredEmailCommunication",
        )),),
        plain=("active", "type", "createdDate", "updatedDate"), seen=_PATRON,
    ),
    "proxyfor": Held(
        "to let one person borrow for another", "the relation is ended", ROW, (Person("userId"), Person("proxyUserId")),
        plain=("requestForSponsor", "notificationsTo", "accrueTo", "status", "expirationDate", "createdDate"), seen=_PATRON,
    ),
    "staging_users": Held(
        "to make patrons of those who register over the web",
        "they become users, never confirm their address, or the setting `retention`, `registrations`, says so", ROW,
        (Person("externalSystemId", ("generalInfo", "addressInfo", "contactInfo", "preferredEmailCommunication", "minor")),),
        plain=("isEmailVerified", "status"),
    ),
    "service_point_user": Held(
        "to know at which desks staff work", _RECORD, ROW, (Person("userId", ("servicePointsIds", "defaultServicePointId")),)
    ),
    "loan": Held(
        "to know who has an item, and to get it back", _LOANS, FIELDS,
        (Person("userId", ("actionComment", "patronGroupIdAtCheckout")), Person("proxyUserId")),
        plain=(
            "itemId", "itemEffectiveLocationIdAtCheckOut", "status", "loanDate", "dueDate", "returnDate", "systemReturnDate",
            "action", "itemStatus", "renewalCount", "loanPolicyId", "checkoutServicePointId", "checkinServicePointId",
            "dueDateChangedByRecall", "isDcb", "declaredLostDate", "claimedReturnedDate", "overdueFinePolicyId",
            "lostItemPolicyId", "agedToLostDelayedBilling", "reminders", "forUseAtLocation",
        ), seen=_PATRON,
    ),
    "patron_action_session": Held(
        "to write one receipt for a visit to the desk", "the visit ends, minutes later", ROW, (Person("patronId"),),
        plain=("sessionId", "loanId", "actionType"),
    ),
    "check_in": Held(
        "to find where an item was last seen", "the setting `retention`, `checkIns`, says so", FIELDS,
        (Person("performedByUserId", stand_in="id", staff=True),),
        plain=(
            "occurredDateTime", "itemId", "itemStatusPriorToCheckIn", "requestQueueSize", "itemLocationId", "servicePointId",
        ),
    ),
    "request": Held(
        "to keep an item for whoever wants it", _REQUESTS, FIELDS,
        (
            Person("requesterId", ("requester", "patronComments", "deliveryAddressTypeId", "cancellationAdditionalInformation")),
            Person("proxyUserId", ("proxy",)),
            Person("cancelledByUserId", staff=True),
            Person("printDetails.requesterId", staff=True),
        ),
        plain=(
            "requestLevel", "requestType", "ecsRequestPhase", "requestDate", "status", "instanceId", "holdingsRecordId",
            "itemId", "cancellationReasonId", "cancelledDate", "position", "instance", "item", "fulfillmentPreference",
            "requestExpirationDate", "holdShelfExpirationDate", "pickupServicePointId", "tags", "printDetails",
            "awaitingPickupRequestClosedDate", "searchIndex", "itemLocationCode", "isDcbReRequestCancellation",
        ), seen=_PATRON,
    ),
    "user_request_preference": Held(
        "to deliver requests as the patron likes", _RECORD, ROW,
        (Person("userId", ("holdShelf", "delivery", "defaultServicePointId", "defaultDeliveryAddressTypeId", "fulfillment")),),
        seen=_PATRON,
    ),
    "print_events": Held(
        "to know who has printed which slip", "the request forgets, or the setting `retention`, `printEvents`, says so", ROW,
        (Person("requesterId", ("requesterName",), staff=True),), plain=("requestId", "printEventDate"),
    ),
    "manualblocks": Held(
        "to keep somebody from borrowing, and say why", "staff delete it, or the user is deleted", ROW,
        (Person("userId", (
            "type", "desc", "code", "staffInformation", "patronMessage", "expirationDate", "borrowing", "renewals", "requests",
        )),), seen="the patron (the message alone)",
    ),
    "accounts": Held(
        "to know what is owed, and to keep the books", _FEES, FIELDS, (Person("userId", stand_in="id"),),
        plain=(
            "amount", "remaining", "dateCreated", "dateUpdated", "status", "paymentStatus", "feeFineType", "feeFineOwner",
            "title", "callNumber", "barcode", "materialType", "itemStatus", "location", "dueDate", "returnedDate", "loanId",
            "itemId", "materialTypeId", "feeFineId", "ownerId", "contributors", "loanPolicyId", "overdueFinePolicyId",
            "lostItemFeePolicyId", "processId", "holdingsRecordId", "instanceId",
        ), seen=_PATRON,
    ),
    "feefineactions": Held(
        "to know what was paid, waived and refunded, and to keep the books", _FEES, FIELDS,
        (Person("userId", ("comments", "transactionInformation"), stand_in="accountId"),),
        plain=(
            "dateAction", "typeAction", "notify", "amountAction", "balance", "createdAt", "originalCreatedAt", "source",
            "paymentMethod", "accountId",
        ), seen=_PATRON,
    ),
    "actual_cost_record": Held(
        "to find out what a lost item costs", "the setting `retention`, `fees` or `lostItems`, says so", ROW,
        (Person("user.id", ("user", "additionalInfoForStaff", "additionalInfoForPatron")),),
        plain=("lossType", "lossDate", "expirationDate", "loan", "item", "instance", "feeFine", "status"),
    ),
    "scheduled_notice": Held(
        "to remind of due dates, requests and fees", "it is sent, or what it is about is over", ROW, (Person("recipientUserId"),),
        plain=("loanId", "requestId", "feeFineActionId", "sessionId", "nextRunTime", "triggeringEvent", "noticeConfig"),
    ),
    "message": Held(
        "to write to patrons, and to show that it was done",
        "30 days have passed, or the setting `retention`, `messages`, says so", ROW,
        (Person("recipientUserId", ("to", "header", "body", "message", "loanIds", "requestId", "stillTrue")),),
        plain=(
            "notificationId", "from", "outputFormat", "status", "shouldRetry", "attemptCount", "date", "nextAttemptDate",
            "expirationDate",
        ),
    ),
    "settings_entry": Held(
        "to remember how somebody likes to work", _RECORD, ROW, (Person("userId", ("value",)),), plain=("scope", "key")
    ),
    "settings": Held(
        "to remember how somebody likes to work", _RECORD, ROW, (Person("userId", ("value",)),), plain=("scope", "key", "_version")
    ),
    "permissions_users": Held(
        "to know who may do what", _RECORD, ROW, (Person("userId", ("permissions",)),)
    ),
    "loan_history": Held("to know how a loan came to be as it is", _LOANS, FIELDS, columns=("doc",), seen="who may see loans"),
    "occasion": Held(
        "to tell patrons of what has happened", "it is told, a minute later", ROW, columns=("user_id", "loan_id", "request_id"),
        seen="nobody",
    ),
    "replay": Held("to do a retried request once", "a day has passed", ROW, columns=("caller", "body"), seen="its caller"),
    "credential": Held("to log in", _OWN, WITH, columns=("user_id", "hash", "pin_hash"), seen="nobody"),
    "visit": Held("to stay signed in with a browser", "the visit ends", WITH, columns=("user_id", "seen", "told"), seen=_PATRON),
    "refresh_token": Held("to stay logged in", "its time is over", WITH, columns=("user_id", "expires"), seen="nobody"),
    "api_key": Held(
        "to let tools act for somebody", _OWN, WITH, columns=("user_id", "username", "name"), seen="who runs the command `apikey`",
    ),
    "check_out_lock": Held(
        "to keep two check-outs of one patron apart", "the check-out ends, seconds later", ROW, columns=("user_id",),
        seen="`check-out-lock-storage.collection.get`",
    ),
    "request_suspension": Held(
        "to pass over a hold for a while", "the suspension or the request ends", WITH, columns=("request_id", "until"), seen=_PATRON
    ),
    "patron_preference": Held(
        "to know whether a patron wants a loan history", _OWN, WITH, columns=("user_id", "keep_history", "since"), seen=_PATRON,
    ),
    "confirmation": Held(
        "to see that an address is that of whoever registers", "two days have passed", WITH, columns=("staging_id",), seen="nobody"
    ),
    "outbox": Held("to tell other systems of changes", "it is published, seconds later", FIELDS, columns=("old", "new"), seen="nobody"),
    "event": Held(
        "to tell other systems of changes", "the days set by `OCTAVO_EVENT_DAYS` have passed", FIELDS, columns=("old", "new"),
        seen="`octavo.events.get`, and the systems that webhooks name",
    ),
})  # fmt: skip

#: The tables that say nothing of people, but for who of the staff has made and changed a record.
IMPERSONAL: Final = frozenset({
    "groups", "addresstype", "departments", "service_point", "locinstitution", "loccampus", "loclibrary", "location",
    "calendar", "instance", "holdings_record", "item", "bound_with_part", "instance_relationship",
    "preceding_succeeding_title", "fixed_due_date_schedule", "loan_policy", "request_policy", "patron_notice_policy",
    "overdue_fine_policy", "lost_item_fee_policy", "cancellation_reason", "patron_block_conditions", "patron_block_limits",
    "manual_block_templates", "owners", "feefines", "payments", "waives", "transfers", "refunds", "transfer_criteria",
    "comments", "template", "circulation_settings", "circulation_rules", "staff_slips", "tlr_feature_toggle_job",
    "scheduler_timer", "permissions", "webhook", "alternative_title_type", "call_number_type", "classification_type",
    "contributor_name_type", "contributor_type", "electronic_access_relationship", "holdings_note_type",
    "holdings_records_source", "holdings_type", "identifier_type", "ill_policy", "instance_date_type", "instance_format",
    "instance_note_type", "instance_relationship_type", "instance_status", "instance_type", "item_damaged_status",
    "item_note_type", "loan_type", "material_type", "mode_of_issuance", "nature_of_content_term", "statistical_code_type",
    "statistical_code", "subject_source", "subject_type",
    "event_horizon", "webhook_delivery",
    "tenant", "signing_key", "timer",
})  # fmt: skip


def subjects() -> tuple[tuple[RecordType[Any], tuple[str, ...]], ...]:
    """Return the record types that are about somebody, each with the paths under which it names them."""
    found = (
        (BY_TABLE[table], tuple(person.field for person in held.persons if not person.staff))
        for table, held in HELD.items()
        if table in BY_TABLE and table != "staging_users"
    )
    return tuple((kind, paths) for kind, paths in found if paths)
