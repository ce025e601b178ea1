"""What a table holds of people, as a declaration: from it come the data map, "my data", and what erasing somebody does."""

from dataclasses import dataclass
from enum import StrEnum


class Erased(StrEnum):
    """What becomes of a record when somebody whom it names is erased."""

    ROW = "deleted"
    FIELDS = "kept, without these fields"
    WITH = "deleted with what it belongs to"


@dataclass(frozen=True)
class Person:
    """One way in which records of a type name somebody.

    field: the path that holds the user's id. about: the paths that tell of the same person. stand_in: the path whose
    value takes the id's place where FOLIO's schema asks for an id; it is that of a record, so it names nobody.
    staff: who did something for the library, and is not whom the record is about.
    """

    field: str
    about: tuple[str, ...] = ()
    stand_in: str | None = None
    staff: bool = False


@dataclass(frozen=True)
class Held:
    """What one table holds of people: why, until when, and what erasing does.

    persons: of a record type, how its records name people. plain: its other fields, which say nothing of anybody.
    columns: of another table, which hold something personal. seen: who sees it besides those with the permission of
    the record type.
    """

    purpose: str
    until: str
    erased: Erased
    persons: tuple[Person, ...] = ()
    plain: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    seen: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return everything personal, in order."""
        return (*self.columns, *(path for person in self.persons for path in (person.field, *person.about)))
