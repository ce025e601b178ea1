"""What of a bibliographic record becomes which field of an instance, after FOLIO's default mapping of MARC 21."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from pymarc import Field, Record

from octavo.app.marc.lists import Lists
from octavo.app.marc.terms import (
    ALTERNATIVE_TITLES,
    CLASSIFICATIONS,
    IDENTIFIERS,
    LINKS,
    MODES,
    NAMES,
    NOTES,
    OTHER_STANDARD,
    PUBLISHED_AS,
    SERIES,
    SOURCED,
    SUBJECTS,
)

Json = dict[str, Any]

#: The tags that say something an instance has a place for, or that say nothing about the work itself.
USED: Final = frozenset({
    "001", "003", "005", "008", "010", "020", "022", "024", "028", "035", "040", "041", "245", "250", "260", "264", "300",
    "336", "338", "490", "856", *ALTERNATIVE_TITLES, *CLASSIFICATIONS, *NAMES, *SERIES, *SUBJECTS,
})  # fmt: skip

#: The fields of an instance that a record decides; a field that it does not have any more is taken away.
OWNED: Final = frozenset({
    "title", "indexTitle", "alternativeTitles", "editions", "series", "identifiers", "contributors", "subjects",
    "classifications", "publication", "dates", "electronicAccess", "instanceFormatIds", "physicalDescriptions", "languages",
    "notes", "instanceTypeId", "modeOfIssuanceId",
})  # fmt: skip


@dataclass
class Mapped:
    """An instance in wire form, by which keys it is known, and what of the record could not be used."""

    document: Json
    keys: tuple[str, ...]
    control_number: str | None
    remarks: list[str] = field(default_factory=list)


class Unusable(Exception):  # noqa: N818 - it says what the record is
    """No instance can be made of a record."""


def to_instance(record: Record, lists: Lists, default_type: str | None) -> Mapped:
    """Return the instance that a record describes. Raises Unusable.

    default_type: the id of the instance type of a record that names none known to the tenant.
    """
    if record.leader[5] == "d":
        raise Unusable("the record is marked as deleted")
    if record.leader[6] in "uvxy":
        raise Unusable("the record describes holdings, not a work")
    remarks: list[str] = []
    title = _title(record)
    if title is None:
        raise Unusable("there is no title (245 $a)")
    type_id = next((found for one in record.get_fields("336") if (found := lists.find("instance_type", *one.get_subfields("b", "a")))), None)
    if type_id is None and default_type is None:
        raise Unusable("the tenant has no instance type for the record (336)")
    document = {
        "source": "MARC",
        "title": title,
        "indexTitle": _index_title(record, title),
        "instanceTypeId": type_id or default_type,
        "instanceFormatIds": _distinct(lists.find("instance_format", *one.get_subfields("b", "a")) for one in record.get_fields("338")),
        "modeOfIssuanceId": lists.find("mode_of_issuance", *_mode(record)),
        "dates": _dates(record),
        "languages": _languages(record),
    }
    document |= {name: _distinct(make(record, lists, remarks)) for name, make in _LISTS.items()}
    control, keys = _keys(record)
    document["matchKey"] = keys[0]
    return Mapped({name: value for name, value in document.items() if value not in (None, [], {})}, keys, control, remarks)


def _keys(record: Record) -> tuple[str | None, tuple[str, ...]]:
    """Return the control number, and by what the work is known elsewhere; the first of these is kept as its match key."""
    number, agency = (_control(record, tag) for tag in ("001", "003"))
    control = f"({agency}){number}" if number and agency else number
    others = [one for entry in record.get_fields("035") for one in entry.get_subfields("a") if one.strip()]
    keys = _distinct([control, *map(str.strip, others)])
    return number, tuple(keys) or (f"sha256 {sha256(str(record).encode()).hexdigest()}",)


def _control(record: Record, tag: str) -> str | None:
    found = record.get(tag)
    return (found.data or "").strip() or None if found else None


def _title(record: Record) -> str | None:
    found = record.get("245")
    text = _joined(found, "anpbfgks") if found else ""
    return _trimmed(text) or None


def _index_title(record: Record, title: str) -> str:
    skip = record["245"].indicator2
    return title[int(skip) :].strip() or title if skip.isdecimal() else title


def _mode(record: Record) -> tuple[str, ...]:
    if record.leader[19] == "a":
        return "multipart monograph", "unspecified"
    return MODES.get(record.leader[7], "unspecified"), "unspecified"


def _dates(record: Record) -> Json | None:
    coded = _fixed(record)
    dates = {name: coded[start : start + 4] for name, start in (("date1", 7), ("date2", 11))}
    return {name: text for name, text in dates.items() if re.fullmatch(r"[0-9u]{4}", text, re.ASCII)} or None


def _fixed(record: Record) -> str:
    found = record.get("008")
    return (found.data or "") if found else ""


def _languages(record: Record) -> list[str]:
    codes = [_fixed(record)[35:38]]
    for one in record.get_fields("041"):
        for text in one.get_subfields("a", "d"):
            codes += [text[start : start + 3] for start in range(0, len(text), 3)] if len(text) % 3 == 0 else [text]
    return _distinct(code.lower() for code in codes if re.fullmatch(r"[a-z]{3}", code, re.ASCII | re.IGNORECASE) and code != "zxx")


Remarks = list[str]


def _identifiers(record: Record, lists: Lists, remarks: Remarks) -> Iterator[Json]:
    for tag, code, names in IDENTIFIERS:
        for one in record.get_fields(tag):
            for value in filter(None, map(str.strip, one.get_subfields(code))):
                yield from _identifier(lists, remarks, f"{tag} ${code}", value, _named(one, value, names))


def _named(one: Field, value: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of an identifier's type, the best first."""
    if one.tag == "035" and value.startswith("(OCoLC)"):
        return "OCLC", *names
    if one.tag == "024":
        source = one.get("2")
        return *((source, SOURCED.get(source, source)) if source else ()), OTHER_STANDARD.get(one.indicator1, names[0]), *names
    return names


