"""The description of the API: complete, resolvable, and readable without another host."""

import re
from collections.abc import Iterator
from typing import Any

from octavo.app.wiring import Octavo
from octavo.edge import side
from octavo_models.scalars import STRICT_UUID


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


async def test_every_route_is_described(anonymous, octavo: Octavo):
    document = (await anonymous.get("/openapi.json")).json()
    described = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert {route.name for route in octavo.routes} - described == {"GET /openapi.json", "GET /docs"}
    assert document["openapi"] == "3.1.0"


async def test_every_reference_can_be_followed(anonymous):
    document = (await anonymous.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    missing = {name for name in references(document) if name.removeprefix("#/components/schemas/") not in schemas}
    assert missing == set()


async def test_operations_have_distinct_names_and_say_what_they_need(anonymous):
    document = (await anonymous.get("/openapi.json")).json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert ("security" in operation) == ("x-permission" in operation)


async def test_a_loan_is_described_with_its_wire_names_and_what_is_required(anonymous):
    document = (await anonymous.get("/openapi.json")).json()
    loan = document["components"]["schemas"]["Loan"]
    assert {"itemId", "loanDate", "action"} <= set(loan["required"])
    assert "dueDate" in loan["properties"]
    assert loan["additionalProperties"] is False
    body = document["paths"]["/loan-storage/loans"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Loan"}


async def test_the_page_needs_no_other_host_and_no_script(anonymous, octavo: Octavo):
    answer = await anonymous.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert not re.findall(r"(?:src|href)=[\"']?https?:", answer.text)
    for route in octavo.routes:
        if route.path not in ("/docs", "/openapi.json"):
            assert f"<code>{route.path}</code>" in answer.text


async def test_the_edge_side_describes_itself_too(sides, octavo: Octavo):
    async with sides.edge() as tool:
        document = (await tool.get("/openapi.json")).json()
        page = await tool.get("/docs")
    described = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert described == {route.name for route in side.ROUTES}
    assert page.status_code == 200
    schemas = document["components"]["schemas"]
    assert {name for name in references(document) if name.removeprefix("#/components/schemas/") not in schemas} == set()
    problems = document["paths"]["/patron/account/{patronId}"]["get"]["responses"]
    assert {"400", "401", "403", "404", "429", "500", "503"} <= set(problems)
    assert problems["404"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Told"}


async def test_whoever_creates_a_record_is_told_where_it_is_found(anonymous):
    document = (await anonymous.get("/openapi.json")).json()
    links = document["paths"]["/groups"]["post"]["responses"]["201"]["links"]
    assert links["get"] == {"operationId": "get_groups_id", "parameters": {"id": "$response.body#/id"}}
    assert set(links) == {"get", "put", "delete"}


async def test_ids_are_described_by_the_pattern_that_they_must_match(anonymous):
    schemas = (await anonymous.get("/openapi.json")).json()["components"]["schemas"]
    (ids, _) = schemas["Loan"]["properties"]["id"]["anyOf"]
    assert ids == {"type": "string", "pattern": STRICT_UUID}
