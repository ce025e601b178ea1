"""The words behind MARC 21's tags and codes, by which the tenant's controlled lists are searched. The first is the best."""

from typing import Final

#: Tag, subfield, and the names of the identifier's type.
IDENTIFIERS: Final = (
    ("010", "a", ("LCCN",)),
    ("020", "a", ("ISBN",)),
    ("020", "z", ("Invalid ISBN", "Cancelled ISBN")),
    ("022", "a", ("ISSN",)),
    ("022", "y", ("Invalid ISSN",)),
    ("022", "z", ("Invalid ISSN", "Cancelled ISSN")),
    ("022", "l", ("Linking ISSN",)),
    ("024", "a", ("Other standard identifier",)),
    ("028", "a", ("Publisher or distributor number", "Publisher number")),
    ("035", "a", ("System control number", "Control number")),
    ("035", "z", ("Cancelled system control number",)),
)
#: The first indicator of 024.
OTHER_STANDARD: Final = {"0": "ISRC", "1": "UPC", "2": "ISMN", "3": "International Article Number", "4": "SICI"}
#: The source in 024 $2.
SOURCED: Final = {"doi": "DOI", "hdl": "Handle", "uri": "URI", "urn": "URN"}

#: Tags of people and bodies: the name type, and the subfields that are the name.
NAMES: Final = {
    "100": ("Personal name", "abcdqj"),
    "110": ("Corporate name", "abcdn"),
    "111": ("Meeting name", "acdnqe"),
    "700": ("Personal name", "abcdqj"),
    "710": ("Corporate name", "abcdn"),
    "711": ("Meeting name", "acdnqe"),
    "720": ("Personal name", "a"),
}

SUBJECTS: Final = {
    "600": "Personal name", "610": "Corporate name", "611": "Meeting name", "630": "Uniform title", "647": "Named event",
    "648": "Chronological term", "650": "Topical term", "651": "Geographic name", "653": "Uncontrolled", "655": "Genre/Form",
}  # fmt: skip

ALTERNATIVE_TITLES: Final = {"130": "Uniform title", "240": "Uniform title", "246": "Variant title", "247": "Former title"}

CLASSIFICATIONS: Final = {
    "050": ("LC", "Library of Congress classification"), "060": ("NLM", "National Library of Medicine classification"),
    "080": ("UDC", "Universal Decimal Classification"), "082": ("Dewey", "Dewey Decimal classification"),
    "086": ("Government document", "Superintendent of Documents classification", "SUDOC"),
}  # fmt: skip

SERIES: Final = ("490", "800", "810", "811", "830")

#: The second indicator of 264.
PUBLISHED_AS: Final = {"0": "Production", "1": "Publication", "2": "Distribution", "3": "Manufacture", "4": "Copyright notice date"}

#: The second indicator of 856.
LINKS: Final = {"0": "Resource", "1": "Version of resource", "2": "Related resource"}

NOTES: Final = {
    "501": "With note", "502": "Dissertation note", "504": "Bibliography note", "505": "Formatted Contents Note",
    "506": "Restrictions on Access note", "508": "Creation / Production Credits note", "511": "Participant or Performer note",
    "520": "Summary", "521": "Target Audience note", "530": "Additional Physical Form Available note",
    "533": "Reproduction note", "538": "System Details note", "541": "Immediate Source of Acquisition note",
    "546": "Language note", "561": "Ownership and Custodial History note", "580": "Linking Entry Complexity Note",
    "586": "Awards note", "588": "Source of description note", "590": "Local notes",
}  # fmt: skip

#: Leader, position 7.
MODES: Final = {
    "a": "single unit", "c": "single unit", "d": "single unit", "m": "single unit",
    "b": "serial", "s": "serial", "i": "integrating resource",
}  # fmt: skip

#: The first indicator of 852.
CALL_NUMBER_TYPES: Final = {
    "0": "Library of Congress classification", "1": "Dewey Decimal classification",
    "2": "National Library of Medicine classification", "3": "Superintendent of Documents classification",
    "4": "Shelving control number", "5": "Title", "6": "Shelved separately", "7": "Source specified in subfield $2",
    "8": "Other scheme",
}  # fmt: skip
