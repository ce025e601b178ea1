"""What the library has: instances (works), holdings (where a work is kept) and items (the copies lent)."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from octavo_models.record import Endpoint, OpenPart, Part, Record, Tags
from octavo_models.scalars import Flag, Instant, LooseUuid, Text, Uuid, Whole

_VIRTUAL = frozenset({"metadata", "permanentLocation", "temporaryLocation", "effectiveLocation"})


def _as_value(entry: object) -> object:
    """Accept a heading in its older form, a text, for today's object."""
    return {"value": entry} if isinstance(entry, str) else entry


class AlternativeTitle(OpenPart):
    """Another title of the same work."""

    alternative_title_type_id: Uuid | None = None
    alternative_title: Text | None = None
    authority_id: Uuid | None = None


class Series(Part):
    """A series that the work belongs to."""

    value: Text
    authority_id: Uuid | None = None


class Subject(Part):
    """What the work is about."""

    value: Text
    authority_id: Uuid | None = None
    source_id: Uuid | None = None
    type_id: Uuid | None = None


class Identifier(Part):
    """An identifier of the work, such as an ISBN."""

    value: Text
    identifier_type_id: Uuid


class Contributor(Part):
    """Somebody who has contributed to the work."""

    name: Text
    contributor_type_id: Uuid | None = None
    contributor_type_text: Text | None = None
    contributor_name_type_id: Uuid
    authority_id: Uuid | None = None
    primary: Flag | None = None


class Classification(Part):
    """The place of the work in a classification."""

    classification_number: Text
    classification_type_id: Uuid


class Publication(OpenPart):
    """Where, when and by whom the work was published."""

    publisher: Text | None = None
    place: Text | None = None
    date_of_publication: Text | None = None
    role: Text | None = None


class PublicationPeriod(Part):
    """The years in which a work appeared."""

    start: Whole | None = None
    end: Whole | None = None


class Dates(Part):
    """The dates of a work as they are coded in MARC 008."""

    date_type_id: Uuid | None = None
    date1: Annotated[Text, Field(max_length=4)] | None = None
    date2: Annotated[Text, Field(max_length=4)] | None = None


class ElectronicAccess(Part):
    """A link to the work or its description."""

    uri: Text
    link_text: Text | None = None
    materials_specification: Text | None = None
    public_note: Text | None = None
    relationship_id: Uuid | None = None


class InstanceNote(OpenPart):
    """A note on a work."""

    instance_note_type_id: Uuid | None = None
    note: Text | None = None
    staff_only: Flag = False


class Instance(Record):
    """A work, in one edition: the level at which patrons look things up."""

    read_only: ClassVar[frozenset[str]] = frozenset(
        {"metadata", "instanceFormats", "holdingsRecords2", "sourceRecordFormat"}
    )

    version: Whole | None = Field(default=None, alias="_version")
    hrid: Text | None = None
    match_key: Text | None = None
    source_uri: Text | None = None
    source: Text
    title: Text
    index_title: Text | None = None
    alternative_titles: list[AlternativeTitle] = Field(default_factory=list)
    editions: list[Text] = Field(default_factory=list)
    series: list[Annotated[Series, BeforeValidator(_as_value)]] = Field(default_factory=list)
    identifiers: list[Identifier] = Field(default_factory=list)
    contributors: list[Contributor] = Field(default_factory=list)
    subjects: list[Annotated[Subject, BeforeValidator(_as_value)]] = Field(default_factory=list)
    classifications: list[Classification] = Field(default_factory=list)
    publication: list[Publication] = Field(default_factory=list)
    publication_frequency: list[Text] = Field(default_factory=list)
    publication_range: list[Text] = Field(default_factory=list)
    publication_period: PublicationPeriod | None = None
    dates: Dates | None = None
    electronic_access: list[ElectronicAccess] = Field(default_factory=list)
    instance_type_id: Uuid
    instance_format_ids: list[Uuid] = Field(default_factory=list)
    physical_descriptions: list[Text] = Field(default_factory=list)
    languages: list[Text] = Field(default_factory=list)
    notes: list[InstanceNote] = Field(default_factory=list)
    administrative_notes: list[Text] = Field(default_factory=list)
    mode_of_issuance_id: Uuid | None = None
    cataloged_date: Text | None = None
    previously_held: Flag = False
    staff_suppress: Flag | None = None
    discovery_suppress: Flag = False
    deleted: Flag | None = None
    statistical_code_ids: list[Uuid] = Field(default_factory=list)
    status_id: Uuid | None = None
    status_updated_date: Text | None = None
    tags: Tags | None = None
    nature_of_content_term_ids: list[Uuid] = Field(default_factory=list)


