"""How the Okapi side describes itself in its OpenAPI document."""

from octavo.http.call import JSON, TEXT
from octavo.http.openapi import Manner, Schema

_INVALID = 422


def _problem(status: int) -> Schema:
    return {JSON: {"schema": {"$ref": "#/components/schemas/Errors"}}} if status == _INVALID else {TEXT: {}}


_PARAMETER: Schema = {
    "type": "object",
    "required": ["key", "value"],
    "properties": {"key": {"type": "string"}, "value": {"type": ["string", "null"]}},
}
_BLOCK: Schema = {
    "type": "object",
    "required": ["name", "missingPermissions"],
    "properties": {"name": {"type": "string"}, "missingPermissions": {"type": "array", "items": {"type": "string"}}},
}
_ERROR: Schema = {
    "type": "object",
    "required": ["message", "parameters"],
    "properties": {
        "message": {"type": "string"},
        "type": {"type": "string"},
        "code": {"type": "string"},
        "parameters": {"type": "array", "items": _PARAMETER},
        "overridableBlock": _BLOCK,
    },
}
_ERRORS: Schema = {
    "type": "object",
    "required": ["errors"],
    "properties": {"errors": {"type": "array", "items": _ERROR}, "total_records": {"type": "integer"}},
}

MANNER = Manner(
    title="Octavo",
    credentials={
        "token": {"type": "apiKey", "in": "header", "name": "X-Okapi-Token"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "folioAccessToken"},
    },
    problem=_problem,
    problem_schemas={"Errors": _ERRORS},
)
