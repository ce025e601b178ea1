"""Refusals that staff may override: which there are, who may, and what a request asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from octavo.errors import OverridableBlock, Violation


class Block(StrEnum):
    """A refusal that can be overridden, by its name in `overrideBlocks`."""

    PATRON = "patronBlock"
    ITEM_LIMIT = "itemLimitBlock"
    ITEM_NOT_LOANABLE = "itemNotLoanableBlock"
    RENEWAL = "renewalBlock"
    RENEWAL_DUE_DATE_REQUIRED = "renewalDueDateRequiredBlock"


PERMISSIONS: Mapping[Block, str] = {
    Block.PATRON: "circulation.override-patron-block.post",
    Block.ITEM_LIMIT: "circulation.override-item-limit-block.post",
    Block.ITEM_NOT_LOANABLE: "circulation.override-item-not-loanable-block.post",
    Block.RENEWAL: "circulation.override-renewal-block.post",
    Block.RENEWAL_DUE_DATE_REQUIRED: "circulation.override-renewal-block.post",
}


@dataclass(frozen=True)
class Overrides:
    """The `overrideBlocks` of a request, and the permissions of whoever sent it.

    due_date: of `itemNotLoanableBlock` or `renewalDueDateRequiredBlock`.
    """

    requested: frozenset[Block] = frozenset()
    comment: str | None = None
    due_date: datetime | None = None
    permissions: frozenset[str] = frozenset()

    def overrides(self, block: Block) -> bool:
        """Tell whether a refusal of this kind is asked to be overridden by somebody who may."""
        return block in self.requested and PERMISSIONS[block] in self.permissions

    def offer(self, block: Block) -> OverridableBlock:
        """Return how a refusal could be overridden: what permission the caller lacks, if any."""
        permission = PERMISSIONS[block]
        return OverridableBlock(block.value, () if permission in self.permissions else (permission,))

    @property
    def has_comment(self) -> bool:
        """Tell whether the request says why it overrides."""
        return bool(self.comment and self.comment.strip())

    def insufficient(self, *blocks: Block) -> list[Violation]:
        """Return the refusal of an override among these that the caller asks for without permission."""
        denied = [block for block in blocks if block in self.requested and not self.overrides(block)]
        return [
            Violation(
                "Insufficient override permissions",
                code="INSUFFICIENT_OVERRIDE_PERMISSIONS",
                block=self.offer(block),
            )
            for block in denied[:1]
        ]