class HoldingsNote(OpenPart):
    """A note on holdings."""

    holdings_note_type_id: Uuid | None = None
    note: Text | None = None
    staff_only: Flag | None = None


class HoldingsStatement(OpenPart):
    """A sentence on what of a serial is held."""

    statement: Text | None = None
    note: Text | None = None
    staff_note: Text | None = None


class ReceivingEntry(OpenPart):
    """One part of a serial that has come in."""

    public_display: Flag | None = None
    enumeration: Text | None = None
    chronology: Text | None = None


class ReceivingHistory(OpenPart):
    """Which parts of a serial have come in."""

    display_type: Text | None = None
    entries: list[ReceivingEntry] = Field(default_factory=list)


class AdditionalCallNumber(OpenPart):
    """A further call number of holdings or of an item."""

    type_id: Uuid | None = None
    prefix: Text | None = None
    call_number: Text | None = None
    suffix: Text | None = None


class Holdings(Record):
    """The copies of a work at one place, and their call number. `effective_location_id` is made by the server."""

    read_only: ClassVar[frozenset[str]] = _VIRTUAL | {
        "effectiveLocationId",
        "illPolicy",
        "holdingsInstance",
        "holdingsItems",
        "bareHoldingsItems",
    }

    version: Whole | None = Field(default=None, alias="_version")
    source_id: Uuid | None = None
    hrid: Text | None = None
    holdings_type_id: Uuid | None = None
    former_ids: list[Text] = Field(default_factory=list)
    instance_id: Uuid
    permanent_location_id: Uuid
    temporary_location_id: Uuid | None = None
    effective_location_id: Uuid | None = None
    electronic_access: list[ElectronicAccess] = Field(default_factory=list)
    call_number_type_id: Uuid | None = None
    call_number_prefix: Text | None = None
    call_number: Text | None = None
    call_number_suffix: Text | None = None
    additional_call_numbers: list[AdditionalCallNumber] = Field(default_factory=list)
    shelving_title: Text | None = None
    acquisition_format: Text | None = None
    acquisition_method: Text | None = None
    receipt_status: Text | None = None
    administrative_notes: list[Text] = Field(default_factory=list)
    notes: list[HoldingsNote] = Field(default_factory=list)
    ill_policy_id: Uuid | None = None
    retention_policy: Text | None = None
    digitization_policy: Text | None = None
    holdings_statements: list[HoldingsStatement] = Field(default_factory=list)
    holdings_statements_for_indexes: list[HoldingsStatement] = Field(default_factory=list)
    holdings_statements_for_supplements: list[HoldingsStatement] = Field(default_factory=list)
    copy_number: Text | None = None
    number_of_items: Text | None = None
    receiving_history: ReceivingHistory | None = None
    discovery_suppress: Flag | None = None
    statistical_code_ids: list[Uuid] = Field(default_factory=list)
    tags: Tags | None = None


ItemStatusName = Literal[
    "Aged to lost", "Available", "Awaiting pickup", "Awaiting delivery", "Checked out", "Claimed returned",
    "Declared lost", "In process", "In process (non-requestable)", "In transit", "Intellectual item",
    "Long missing", "Lost and paid", "Missing", "On order", "Order closed", "Paged", "Restricted",
    "Unavailable", "Unknown", "Withdrawn",
]  # fmt: skip


class ItemStatus(Part):
    """Where an item is in its life, and since when; the server writes the date."""

    name: ItemStatusName
    date: Instant | None = None


class EffectiveCallNumber(Part):
    """The call number that counts: the item's own, else that of its holdings, part by part."""

    call_number: Text | None = None
    prefix: Text | None = None
    suffix: Text | None = None
    type_id: Uuid | None = None


class ItemNote(OpenPart):
    """A note on an item."""

    item_note_type_id: Uuid | None = None
    note: Text | None = None
    staff_only: Flag | None = None


class StaffName(OpenPart):
    """The name of a member of staff."""

    last_name: Text | None = None
    first_name: Text | None = None


class NoteSource(OpenPart):
    """Who wrote a circulation note."""

    id: Text | None = None
    personal: StaffName | None = None


