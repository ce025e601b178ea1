"""Patron blocks: automatic ones by condition and limit, and those that staff make (mod-patron-blocks, mod-feesfines)."""

from octavo.catalogue.blocks_checks import check_condition, check_limit
from octavo.store.record_type import RecordType, Reference
from octavo_models import blocks as models

_SHIPPED = (
    (models.MAX_ITEMS_CHARGED_OUT, "Maximum number of items charged out", "Integer"),
    (models.MAX_LOST_ITEMS, "Maximum number of lost items", "Integer"),
    (models.MAX_OVERDUE_ITEMS, "Maximum number of overdue items", "Integer"),
    (models.MAX_OVERDUE_RECALLS, "Maximum number of overdue recalls", "Integer"),
    (models.MAX_OUTSTANDING_BALANCE, "Maximum outstanding fee/fine balance", "Double"),
    (models.RECALL_OVERDUE_DAYS, "Recall overdue by maximum number of days", "Integer"),
)

PATRON_BLOCK_CONDITION = RecordType(
    models.PATRON_BLOCK_CONDITIONS,
    table="patron_block_conditions",
    permission="patron-blocks.patron-block-conditions",
    not_found="patron-block-condition not found",
    check=check_condition,
    defaults=tuple(
        {
            "id": id_,
            "name": name,
            "blockBorrowing": False,
            "blockRenewals": False,
            "blockRequests": False,
            "valueType": value_type,
            "message": "",
        }
        for id_, name, value_type in _SHIPPED
    ),
)

PATRON_BLOCK_LIMIT = RecordType(
    models.PATRON_BLOCK_LIMITS,
    table="patron_block_limits",
    permission="patron-blocks.patron-block-limits",
    index=("patronGroupId",),
    references=(Reference("conditionId", "patron_block_conditions"),),
    check=check_limit,
)

MANUAL_BLOCK = RecordType(
    models.MANUAL_BLOCKS,
    table="manualblocks",
    permission="manualblocks",
    not_found="ManualblockObject does not exist",
    index=("userId",),
)

MANUAL_BLOCK_TEMPLATE = RecordType(
    models.MANUAL_BLOCK_TEMPLATES,
    table="manual_block_templates",
    permission="manual-block-templates",
)
