"""Controlled lists: material types, loan types, note types and the like. Most are a name and where it comes from."""

from pydantic import Field

from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, Text, Uuid


class NamedType(Record):
    """An entry of a controlled list."""

    name: Text
    source: Text | None = None


class SourcedType(NamedType):
    """An entry that must say where it comes from."""

    source: Text


class CodedType(SourcedType):
    """An entry that also has a code, such as one of a MARC or RDA list."""

    code: Text


class ContributorNameType(NamedType):
    """A kind of name: personal, corporate or meeting."""

    ordering: Text | None = None


class InstanceFormat(CodedType):
    """An RDA carrier term."""

    is_read_only: Flag | None = Field(default=None, alias="readOnly")


class DisplayFormat(Part):
    """How two dates are shown together."""

    delimiter: Text | None = None
    keep_delimiter: Flag | None = None


class InstanceDateType(CodedType):
    """The meaning of the dates of a work in MARC 008."""

    display_format: DisplayFormat | None = None


class StatisticalCode(CodedType):
    """A code by which the library counts."""

    statistical_code_type_id: Uuid


class SubjectSource(SourcedType):
    """A list of subject headings."""

    code: Text | None = None


ALTERNATIVE_TITLE_TYPES = Endpoint(SourcedType, "/alternative-title-types", many="alternativeTitleTypes")
CALL_NUMBER_TYPES = Endpoint(SourcedType, "/call-number-types", many="callNumberTypes")
CLASSIFICATION_TYPES = Endpoint(NamedType, "/classification-types", many="classificationTypes")
CONTRIBUTOR_NAME_TYPES = Endpoint(ContributorNameType, "/contributor-name-types", many="contributorNameTypes")
CONTRIBUTOR_TYPES = Endpoint(CodedType, "/contributor-types", many="contributorTypes")
ELECTRONIC_ACCESS_RELATIONSHIPS = Endpoint(
    NamedType, "/electronic-access-relationships", many="electronicAccessRelationships"
)
HOLDINGS_NOTE_TYPES = Endpoint(SourcedType, "/holdings-note-types", many="holdingsNoteTypes")
HOLDINGS_SOURCES = Endpoint(NamedType, "/holdings-sources", many="holdingsRecordsSources")
HOLDINGS_TYPES = Endpoint(SourcedType, "/holdings-types", many="holdingsTypes")
IDENTIFIER_TYPES = Endpoint(NamedType, "/identifier-types", many="identifierTypes")
ILL_POLICIES = Endpoint(SourcedType, "/ill-policies", many="illPolicies")
INSTANCE_DATE_TYPES = Endpoint(InstanceDateType, "/instance-date-types", many="instanceDateTypes")
INSTANCE_FORMATS = Endpoint(InstanceFormat, "/instance-formats", many="instanceFormats")
INSTANCE_NOTE_TYPES = Endpoint(SourcedType, "/instance-note-types", many="instanceNoteTypes")
INSTANCE_RELATIONSHIP_TYPES = Endpoint(NamedType, "/instance-relationship-types", many="instanceRelationshipTypes")
INSTANCE_STATUSES = Endpoint(CodedType, "/instance-statuses", many="instanceStatuses")
INSTANCE_TYPES = Endpoint(CodedType, "/instance-types", many="instanceTypes")
ITEM_DAMAGED_STATUSES = Endpoint(SourcedType, "/item-damaged-statuses", many="itemDamageStatuses")
ITEM_NOTE_TYPES = Endpoint(SourcedType, "/item-note-types", many="itemNoteTypes")
LOAN_TYPES = Endpoint(NamedType, "/loan-types", many="loantypes")
MATERIAL_TYPES = Endpoint(NamedType, "/material-types", many="mtypes")
MODES_OF_ISSUANCE = Endpoint(SourcedType, "/modes-of-issuance", many="issuanceModes")
NATURE_OF_CONTENT_TERMS = Endpoint(SourcedType, "/nature-of-content-terms", many="natureOfContentTerms")
STATISTICAL_CODE_TYPES = Endpoint(SourcedType, "/statistical-code-types", many="statisticalCodeTypes")
STATISTICAL_CODES = Endpoint(StatisticalCode, "/statistical-codes", many="statisticalCodes")
SUBJECT_SOURCES = Endpoint(SubjectSource, "/subject-sources", many="subjectSources")
SUBJECT_TYPES = Endpoint(SourcedType, "/subject-types", many="subjectTypes")
