"""Holdings and items from a bibliographic record: by default 852 and 876, by flags also as other systems export them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pymarc import Field, Record

from octavo.app.marc.lists import Lists
from octavo.app.marc.terms import CALL_NUMBER_TYPES

Json = dict[str, Any]

#: What of an item a subfield may hold.
ITEM_PARTS: Final = ("barcode", "copy", "volume", "chronology", "call-number", "location", "material-type", "loan-type", "note", "number")
#: Subfields of item fields, the first that is there counts: of MARC 21's own fields, and of Koha's 952.
PRESETS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "852": {"barcode": "p", "copy": "t"},
        "876": {"barcode": "pa", "copy": "t", "volume": "3", "location": "l", "number": "a"},
        "952": {
            "barcode": "p", "copy": "t", "volume": "h", "call-number": "o", "location": "cba", "material-type": "y",
            "loan-type": "y", "note": "z", "number": "9",
        },
    }
)  # fmt: skip


@dataclass(frozen=True)
class CopyMapping:
    """Where copies stand in a record, and what they get that the record does not say.

    item_subfields: part of an item (`ITEM_PARTS`) → subfields. location, material_type, loan_type: names or codes.
    """

    holdings_field: str = "852"
    item_field: str = "876"
    item_subfields: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None
    material_type: str | None = None
    loan_type: str | None = None

    def subfields(self, part: str) -> str:
        """Return the subfields that may hold a part of an item."""
        return self.item_subfields.get(part) or PRESETS.get(self.item_field, PRESETS["876"]).get(part, "")


@dataclass
class Copies:
    """The holdings of a record in wire form, without ids, and the items of each."""

    holdings: list[tuple[Json, list[Json]]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def to_copies(record: Record, lists: Lists, mapping: CopyMapping) -> Copies:
    """Return the holdings and items of a record, and why others could not be made."""
    copies = Copies()
    for one in record.get_fields(mapping.holdings_field):
        _add_holdings(copies, one, lists, mapping)
    if mapping.item_field != mapping.holdings_field:
        for one in record.get_fields(mapping.item_field):
            _add_item(copies, one, lists, mapping)
    return copies


def _add_holdings(copies: Copies, one: Field, lists: Lists, mapping: CopyMapping) -> None:
    located = _located(one, lists, mapping)
    if located is None:
        copies.left_out.append(f"{one.tag}: no location is called {' or '.join(_places(one)) or mapping.location or 'so: none is named'}")
        return
    made = {"permanentLocationId": located, "sourceId": lists.find("holdings_records_source", "MARC", "Local", "FOLIO"), **_call_number(one, lists)}
    items = _same(copies, made)
    if mapping.item_field == mapping.holdings_field and one.get_subfields(*mapping.subfields("barcode")):
        _append(copies, items, one, lists, mapping)


def _located(one: Field, lists: Lists, mapping: CopyMapping) -> str | None:
    places = _places(one)
    return lists.find("location", *places) if places else lists.find("location", mapping.location)


def _places(one: Field) -> list[str]:
    """Return what may name the location of an 852: $c within $b, $c, $b."""
    outer, inner = one.get("b"), one.get("c")
    both = [f"{outer}/{inner}"] if outer and inner else []
    return [*both, *(place.strip() for place in (inner, outer) if place and place.strip())]


def _call_number(one: Field, lists: Lists) -> Json:
    number = " ".join(part.value.strip() for part in one.subfields if part.code in "hi" and part.value.strip())
    found = {
        "callNumber": number, "callNumberPrefix": one.get("k"), "callNumberSuffix": one.get("m"),
        "callNumberTypeId": lists.find("call_number_type", CALL_NUMBER_TYPES.get(one.indicator1)) if number else None,
    }  # fmt: skip
    return {name: text for name, text in found.items() if text}


def _same(copies: Copies, made: Json) -> list[Json]:
    """Return the items of holdings, which are added unless the record has them already."""
    made = {name: value for name, value in made.items() if value is not None}
    for known, items in copies.holdings:
        if known == made:
            return items
    copies.holdings.append((made, []))
    return copies.holdings[-1][1]


def _add_item(copies: Copies, one: Field, lists: Lists, mapping: CopyMapping) -> None:
    """Add an item to the holdings at its location; where there are none, to the first, or to new ones."""
    names = _parts(one, mapping.subfields("location"))
    location = lists.find("location", *names)
    if names and location is None:
        copies.left_out.append(f"{one.tag}: no location is called {' or '.join(names)}")
        return
    at_place = [items for holdings, items in copies.holdings if location in (None, holdings["permanentLocationId"])]
    if at_place:
        _append(copies, at_place[0], one, lists, mapping)
        return
    location = location or lists.find("location", mapping.location)
    if location is None:
        copies.left_out.append(f"{one.tag}: the item belongs to no holdings, and no location is named")
        return
    number = next(iter(_parts(one, mapping.subfields("call-number"))), None)
    source = lists.find("holdings_records_source", "MARC", "Local", "FOLIO")
    items = _same(copies, {"permanentLocationId": location, "sourceId": source, "callNumber": number})
    _append(copies, items, one, lists, mapping)


def _append(copies: Copies, items: list[Json], one: Field, lists: Lists, mapping: CopyMapping) -> None:
    said = {part: next(iter(_parts(one, mapping.subfields(part))), None) for part in ITEM_PARTS}
    types = {
        "materialTypeId": lists.find("material_type", said["material-type"], mapping.material_type),
        "permanentLoanTypeId": lists.find("loan_type", said["loan-type"], mapping.loan_type),
    }
    missing = [name for name, found in types.items() if found is None]
    if missing:
        copies.left_out.append(f"{one.tag} {said['barcode'] or ''}: no {' and no '.join(missing)}: name one with --material-type, --loan-type")
        return
    number = said["call-number"]
    texts = {
        "barcode": said["barcode"], "copyNumber": said["copy"], "volume": said["volume"], "chronology": said["chronology"],
        "itemIdentifier": said["number"], "itemLevelCallNumber": number if number != _of_holdings(copies, items) else None,
    }  # fmt: skip
    made: Json = {**types, **{name: text for name, text in texts.items() if text}}
    if said["note"]:
        made["administrativeNotes"] = [said["note"]]
    items.append(made)


def _of_holdings(copies: Copies, items: list[Json]) -> str | None:
    return next((holdings.get("callNumber") for holdings, known in copies.holdings if known is items), None)


def _parts(one: Field, codes: str) -> list[str]:
    return [text for code in codes for value in one.get_subfields(code) if (text := value.strip())]


def used(mapping: CopyMapping) -> Iterator[str]:
    """Yield the tags that copies are made of."""
    yield from (mapping.holdings_field, mapping.item_field)
