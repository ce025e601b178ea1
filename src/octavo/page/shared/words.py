"""Words that come from records and that every reader should understand; what is not here is shown as it is."""

from typing import Final

from octavo.page.shared.languages import Reader


def _(message: str) -> str:
    """Mark a message to be translated."""
    return message


#: Statuses of items, states and types of charges, kinds of material, as FOLIO and its reference data name them.
WORDS: Final = {
    word: word
    for word in (
        _("Available"), _("Checked out"), _("Awaiting pickup"), _("Awaiting delivery"), _("In transit"), _("Paged"),
        _("On order"), _("In process"), _("Missing"), _("Declared lost"), _("Claimed returned"), _("Withdrawn"),
        _("Lost and paid"), _("Aged to lost"), _("Long missing"), _("Unavailable"), _("Unknown"), _("Restricted"),
        _("Overdue fine"), _("Lost item fee"), _("Lost item processing fee"), _("Replacement processing fee"),
        _("Lost item fee (actual cost)"), _("Reminder fee"), _("Paid partially"), _("Waived partially"),
        _("Transferred partially"), _("book"), _("audiobook"), _("film"),
    )
}  # fmt: skip


def told(reader: Reader, word: str) -> str:
    """Return a word in the reader's language."""
    return reader.gettext(word) if word in WORDS else word