def _identifier(lists: Lists, remarks: Remarks, place: str, value: str, names: tuple[str, ...]) -> Iterator[Json]:
    type_id = lists.find("identifier_type", *names)
    if type_id:
        yield {"value": value, "identifierTypeId": type_id}
    else:
        remarks.append(f"{place} {value}: the tenant has no identifier type {names[0]}")


def _contributors(record: Record, lists: Lists, remarks: Remarks) -> Iterator[Json]:
    for tag, (kind, codes) in NAMES.items():
        for one in record.get_fields(tag):
            name = _trimmed(_joined(one, codes))
            name_type = lists.find("contributor_name_type", kind)
            if not name:
                remarks.append(f"{tag}: there is no name")
            elif name_type is None:
                remarks.append(f"{tag} {name}: the tenant has no contributor name type {kind}")
            else:
                yield {"name": name, "contributorNameTypeId": name_type, "primary": tag < "200", **_relator(one, lists)}


def _relator(one: Field, lists: Lists) -> Json:
    """Return what somebody did: a type of the tenant's, else the words of the record."""
    codes = [text.strip().rpartition("/")[2] for text in one.get_subfields("4")]
    terms = [text.strip(" .,") for text in one.get_subfields("j" if one.tag.endswith("11") else "e")]
    type_id = lists.find("contributor_type", *codes, *terms)
    text = {"contributorTypeText": ", ".join(terms)} if terms else {}
    return {"contributorTypeId": type_id, **text} if type_id else text


def _subjects(record: Record, lists: Lists, _: Remarks) -> Iterator[Json]:
    for tag, kind in SUBJECTS.items():
        for one in record.get_fields(tag):
            head = _trimmed(" ".join(part.value.strip() for part in one.subfields if part.code in "abcdfgjklmnopqrstu"))
            parts = [head, *(_trimmed(part.value) for part in one.subfields if part.code in "vxyz")]
            value = "--".join(filter(None, parts))
            if value:
                type_id = lists.find("subject_type", kind)
                yield {"value": value, **({"typeId": type_id} if type_id else {})}


