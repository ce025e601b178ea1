"""What keeps patrons from borrowing, renewing and requesting (seed 002)."""

from octavo_client import calls
from octavo_client.calls import Call, path_of
from octavo_client.collection import records
from octavo_client.operations import Api, S, operation
from octavo_models.answers import AutomatedPatronBlock, AutomatedPatronBlocks
from octavo_models.blocks import (
    MANUAL_BLOCK_TEMPLATES,
    MANUAL_BLOCKS,
    PATRON_BLOCK_CONDITIONS,
    PATRON_BLOCK_LIMITS,
)
from octavo_models.shown import UserSummary


class PatronBlocks(Api[S]):
    """Patron blocks: `conditions` for automatic ones, their `limits` by patron group, `manual` ones and `templates`."""

    conditions = records(PATRON_BLOCK_CONDITIONS)
    limits = records(PATRON_BLOCK_LIMITS)
    manual = records(MANUAL_BLOCKS)
    templates = records(MANUAL_BLOCK_TEMPLATES)

    @operation
    def automated(self, user_id: str) -> Call[list[AutomatedPatronBlock]]:
        """Return the automatic blocks that a patron has now."""
        read = calls.part(AutomatedPatronBlocks, lambda answer: answer.automated_patron_blocks)
        return Call("GET", path_of("/automated-patron-blocks", user_id), read)

    @operation
    def summary(self, user_id: str) -> Call[UserSummary]:
        """Return what automatic blocks are computed from: a patron's open loans and charges. NotFound if there are none."""
        return Call("GET", path_of("/user-summary", user_id), calls.model(UserSummary))
