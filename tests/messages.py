"""The messages of circulation that clients and staff know by heart, each with its code: declared here, once.

`<what>` stands for a part that differs from case to case. `docs/reference/messages.md` names tests that provoke each of
them, and where it is raised; what that page says is checked whenever one of these tests runs (`provoked.py`).
`make messages` writes the page anew, from a run of all tests.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "messages.md"
REGENERATE = "run `make messages` to write docs/reference/messages.md anew"

_HEAD = """\
<!-- Made by `make messages` from a run of all tests; changes here are overwritten. -->

# Messages

What circulation refuses, in which words and with which code, where that is raised, and tests that provoke it. Whenever
one of these tests runs, it must provoke its message, with this code, from this file.
"""


@dataclass(frozen=True)
class Message:
    """A message as it is declared; code is None where clients get none."""

    topic: str
    text: str
    code: str | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = re.split(r"(<[\w ]+>)", self.text)
        return re.compile("".join(".+" if part.startswith("<") else re.escape(part) for part in parts), re.DOTALL)

    def is_said_by(self, text: str, code: str | None) -> bool:
        return code == self.code and self.pattern.fullmatch(text) is not None


@dataclass(frozen=True, order=True)
class Claim:
    """A test that provokes a message, and the file that raises it then."""

    text: str
    code: str
    where: str
    test: str


def _under(topic: str, *messages: str | tuple[str, str]) -> tuple[Message, ...]:
    pairs = [(message, None) if isinstance(message, str) else message for message in messages]
    return tuple(Message(topic, text, code) for text, code in pairs)


_PATRON = (
    ("Patron blocked from <action>", "USER_IS_BLOCKED_MANUALLY"),
    ("<the words of the condition>", "USER_IS_BLOCKED_AUTOMATICALLY"),
)
_LIMIT = "Patron has reached maximum limit of <number> items for"

DECLARED: tuple[Message, ...] = (
    *_under(
        "Circulation rules: the language",
        "Tabulator character is not allowed, use spaces instead.",
        "The character <character> is not allowed here.",
        "Name missing.",
        "A '!' must precede each name or no name.",
        "Policy missing after ':'",
        "Policy missing",
        "7 letters expected, found only <number>",
        "Only 7 letters expected, found <number>",
        "Duplicate letter <letter>",
        "Duplicate priority type",
        "Only one policy of type <letter> allowed",
        "Must contain one of each policy type, missing type <letter>",
        "Only one fallback policy of type <letter> is allowed",
        "Must have a fallback policy of type <letter>",
        "For 'priority: first-line' the fallback-policy must be after the last rule.",
        "The policy <letter> does not exist",
        "Expected <what>, found <what>.",
        "Only <number> levels of indentation are allowed.",
        "The indentation matches no line above.",
    ),
    *_under(
        "Circulation rules: looking policies up",
        "Cannot apply blank circulation rules",
        "Cannot apply circulation rules: <what>",
        "<type> policy <id> could not be found, please check circulation rules",
        "required query parameter missing: <name>",
        "invalid uuid format of <name>, expecting <pattern> but it is <value>",
    ),
    *_under(
        "Due dates",
        "loan date falls outside of the date ranges in the loan policy",
        'profile "<profile>" in the loan policy is not recognised',
        "the loan period in the loan policy is not recognised",
        'the interval "<interval>" in the loan policy is not recognised',
        'the duration "<number>" in the loan policy is invalid',
        ("cannot determine when to renew from", "LOAN_POLICY_RENEW_FROM_NOT_RECOGNIZED"),
        ('profile "<profile>" in the loan policy is not recognised', "LOAN_POLICY_PROFILE_NOT_RECOGNIZED"),
        ("the loan period in the loan policy is not recognised", "LOAN_POLICY_RENEWAL_PERIOD_NOT_RECOGNIZED"),
        ('the interval "<interval>" in the loan policy is not recognised', "LOAN_POLICY_RENEWAL_PERIOD_INTERVAL_NOT_RECOGNIZED"),
        ('the duration "<number>" in the loan policy is invalid', "LOAN_POLICY_RENEWAL_PERIOD_DURATION_INVALID"),
        ("renewal date falls outside of date ranges in the loan policy", "RENEWAL_DATE_OUTSIDE_LOAN_POLICY_DATE_RANGES"),
        (
            "renewal date falls outside of date ranges in fixed loan policy",
            "RENEWAL_DATE_OUTSIDE_FIXED_LOAN_POLICY_DATE_RANGES",
        ),
        ("renewal would not change the due date", "RENEWAL_WOULD_NOT_CHANGE_DUE_DATE"),
        ("Calendar timetable is absent for requested date", "CALENDAR_TIMETABLE_ABSENT"),
        ("Calendar open periods are not found", "CALENDAR_OPEN_PERIODS_NOT_FOUND"),
        'the interval "<interval>" in "<period>" is not recognized',
        'the duration "<number>" in "<period>" is invalid',
    ),
    *_under(
        "Check-out",
        "Check out must be performed at a service point",
        ("Could not find user with matching barcode", "USER_BARCODE_NOT_FOUND"),
        *_PATRON,
        ("Cannot check out to inactive user", "USER_IS_INACTIVE_OR_EXPIRED"),
        ("Cannot determine if user is active or not", "USER_STATUS_CANNOT_BE_DETERMINED"),
        "Cannot check out via inactive proxying user",
        "Cannot determine if proxying user is active or not",
        "Cannot check out item via proxy when relationship is invalid",
        ("User cannot be proxy for themselves", "USER_CANNOT_BE_PROXY_FOR_THEMSELVES"),
        "No item with barcode <barcode> could be found",
        "Item is already checked out",
        "<title> (<type>) (Barcode: <barcode>) has the item status <status> and cannot be checked out",
        ("Cannot check out item that already has an open loan", "ITEM_HAS_OPEN_LOAN"),
        "<title> (Barcode: <barcode>) cannot be checked out to user <name> because it has been requested by another patron",
        (
            f"{_LIMIT} combination of patron group, material type and loan type",
            "ITEM_LIMIT_PATRON_GROUP_MATERIAL_TYPE_LOAN_TYPE",
        ),
        (f"{_LIMIT} combination of patron group and material type", "ITEM_LIMIT_PATRON_GROUP_MATERIAL_TYPE"),
        (f"{_LIMIT} combination of patron group and loan type", "ITEM_LIMIT_PATRON_GROUP_LOAN_TYPE"),
        (f"{_LIMIT} combination of material type and loan type", "ITEM_LIMIT_MATERIAL_TYPE_LOAN_TYPE"),
        (f"{_LIMIT} material type", "ITEM_LIMIT_MATERIAL_TYPE"),
        (f"{_LIMIT} loan type", "ITEM_LIMIT_LOAN_TYPE"),
        ("Item is not loanable", "ITEM_NOT_LOANABLE"),
        "Loan policy <id> could not be found",
    ),
    *_under(
        "Overrides",
        ("Insufficient override permissions", "INSUFFICIENT_OVERRIDE_PERMISSIONS"),
        "Override should be performed with the comment specified",
        "Override should be performed with due date specified",
        "Due date should be later than loan date",
    ),
    *_under(
        "Check-in",
        "No logged-in user present",
        "Checkin request must have an item barcode",
        "Checkin request must have a service point id",
        "Checkin request must have an check in date",
        "Unrecognized value provided for property",
        ("No item with barcode <barcode> exists", "ITEM_BARCODE_NOT_FOUND"),
        "<title> (<type>) (Barcode: <barcode>) has the item status Intellectual item and cannot be checked in",
        "Item is claimed returned, a resolution is required to check in",
        "Failed to check in item due to the highest priority request missing a pickup service point",
    ),
    *_under(
        "Renewal",
        ("Renewal request must have an item barcode", "RENEWAL_REQUEST_ITEM_BARCODE_REQUIRED"),
        ("Renewal request must have a user barcode", "RENEWAL_REQUEST_USER_BARCODE_REQUIRED"),
        "Renewal request must have an item ID",
        "Renewal request must have a user ID",
        "No item with ID <id> exists",
        ("user is not found", "USER_NOT_FOUND"),
        ("Cannot renew item checked out to different user", "ITEM_CHECKED_OUT_TO_DIFFERENT_USER"),
        "Item is not on loan",
        ("Cannot renew loan when user is inactive or expired", "USER_IS_INACTIVE_OR_EXPIRED"),
        ("Cannot determine if user is active.", "USER_STATUS_CANNOT_BE_DETERMINED"),
        ("Renewals not allowed for loans with reminders.", "RENEWAL_BLOCKED_BY_REMINDER_FEES"),
        ("item is not loanable", "ITEM_NOT_LOANABLE"),
        ("items cannot be renewed when there is an active recall request", "RENEWAL_BLOCKED_BY_RECALL"),
        ("item is Aged to lost", "ITEM_AGED_TO_LOST_NOT_RENEWABLE"),
        ("item is Declared lost", "ITEM_DECLARED_LOST_NOT_RENEWABLE"),
        ("loan at maximum renewal number", "LOAN_RENEWAL_LIMIT_REACHED"),
        ("loan is not renewable", "LOAN_NOT_RENEWABLE"),
        (
            "Items with this loan policy cannot be renewed when there is an active, pending hold request",
            "RENEWAL_BLOCKED_BY_HOLD_REQUEST",
        ),
        (
            "Item's loan policy has fixed profile but alternative renewal period for holds is specified",
            "FIXED_LOAN_POLICY_HAS_ALTERNATE_RENEWAL_PERIOD_FOR_HOLDS",
        ),
        ("Item's loan policy has fixed profile but renewal period is specified", "FIXED_LOAN_POLICY_HAS_RENEWAL_PERIOD"),
        ("item is Claimed returned", "ITEM_CLAIMED_RETURNED_NOT_RENEWABLE"),
        ("Override renewal request must have a comment", "OVERRIDE_RENEWAL_COMMENT_REQUIRED"),
        ("New due date must be specified when due date calculation fails", "OVERRIDE_RENEWAL_DUE_DATE_REQUIRED"),
        (
            "New due date is required when renewal would not change the due date",
            "OVERRIDE_RENEWAL_DUE_DATE_REQUIRED_WHEN_DUE_DATE_UNCHANGED",
        ),
        (
            "Override renewal does not match any of expected cases: <cases>",
            "OVERRIDE_RENEWAL_NOT_ALLOWED_FOR_CURRENT_LOAN",
        ),
    ),
    *_under(
        "Actions on loans",
        'loan record with ID "<id>" cannot be found',
        "A new due date is required in order to change the due date",
        "Loan is closed",
        "item is Declared lost",
        "item is Claimed returned",
        "item is Aged to lost",
        "A service point is required for item to be declared lost",
        "The item is already declared lost",
        "No fee/fine owner found for item's permanent location",
        "Item claimed returned date is a required field",
        "Comment is a required field",
        "Item is not Claimed returned",
        "End patron session request must have patron id",
        "End patron session request must have action type",
        "Invalid patron action type value",
        "Request to put item on hold shelf must have an item barcode",
        "Request to pick up from hold shelf must have an item barcode",
        "Request to pick up from hold shelf must have a user barcode",
        "No open loan found for the item barcode. (<barcode>)",
        "No open loan found for item barcode (<barcode>) and user (<barcode>)",
        "The loan is open but is not for use at location, item barcode (<barcode>)",
    ),
    *_under(
        "Loans created and replaced outright",
        'Loan status must be "Open" or "Closed"',
        "Open loan must have a user ID",
        "Check In Service Point does not exist",
        "Check Out Service Point does not exist",
        "No item with ID <id> could be found",
        "<title> (<type>) (Barcode: <barcode>) has the item status <status>, loan cannot be created",
        "user is not found",
        "A Closed loan must have a Checkin Service Point",
        ("Cannot have more than one open loan for the same item", "-1"),
    ),
    *_under(
        "Settings and print events",
        "Circulation setting JSON is invalid",
        "Circulation setting ID is not a valid UUID",
        "Print Event Request  JSON is invalid",
        "No configuration found for print event feature",
        "print event feature is disabled for this tenant",
        "invalid request found",
    ),
    *_under(
        "Requests: their form",
        "Request status must be one of the following: <statuses>",
        ("Request level must be one of the following: <levels>", "REQUEST_LEVEL_IS_NOT_ALLOWED"),
        (
            "Fulfillment preference must be one of the following: Hold Shelf, Delivery",
            "FULFILLMENT_PREFERENCE_IS_NOT_ALLOWED",
        ),
        "Cannot create a request with no instance ID",
        "Cannot create an item level request with no item ID",
        "Cannot create a request with item ID but no holdings record ID",
        ("Cannot create a title level page request for this instance ID with no item ID", "CANNOT_CREATE_PAGE_TLR_WITHOUT_ITEM_ID"),
        "Cannot create a request with no requestDate",
        ("Hold shelf fulfillment requests require a Pickup service point", "HOLD_SHELF_REQUESTS_REQUIRE_PICKUP_SERVICE_POINT"),
        "Item ID in item level request should not be absent",
        "Holdings record ID in item level request should not be absent",
        "Title level request must have both itemId and holdingsRecordId or neither",
        "Cannot have more than one request with the same position in the queue",
        ("Cancellation reason does not exist", "INVALID_CANCELLATION_REASON"),
    ),
    *_under(
        "Requests: whether they may be made",  # a proxy is told in the same words of a loan
        "Instance does not exist",
        "Cannot create page TLR for this instance ID - no pageable available items found",
        "Request has no loan or recallable item",
        "proxyUserId is not valid",
        "Pickup service point does not exist",
        ("Service point is not a pickup location", "SERVICE_POINT_IS_NOT_PICKUP_LOCATION"),
        "A valid user and patron group are required. User is null",
        "A valid patron group is required. PatronGroup ID is null",
        "Inactive users cannot make requests",
        ("This requester already has an open request for this item", "ITEM_ALREADY_REQUESTED"),
        ("This requester already has an open request for this instance", "INSTANCE_ALREADY_REQUESTED"),
        (
            "This requester already has an open request for one of the instance's items",
            "ITEM_OF_THIS_INSTANCE_ALREADY_REQUESTED",
        ),
        "Item does not exist",
        (
            "<type> requests are not allowed for this patron and item combination",
            "REQUEST_NOT_ALLOWED_FOR_PATRON_ITEM_COMBINATION",
        ),
        ("This requester already has this item on loan", "REQUESTER_ALREADY_HAS_THIS_ITEM_ON_LOAN"),
        (
            "This requester already has a loan for one of the instance's items",
            "REQUESTER_ALREADY_HAS_LOAN_FOR_ONE_OF_INSTANCES_ITEMS",
        ),
        ("One or more Pickup locations are no longer available", "REQUEST_PICKUP_SERVICE_POINT_IS_NOT_ALLOWED"),
        (
            "Hold requests are not allowed for this patron and title combination",
            "REQUEST_NOT_ALLOWED_FOR_PATRON_TITLE_COMBINATION",
        ),
        (
            "<type> title level request not allowed: pageable available item found for instance",
            "HOLD_AND_RECALL_TLR_NOT_ALLOWED_PAGEABLE_AVAILABLE_ITEM_FOUND",
        ),
        ("One or more Pickup locations are no longer available", "INVALID_ALLOWED_SERVICE_POINT"),
        "Request must have a request date",
        "Request must have a requester id",
        "Request must have an instance id",
        "There are no holdings for this instance",
        "There are no items for this instance",
        "This requester already has an open request for an item of this instance",
    ),
    *_under(
        "Requests: changed, moved, put into order",
        'request record with ID "<id>" cannot be found',
        ("The Request has already been closed", "REQUEST_ALREADY_CLOSED"),
        "Patron comments are not allowed to change",
        "Refuse to reorder request queue, TLR feature status is ENABLED.",
        "Refuse to reorder request queue, TLR feature status is DISABLED.",
        'Item record with ID "<id>" cannot be found',
        'Instance record with ID "<id>" cannot be found',
        "Positions must have sequential order.",
        "There is inconsistency between provided reordered queue and existing queue.",
        "Page requests can not be displaced from position 1.",
        "Requests can not be displaced from position 1 when fulfillment begun.",
        "Requests can not be displaced from top positions when fulfillment begun.",
        "Can not process TLR - TLR feature is disabled",
        "Not allowed to move from/to Hold TLR",
        "Request can only be moved to an item with the same instance ID",
        ("Not allowed to move title level page request to the same item", "MOVING_REQUEST_TO_THE_SAME_ITEM"),
    ),
    *_under(
        "Requests: where they may be picked up",
        "Invalid combination of query parameters",
        "<parameter> ID is not a valid UUID: <value>.",
        "<parameter> is not a valid boolean: <value>.",
        "Item with id=<id> cannot be found",
        "<record> with ID <id> was not found",
    ),
)  # fmt: skip


def table(claims: Iterable[Claim]) -> str:
    """Return the page, from what tests were seen to provoke: for each message and file, the two plainest of them."""
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for claim in claims:
        found.setdefault((claim.text, claim.code), {}).setdefault(claim.where, set()).add(claim.test)
    lines = [_HEAD]
    topic = ""
    for message in DECLARED:
        if message.topic != topic:
            topic = message.topic
            lines.append(f"\n## {topic}\n\n| message | code | raised in | provoked by |\n|---|---|---|---|\n")
        code = message.code or ""
        for where, tests in sorted(found.get((message.text, code), {}).items()) or [("nowhere", set())]:
            named = "<br>".join(f"`{test}`" for test in sorted(tests, key=lambda test: (len(test), test))[:2])
            lines.append(f"| `{message.text}` | {f'`{code}`' if code else ''} | `{where}` | {named} |\n")
    return "".join(lines)


def read_page(page: Path = PAGE) -> list[Claim]:
    """Return what the page says."""
    claims = []
    for line in page.read_text("utf-8").splitlines() if page.exists() else ():
        if match := re.fullmatch(r"\| `(.+?)` \| (?:`([\w-]+)`)? \| `(.+?)` \| (.*) \|", line):
            text, code, where, tests = match.groups()
            named = re.findall(r"`([^`]+)`", tests)
            claims += [Claim(text, code or "", where, test) for test in named]
    return claims