def _publication(record: Record, _: Lists, __: Remarks) -> Iterator[Json]:
    for one in record.get_fields("260", "264"):
        made = {
            "place": _trimmed(_joined(one, "a")), "publisher": _trimmed(_joined(one, "b")),
            "dateOfPublication": _joined(one, "c").strip(" ,;"),
            "role": PUBLISHED_AS.get(one.indicator2, "") if one.tag == "264" else "",
        }  # fmt: skip
        if any(made[name] for name in ("place", "publisher", "dateOfPublication")):
            yield {name: text for name, text in made.items() if text}


def _notes(record: Record, lists: Lists, _: Remarks) -> Iterator[Json]:
    for one in record.get_fields():
        if re.fullmatch(r"5\d\d", one.tag, re.ASCII) and (text := " ".join(_words(one))):
            type_id = lists.find("instance_note_type", NOTES.get(one.tag), "General note")
            yield {"note": text, "staffOnly": one.tag.startswith("59"), **({"instanceNoteTypeId": type_id} if type_id else {})}


def _words(one: Field) -> list[str]:
    return [part.value.strip() for part in one.subfields if part.code.isalpha() and part.value.strip()]


def _links(record: Record, lists: Lists, remarks: Remarks) -> Iterator[Json]:
    for one in record.get_fields("856"):
        addresses = [address.strip() for address in one.get_subfields("u") if address.strip()]
        if not addresses:
            remarks.append("856: there is no address ($u)")
        said = {"linkText": _joined(one, "y"), "materialsSpecification": _joined(one, "3"), "publicNote": _joined(one, "z")}
        relation = lists.find("electronic_access_relationship", LINKS.get(one.indicator2), "No information provided")
        for address in addresses:
            made = {"uri": address, **{name: text for name, text in said.items() if text}}
            yield {**made, "relationshipId": relation} if relation else made


def _alternative_titles(record: Record, lists: Lists, _: Remarks) -> Iterator[Json]:
    for tag, kind in ALTERNATIVE_TITLES.items():
        for one in record.get_fields(tag):
            if title := _trimmed(_joined(one, "anpbfgklmors")):
                type_id = lists.find("alternative_title_type", kind)
                yield {"alternativeTitle": title, **({"alternativeTitleTypeId": type_id} if type_id else {})}


def _classifications(record: Record, lists: Lists, remarks: Remarks) -> Iterator[Json]:
    for tag, names in CLASSIFICATIONS.items():
        for one in record.get_fields(tag):
            number, type_id = _joined(one, "ab"), lists.find("classification_type", *names)
            if number and type_id:
                yield {"classificationNumber": number, "classificationTypeId": type_id}
            elif number:
                remarks.append(f"{tag} {number}: the tenant has no classification type {names[0]}")


def _series(record: Record, _: Lists, __: Remarks) -> Iterator[Json]:
    for one in record.get_fields(*SERIES):
        if text := _trimmed(_joined(one, "abcdfgklmnopqrstv")):
            yield {"value": text}


def _texts(tag: str, codes: str) -> Callable[[Record, Lists, Remarks], Iterator[str]]:
    def make(record: Record, _: Lists, __: Remarks) -> Iterator[str]:
        return (text for one in record.get_fields(tag) if (text := _joined(one, codes)))

    return make


_LISTS: Final[dict[str, Callable[[Record, Lists, Remarks], Iterator[Any]]]] = {
    "identifiers": _identifiers,
    "contributors": _contributors,
    "subjects": _subjects,
    "publication": _publication,
    "notes": _notes,
    "electronicAccess": _links,
    "alternativeTitles": _alternative_titles,
    "classifications": _classifications,
    "series": _series,
    "editions": _texts("250", "ab"),
    "physicalDescriptions": _texts("300", "abcefg"),
}


def _joined(one: Field, codes: str) -> str:
    """Return the subfields of these codes in the record's order, with blanks between."""
    return " ".join(part.value.strip() for part in one.subfields if part.code in codes and part.value.strip())


def _trimmed(text: str) -> str:
    """Return a text without the punctuation that ISBD puts before the next one; initials keep their full stop."""
    plain = text.strip().rstrip(" /:;,=").strip()
    return plain[:-1] if re.search(r"[\w)]{3}\.$", plain) else plain


def _distinct(values: Any) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value is not None and value not in found:
            found.append(value)
    return found
