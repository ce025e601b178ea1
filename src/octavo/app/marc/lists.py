"""The tenant's controlled lists, by the names and codes that MARC and its users know."""

from dataclasses import dataclass, field

import orjson

from octavo.catalogue import BY_TABLE
from octavo.store import bulk
from octavo.store.tx import Tx

_TABLES = (
    "alternative_title_type", "call_number_type", "classification_type", "contributor_name_type", "contributor_type",
    "electronic_access_relationship", "holdings_records_source", "identifier_type", "instance_format",
    "instance_note_type", "instance_type", "loan_type", "location", "material_type", "mode_of_issuance", "subject_type",
)  # fmt: skip


@dataclass(frozen=True)
class Lists:
    """Ids by table and name or code."""

    _ids: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    async def of(cls, tx: Tx) -> "Lists":
        """Read the lists of a tenant."""
        lists = cls()
        for table in _TABLES:
            for document in await bulk.everything(tx, BY_TABLE[table]):
                entry = orjson.loads(document)
                for name in ("name", "code"):
                    if entry.get(name):
                        lists._ids.setdefault((table, _plain(entry[name])), entry["id"])
        return lists

    def find(self, table: str, *names: str | None) -> str | None:
        """Return the entry with the first of these names or codes that is there; letter case does not count."""
        return next((self._ids[key] for name in names if name and (key := (table, _plain(name))) in self._ids), None)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
