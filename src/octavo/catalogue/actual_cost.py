"""Lost items whose cost staff have to find out (mod-circulation-storage)."""

from octavo.store.record_type import RecordType
from octavo_models.actual_cost import ACTUAL_COST_RECORDS

ACTUAL_COST_RECORD = RecordType(
    ACTUAL_COST_RECORDS,
    table="actual_cost_record",
    permission="actual-cost-record-storage.actual-cost-records",
    index=(
        "loan.id",
        "lossType",
        "lossDate",
        "instance.title",
        "item.permanentLocation",
        "feeFine.type",
        "feeFine.owner",
        ("status", "expirationDate"),
    ),
    fulltext=("instance.title", "user.firstName", "user.lastName"),
)
