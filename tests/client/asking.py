"""Every operation of a client, found by walking through it, with the calls that it describes."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import product
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import httpx
from pydantic import BaseModel

from octavo_client import Unreadable
from octavo_client.calls import Call, Steps, Walk
from octavo_client.client import EdgeOperations, Operations
from octavo_client.operations import Api, Operation

ID = "3f2a0a52-5a3e-4a43-9d2f-0f6d9f0c6a01"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
_VALUES: dict[Any, Any] = {str: ID, int: 5, bool: True, datetime: NOW, date: NOW.date()}
_REQUEST = {
    "requestLevel": "Item", "requestType": "Hold", "requestDate": "2026-03-01T10:00:00Z", "requesterId": ID,
    "instanceId": ID, "status": "Open - Not yet filled", "fulfillmentPreference": "Hold Shelf",
}  # fmt: skip


@dataclass
class Recorder:
    """A sender that sends nothing and keeps what it was to send."""

    calls: list[Call[Any]] = field(default_factory=list)

    def now(self) -> datetime:
        return NOW

    def run(self, call: Call[Any]) -> None:
        self.calls.append(call)

    def walk(self, walk: Walk[Any]) -> None:
        self.calls.append(walk.first)

    def follow(self, steps: Steps[Any]) -> None:
        answer = None
        while True:
            try:
                call = steps.send(answer)
            except StopIteration:
                return
            self.calls.append(call)
            content: Any = {"json": _REQUEST} if call.method == "GET" else {"headers": {"Location": f"/there/{ID}"}}
            try:
                answer = call.read(httpx.Response(200, **content))
            except Unreadable:
                return


def asked_by(client: type[Operations[Any]] | type[EdgeOperations[Any]]) -> Iterator[tuple[str, Call[Any]]]:
    """Yield the name of each operation, such as `requests.pickup.for_item`, with each call that it describes."""
    recorder = Recorder()
    for name, api, operation in _operations(client(recorder), ""):
        signature = inspect.signature(operation.__get__(api))
        for arguments in _arguments(signature, api):
            recorder.calls.clear()
            operation.__get__(api)(**arguments)
            yield from ((name, call) for call in recorder.calls)


def _operations(api: Any, prefix: str) -> Iterator[tuple[str, Any, Operation[Any, Any, Any]]]:
    for name in dir(type(api)):
        if name.startswith("_") or name in ("collection", "close"):
            continue
        declared = inspect.getattr_static(api, name)
        if isinstance(declared, Operation):
            yield f"{prefix}{name}", api, declared
            continue
        part = getattr(api, name)
        part = part(ID) if callable(part) else part
        assert isinstance(part, Api), f"{prefix}{name} is neither an operation nor a group of them"
        yield from _operations(part, f"{prefix}{name}.")


def _arguments(signature: inspect.Signature, api: Any) -> Iterator[dict[str, Any]]:
    """Yield the arguments of an operation: the required ones with each of their values, then all that there are."""
    every = {name: _values(parameter.annotation, api) for name, parameter in signature.parameters.items()}
    needed = [name for name, parameter in signature.parameters.items() if parameter.default is parameter.empty]
    for values in product(*(every[name] for name in needed)):
        yield dict(zip(needed, values, strict=True))
    yield {name: values[0] for name, values in every.items()}


def _values(annotation: Any, api: Any) -> list[Any]:
    if get_origin(annotation) in (Union, UnionType):
        return _values(next(option for option in get_args(annotation) if option is not NoneType), api)
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if isinstance(annotation, TypeVar):
        return [api._endpoint.record.model_construct(id=ID)]
    if get_origin(annotation) is not None:
        return [_values(get_args(annotation)[0], api)]
    if issubclass(annotation, BaseModel):
        return [annotation.model_construct(**({"id": ID} if "id" in annotation.model_fields else {}))]
    return [_VALUES[annotation]]
