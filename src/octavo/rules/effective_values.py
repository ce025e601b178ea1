"""Where an item really is and under which number: its own values, else those of its holdings (mod-inventory-storage)."""

from octavo_models.inventory import EffectiveCallNumber, Holdings, Item


def with_effective_location(holdings: Holdings) -> Holdings:
    """Return holdings with the location that counts: the temporary one, if there is one."""
    return holdings.model_copy(
        update={"effective_location_id": holdings.temporary_location_id or holdings.permanent_location_id}
    )


def with_effective_values(item: Item, holdings: Holdings) -> Item:
    """Return an item with its effective location, call number and shelving order."""
    location = item.temporary_location_id or item.permanent_location_id
    number = effective_call_number(item, holdings)
    return item.model_copy(
        update={
            "effective_location_id": location or holdings.temporary_location_id or holdings.permanent_location_id,
            "effective_call_number_components": number,
            "effective_shelving_order": shelving_order(item, number),
        }
    )


def effective_call_number(item: Item, holdings: Holdings) -> EffectiveCallNumber:
    """Return the call number that counts, each part for itself the item's, else that of its holdings."""
    return EffectiveCallNumber(
        call_number=_filled(item.item_level_call_number) or holdings.call_number,
        prefix=_filled(item.item_level_call_number_prefix) or holdings.call_number_prefix,
        suffix=_filled(item.item_level_call_number_suffix) or holdings.call_number_suffix,
        type_id=_filled(item.item_level_call_number_type_id) or holdings.call_number_type_id,
    )


def shelving_order(item: Item, number: EffectiveCallNumber) -> str | None:
    """Return the text by which items are sorted on the shelf, None without a call number."""
    if not _filled(number.call_number):
        return None
    parts = (number.call_number, item.volume, item.enumeration, item.chronology, item.copy_number, number.suffix)
    return " ".join(part.strip() for part in parts if part and part.strip())


def _filled(text: str | None) -> str | None:
    return text if text and text.strip() else None
