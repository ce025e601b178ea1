"""The tokens of notices (`user.firstName`, `loan.dueDate`, …), made from records; their names are FOLIO's.

A function returns JSON values with instants as they are stored; `rules.templates.localised` prints them for people.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

Json = dict[str, Any]

UNLIMITED: Final = "unlimited"
_ADDRESS: Final = ("addressLine1", "addressLine2", "city", "region", "postalCode", "countryId")
_FOR_PATRON = re.compile(r"(?:^|\n)\s*PATRON\s*:\s*(.*)", re.DOTALL)


def notice_tokens(facts: Json) -> Json:
    """Return every token of a notice about one loan, request or charge; what does not apply is left out."""
    return {"user": user_tokens(facts), **subject_tokens(facts)}


def grouped_tokens(many: str, all_facts: Sequence[Json]) -> Json:
    """Return the tokens of a notice about several: a list of them, named `loans` or `feeCharges`.

    Those of the first stand beside the list as well, so that a template for one loan says something sensible.
    """
    return {**notice_tokens(all_facts[0]), many: [subject_tokens(facts) for facts in all_facts]}


def subject_tokens(facts: Json) -> Json:
    """Return the tokens of what a notice is about, without its reader."""
    tokens: Json = {"item": item_tokens(facts)}
    if facts.get("loan"):
        tokens["loan"] = loan_tokens(facts)
    if facts.get("request"):
        tokens["request"] = request_tokens(facts)
        tokens["requester"] = user_tokens(facts)
    if facts.get("account"):
        tokens["feeCharge"] = charge_tokens(facts)
        tokens["feeAction"] = action_tokens(facts)
    return tokens


def user_tokens(facts: Json) -> Json:
    """Return the tokens of whom a notice goes to; the address is the one that a request is delivered to, else the main one."""
    user = facts.get("user") or {}
    person = user.get("personal", {})
    delivered = (facts.get("request") or {}).get("deliveryAddressTypeId")
    addresses = person.get("addresses", [])
    fitting = (one for one in addresses if delivered and one.get("addressTypeId") == delivered)
    primary = (one for one in addresses if one.get("primaryAddress"))
    address: Json = next(fitting, next(primary, {}))
    return _present(
        {
            "firstName": person.get("firstName"),
            "preferredFirstName": person.get("preferredFirstName") or person.get("firstName"),
            "lastName": person.get("lastName"),
            "middleName": person.get("middleName"),
            "barcode": user.get("barcode"),
            "patronGroup": facts.get("group"),
            **{name: address.get(name) for name in _ADDRESS},
        }
    )


def item_tokens(facts: Json) -> Json:
    """Return the tokens of the item, or of the work where no item has been found yet."""
    if facts.get("itemTokens"):
        return _present(facts["itemTokens"])
    title = facts.get("title") or {}
    names = [one.get("name") for one in title.get("contributors") or ()]
    primary = next((one.get("name") for one in title.get("contributors") or () if one.get("primary")), None)
    all_names = "; ".join(name for name in names if name) or None
    return _present({"title": title.get("title"), "primaryContributor": primary, "allContributors": all_names})


def loan_tokens(facts: Json) -> Json:
    """Return the tokens of a loan."""
    loan, policy = facts["loan"], facts.get("loanPolicy")
    taken = loan.get("renewalCount") or 0
    return _present(
        {
            "initialBorrowDate": loan.get("loanDate"),
            "dueDate": loan.get("dueDate"),
            "checkedInDate": loan.get("returnDate"),
            "numberOfRenewalsTaken": str(taken),
            **(_renewals(policy, taken) if policy is not None else {}),
            "additionalInfo": facts.get("patronInfo"),
        }
    )


def _renewals(policy: Json, taken: int) -> Json:
    renewals = policy.get("renewalsPolicy", {})
    if renewals.get("unlimited"):
        return {"numberOfRenewalsAllowed": UNLIMITED, "numberOfRenewalsRemaining": UNLIMITED}
    allowed = int(renewals.get("numberAllowed") or 0)
    return {"numberOfRenewalsAllowed": str(allowed), "numberOfRenewalsRemaining": str(max(allowed - taken, 0))}


def request_tokens(facts: Json) -> Json:
    """Return the tokens of a request."""
    request, reason = facts["request"], facts.get("cancellationReason") or {}
    return _present(
        {
            "requestID": request.get("id"),
            "requestDate": request.get("requestDate"),
            "servicePointPickup": facts.get("pickup"),
            "requestExpirationDate": request.get("requestExpirationDate"),
            "holdShelfExpirationDate": request.get("holdShelfExpirationDate"),
            "additionalInfo": request.get("cancellationAdditionalInformation"),
            "reasonForCancellation": reason.get("publicDescription") or reason.get("name"),
            "deliveryAddressType": facts.get("addressType"),
            "patronComments": request.get("patronComments"),
        }
    )


def charge_tokens(facts: Json) -> Json:
    """Return the tokens of a charge."""
    account = facts["account"]
    charged = account.get("metadata", {}).get("createdDate") or account.get("dateCreated")
    return _present(
        {
            "owner": account.get("feeFineOwner"),
            "type": account.get("feeFineType"),
            "paymentStatus": account["paymentStatus"]["name"],
            "amount": money(account["amount"]),
            "remainingAmount": money(account["remaining"]),
            "chargeDate": charged,
            "chargeDateTime": charged,
            "additionalInfo": for_patron(facts.get("chargeComment")),
        }
    )


def action_tokens(facts: Json) -> Json:
    """Return the tokens of what was done about a charge."""
    action = facts.get("action") or {}
    return _present(
        {
            "type": action.get("typeAction"),
            "actionDate": action.get("dateAction"),
            "actionDateTime": action.get("dateAction"),
            "amount": money(action.get("amountAction")),
            "remainingAmount": money(action.get("balance")),
        }
    )


def money(amount: float | None) -> str | None:
    """Return an amount with two decimals."""
    return None if amount is None else f"{Decimal(str(amount)):.2f}"


def for_patron(comment: str | None) -> str | None:
    """Return the part of staff's remark that is meant for the patron (`PATRON : …`)."""
    found = _FOR_PATRON.search(comment or "")
    return found[1].strip() or None if found else None


def _present(tokens: Json) -> Json:
    return {name: value for name, value in tokens.items() if value is not None}
