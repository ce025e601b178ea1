"""What is refused at the desk: FOLIO's words, and how whoever may can insist."""

from collections.abc import Mapping
from dataclasses import dataclass

from octavo.errors import Invalid, Violation
from octavo.page.shared.forms import read_moment
from octavo.page.shared.languages import Reader
from octavo.rules.overrides import Block
from octavo_models.circulation import Asked, AskedWithDueDate, OverrideBlocks

_DATED = frozenset({Block.ITEM_NOT_LOANABLE, Block.RENEWAL_DUE_DATE_REQUIRED})


@dataclass(frozen=True)
class Refusal:
    """A refusal as a page shows it. blocks: what to override, "" where that is not possible or not allowed."""

    messages: tuple[str, ...]
    blocks: str = ""
    due_date: bool = False


def refusal(refused: Invalid, asked: frozenset[Block] = frozenset()) -> Refusal:
    """Return what to show of a refusal. asked: what was to be overridden already, in vain."""
    messages = tuple(map(in_words, refused.violations))
    offered = [violation.block for violation in refused.violations if violation.block]
    if any(block.missing_permissions for block in offered) or not (asked or len(offered) == len(messages)):
        return Refusal(messages)
    blocks = {Block(block.name) for block in offered} | asked
    return Refusal(messages, ",".join(sorted(blocks)), bool(blocks & _DATED))


def in_words(violation: Violation) -> str:
    """Return FOLIO's message, with what staff have written about a block where that is the reason."""
    reason = dict(violation.parameters).get("reason")
    return f"{violation.message}: {reason}" if reason else violation.message


def asked_blocks(form: Mapping[str, str]) -> frozenset[Block]:
    """Return the kinds of refusal that a form wants overridden."""
    named = form.get("blocks", "").split(",")
    return frozenset(block for block in Block if block in named)


def read_overrides(form: Mapping[str, str], reader: Reader) -> OverrideBlocks | None:
    """Return what a form wants overridden and why, None where it is sent for the first time. Raises Invalid."""
    asked = asked_blocks(form)
    if not asked:
        return None
    dated = AskedWithDueDate(due_date=read_moment(form.get("due", ""), reader))
    return OverrideBlocks(
        item_not_loanable_block=dated if Block.ITEM_NOT_LOANABLE in asked else None,
        patron_block=Asked() if Block.PATRON in asked else None,
        item_limit_block=Asked() if Block.ITEM_LIMIT in asked else None,
        renewal_block=Asked() if Block.RENEWAL in asked else None,
        renewal_due_date_required_block=dated if Block.RENEWAL_DUE_DATE_REQUIRED in asked else None,
        comment=form.get("reason", ""),
    )
