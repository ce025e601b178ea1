"""Lending an item: what the desk is told, what is refused and in which words, what else changes."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import LOAN_POLICY, Library
from octavo.errors import Invalid
from octavo.services.check_out import check_out
from octavo.store.tx import Tx
from octavo_models.circulation import CheckOutByBarcode
from octavo_models.scalars import format_instant, parse_instant
from waiting import request

Json = dict[str, Any]

ITEMS_CHARGED_OUT = "3d7c52dc-c732-4223-8bf8-e5917801386f"
OVERRIDE_PATRON_BLOCK = "circulation.override-patron-block.post"


async def refused(client: httpx.AsyncClient, body: Json) -> list[Json]:
    answer = await client.post("/circulation/check-out-by-barcode", json=body)
    assert answer.status_code == 422, answer.text
    errors: list[Json] = answer.json()["errors"]
    return errors


def asks(library: Library, patron: Json, item: Json, **more: Any) -> Json:
    desk = library.ids["main desk"]
    return {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": desk, **more}


async def policy(library: Library, **changes: Any) -> str:
    """Let all loans follow a changed loan policy; return its id."""
    made = await library.post("/loan-policy-storage/loan-policies", **{**LOAN_POLICY, "name": str(uuid4()), **changes})
    library.ids["changed"] = made["id"]
    await library.rules(loan="changed")
    return str(made["id"])


def error(message: str, code: str | None = None, **parameters: str | None) -> Json:
    coded = {} if code is None else {"code": code}
    listed = [{"key": key, "value": value} for key, value in parameters.items()]
    return {"message": message, **coded, "parameters": listed}


async def test_a_loan_tells_all_that_circulation_shows(library: Library) -> None:
    patron, item = await library.patron(), await library.item(copyNumber="c.2")
    loan = await library.check_out(patron, item)
    assert set(loan) == {
        "id", "userId", "itemId", "status", "loanDate", "dueDate", "action", "loanPolicyId", "loanPolicy",
        "overdueFinePolicyId", "overdueFinePolicy", "lostItemPolicyId", "lostItemPolicy", "checkoutServicePointId",
        "checkoutServicePoint", "itemEffectiveLocationIdAtCheckOut", "isDcb", "patronGroupAtCheckout", "borrower",
        "item", "feesAndFines", "metadata",
    }  # fmt: skip
    assert loan["borrower"] == {
        "firstName": "Ann", "lastName": patron["personal"]["lastName"], "middleName": None, "barcode": patron["barcode"],
        "patronGroup": library.ids["students"],
    }  # fmt: skip
    assert loan["patronGroupAtCheckout"] == {"id": library.ids["students"], "name": "students"}
    assert loan["loanPolicy"] == {"name": "three weeks"}
    assert loan["feesAndFines"] == {"amountRemainingToPay": 0.0}
    assert loan["isDcb"] is False
    assert (loan["status"], loan["action"]) == ({"name": "Open"}, "checkedout")


async def test_the_item_of_a_loan_is_described(library: Library, clock: Any) -> None:
    patron, item = await library.patron(), await library.item(copyNumber="c.2")
    shown = (await library.check_out(patron, item))["item"]
    assert shown["contributors"] == [{"name": "Austen, Jane"}]
    assert shown["primaryContributor"] == "Austen, Jane"
    assert shown["status"] == {"name": "Checked out", "date": format_instant(clock.now)}
    assert (shown["materialType"], shown["location"]) == ({"name": "book"}, {"name": "main stacks"})
    assert (shown["copyNumber"], shown["callNumber"]) == ("c.2", "PR4034 .P7")
    assert {"id", "instanceId", "instanceHrid", "holdingsRecordId", "title", "barcode"} <= set(shown)


async def test_a_loan_is_due_after_the_policy_s_period_from_the_loan_date(library: Library) -> None:
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item, loanDate="2021-02-01T10:00:00+01:00")
    assert loan["loanDate"] == "2021-02-01T09:00:00.000Z"
    assert loan["dueDate"] == "2021-02-22T09:00:00.000+00:00"


async def test_the_answer_says_where_the_loan_is(library: Library, client: httpx.AsyncClient) -> None:
    body = asks(library, await library.patron(), await library.item())
    answer = await client.post("/circulation/check-out-by-barcode", json=body)
    location = answer.headers["Location"]
    assert location == f"/circulation/loans/{answer.json()['id']}"
    assert (await client.get(location)).json() == answer.json()


async def test_a_check_out_takes_few_round_trips(library: Library, tx: Tx, statements: list[str]) -> None:
    patron, item = await library.patron(), await library.item()
    for position in (1, 2):
        await request(library, item, patron if position == 1 else None, position)
    await asyncio.sleep(0)
    statements.clear()
    await check_out(tx, CheckOutByBarcode.from_wire(asks(library, patron, item)))
    await asyncio.sleep(0)
    begin_and_commit = 2
    assert len(statements) + begin_and_commit <= 8


async def test_a_check_out_is_noted_for_the_patron_s_visit(library: Library) -> None:
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    query = f"patronId=={patron['id']}"
    sessions = await library.get(f"/patron-action-session-storage/patron-action-sessions?query={query}")
    (session,) = sessions["patronActionSessions"]
    assert (session["loanId"], session["actionType"]) == (loan["id"], "Check-out")
    assert session["sessionId"]


async def test_a_check_out_is_one_line_of_history(library: Library) -> None:
    loan = await library.check_out(await library.patron(), await library.item())
    history = await library.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']}")
    assert [row["operation"] for row in history["loansHistory"]] == ["I"]
    assert history["loansHistory"][0]["loan"]["action"] == "checkedout"


async def test_everything_that_is_wrong_is_listed_at_once(library: Library, client: httpx.AsyncClient) -> None:
    errors = await refused(client, {"itemBarcode": "no such item", "userBarcode": "nobody", "proxyUserBarcode": "none"})
    assert errors == [
        error("Check out must be performed at a service point", servicePointId=None),
        error("Could not find user with matching barcode", "USER_BARCODE_NOT_FOUND", userBarcode="nobody"),
        error("Could not find user with matching barcode", "USER_BARCODE_NOT_FOUND", proxyUserBarcode="none"),
        error("No item with barcode no such item could be found", itemBarcode="no such item"),
    ]


async def test_barcodes_are_found_without_regard_to_case(library: Library) -> None:
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out({"barcode": patron["barcode"].lower()}, {"barcode": item["barcode"].lower()})
    assert (loan["userId"], loan["itemId"]) == (patron["id"], item["id"])


async def test_a_barcode_is_no_pattern(library: Library, client: httpx.AsyncClient) -> None:
    await library.item()
    errors = await refused(client, asks(library, await library.patron(), {"barcode": "I*"}))
    assert [one["message"] for one in errors] == ["No item with barcode I* could be found"]


async def test_an_item_on_loan_is_not_lent_again(library: Library, client: httpx.AsyncClient) -> None:
    item = await library.item()
    await library.check_out(await library.patron(), item)
    errors = await refused(client, asks(library, await library.patron(), item))
    assert errors == [error("Item is already checked out", itemBarcode=item["barcode"])]


async def test_an_item_with_an_open_loan_is_not_lent_again_whatever_its_status(
    library: Library, client: httpx.AsyncClient
) -> None:
    item = await library.item()
    loan = {"itemId": item["id"], "userId": str(uuid4()), "loanDate": "2026-01-01", "action": "checkedout"}
    await library.post("/loan-storage/loans", **loan)
    errors = await refused(client, asks(library, await library.patron(), item))
    assert errors == [
        error("Cannot check out item that already has an open loan", "ITEM_HAS_OPEN_LOAN", itemBarcode=item["barcode"])
    ]


async def test_a_lost_item_is_not_lent(library: Library, client: httpx.AsyncClient) -> None:
    item = await library.item(await library.instance("Emma"), status={"name": "Declared lost"})
    errors = await refused(client, asks(library, await library.patron(), item))
    barcode = item["barcode"]
    text = f"Emma (book) (Barcode: {barcode}) has the item status Declared lost and cannot be checked out"
    assert errors == [error(text, itemBarcode=barcode)]


@pytest.mark.parametrize("status", ["Available", "Paged", "In transit", "Missing", "On order", "Withdrawn", "Unknown"])
async def test_an_item_of_most_statuses_is_lent(library: Library, status: str) -> None:
    item = await library.item(status={"name": status})
    assert (await library.check_out(await library.patron(), item))["item"]["status"]["name"] == "Checked out"


async def test_an_inactive_patron_borrows_nothing(library: Library, client: httpx.AsyncClient) -> None:
    patron = await library.patron(active=False)
    (only,) = await refused(client, asks(library, patron, await library.item()))
    assert only["message"] == "Cannot check out to inactive user"


async def test_a_policy_may_say_that_an_item_is_not_lent(library: Library, client: httpx.AsyncClient) -> None:
    policy_id = await policy(library, loanable=False, renewable=False, loansPolicy=None, renewalsPolicy=None)
    (only,) = await refused(client, asks(library, await library.patron(), await library.item()))
    assert (only["message"], only["code"]) == ("Item is not loanable", "ITEM_NOT_LOANABLE")
    assert {"key": "loanPolicyId", "value": policy_id} in only["parameters"]
    assert only["overridableBlock"] == {"name": "itemNotLoanableBlock", "missingPermissions": []}


async def test_staff_lend_what_is_not_lent(library: Library) -> None:
    await policy(library, loanable=False, renewable=False, loansPolicy=None, renewalsPolicy=None)
    blocks = {"itemNotLoanableBlock": {"dueDate": "2030-01-01T00:00:00Z"}, "comment": "for the exhibition"}
    loan = await library.check_out(await library.patron(), await library.item(), overrideBlocks=blocks)
    assert (loan["action"], loan["actionComment"]) == ("checkedOutThroughOverride", "for the exhibition")
    assert loan["dueDate"] == "2030-01-01T00:00:00.000+00:00"


async def test_a_manual_block_names_its_reasons(library: Library, client: httpx.AsyncClient) -> None:
    patron = await library.patron()
    for desc in ("owes a book", "sang in the stacks"):
        await library.post("/manualblocks", userId=patron["id"], desc=desc, borrowing=True)
    (only,) = await refused(client, asks(library, patron, await library.item()))
    assert (only["message"], only["code"]) == ("Patron blocked from borrowing", "USER_IS_BLOCKED_MANUALLY")
    assert only["parameters"][0]["key"] == "reason"
    assert sorted(only["parameters"][0]["value"].split(";")) == ["owes a book", "sang in the stacks"]


async def test_a_block_that_has_expired_or_is_for_something_else_does_not_count(library: Library) -> None:
    patron = await library.patron()
    await library.post("/manualblocks", userId=patron["id"], desc="old", borrowing=True, expirationDate="2020-01-01")
    await library.post("/manualblocks", userId=patron["id"], desc="other", borrowing=False, renewals=True, requests=True)
    assert await library.check_out(patron, await library.item())


async def at_most(library: Library, count: int) -> None:
    """Block students who have as many items as `count`."""
    condition = await library.get(f"/patron-block-conditions/{ITEMS_CHARGED_OUT}")
    blocking = {"blockBorrowing": True, "blockRenewals": True, "blockRequests": True, "message": "Too many items"}
    await library.put(f"/patron-block-conditions/{ITEMS_CHARGED_OUT}", {**condition, **blocking})
    group = library.ids["students"]
    limit = {"id": str(uuid4()), "patronGroupId": group, "conditionId": ITEMS_CHARGED_OUT, "value": count}
    await library.post("/patron-block-limits", **limit)


async def test_an_automated_block_speaks_the_condition_s_words(library: Library, tx: Tx) -> None:
    await at_most(library, 1)
    patron = await library.patron()
    await library.check_out(patron, await library.item())
    asked = CheckOutByBarcode.from_wire(asks(library, patron, await library.item()))
    with pytest.raises(Invalid) as caught:
        await check_out(tx, asked, frozenset())
    (violation,) = caught.value.violations
    assert (violation.message, violation.code) == ("Too many items", "USER_IS_BLOCKED_AUTOMATICALLY")
    assert violation.block is not None
    assert violation.block.missing_permissions == (OVERRIDE_PATRON_BLOCK,)


async def test_staff_override_a_block_with_a_comment(library: Library, client: httpx.AsyncClient) -> None:
    await at_most(library, 1)
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, await library.item())
    (only,) = await refused(client, asks(library, patron, item, overrideBlocks={"patronBlock": {}}))
    assert only["message"] == "Override should be performed with the comment specified"
    loan = await library.check_out(patron, item, overrideBlocks={"patronBlock": {}, "comment": "thesis"})
    assert loan["action"] == "checkedOutThroughOverride"


async def test_an_override_takes_a_permission(library: Library, tx: Tx) -> None:
    blocks = {"patronBlock": {}, "comment": "thesis"}
    body = asks(library, await library.patron(), await library.item(), overrideBlocks=blocks)
    with pytest.raises(Invalid, match="Insufficient override permissions"):
        await check_out(tx, CheckOutByBarcode.from_wire(body), frozenset())


async def test_a_policy_limits_how_many_books_a_patron_has(library: Library, client: httpx.AsyncClient) -> None:
    limited = {**LOAN_POLICY, "name": "one", "loansPolicy": {**LOAN_POLICY["loansPolicy"], "itemLimit": 1}}
    library.ids["one"] = (await library.post("/loan-policy-storage/loan-policies", **limited))["id"]
    ids = library.ids
    others = f"r {ids['all requests']} n {ids['no notices']} o {ids['no fines']} i {ids['no lost fees']}"
    await library.rules(
        f"priority: t, s, c, b, a, m, g\nfallback-policy: l {ids['three weeks']} {others}\n"
        f"m {ids['book']}: l {ids['one']} {others}\n"
    )
    patron, second = await library.patron(), await library.item()
    await library.check_out(patron, await library.item())
    await library.check_out(patron, await library.item(materialTypeId=ids["film"]))
    (only,) = await refused(client, asks(library, patron, second))
    assert (only["message"], only["code"]) == (
        "Patron has reached maximum limit of 1 items for material type", "ITEM_LIMIT_MATERIAL_TYPE",
    )  # fmt: skip
    assert only["overridableBlock"]["name"] == "itemLimitBlock"
    assert await library.check_out(await library.patron(), second)


async def test_what_somebody_else_waits_for_is_not_lent(library: Library, client: httpx.AsyncClient) -> None:
    item = await library.item(await library.instance("Emma"))
    patron = await library.patron()
    await request(library, item)
    await request(library, item, patron, 2)
    (only,) = await refused(client, asks(library, patron, item))
    name = f"{patron['personal']['lastName']}, Ann"
    assert only["message"] == (
        f"Emma (Barcode: {item['barcode']}) cannot be checked out to user {name}"
        " because it has been requested by another patron"
    )


async def test_the_patron_s_own_request_is_filled_and_the_queue_moves_up(library: Library) -> None:
    patron, item = await library.patron(), await library.item()
    own = await request(library, item, patron)
    second, third = [await request(library, item, position=position) for position in (2, 3)]
    await library.check_out(patron, item)
    filled = await library.get(f"/request-storage/requests/{own['id']}")
    assert filled["status"] == "Closed - Filled"
    assert "position" not in filled
    left = [(await library.get(f"/request-storage/requests/{one['id']}"))["position"] for one in (second, third)]
    assert left == [1, 2]


async def test_waiting_holds_shorten_a_loan(library: Library, clock: Any) -> None:
    holds = {"alternateCheckoutLoanPeriod": {"duration": 2, "intervalId": "Days"}}
    await policy(library, requestManagement={"holds": holds})
    patron, item = await library.patron(), await library.item()
    await request(library, item, patron)
    loan = await library.check_out(patron, item)
    assert loan["dueDateChangedByHold"] is True
    assert parse_instant(loan["dueDate"]) == clock.now + timedelta(days=2)
    assert "dueDateChangedByHold" not in await library.get(f"/circulation/loans/{loan['id']}")


async def test_a_loan_ends_with_the_patron_s_card(library: Library, clock: Any) -> None:
    expires = clock.now + timedelta(days=3)
    patron = await library.patron(expirationDate=expires.isoformat())
    loan = await library.check_out(patron, await library.item())
    assert parse_instant(loan["dueDate"]) == expires
    assert loan["dueDateChangedByNearExpireUser"] is True


async def test_a_recall_that_waits_shortens_the_new_loan(library: Library, clock: Any) -> None:
    recalls = {"recallReturnInterval": {"duration": 4, "intervalId": "Days"}}
    await policy(library, requestManagement={"recalls": recalls})
    patron, item = await library.patron(), await library.item()
    await request(library, item, patron)
    await request(library, item, position=2, requestType="Recall")
    loan = await library.check_out(patron, item)
    assert loan["dueDateChangedByRecall"] is True
    assert parse_instant(loan["dueDate"]) == clock.now + timedelta(days=4)


async def test_a_recall_does_not_prolong_a_loan_that_is_overdue_at_once(library: Library) -> None:
    patron, item = await library.patron(), await library.item()
    await request(library, item, patron)
    await request(library, item, position=2, requestType="Recall")
    loan = await library.check_out(patron, item, loanDate="2021-01-01T00:00:00Z")
    assert (loan["dueDate"], loan["dueDateChangedByRecall"]) == ("2021-01-22T00:00:00.000+00:00", True)


async def test_a_patron_without_a_name_borrows(library: Library) -> None:
    loan = await library.check_out(await library.patron(personal=None), await library.item())
    assert set(loan["borrower"]) == {"barcode", "patronGroup", "middleName"}


async def test_a_proxy_borrows_for_a_sponsor(library: Library) -> None:
    sponsor, proxy = await library.patron(), await library.patron()
    await library.post("/proxiesfor", userId=sponsor["id"], proxyUserId=proxy["id"], status="Active")
    loan = await library.check_out(sponsor, await library.item(), proxyUserBarcode=proxy["barcode"])
    assert (loan["userId"], loan["proxyUserId"]) == (sponsor["id"], proxy["id"])


@pytest.mark.parametrize("relation", [None, {"status": "Inactive"}, {"expirationDate": "2020-01-01T00:00:00Z"}])
async def test_only_a_proxy_whose_relation_holds_borrows(
    library: Library, client: httpx.AsyncClient, relation: Json | None
) -> None:
    sponsor, proxy = await library.patron(), await library.patron()
    if relation:
        await library.post("/proxiesfor", userId=sponsor["id"], proxyUserId=proxy["id"], **relation)
    body = asks(library, sponsor, await library.item(), proxyUserBarcode=proxy["barcode"])
    assert await refused(client, body) == [
        error("Cannot check out item via proxy when relationship is invalid", proxyUserBarcode=proxy["barcode"])
    ]


async def test_nobody_is_their_own_proxy(library: Library, client: httpx.AsyncClient) -> None:
    patron = await library.patron()
    (only,) = await refused(client, asks(library, patron, await library.item(), proxyUserBarcode=patron["barcode"]))
    assert only["message"] == "User cannot be proxy for themselves"


async def test_rules_that_name_an_unknown_policy_are_told_of(library: Library, client: httpx.AsyncClient) -> None:
    ids, nowhere = library.ids, str(uuid4())
    others = f"r {ids['all requests']} n {ids['no notices']} o {ids['no fines']} i {ids['no lost fees']}"
    text = f"priority: last-line\nfallback-policy: l {nowhere} {others}\n"
    await library.put("/circulation-rules-storage", {"rulesAsText": text})
    (only,) = await refused(client, asks(library, await library.patron(), await library.item()))
    assert only["message"] == f"Loan policy {nowhere} could not be found, please check circulation rules"


@pytest.mark.parametrize(("text", "message"), [("", "Cannot apply blank"), ("priority: nonsense", "Cannot apply circ")])
async def test_rules_that_cannot_be_used_are_told_of(
    library: Library, client: httpx.AsyncClient, text: str, message: str
) -> None:
    await library.put("/circulation-rules-storage", {"rulesAsText": text})
    (only,) = await refused(client, asks(library, await library.patron(), await library.item()))
    assert only["message"].startswith(message)
