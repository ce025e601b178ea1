"""Asking whether an item could be lent, and lending under a policy of one's own choice."""

from typing import Any
from uuid import uuid4

import httpx

from library import LOAN_POLICY, Library
from octavo_models.scalars import parse_instant

Json = dict[str, Any]

DRY_RUN = "/circulation/check-out-by-barcode-dry-run"
CHECK_OUT = "/circulation/check-out-by-barcode"


async def refusals(client: httpx.AsyncClient, path: str, **body: Any) -> list[Json]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    errors: list[Json] = answer.json()["errors"]
    return errors


async def one_day(library: Library) -> str:
    """Store a policy that lends for a day, one item at a time."""
    loans = {**LOAN_POLICY["loansPolicy"], "period": {"duration": 1, "intervalId": "Days"}, "itemLimit": 1}
    record = {**LOAN_POLICY, "name": "one day", "loansPolicy": loans}
    return str((await library.post("/loan-policy-storage/loan-policies", **record))["id"])


async def test_a_dry_run_names_the_policies_and_lends_nothing(library: Library, client: httpx.AsyncClient) -> None:
    patron, item = await library.patron(), await library.item()
    answer = await client.post(DRY_RUN, json={"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]})
    assert answer.status_code == 201
    assert answer.json() == {
        "loanPolicyId": library.ids["three weeks"],
        "overdueFinePolicyId": library.ids["no fines"],
        "lostItemPolicyId": library.ids["no lost fees"],
        "patronNoticePolicyId": library.ids["no notices"],
    }
    assert (await library.get("/loan-storage/loans?limit=0"))["totalRecords"] == 0
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Available"


async def test_a_dry_run_refuses_as_a_check_out_would(library: Library, client: httpx.AsyncClient) -> None:
    lent, item = await library.patron(), await library.item()
    await library.check_out(lent, item)
    patron = await library.patron(active=False)
    errors = await refusals(client, DRY_RUN, itemBarcode=item["barcode"], userBarcode=patron["barcode"])
    assert [error["message"] for error in errors] == ["Cannot check out to inactive user", "Item is already checked out"]
    unknown = await refusals(client, DRY_RUN, itemBarcode="I0", userBarcode=lent["barcode"], proxyUserBarcode="P0")
    assert [error["parameters"][0]["key"] for error in unknown] == ["proxyUserBarcode", "itemBarcode"]


async def test_a_dry_run_takes_overrides(library: Library, client: httpx.AsyncClient) -> None:
    patron, item = await library.patron(), await library.item()
    await library.post("/manualblocks", desc="owes a book", userId=patron["id"], borrowing=True, renewals=False, requests=False)
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    (error,) = await refusals(client, DRY_RUN, **body)
    assert error["message"] == "Patron blocked from borrowing"
    blocks = {"patronBlock": {}, "comment": "promised to bring it"}
    assert (await client.post(DRY_RUN, json={**body, "overrideBlocks": blocks})).status_code == 201


async def test_a_policy_may_be_chosen_whatever_the_rules_say(library: Library, clock: Any) -> None:
    patron, policy = await library.patron(), await one_day(library)
    loan = await library.check_out(patron, await library.item(), forceLoanPolicyId=policy)
    assert (loan["loanPolicyId"], loan["loanPolicy"]["name"]) == (policy, "one day")
    assert (parse_instant(loan["dueDate"]) - clock.now).days == 1
    assert loan["overdueFinePolicyId"] == library.ids["no fines"]


async def test_a_chosen_policy_has_no_item_limit_as_no_rule_says_what_to_count(library: Library) -> None:
    patron, policy = await library.patron(), await one_day(library)
    ids = library.ids
    policies = f"l {policy} r {ids['all requests']} n {ids['no notices']} o {ids['no fines']} i {ids['no lost fees']}"
    await library.rules(f"priority: t, s, c, b, a, m, g\nfallback-policy: {policies}\nm {ids['book']}: {policies}\n")
    await library.check_out(patron, await library.item())
    await library.check_out(patron, await library.item(), forceLoanPolicyId=policy)


async def test_a_policy_that_does_not_exist_is_refused(library: Library, client: httpx.AsyncClient) -> None:
    patron, item, policy = await library.patron(), await library.item(), str(uuid4())
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids["main desk"]}
    (error,) = await refusals(client, CHECK_OUT, **body, forceLoanPolicyId=policy)
    assert error["message"] == f"Loan policy {policy} could not be found"
    assert error["parameters"] == [{"key": "forceLoanPolicyId", "value": policy}]
    nobody = await refusals(client, CHECK_OUT, **{**body, "userBarcode": "P0"}, forceLoanPolicyId=policy)
    assert [one["code"] for one in nobody] == ["USER_BARCODE_NOT_FOUND"]
