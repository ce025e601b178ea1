"""The sample library's books: works of the public domain, and as many copies as are wanted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from octavo.app.sample.house import PLACES
from octavo.app.sample.record import Json, Keys, Made, record
from octavo.app.sample.titles import TITLES
from octavo.catalogue.inventory import HOLDINGS_RECORD, INSTANCE, ITEM
from octavo_models.scalars import format_instant

_STACKS: Final = tuple(place for place in PLACES if place not in ("Main Reading Room", "Media Room"))

#: One work in so many is a film or an audiobook; one copy in so many stays in the reading room.
_FILM, _AUDIOBOOK, _READING_ROOM = 17, 11, 23


@dataclass(frozen=True)
class Copy:
    """A copy as loans and requests need to know it; `number` counts all copies, `work` all works, from 0."""

    number: int
    work: int
    id: str
    holdings_id: str
    instance_id: str
    title: str
    author: str
    barcode: str
    call_number: str
    copy_number: str
    material: str
    loan_type: str
    place: str

    @property
    def desk(self) -> str:
        """Return the service point that fetches it."""
        return PLACES[self.place][2]

    @property
    def loanable(self) -> bool:
        """Tell whether it leaves the reading room."""
        return self.loan_type == "Can circulate"

    @property
    def shelving_order(self) -> str:
        """Return the text by which it is sorted on the shelf."""
        return f"{self.call_number} {self.copy_number}"


@dataclass(frozen=True)
class Shelves:
    """All copies; every fourth is a further copy of a work."""

    keys: Keys
    items: int

    @property
    def works(self) -> int:
        """Return how many works there are."""
        return max(1, self.items * 3 // 4)

    @lru_cache(maxsize=50_000)  # noqa: B019 - a library is made once, and each copy is asked for several times
    def copy(self, number: int) -> Copy:
        """Return a copy by number."""
        work = number % self.works
        title, author, _ = TITLES[work % len(TITLES)]
        material = "film" if _is_last(work, _FILM) else "audiobook" if _is_last(work, _AUDIOBOOK) else "book"
        reading_room = _is_last(number, _READING_ROOM)
        place = _STACKS[work % len(_STACKS)] if material == "book" else "Media Room"
        return Copy(
            number=number,
            work=work,
            id=self.keys("item", number),
            holdings_id=self.keys("holdings", work),
            instance_id=self.keys("instance", work),
            title=title,
            author=author,
            barcode=f"3{number:09}",
            call_number=call_number(work),
            copy_number=f"c. {number // self.works + 1}",
            material=material,
            loan_type="Reading room" if reading_room else "Can circulate",
            place="Main Reading Room" if reading_room else place,
        )

    def loanable(self) -> list[int]:
        """Return the numbers of the copies that are lent."""
        return [number for number in range(self.items) if not _is_last(number, _READING_ROOM)]

    def holding_place(self, work: int) -> str:
        """Return where the copies of a work stand unless they say otherwise."""
        first = self.copy(work)
        return "Main Stacks" if not first.loanable else first.place

    def records(self, now: datetime, status_of: Callable[[int], Json]) -> Iterator[Made]:
        """Yield works, holdings and copies; `status_of` gives what is special of a copy that is not available."""
        made = now - timedelta(days=900)
        for work in range(self.works):
            yield Made(INSTANCE, self._instance(work, made))
        for work in range(self.works):
            yield Made(HOLDINGS_RECORD, self._holdings(work, made))
        for number in range(self.items):
            yield Made(ITEM, self._item(self.copy(number), made, status_of(number)))

    def _instance(self, work: int, made: datetime) -> Json:
        title, author, year = TITLES[work % len(TITLES)]
        edition = work // len(TITLES)
        name_type = self.keys("name type", "Personal name")
        number = {"value": f"cl{work + 1:08}", "identifierTypeId": self.keys("identifier type", "Control number")}
        return record(
            INSTANCE,
            self.keys("instance", work),
            made,
            hrid=f"in{work + 1:011}",
            source="local",
            title=title,
            indexTitle=title,
            contributors=[{"name": author, "contributorNameTypeId": name_type, "primary": True}],
            identifiers=[number],
            editions=[f"New edition, no. {edition + 1}"] if edition else [],
            publication=[{"publisher": "City Library Press", "place": "Rivermouth", "dateOfPublication": str(year + 8 * edition)}],
            instanceTypeId=self.keys("instance type", "text"),
            languages=["eng"],
        )

    def _holdings(self, work: int, made: datetime) -> Json:
        place = self.keys("location", self.holding_place(work))
        return record(
            HOLDINGS_RECORD,
            self.keys("holdings", work),
            made,
            hrid=f"ho{work + 1:011}",
            instanceId=self.keys("instance", work),
            sourceId=self.keys("source", "Local"),
            permanentLocationId=place,
            effectiveLocationId=place,
            callNumber=call_number(work),
        )

    def _item(self, copy: Copy, made: datetime, status: Json) -> Json:
        place = self.keys("location", copy.place)
        elsewhere = {} if copy.place == self.holding_place(copy.work) else {"permanentLocationId": place}
        return record(
            ITEM,
            copy.id,
            made,
            hrid=f"it{copy.number + 1:011}",
            barcode=copy.barcode,
            holdingsRecordId=copy.holdings_id,
            copyNumber=copy.copy_number,
            materialTypeId=self.keys("material", copy.material),
            permanentLoanTypeId=self.keys("loan type", copy.loan_type),
            effectiveLocationId=place,
            effectiveCallNumberComponents={"callNumber": copy.call_number},
            effectiveShelvingOrder=copy.shelving_order,
            **{"status": {"name": "Available", "date": format_instant(made)}, **elsewhere, **status},
        )


def _is_last(number: int, many: int) -> bool:
    return number % many == many - 1


def call_number(work: int) -> str:
    """Return the call number of a work: a class, a number, the author's initial, the year."""
    _, author, year = TITLES[work % len(TITLES)]
    return f"P{'NQRSTZ'[work % 6]}{1000 + work * 37 % 8000} .{author[0]}{work % 97 + 1} {year}"
