"""What keeps a patron from borrowing, renewing and requesting: conditions, limits, blocks made by staff."""

from typing import ClassVar, Final, Literal

from octavo_models.record import Endpoint, OpenRecord, Part, Record
from octavo_models.scalars import Flag, Instant, Number, Text, Uuid

# The six conditions that every tenant has, by id; the rules know them by nothing else.
MAX_ITEMS_CHARGED_OUT: Final = "3d7c52dc-c732-4223-8bf8-e5917801386f"
MAX_LOST_ITEMS: Final = "72b67965-5b73-4840-bc0b-be8f3f6e047e"
MAX_OVERDUE_ITEMS: Final = "584fbd4f-6a34-4730-a6ca-73a6a6a9d845"
MAX_OVERDUE_RECALLS: Final = "e5b45031-a202-4abb-917b-e1df9346fe2c"
MAX_OUTSTANDING_BALANCE: Final = "cf7a0d5f-a327-4ca1-aa9e-dc55ec006b8a"
RECALL_OVERDUE_DAYS: Final = "08530ac4-07f2-48e6-9dda-a97bc2bf7053"


class PatronBlockCondition(OpenRecord):
    """A reason for an automatic block, what it blocks, and what the patron is told (seed 002)."""

    id: Uuid
    name: Text
    block_borrowing: Flag
    block_renewals: Flag
    block_requests: Flag
    value_type: Literal["Integer", "Double"]
    message: Text | None = None

    @property
    def blocks_anything(self) -> bool:
        """Tell whether any action is blocked."""
        return self.block_borrowing or self.block_renewals or self.block_requests


class PatronBlockLimit(OpenRecord):
    """The value of a condition from which on patrons of a group are blocked."""

    read_only: ClassVar[frozenset[str]] = frozenset({"metadata"})

    id: Uuid
    patron_group_id: Uuid
    condition_id: Uuid
    value: Number


class ManualBlock(Record):
    """A block that staff have put on one patron; it ends at `expiration_date`, if there is one."""

    type: Text | None = None
    desc: Text
    code: Text | None = None
    staff_information: Text | None = None
    patron_message: Text | None = None
    expiration_date: Instant | None = None
    borrowing: Flag | None = None
    renewals: Flag | None = None
    requests: Flag | None = None
    user_id: Uuid


class BlockTemplate(Part):
    """What a manual block made from a template starts with."""

    desc: Text | None = None
    patron_message: Text | None = None
    borrowing: Flag | None = None
    renewals: Flag | None = None
    requests: Flag | None = None


class ManualBlockTemplate(Record):
    """A named pattern for manual blocks."""

    name: Text
    code: Text | None = None
    desc: Text | None = None
    block_template: BlockTemplate | None = None


PATRON_BLOCK_CONDITIONS = Endpoint(PatronBlockCondition, "/patron-block-conditions", many="patronBlockConditions")
PATRON_BLOCK_LIMITS = Endpoint(PatronBlockLimit, "/patron-block-limits", many="patronBlockLimits")
MANUAL_BLOCKS = Endpoint(ManualBlock, "/manualblocks", many="manualblocks")
MANUAL_BLOCK_TEMPLATES = Endpoint(ManualBlockTemplate, "/manual-block-templates", many="manualBlockTemplates")
