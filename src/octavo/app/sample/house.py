"""The sample library itself: its places, groups, types, policies and the circulation rules that choose among them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from octavo.app.sample.record import Json, Keys, Made, record
from octavo.catalogue import fees, locations, patrons, policies, reference, requests, settings
from octavo.catalogue.blocks import MANUAL_BLOCK_TEMPLATE, PATRON_BLOCK_CONDITION, PATRON_BLOCK_LIMIT
from octavo.services.circulation_rules import FIRST_ID
from octavo.store.record_type import RecordType
from octavo_models import blocks
from octavo_models.fees import AUTOMATIC_TYPES

#: Groups and how many of twenty patrons belong to them.
GROUPS: Final = {"undergraduate": 10, "graduate": 5, "faculty": 2, "staff": 2, "Remote Non-circulating": 1}
#: Service points, each with the code and, where requests are picked up, the days on the hold shelf.
DESKS: Final = {"Main Desk": ("MAIN", 7), "Science Desk": ("SCI", 7), "Harbour Desk": ("HARB", 5), "Online": ("ONL", None)}
#: Locations: code, library, the desk that fetches from there.
PLACES: Final = {
    "Main Stacks": ("MA/ST", "Main Library", "Main Desk"),
    "Main Reading Room": ("MA/RR", "Main Library", "Main Desk"),
    "Media Room": ("MA/ME", "Main Library", "Main Desk"),
    "Science Stacks": ("SC/ST", "Science Library", "Science Desk"),
    "Harbour Stacks": ("HA/ST", "Harbour Branch", "Harbour Desk"),
    "Harbour Children": ("HA/CH", "Harbour Branch", "Harbour Desk"),
}
LIBRARIES: Final = {"Main Library": "Hill Campus", "Science Library": "Hill Campus", "Harbour Branch": "Harbour Campus"}
MATERIALS: Final = ("book", "audiobook", "film")
LOAN_TYPES: Final = ("Can circulate", "Reading room")

#: Loan policies: days lent, renewals allowed; None where nothing is lent.
LOAN_POLICIES: Final[dict[str, tuple[int, int] | None]] = {
    "Three weeks": (21, 3),
    "Three months": (90, 5),
    "One week": (7, 1),
    "Reading room only": None,
}
REQUEST_POLICIES: Final = {"All requests": ["Hold", "Page", "Recall"], "Holds only": ["Hold"], "No requests": []}

LOST_FEE, PROCESSING_FEE = 25.0, 5.0
OWNER: Final = "Circulation Desk"


def loan_policy_name(group: str, material: str, loan_type: str) -> str:
    """Return the loan policy that the rules choose; a test compares it with the rules."""
    if loan_type == "Reading room":
        return "Reading room only"
    if material == "film":
        return "One week"
    return "Three months" if group == "faculty" else "Three weeks"


def rules_text(keys: Keys) -> str:
    """Return the circulation rules."""

    def chosen(loan: str, request: str, fine: str) -> str:
        ids = (
            f"l {keys('loan policy', loan)}",
            f"r {keys('request policy', request)}",
            f"n {keys('notice policy', 'No notices')}",
            f"o {keys('fine policy', fine)}",
            f"i {keys('lost policy', 'Replacement')}",
        )
        return " ".join(ids)

    return f"""priority: number-of-criteria, criterium (t, s, c, b, a, m, g), last-line
