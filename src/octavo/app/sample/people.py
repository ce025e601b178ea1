"""The sample library's patrons. Their names are put together from lists; nobody of that name is meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from octavo.app.sample.house import GROUPS
from octavo.app.sample.record import Json, Keys, Made, record
from octavo.catalogue.blocks import MANUAL_BLOCK
from octavo.catalogue.patrons import PROXY, USER
from octavo_models.scalars import format_instant

#: The patron to try things with.
PATRON: Final = "ada"

#: The first patrons are somebody: whoever tries something special finds one to try it with.
ADA, INACTIVE, EXPIRED, BLOCKED, PROXY_OF_ADA = range(5)
#: From here on patrons are like any other.
FIRST_USUAL: Final = 5

_FIRST: Final = (
    "Amara", "Anton", "Beatriz", "Bela", "Carmen", "Chidi", "Clara", "Dario", "Dinah", "Edda", "Emil", "Esther", "Farid",
    "Fiona", "Gareth", "Greta", "Hana", "Henrik", "Ines", "Ivo", "Jasper", "Joan", "Kamala", "Kenji", "Laila", "Leon",
    "Lucia", "Magnus", "Marisol", "Milo", "Nadia", "Niall", "Olga", "Omar", "Paloma", "Per", "Quentin", "Rania", "Ravi",
    "Rosa", "Samir", "Selma", "Soren", "Tamar", "Theo", "Uma", "Viktor", "Wanda", "Yusuf", "Zora",
)  # fmt: skip
_LAST: Final = (
    "Abara", "Alder", "Arkwright", "Bellamy", "Birch", "Brandt", "Calder", "Castellan", "Corvin", "Dahl", "Delgado", "Ekholm",
    "Elmore", "Farrow", "Fenn", "Galvez", "Gray", "Hadley", "Halloran", "Ibarra", "Ito", "Jansen", "Juniper", "Kestrel",
    "Kovac", "Larkin", "Lindqvist", "Marlowe", "Mbeki", "Moreau", "Nakamura", "Novak", "Oakes", "Okafor", "Pascal", "Pemberton",
    "Quill", "Rahman", "Rowan", "Sable", "Santoro", "Thorne", "Tolliver", "Ueda", "Vance", "Verity", "Wickham", "Winter",
    "Yarrow", "Zeller", "Ziegler",
)  # fmt: skip
_GROUPS: Final = [group for group, share in GROUPS.items() for _ in range(share) if group != "Remote Non-circulating"]


@dataclass(frozen=True)
class Patron:
    """A patron as loans and requests need to know them."""

    number: int
    id: str
    group: str
    first_name: str
    last_name: str
    barcode: str

    @property
    def username(self) -> str:
        """Return the name to log in with."""
        return PATRON if self.number == ADA else f"{self.first_name}.{self.last_name}.{self.number}".lower()


def patron(keys: Keys, number: int) -> Patron:
    """Return a patron by number."""
    if number == ADA:
        return Patron(number, keys("patron", number), "undergraduate", "Ada", "Marsh", "2000000000")
    first, last = _FIRST[number % len(_FIRST)], _LAST[(number + number // len(_FIRST)) % len(_LAST)]
    group = _GROUPS[number % len(_GROUPS)]
    return Patron(number, keys("patron", number), group, first, last, f"2{number:09}")


def people(keys: Keys, count: int, now: datetime) -> Iterator[Made]:
    """Yield all patrons."""
    made = now - timedelta(days=700)
    for number in range(count):
        yield Made(USER, _user(keys, patron(keys, number), made, now))


def special_cases(keys: Keys, now: datetime) -> Iterator[Made]:
    """Yield what makes the first patrons special: a manual block, somebody who may act for Ada."""
    made = now - timedelta(days=30)
    block = {
        "type": "Manual", "desc": "Card reported lost", "patronMessage": "Please come to the desk with an identity card",
        "borrowing": True, "renewals": True, "requests": True, "userId": keys("patron", BLOCKED),
    }  # fmt: skip
    yield Made(MANUAL_BLOCK, record(MANUAL_BLOCK, keys("block", BLOCKED), made, **block))
    relation = {
        "userId": keys("patron", ADA), "proxyUserId": keys("patron", PROXY_OF_ADA), "requestForSponsor": "Yes",
        "notificationsTo": "Proxy", "accrueTo": "Sponsor", "status": "Active",
    }  # fmt: skip
    yield Made(PROXY, record(PROXY, keys("proxy", ADA), made, **relation))


def _user(keys: Keys, person: Patron, made: datetime, now: datetime) -> Json:
    mail = f"{person.username}@patrons.example"
    expires = now + timedelta(days=-20 if person.number == EXPIRED else 365 + person.number % 300)
    home = {
        "addressTypeId": keys("address type", "Home"), "addressLine1": f"{person.number % 90 + 1} Mill Lane",
        "city": "Rivermouth", "postalCode": f"{10000 + person.number % 900}", "countryId": "US", "primaryAddress": True,
    }  # fmt: skip
    return record(
        USER,
        person.id,
        made,
        username=person.username,
        barcode=person.barcode,
        externalSystemId=mail,
        active=person.number != INACTIVE,
        type="patron",
        patronGroup=keys("group", person.group),
        departments=[keys("department", "Literature")] if person.group in ("faculty", "graduate") else [],
        personal={
            "lastName": person.last_name, "firstName": person.first_name, "email": mail,
            "addresses": [home], "preferredContactTypeId": "002", "preferredContactTypeIds": [],
        },
        enrollmentDate=format_instant(made),
        expirationDate=format_instant(expires),
        createdDate=format_instant(made),
        updatedDate=format_instant(made),
    )  # fmt: skip
