"""What creating, replacing and removing a record means for its type: the plain statements, and those around them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from octavo.errors import BadRequest, Invalid
from octavo.store import records
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.record import Record

R = TypeVar("R", bound=Record)

Create = Callable[[Tx, R], Awaitable[bytes]]
Replace = Callable[[Tx, str, R, str | None], Awaitable[bytes]]
Remove = Callable[[Tx, str, str | None], Awaitable[None]]


@dataclass(frozen=True)
class Verbs(Generic[R]):
    """The functions of a type.

    replace and remove take the id and the ETag that the caller read, None where it does not matter.
    statements: how many statements each of them takes at most.
    """

    create: Create[R]
    replace: Replace[R]
    remove: Remove
    statements: int = 1


def plain(kind: RecordType[R]) -> Verbs[R]:
    """Return the verbs of a type that asks for nothing besides its declaration."""

    async def create(tx: Tx, record: R) -> bytes:
        return await records.insert(tx, kind, record)

    async def replace(tx: Tx, record_id: str, record: R, if_match: str | None) -> bytes:
        return await records.replace(tx, kind, record_id, record, if_match)

    async def remove(tx: Tx, record_id: str, if_match: str | None) -> None:
        await records.delete(tx, kind, record_id, if_match)

    return Verbs(create, replace, remove)


def refused_as_text(kind: RecordType[R]) -> Verbs[R]:
    """Return the verbs of a type whose PUT answers a broken unique rule or reference with 400, not 422."""

    async def replace(tx: Tx, record_id: str, record: R, if_match: str | None) -> bytes:
        return await replace_or_text(tx, kind, record_id, record, if_match)

    usual = plain(kind)
    return Verbs(usual.create, replace, usual.remove)


async def replace_or_text(
    tx: Tx, kind: RecordType[R], record_id: str, record: R, if_match: str | None
) -> bytes:
    """Replace a record; a broken unique rule or reference is a BadRequest with the same text."""
    try:
        return await records.replace(tx, kind, record_id, record, if_match)
    except Invalid as refusal:
        raise BadRequest(refusal.text) from None
