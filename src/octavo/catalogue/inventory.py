"""Instances, holdings and items, and how works hang together (mod-inventory-storage)."""

from octavo.store.record_type import RecordType, Reference, Unique
from octavo_models.inventory import (
    BOUND_WITH_PARTS,
    HOLDINGS,
    INSTANCE_RELATIONSHIPS,
    INSTANCES,
    ITEMS,
    PRECEDING_SUCCEEDING_TITLES,
)

INSTANCE = RecordType(
    INSTANCES,
    table="instance",
    event="inventory.instance",
    permission="inventory-storage.instances",
    index=("source", "metadata.updatedDate"),
    unique=(Unique(("hrid",)), Unique(("matchKey",))),
    references=(
        Reference("instanceTypeId", "instance_type"),
        Reference("modeOfIssuanceId", "mode_of_issuance"),
        Reference("statusId", "instance_status"),
    ),
    exact=("source",),
    fulltext=("title", "indexTitle", "contributors", "identifiers"),
    versioned=True,
    hrid_prefix="in",
)

HOLDINGS_RECORD = RecordType(
    HOLDINGS,
    table="holdings_record",
    event="inventory.holdings-record",
    permission="inventory-storage.holdings",
    index=("callNumber",),
    unique=(Unique(("hrid",)),),
    references=(
        Reference("instanceId", "instance", alias="instance", reverse="holdingsRecords"),
        Reference("permanentLocationId", "location"),
        Reference("temporaryLocationId", "location"),
        Reference("effectiveLocationId", "location", alias="effectiveLocation"),
        Reference("holdingsTypeId", "holdings_type"),
        Reference("callNumberTypeId", "call_number_type"),
        Reference("illPolicyId", "ill_policy"),
        Reference("sourceId", "holdings_records_source"),
    ),
    exact=("callNumber",),
    versioned=True,
    hrid_prefix="ho",
)

ITEM = RecordType(
    ITEMS,
    table="item",
    event="inventory.item",
    permission="inventory-storage.items",
    not_found="item not found",
    index=(
        "status.name",
        "accessionNumber",
        "purchaseOrderLineIdentifier",
        "effectiveCallNumberComponents.callNumber",
    ),
    unique=(Unique(("barcode",)), Unique(("hrid",))),
    references=(
        Reference("holdingsRecordId", "holdings_record", alias="holdingsRecords", reverse="item"),
        Reference("permanentLoanTypeId", "loan_type"),
        Reference("temporaryLoanTypeId", "loan_type"),
        Reference("materialTypeId", "material_type"),
        Reference("permanentLocationId", "location"),
        Reference("temporaryLocationId", "location"),
        Reference("effectiveLocationId", "location"),
    ),
    exact=(
        "barcode",
        "accessionNumber",
        "purchaseOrderLineIdentifier",
        "effectiveCallNumberComponents.callNumber",
    ),
    versioned=True,
    hrid_prefix="it",
)

BOUND_WITH_PART = RecordType(
    BOUND_WITH_PARTS,
    table="bound_with_part",
    event="inventory.bound-with",
    permission="inventory-storage.bound-with-parts",
    unique=(Unique(("itemId", "holdingsRecordId")),),
    references=(Reference("itemId", "item"), Reference("holdingsRecordId", "holdings_record")),
)

INSTANCE_RELATIONSHIP = RecordType(
    INSTANCE_RELATIONSHIPS,
    table="instance_relationship",
    permission="inventory-storage.instances.instance-relationships",
    references=(
        Reference("superInstanceId", "instance"),
        Reference("subInstanceId", "instance"),
        Reference("instanceRelationshipTypeId", "instance_relationship_type"),
    ),
)

PRECEDING_SUCCEEDING_TITLE = RecordType(
    PRECEDING_SUCCEEDING_TITLES,
    table="preceding_succeeding_title",
    permission="inventory-storage.preceding-succeeding-titles",
    references=(Reference("precedingInstanceId", "instance"), Reference("succeedingInstanceId", "instance")),
)
