"""Requests put straight into storage, in any state, for tests of what happens to them."""

from typing import Any
from uuid import uuid4

from library import Library

Json = dict[str, Any]


async def request(library: Library, item: Json, patron: Json | None = None, position: int = 1, **more: Any) -> Json:
    """Store an open request for an item, by somebody new unless a patron is given, and return it."""
    holdings = await library.get(f"/holdings-storage/holdings/{item['holdingsRecordId']}")
    requester = patron or await library.patron()
    record = {
        "id": str(uuid4()), "requestType": "Hold", "requestLevel": "Item", "requestDate": "2026-01-01T00:00:00Z",
        "requesterId": requester["id"], "itemId": item["id"], "holdingsRecordId": holdings["id"],
        "instanceId": holdings["instanceId"], "fulfillmentPreference": "Hold Shelf", "position": position,
        "pickupServicePointId": library.ids["main desk"], "status": "Open - Not yet filled",
    }  # fmt: skip
    return await library.post("/request-storage/requests", **{**record, **more})