fallback-policy: {chosen("Three weeks", "All requests", "A quarter a day")}
# Films go out for a week, and wait for nobody.
m {keys("material", "film")}: {chosen("One week", "Holds only", "A quarter a day")}
# The faculty keeps books longer and pays no fines.
g {keys("group", "faculty")} + m {keys("material", "book")} {keys("material", "audiobook")}: {chosen("Three months", "All requests", "No fines")}
# What is for the reading room stays in it, whatever else is said.
t {keys("loan type", "Reading room")} + s all + g all: {chosen("Reading room only", "No requests", "No fines")}
"""


def house(keys: Keys, made: datetime) -> Iterator[Made]:
    """Yield everything that there is before patrons and books, in an order in which each refers to earlier ones."""
    for kind, record_id, fields in (*_people(keys), *_places(keys), *_lists(keys), *_policies(keys), *_money(keys), *_blocks(keys)):
        yield Made(kind, record(kind, record_id, made, **fields))


Row = tuple[RecordType[Any], str, Json]


def _people(keys: Keys) -> Iterator[Row]:
    for group in GROUPS:
        yield patrons.GROUP, keys("group", group), {"group": group, "expirationOffsetInDays": 730}
    for name in ("Home", "Work"):
        yield patrons.ADDRESS_TYPE, keys("address type", name), {"addressType": name}
    for name, code in (("Literature", "LIT"), ("Mathematics", "MATH")):
        yield patrons.DEPARTMENT, keys("department", name), {"name": name, "code": code}


def _places(keys: Keys) -> Iterator[Row]:
    for name, (code, days) in DESKS.items():
        shelf = {"holdShelfExpiryPeriod": {"duration": days, "intervalId": "Days"}} if days else {}
        fields = {"name": name, "code": code, "discoveryDisplayName": name, "pickupLocation": days is not None, **shelf}
        yield locations.SERVICE_POINT, keys("desk", name), fields
    city = keys("institution", "City Library")
    yield locations.INSTITUTION, city, {"name": "City Library", "code": "CL"}
    for campus in dict.fromkeys(LIBRARIES.values()):
        fields = {"name": campus, "code": campus[:2].upper(), "institutionId": city}
        yield locations.CAMPUS, keys("campus", campus), fields
    for name, campus in LIBRARIES.items():
        yield locations.LIBRARY, keys("library", name), {"name": name, "code": name[:4].upper(), "campusId": keys("campus", campus)}
    for name, (code, library, desk) in PLACES.items():
        fields = {
            "name": name, "code": code, "discoveryDisplayName": name, "isActive": True, "institutionId": city,
            "campusId": keys("campus", LIBRARIES[library]), "libraryId": keys("library", library),
            "primaryServicePoint": keys("desk", desk), "servicePointIds": [keys("desk", desk)],
        }  # fmt: skip
        yield locations.LOCATION, keys("location", name), fields


def _lists(keys: Keys) -> Iterator[Row]:
    named = {kind.table: kind for kind in reference.REFERENCE_TYPES}
    for name in MATERIALS:
        yield named["material_type"], keys("material", name), {"name": name, "source": "local"}
    for name in LOAN_TYPES:
        yield named["loan_type"], keys("loan type", name), {"name": name}
    yield named["instance_type"], keys("instance type", "text"), {"name": "text", "code": "txt", "source": "rdacontent"}
    yield named["contributor_name_type"], keys("name type", "Personal name"), {"name": "Personal name", "ordering": "1"}
    yield named["holdings_records_source"], keys("source", "Local"), {"name": "Local", "source": "local"}
    yield named["identifier_type"], keys("identifier type", "Control number"), {"name": "Control number", "source": "local"}


def _policies(keys: Keys) -> Iterator[Row]:
    for name, terms in LOAN_POLICIES.items():
        yield policies.LOAN_POLICY, keys("loan policy", name), _loan_policy(name, terms)
    for name, types in REQUEST_POLICIES.items():
        yield policies.REQUEST_POLICY, keys("request policy", name), {"name": name, "requestTypes": types}
    yield policies.PATRON_NOTICE_POLICY, keys("notice policy", "No notices"), {"name": "No notices", "active": True}
    fine = {"quantity": 0.25, "intervalId": "day"}
    fines: Json = {"overdueFine": fine, "maxOverdueFine": 10.0, "overdueRecallFine": {**fine, "quantity": 1.0}, "maxOverdueRecallFine": 20.0}
    counted: Json = {"countClosed": True, "forgiveOverdueFine": False, "gracePeriodRecall": True}
    yield policies.OVERDUE_FINE_POLICY, keys("fine policy", "A quarter a day"), {"name": "A quarter a day", **fines, **counted}
    yield policies.OVERDUE_FINE_POLICY, keys("fine policy", "No fines"), {"name": "No fines", **counted}
    yield policies.LOST_ITEM_FEE_POLICY, keys("lost policy", "Replacement"), {
        "name": "Replacement",
        "itemAgedLostOverdue": {"duration": 12, "intervalId": "Weeks"},
        "patronBilledAfterAgedLost": {"duration": 2, "intervalId": "Weeks"},
        "chargeAmountItem": {"chargeType": "anotherCost", "amount": LOST_FEE},
        "lostItemProcessingFee": PROCESSING_FEE,
        "chargeAmountItemPatron": True,
        "chargeAmountItemSystem": True,
        "returnedLostItemProcessingFee": True,
        "replacementAllowed": False,
        "lostItemReturned": "Charge",
        "feesFinesShallRefunded": {"duration": 6, "intervalId": "Months"},
    }
    yield settings.CIRCULATION_RULE_SET, FIRST_ID, {"rulesAsText": rules_text(keys)}
    for name in ("No longer needed", "Item not found"):
        yield requests.CANCELLATION_REASON, keys("cancellation reason", name), {
            "name": name, "description": name, "requiresAdditionalInformation": False,
        }  # fmt: skip


def _loan_policy(name: str, terms: tuple[int, int] | None) -> Json:
    if terms is None:
        return {"name": name, "loanable": False, "renewable": False}
    days, renewals = terms
    return {
        "name": name,
        "loanable": True,
        "renewable": True,
        "loansPolicy": {
            "profileId": "Rolling",
            "period": {"duration": days, "intervalId": "Days"},
            "closedLibraryDueDateManagementId": "CURRENT_DUE_DATE_TIME",
        },
        "renewalsPolicy": {
            "unlimited": False,
            "numberAllowed": float(renewals),
            "renewFromId": "SYSTEM_DATE",
            "differentPeriod": False,
        },
        "requestManagement": {
            "recalls": {
                "minimumGuaranteedLoanPeriod": {"duration": 7, "intervalId": "Days"},
                "recallReturnInterval": {"duration": 5, "intervalId": "Days"},
                "allowRecallsToExtendOverdueLoans": False,
            }
        },
    }


def _money(keys: Keys) -> Iterator[Row]:
    owner = keys("owner", OWNER)
    desks = [{"value": keys("desk", name), "label": name} for name in DESKS]
    yield fees.OWNER, owner, {"owner": OWNER, "servicePointOwner": desks}
    damage = {"feeFineType": "Damaged binding", "defaultAmount": 12.0, "ownerId": owner, "automatic": False}
    yield fees.FEE_FINE, keys("fee type", "Damaged binding"), damage
    for method in ("Cash", "Card"):
        yield fees.PAYMENT, keys("payment", method), {"nameMethod": method, "allowedRefundMethod": True, "ownerId": owner}
    yield fees.WAIVE, keys("waive", "Goodwill"), {"nameReason": "Goodwill"}
    yield fees.TRANSFER, keys("transfer", "Bursar"), {"accountName": "Bursar", "ownerId": owner}
    yield fees.REFUND, keys("refund", "Charged in error"), {"nameReason": "Charged in error"}


def _blocks(keys: Keys) -> Iterator[Row]:
    for row in PATRON_BLOCK_CONDITION.defaults:
        if row["id"] in (blocks.MAX_OVERDUE_ITEMS, blocks.MAX_OUTSTANDING_BALANCE):
            message = f"Please see the desk: {row['name'].lower()} reached"
            yield PATRON_BLOCK_CONDITION, row["id"], {**row, "blockBorrowing": True, "blockRequests": True, "message": message}
    for condition, value in ((blocks.MAX_OVERDUE_ITEMS, 20.0), (blocks.MAX_OUTSTANDING_BALANCE, 150.0)):
        group = keys("group", "undergraduate")
        yield PATRON_BLOCK_LIMIT, keys("limit", condition), {"patronGroupId": group, "conditionId": condition, "value": value}
    template: Json = {"desc": "Card reported lost", "borrowing": True, "renewals": True, "requests": True}
    yield MANUAL_BLOCK_TEMPLATE, keys("block template", "Lost card"), {"name": "Lost card", "blockTemplate": template}


def fee_type(keys: Keys, name: str) -> str:
    """Return the id of a type of fee or fine, one that the server charges or one of the library's own."""
    known = {title: record_id for record_id, title in AUTOMATIC_TYPES.items()}
    return known.get(name) or keys("fee type", name)

