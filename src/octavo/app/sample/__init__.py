"""A sample library of any size, invented except for its books: the same seed makes the same library.

There is something of everything: loans in every state, queues, items on the hold shelf and in transit, fines
paid and unpaid, an inactive, an expired and a blocked patron, and `ada` (`PATRON`), who has some of most.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any

import orjson

from octavo.app.sample.charges import charges
from octavo.app.sample.house import house
from octavo.app.sample.loans import Lending
from octavo.app.sample.people import PATRON, people, special_cases
from octavo.app.sample.record import Json, Keys, Made
from octavo.app.sample.requests import requests
from octavo.app.sample.shelves import Shelves
from octavo.errors import BadRequest
from octavo.store import bulk, records
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx

__all__ = ["PATRON", "SampleLibrary", "Sizes", "generate", "load"]

_BATCH = 20_000
_FEWEST = {"patrons": 20, "items": 60, "loans": 20}

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sizes:
    """How large the library is; `loans` counts closed ones too."""

    patrons: int = 60
    items: int = 200
    loans: int = 120


@dataclass(frozen=True)
class SampleLibrary:
    """A library that is made while it is read."""

    sizes: Sizes
    seed: int

    def records(self, now: datetime) -> Iterator[Made]:
        """Yield all records as of a moment, each type in one run, each record after those that it refers to."""
        keys = Keys(self.seed)
        shelves = Shelves(keys, self.sizes.items)
        lending = Lending(keys, shelves, self.sizes.patrons, self.sizes.loans, now)
        yield from house(keys, now - timedelta(days=1000))
        yield from people(keys, self.sizes.patrons, now)
        yield from special_cases(keys, now)
        yield from shelves.records(now, lending.status_of)
        yield from lending.records()
        yield from requests(lending)
        yield from charges(lending)

    @property
    def about(self) -> int:
        """Return about how many records there are."""
        return self.sizes.patrons + self.sizes.items * 5 // 2 + self.sizes.loans * 5 // 4


def generate(sizes: Sizes | None = None, seed: int = 1) -> SampleLibrary:
    """Return a sample library. Raises BadRequest where it would be too small to have something of everything."""
    wanted = sizes or Sizes()
    for name, fewest in _FEWEST.items():
        if getattr(wanted, name) < fewest:
            raise BadRequest(f"a sample library has at least {fewest} {name}")
    return SampleLibrary(wanted, seed)


async def load(tx: Tx, library: SampleLibrary, progress: Progress | None = None) -> int:
    """Copy a library into an empty tenant and return how many records it has, histories not counted.

    Nothing but the tables' own rules checks the records; `progress` is told how many of about how many are done.
    """
    done = 0
    for kind, run in groupby(library.records(tx.now), key=lambda made: made.kind):
        count = 0
        async with bulk.bare(tx, bulk.tables_of(kind)) if library.about > _BATCH else nullcontext():
            while copied := await _copy(tx, kind, islice(run, _BATCH)):
                count += copied
                if progress:
                    progress(done + count, max(library.about, done + count))
        done += count
        if kind.hrid_prefix:
            await bulk.continue_numbers(tx, kind, count)
    return done


async def _copy(tx: Tx, kind: RecordType[Any], batch: Iterator[Made]) -> int:
    """Copy records, made while they are copied, and then their histories; return how many they were.

    Rows that every tenant has from the start are replaced.
    """
    planted = {row["id"] for row in kind.defaults}
    known: list[Json] = []
    past: list[bulk.PastRow] = []
    count = 0

    def rows() -> Iterator[bulk.Row]:
        nonlocal count
        for count, made in enumerate(batch, start=1):  # noqa: B007 - how many there were is asked for afterwards
            if made.document["id"] in planted:
                known.append(made.document)
                continue
            document = orjson.dumps(made.document)
            past.extend(_past(made, document))
            yield made.document["id"], document

    await bulk.copy(tx, kind, rows())
    for document in known:
        await records.replace(tx, kind, document["id"], kind.record.from_wire(document))
    if past:
        await bulk.copy_history(tx, kind, past)
    return count


def _past(made: Made, document: bytes) -> Iterator[bulk.PastRow]:
    for change in made.history:
        printed = document if change.document is made.document else orjson.dumps(change.document)
        yield made.document["id"], change.operation, change.at, printed
