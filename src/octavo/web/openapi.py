"""The OpenAPI 3.1 document and a page to read it, both made from the route table."""

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from octavo.http.routes import Route

_PROBLEMS = {
    400: "The request cannot be read",
    401: "No valid credential",
    403: "The caller lacks the permission",
    404: "No such record, or not the caller's",
    409: "The record has changed meanwhile",
    410: "Kept no longer",
    422: "Readable, but breaks rules",
    429: "Too many requests; see Retry-After",
    500: "A fault of the server",
    501: "Documented, but offered by nobody",
    503: "The database is away; see Retry-After",
}
_INTEGERS = {"limit": 10, "offset": 0}
_SUCCESS = {200: "Done", 201: "Created", 202: "Accepted", 204: "Done, no content", 501: "Not offered"}


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """Return the OpenAPI document of a route table."""
    table = sorted(routes, key=lambda route: (route.path, route.method))
    references, schemas = _schemas(table)
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Octavo", "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Errors": _ERRORS},
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Okapi-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "folioAccessToken"},
            },
        },
    }


def _schemas(table: list[Route]) -> tuple[dict[Any, Any], dict[str, Any]]:
    models = {model for route in table for model in (route.body, route.answer) if _is_model(model)}
    ordered = sorted(models, key=lambda model: f"{model.__module__}.{model.__name__}")
    references, definitions = models_json_schema(
        [(model, "validation") for model in ordered], ref_template="#/components/schemas/{model}"
    )
    return {model: reference for (model, _), reference in references.items()}, definitions.get("$defs", {})


def _is_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)


def _operation(route: Route, references: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_"),
        "summary": route.summary,
        "tags": [route.path.split("/")[1]],
        "parameters": [*_path_parameters(route.path), *(_query_parameter(name) for name in route.query)],
        "responses": _responses(route, references),
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(references.get(route.body, {}))}
    if route.permission:
        operation["security"] = [{"token": []}, {"bearer": []}, {"cookie": []}]
        operation["x-permission"] = route.permission
    return operation


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameter(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if name in _INTEGERS:
        schema = {"type": "integer", "minimum": 0, "maximum": 2147483647, "default": _INTEGERS[name]}
    elif name.startswith("include"):
        schema = {"type": "boolean", "default": False}
    return {"name": name, "in": "query", "schema": schema}


def _responses(route: Route, references: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": _SUCCESS.get(route.success, "Done")}
    schema = _answer_schema(route, references)
    if schema is not None and route.success not in (204, 501):
        success["content"] = _json(schema)
    always = (401, 403) if route.permission else ()
    problems = sorted({*always, *route.errors, 500, 503})
    return {str(route.success): success, **{str(status): _problem(status) for status in problems}}


def _answer_schema(route: Route, references: dict[Any, Any]) -> dict[str, Any] | None:
    one: dict[str, Any] | None = references.get(route.answer)
    if route.many is None:
        return one
    properties = {route.many: {"type": "array", "items": one or {}}, "totalRecords": {"type": "integer"}}
    return {"type": "object", "properties": properties, "required": [route.many]}


def _problem(status: int) -> dict[str, Any]:
    content = _json({"$ref": "#/components/schemas/Errors"}) if status == 422 else {"text/plain": {}}  # noqa: PLR2004
    return {"description": _PROBLEMS[status], "content": content}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


_ERRORS: dict[str, Any] = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["message"],
                "properties": {
                    "message": {"type": "string"},
                    "type": {"type": "string"},
                    "code": {"type": "string"},
                    "parameters": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"key": {"type": "string"}, "value": {}}},
                    },
                },
            },
        }
    },
}

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;padding:.3rem .7rem}
summary{cursor:pointer}b{display:inline-block;min-width:4.5rem;font-family:monospace}
code{font-family:monospace;background:var(--soft);padding:.1em .3em;border-radius:.2em;overflow-wrap:anywhere}
table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}
"""


@cache
def page(routes: tuple[Route, ...], version: str) -> bytes:
    """Return the reference as one HTML page that needs no script and no other host."""
    groups: dict[str, list[Route]] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        groups.setdefault(route.path.split("/")[1], []).append(route)
    sections = "".join(f"<h2>{escape(name)}</h2>{''.join(map(_entry, group))}" for name, group in groups.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Octavo {escape(version)}: operations</title><style>{_STYLE}</style><h1>Octavo {escape(version)}</h1>"
        f'<p>{len(routes)} operations. The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>{sections}</html>'
    ).encode()


def _entry(route: Route) -> str:
    rows = {
        "Permission": route.permission or "none: open to everyone",
        "Parameters": ", ".join(route.query) or "none",
        "Body": _name(route.body),
        "Answer": f"{route.success} {_name(route.answer)}",
        "Problems": ", ".join(f"{status} {_PROBLEMS[status].lower()}" for status in route.errors) or "the usual ones",
        "SQL statements": f"at most {route.statements}",
    }
    cells = "".join(f"<tr><td>{name}<td><code>{escape(text)}</code>" for name, text in rows.items())
    title = f"<b>{route.method}</b> <code>{escape(route.path)}</code> {escape(route.summary)}"
    return f"<details><summary>{title}</summary><table>{cells}</table></details>"


def _name(model: Any) -> str:
    return model.__name__ if _is_model(model) else "none"
