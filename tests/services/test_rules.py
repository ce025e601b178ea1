"""Circulation rules over HTTP: set, checked, asked."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library
from octavo.services import circulation_rules
from octavo.store.tx import Tx

Json = dict[str, Any]

LOOK_UPS = (
    ("loan-policy", "loanPolicyId", "loanPolicyId", "three weeks"),
    ("request-policy", "requestPolicyId", "requestPolicyId", "all requests"),
    ("notice-policy", "noticePolicyId", "noticePolicyId", "no notices"),
    ("overdue-fine-policy", "overdueFinePolicyId", "overduePolicyId", "no fines"),
    ("lost-item-policy", "lostItemPolicyId", "lostItemPolicyId", "no lost fees"),
)


def facts(library: Library, **changes: str) -> dict[str, str]:
    return {
        "item_type_id": library.ids["book"],
        "loan_type_id": library.ids["can circulate"],
        "patron_type_id": library.ids["students"],
        "location_id": library.ids["main stacks"],
    } | changes


def policies(library: Library, **changes: str) -> str:
    ids = library.ids
    chosen = {
        "l": ids["three weeks"], "r": ids["all requests"], "n": ids["no notices"], "o": ids["no fines"],
        "i": ids["no lost fees"],
    } | changes  # fmt: skip
    return " ".join(f"{letter} {policy}" for letter, policy in chosen.items())


async def put(client: httpx.AsyncClient, text: str) -> httpx.Response:
    return await client.put("/circulation/rules", json={"rulesAsText": text})


async def test_rules_are_read_as_they_were_written(library: Library, client: httpx.AsyncClient) -> None:
    text = f"priority: last-line\nfallback-policy: {policies(library)}\n# the end"
    assert (await put(client, text)).status_code == 204
    found = [await library.get(path) for path in ("/circulation/rules", "/circulation-rules-storage")]
    assert [one["rulesAsText"] for one in found] == [text, text]
    assert found[0] == found[1]
    assert found[0]["id"]


async def test_a_tenant_begins_with_blank_rules(client: httpx.AsyncClient) -> None:
    assert (await client.get("/circulation/rules")).json()["rulesAsText"] == ""


async def test_rules_are_one_record_however_often_they_are_set(library: Library) -> None:
    before = await library.get("/circulation/rules")
    await library.rules()
    assert (await library.get("/circulation/rules"))["id"] == before["id"]


@pytest.mark.parametrize(("path", "key", "key_of_all", "policy"), LOOK_UPS)
async def test_the_policy_that_applies_is_found(
    library: Library, client: httpx.AsyncClient, path: str, key: str, key_of_all: str, policy: str
) -> None:
    text = f"priority: last-line\nfallback-policy: {policies(library)}\ng {library.ids['staff']}: {policies(library)}\n"
    assert (await put(client, text)).status_code == 204
    found = await client.get(f"/circulation/rules/{path}", params=facts(library))
    conditions = {"materialTypeMatch": False, "loanTypeMatch": False, "patronGroupMatch": False}
    assert found.json() == {key: library.ids[policy], "appliedRuleConditions": conditions}
    staff = facts(library, patron_type_id=library.ids["staff"])
    every = (await client.get(f"/circulation/rules/{path}-all", params=staff)).json()["circulationRuleMatches"]
    assert every == [
        {key_of_all: library.ids[policy], "circulationRuleLine": 3},
        {key_of_all: library.ids[policy], "circulationRuleLine": 2},
    ]


@pytest.mark.parametrize(("path", "told"), [("loan-policy", True), ("request-policy", False)])
async def test_only_the_loan_policy_tells_which_conditions_applied(
    library: Library, client: httpx.AsyncClient, path: str, told: bool
) -> None:
    text = (
        f"priority: last-line\nfallback-policy: {policies(library)}\n"
        f"m {library.ids['book']} + g {library.ids['students']}: {policies(library)}\n"
    )
    assert (await put(client, text)).status_code == 204
    answer = (await client.get(f"/circulation/rules/{path}", params=facts(library))).json()
    assert answer["appliedRuleConditions"] == {
        "materialTypeMatch": told, "loanTypeMatch": False, "patronGroupMatch": told,
    }  # fmt: skip


async def test_a_location_belongs_to_library_campus_and_institution(
    library: Library, client: httpx.AsyncClient
) -> None:
    for letter, place in (("a", "institution"), ("b", "campus"), ("c", "library"), ("s", "main stacks")):
        text = f"priority: last-line\nfallback-policy: {policies(library)}\n{letter} {library.ids[place]}: {policies(library)}\n"
        assert (await put(client, text)).status_code == 204
        every = await client.get("/circulation/rules/loan-policy-all", params=facts(library))
        assert len(every.json()["circulationRuleMatches"]) == 2, place
        elsewhere = facts(library, location_id=str(uuid4()))
        every = await client.get("/circulation/rules/loan-policy-all", params=elsewhere)
        assert len(every.json()["circulationRuleMatches"]) == 1, place


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("priority: last-line\n\tfallback-policy", "Tabulator character is not allowed, use spaces instead.", 2, 1),
        ("priority: last-line\nfallback-policy: l {nowhere} {rest}", "The policy l does not exist", 2, 15),
    ],
)
async def test_a_mistake_is_told_with_its_place(
    library: Library, client: httpx.AsyncClient, text: str, message: str, line: int, column: int
) -> None:
    rest = policies(library).partition(" r ")
    before = await library.get("/circulation/rules")
    answer = await put(client, text.format(nowhere=uuid4(), rest="r " + rest[2]))
    assert answer.status_code == 422
    assert answer.json() == {"message": message, "line": line, "column": column}
    assert await library.get("/circulation/rules") == before


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"{}"])
async def test_what_is_no_rules_record_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.put("/circulation/rules", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


async def test_stored_rules_are_not_looked_at(library: Library, client: httpx.AsyncClient) -> None:
    await library.put("/circulation-rules-storage", {"rulesAsText": "anything goes"})
    assert (await library.get("/circulation/rules"))["rulesAsText"] == "anything goes"
    answer = await client.get("/circulation/rules/loan-policy", params=facts(library))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith("Cannot apply circulation rules: ")


async def test_blank_rules_apply_to_nothing(library: Library, client: httpx.AsyncClient) -> None:
    await library.put("/circulation/rules", {"rulesAsText": " "})
    answer = await client.get("/circulation/rules/loan-policy", params=facts(library))
    assert answer.json()["errors"][0]["message"] == "Cannot apply blank circulation rules"


@pytest.mark.parametrize("name", ["item_type_id", "loan_type_id", "patron_type_id", "location_id"])
async def test_a_look_up_takes_four_ids(client: httpx.AsyncClient, name: str) -> None:
    query = dict.fromkeys(("item_type_id", "loan_type_id", "patron_type_id", "location_id"), str(uuid4()))
    answer = await client.get("/circulation/rules/loan-policy", params=query | {name: ""})
    assert (answer.status_code, answer.text) == (400, f"required query parameter missing: {name}")
    answer = await client.get("/circulation/rules/loan-policy", params=query | {name: "x"})
    assert answer.status_code == 400
    assert answer.text.startswith(f"invalid uuid format of {name}, expecting ^[a-fA-F0-9]{{8}}-")
    assert answer.text.endswith("$ but it is x")


async def test_a_policy_that_has_gone_is_told(library: Library, client: httpx.AsyncClient) -> None:
    gone = str(uuid4())
    text = f"priority: last-line\nfallback-policy: {policies(library, i=gone)}\n"
    await library.put("/circulation-rules-storage", {"rulesAsText": text})
    answer = await client.get("/circulation/rules/lost-item-policy", params=facts(library))
    message = f"Lost item policy {gone} could not be found, please check circulation rules"
    assert answer.json()["errors"][0]["message"] == message


async def test_rules_that_are_known_are_not_sent_again(library: Library, tx: Tx, statements: list[str]) -> None:
    first = await circulation_rules.current_rules(tx)
    await asyncio.sleep(0)
    statements.clear()
    assert await circulation_rules.current_rules(tx) is first
    await asyncio.sleep(0)
    assert len(statements) == 1
    await library.rules(f"priority: first-line\nfallback-policy: {policies(library)}\n")
    assert await circulation_rules.current_rules(tx) is not first


async def test_a_process_keeps_a_bounded_number_of_rules(library: Library, tx: Tx) -> None:
    for number in range(70):
        await library.put("/circulation-rules-storage", {
            "rulesAsText": f"# {number}\npriority: last-line\nfallback-policy: {policies(library)}\n",
        })  # fmt: skip
        await circulation_rules.current_rules(tx)
    assert len(circulation_rules.known_rules().digests) == 64