class CirculationNote(Part):
    """A note that is shown at check-out or at check-in."""

    id: Text | None = None
    note_type: Literal["Check in", "Check out"] | None = None
    note: Text | None = None
    source: NoteSource | None = None
    date: Text | None = None
    staff_only: Flag = False


class LastCheckIn(Part):
    """When and where an item last passed a desk."""

    date_time: Instant | None = None
    service_point_id: LooseUuid | None = None
    staff_member_id: Uuid | None = None


class Item(Record):
    """A copy that can be lent. The `effective_…` fields are made by the server from the item and its holdings."""

    read_only: ClassVar[frozenset[str]] = _VIRTUAL | {
        "effectiveLocationId",
        "effectiveCallNumberComponents",
        "effectiveShelvingOrder",
        "materialType",
        "holdingsRecord2",
    }

    version: Whole | None = Field(default=None, alias="_version")
    hrid: Text | None = None
    holdings_record_id: Uuid
    order: Whole | None = None
    former_ids: list[Text] = Field(default_factory=list)
    discovery_suppress: Flag | None = None
    display_summary: Text | None = None
    accession_number: Text | None = None
    barcode: Text | None = None
    effective_shelving_order: Text | None = None
    additional_call_numbers: list[AdditionalCallNumber] = Field(default_factory=list)
    item_level_call_number: Text | None = None
    item_level_call_number_prefix: Text | None = None
    item_level_call_number_suffix: Text | None = None
    item_level_call_number_type_id: Uuid | None = None
    effective_call_number_components: EffectiveCallNumber | None = None
    volume: Text | None = None
    enumeration: Text | None = None
    chronology: Text | None = None
    year_caption: list[Text] = Field(default_factory=list)
    item_identifier: Text | None = None
    copy_number: Text | None = None
    number_of_pieces: Text | None = None
    description_of_pieces: Text | None = None
    number_of_missing_pieces: Text | None = None
    missing_pieces: Text | None = None
    missing_pieces_date: Text | None = None
    item_damaged_status_id: Text | None = None
    item_damaged_status_date: Text | None = None
    administrative_notes: list[Text] = Field(default_factory=list)
    notes: list[ItemNote] = Field(default_factory=list)
    circulation_notes: list[CirculationNote] = Field(default_factory=list)
    status: ItemStatus
    material_type_id: Uuid
    permanent_loan_type_id: Uuid
    temporary_loan_type_id: Uuid | None = None
    permanent_location_id: Uuid | None = None
    temporary_location_id: Uuid | None = None
    effective_location_id: Uuid | None = None
    electronic_access: list[ElectronicAccess] = Field(default_factory=list)
    in_transit_destination_service_point_id: LooseUuid | None = None
    statistical_code_ids: list[Uuid] = Field(default_factory=list)
    purchase_order_line_identifier: Text | None = None
    tags: Tags | None = None
    last_check_in: LastCheckIn | None = None


class BoundWithPart(Record):
    """An item that also holds another work: its holdings are bound into it."""

    read_only: ClassVar[frozenset[str]] = frozenset({"metadata"})

    holdings_record_id: Uuid
    item_id: Uuid


class InstanceRelationship(Record):
    """A work that is part of another."""

    super_instance_id: Uuid
    sub_instance_id: Uuid
    instance_relationship_type_id: Uuid


class PrecedingSucceedingTitle(Record):
    """The title before or after a serial's own; the other title may be a stored instance or only named here."""

    preceding_instance_id: Uuid | None = None
    succeeding_instance_id: Uuid | None = None
    title: Text | None = None
    hrid: Text | None = None
    identifiers: list[Identifier] = Field(default_factory=list)


INSTANCES = Endpoint(Instance, "/instance-storage/instances", many="instances")
HOLDINGS = Endpoint(Holdings, "/holdings-storage/holdings", many="holdingsRecords")
ITEMS = Endpoint(Item, "/item-storage/items", many="items")
BOUND_WITH_PARTS = Endpoint(BoundWithPart, "/inventory-storage/bound-with-parts", many="boundWithParts")
INSTANCE_RELATIONSHIPS = Endpoint(
    InstanceRelationship, "/instance-storage/instance-relationships", many="instanceRelationships"
)
PRECEDING_SUCCEEDING_TITLES = Endpoint(
    PrecedingSucceedingTitle, "/preceding-succeeding-titles", many="precedingSucceedingTitles"
)
