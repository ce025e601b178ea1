"""How the edge side describes itself in its OpenAPI document."""

from octavo.http.call import JSON
from octavo.http.openapi import Manner, Schema

_TOLD: Schema = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": ["integer", "string"]}, "errorMessage": {"type": "string"}},
    "additionalProperties": False,
}


def _problem(_: int) -> Schema:
    return {JSON: {"schema": {"$ref": "#/components/schemas/Told"}}}


MANNER = Manner(
    title="Octavo for patron tools",
    credentials={
        "header": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`apikey` and the key"},
        "query": {"type": "apiKey", "in": "query", "name": "apikey"},
    },
    problem=_problem,
    problem_schemas={"Told": _TOLD},
    always=(429,),
)
