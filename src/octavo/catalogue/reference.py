"""Controlled lists (mod-inventory-storage): one row each, as they all behave alike."""

from typing import Any

from octavo.store.record_type import RecordType, Reference, Unique
from octavo_models import reference as lists
from octavo_models.record import Endpoint


def _declare(endpoint: Endpoint[Any], table: str, *unique: str) -> RecordType[Any]:
    return RecordType(
        endpoint,
        table=table,
        permission="inventory-storage." + endpoint.path.removeprefix("/"),
        unique=tuple(Unique((field,)) for field in unique),
    )


LOAN_TYPE = _declare(lists.LOAN_TYPES, "loan_type", "name")
MATERIAL_TYPE = _declare(lists.MATERIAL_TYPES, "material_type", "name")

STATISTICAL_CODE = RecordType(
    lists.STATISTICAL_CODES,
    table="statistical_code",
    permission="inventory-storage.statistical-codes",
    unique=(Unique(("code", "statisticalCodeTypeId")), Unique(("name",))),
    references=(Reference("statisticalCodeTypeId", "statistical_code_type"),),
)

REFERENCE_TYPES: tuple[RecordType[Any], ...] = (
    _declare(lists.ALTERNATIVE_TITLE_TYPES, "alternative_title_type", "name"),
    _declare(lists.CALL_NUMBER_TYPES, "call_number_type", "name"),
    _declare(lists.CLASSIFICATION_TYPES, "classification_type", "name"),
    _declare(lists.CONTRIBUTOR_NAME_TYPES, "contributor_name_type", "name"),
    _declare(lists.CONTRIBUTOR_TYPES, "contributor_type", "name", "code"),
    _declare(lists.ELECTRONIC_ACCESS_RELATIONSHIPS, "electronic_access_relationship", "name"),
    _declare(lists.HOLDINGS_NOTE_TYPES, "holdings_note_type", "name"),
    _declare(lists.HOLDINGS_SOURCES, "holdings_records_source", "name"),
    _declare(lists.HOLDINGS_TYPES, "holdings_type", "name"),
    _declare(lists.IDENTIFIER_TYPES, "identifier_type", "name"),
    _declare(lists.ILL_POLICIES, "ill_policy", "name"),
    _declare(lists.INSTANCE_DATE_TYPES, "instance_date_type", "name", "code"),
    _declare(lists.INSTANCE_FORMATS, "instance_format", "name", "code"),
    _declare(lists.INSTANCE_NOTE_TYPES, "instance_note_type", "name"),
    _declare(lists.INSTANCE_RELATIONSHIP_TYPES, "instance_relationship_type", "name"),
    _declare(lists.INSTANCE_STATUSES, "instance_status", "name", "code"),
    _declare(lists.INSTANCE_TYPES, "instance_type", "name", "code"),
    _declare(lists.ITEM_DAMAGED_STATUSES, "item_damaged_status", "name"),
    _declare(lists.ITEM_NOTE_TYPES, "item_note_type", "name"),
    LOAN_TYPE,
    MATERIAL_TYPE,
    _declare(lists.MODES_OF_ISSUANCE, "mode_of_issuance", "name"),
    _declare(lists.NATURE_OF_CONTENT_TERMS, "nature_of_content_term", "name"),
    _declare(lists.STATISTICAL_CODE_TYPES, "statistical_code_type", "name"),
    STATISTICAL_CODE,
    _declare(lists.SUBJECT_SOURCES, "subject_source", "name", "code"),
    _declare(lists.SUBJECT_TYPES, "subject_type", "name"),
)
