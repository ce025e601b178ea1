"""The OpenAPI 3.1 document of one side, made from its route table: every operation with every answer it can give."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from octavo.http.call import JSON
from octavo.http.parameters import LARGEST
from octavo.http.routes import Route

Schema = dict[str, Any]

PROBLEMS = {
    400: "The request cannot be read",
    401: "No valid credential",
    403: "The caller lacks the permission",
    404: "No such record, or not the caller's",
    408: "The request was not sent in time",
    409: "The record has changed meanwhile",
    410: "Kept no longer",
    413: "The body is too large",
    422: "Readable, but breaks rules",
    429: "Too many requests; see Retry-After",
    500: "A fault of the server",
    501: "Documented, but offered by nobody",
    503: "The database is away or busy; see Retry-After",
}
_SUCCESS = {200: "Done", 201: "Created", 202: "Accepted", 204: "Done, no content", 304: "Not modified", 501: "Not offered"}
_EMPTY = (204, 304, 501)
CREATED = 201
_REFERENCE = "#/components/schemas/{model}"
_TOTALS = ["exact", "estimated", "none", "auto"]


@dataclass(frozen=True)
class Manner:
    """How one side differs from the other: its credentials, its form of problems, what any route may answer besides."""

    title: str
    credentials: Mapping[str, Schema]
    problem: Callable[[int], Schema]
    problem_schemas: Mapping[str, Schema]
    always: tuple[int, ...] = ()


def document(routes: Iterable[Route], version: str, manner: Manner) -> Schema:
    """Return the OpenAPI document of a route table."""
    table = sorted(routes, key=lambda route: (route.path, route.method))
    schemas = _Schemas(table)
    paths: dict[str, Schema] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, manner)
    _link(paths, table)
    return {
        "openapi": "3.1.0",
        "info": {"title": manner.title, "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": {**schemas.definitions, **manner.problem_schemas},
            "securitySchemes": dict(manner.credentials),
        },
    }


class _Schemas:
    """The schemas of every model that a route table names."""

    def __init__(self, table: list[Route]) -> None:
        named = [entry for route in table for entry in (route.body, route.answer, *(form for _, form in route.forms))]
        models = sorted({model for entry in named if (model := model_of(entry))}, key=lambda model: (model.__module__, model.__name__))
        references, made = models_json_schema([(model, "validation") for model in models], ref_template=_REFERENCE)
        self._references = {model: reference for (model, _), reference in references.items()}
        self.definitions: dict[str, Schema] = made.get("$defs", {})

    def of(self, entry: Any) -> Schema | None:
        """Return the reference to a model's schema, None for what is no model."""
        model = model_of(entry)
        return None if model is None else self._references[model]


def model_of(entry: Any) -> type[BaseModel] | None:
    """Return the model that a route names, None where it names none."""
    return entry if isinstance(entry, type) and issubclass(entry, BaseModel) else None


def _operation(route: Route, schemas: _Schemas, manner: Manner) -> Schema:
    operation: Schema = {
        "operationId": _operation_id(route.method, route.path),
        "summary": route.summary,
        "tags": [route.path.split("/")[1]],
        "parameters": [*_path_parameters(route.path), *(_query_parameter(name) for name in route.query)],
        "responses": _responses(route, schemas, manner),
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(schemas.of(route.body) or {})}
    if route.permission:
        operation["security"] = [{name: []} for name in manner.credentials]
        operation["x-permission"] = route.permission
    return operation


def _operation_id(method: str, path: str) -> str:
    return re.sub(r"\W+", "_", f"{method.lower()}{path}").strip("_")


def _path_parameters(path: str) -> list[Schema]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for name in names]


def _query_parameter(name: str) -> Schema:
    schema: Schema = {"type": "string"}
    if name in ("limit", "offset"):
        schema = {"type": "integer", "minimum": 0, "maximum": LARGEST}
    elif name.startswith("include") and name != "include":
        schema = {"type": "boolean", "default": False}
    elif name == "totalRecords":
        schema = {"type": "string", "enum": _TOTALS, "default": "auto"}
    elif name == "lang":
        schema = {"type": "string", "pattern": "^[a-zA-Z]{2}$"}
    return {"name": name, "in": "query", "schema": schema}


def _responses(route: Route, schemas: _Schemas, manner: Manner) -> Schema:
    forms = {status: _form(form, schemas) for status, form in route.forms}
    success = forms.get(route.success, _answer(route, schemas))
    answers: dict[int, Schema] = {route.success: {"description": _SUCCESS[route.success], **success}}
    answers |= {status: {"description": _SUCCESS[status], **forms.get(status, {})} for status in route.also}
    for status in _problems_of(route, manner):
        form = forms.get(status, {"content": manner.problem(status)})
        answers.setdefault(status, {"description": PROBLEMS[status], **form})
    return {str(status): answers[status] for status in sorted(answers)}


def _problems_of(route: Route, manner: Manner) -> Iterator[int]:
    """Yield what a route may answer besides success: of its own, and what befalls every request."""
    yield from (400, 500, 503, *route.errors, *manner.always)
    if route.permission:
        yield from (401, 403)
        if route.method == "POST":
            yield 422  # an Idempotency-Key used for something else
    if route.sends_body:
        yield from (408, 413)


def _answer(route: Route, schemas: _Schemas) -> Schema:
    if route.success in _EMPTY:
        return {}
    if route.media != JSON:
        return {"content": {route.media: {}}}
    one = schemas.of(route.answer) or {}
    if route.many is None:
        return {"content": _content(one)}
    properties = {route.many: {"type": "array", "items": one}, "totalRecords": {"type": "integer"}}
    return {"content": _content({"type": "object", "properties": properties, "required": [route.many]})}


def _form(form: Any, schemas: _Schemas) -> Schema:
    if form is None:
        return {}
    return {"content": {form: {}} if isinstance(form, str) else _content(schemas.of(form) or {})}


def _content(schema: Schema) -> Schema:
    return {JSON: {"schema": schema}}


def _link(paths: Mapping[str, Schema], table: Iterable[Route]) -> None:
    """Say of every operation that creates a record where it is then read, replaced and deleted."""
    for route in table:
        one = next((path for path in paths if re.fullmatch(re.escape(route.path) + r"/{\w+}", path)), None)
        if route.method != "POST" or route.success != CREATED or one is None:
            continue
        name = one.rpartition("{")[2].rstrip("}")
        key = name if name in _wire_names(route.answer) else "id"
        paths[route.path]["post"]["responses"][str(CREATED)]["links"] = {
            method: {"operationId": operation["operationId"], "parameters": {name: f"$response.body#/{key}"}}
            for method, operation in paths[one].items()
            if method in ("get", "put", "delete")
        }


def _wire_names(answer: Any) -> set[str]:
    model = model_of(answer)
    return {field.alias or name for name, field in model.model_fields.items()} if model else set()
