"""What the parts of the sample library share: ids that depend on the seed alone, and records in wire form."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import md5
from typing import Any, Final

import orjson

from octavo.store.record_type import RecordType
from octavo_models.scalars import format_instant

Json = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One row of a record's history: I, U or D, when, and the document after it."""

    operation: str
    at: datetime
    document: Json


@dataclass(frozen=True)
class Made:
    """A record of the sample library in wire form, and, where its type keeps one, its history."""

    kind: RecordType[Any]
    document: Json
    history: tuple[Change, ...] = ()


_NUMBERS: Final = 1 << 60
_ODD: Final = 0x9E3779B97F4A7C15 % _NUMBERS | 1


@dataclass(frozen=True)
class Keys:
    """Makes ids of version 4: the same seed, kind and name or number give the same id."""

    seed: int
    _known: dict[tuple[str, str], str] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, kind: str, name: str | int) -> str:
        """Return the id of the thing of a name or number.

        Names are few and remembered. Numbers are many: theirs are only scattered, which is quick, and no two meet.
        """
        if isinstance(name, str):
            return self._known.get((kind, name)) or self._remember(kind, name, self.once(kind, name))
        mark = self._known.get((kind, "")) or self._remember(kind, "", self._digest(kind, ""))
        scattered = name * _ODD % _NUMBERS
        head, tail = scattered >> 28, scattered & 0xFFFFFFF
        return f"{head:08x}-{tail >> 12:04x}-4{tail & 0xFFF:03x}-8{mark[:3]}-{mark[3:15]}"

    def once(self, kind: str, name: str) -> str:
        """Return the id of the thing of a name without remembering it, for names as many as records."""
        digest = self._digest(kind, name)
        return f"{digest[:8]}-{digest[8:12]}-4{digest[12:15]}-8{digest[15:18]}-{digest[18:30]}"

    def _digest(self, kind: str, name: str) -> str:
        return md5(f"{self.seed}/{kind}/{name}".encode(), usedforsecurity=False).hexdigest()

    def _remember(self, kind: str, name: str, value: str) -> str:
        self._known[kind, name] = value
        return value


def metadata(created: datetime, updated: datetime | None = None) -> Json:
    """Return the metadata of a record made and last changed at these times."""
    at = format_instant(created)
    return {"createdDate": at, "updatedDate": format_instant(updated) if updated and updated is not created else at}


@cache
def _defaults(kind: RecordType[Any]) -> bytes:
    fields = {name: field.get_default(call_default_factory=True) for name, field in kind.record.model_fields.items()}
    present = {name: value for name, value in fields.items() if not kind.record.model_fields[name].is_required()}
    return bytes(kind.record.model_construct(**present).to_wire())


def record(kind: RecordType[Any], record_id: str, made: datetime, **fields: Any) -> Json:
    """Return a record in the form in which it is stored: with its type's defaults, its metadata and first version."""
    document: Json = {**orjson.loads(_defaults(kind)), "id": record_id, **fields}
    if kind.with_metadata:
        document["metadata"] = metadata(made)
    if kind.versioned:
        document["_version"] = 1
    return document
