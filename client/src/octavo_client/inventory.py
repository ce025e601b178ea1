"""What the library has, where it stands, and the words that describe it."""

import httpx

from octavo_client import calls
from octavo_client.calls import Call, Page, Query, Steps
from octavo_client.collection import R, Records, records
from octavo_client.operations import Api, S, operation, stepping
from octavo_models import inventory as models
from octavo_models import location as places
from octavo_models import reference
from octavo_models.record import Endpoint
from octavo_models.shown import InstanceWithItems, InventoryItem, ItemInTransit

_SHOWN_INSTANCES = Endpoint(models.Instance, "/inventory/instances", many="instances")
_SHOWN_ITEMS = Endpoint(InventoryItem, "/inventory/items", many="items")


class Shown(Records[S, R]):
    """Records as mod-inventory shows and takes them."""

    @stepping
    def create(self, record: R, *, idempotency_key: str | None = None) -> Steps[R]:
        """Store a new record and return it; a server that answers only where it is, is asked for it."""
        key = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        made: httpx.Response = yield Call("POST", self._endpoint.path, _whole, body=record, headers=key)
        if made.content:
            return calls.model(self._endpoint.record)(made)
        created: R = yield self._get(made.headers.get("location", "").rpartition("/")[2])
        return created

    def _get(self, record_id: str) -> Call[R]:
        return Call("GET", self._path(record_id), calls.model(self._endpoint.record))


class ShownInventory(Api[S]):
    """Inventory as mod-inventory shows it: items with the names of what they refer to."""

    @property
    def instances(self) -> Shown[S, models.Instance]:
        """Return the works."""
        return Shown(self._sender, _SHOWN_INSTANCES)

    @property
    def items(self) -> Shown[S, InventoryItem]:
        """Return the copies, with the names of types and places."""
        return Shown(self._sender, _SHOWN_ITEMS)

    @operation
    def items_of_holdings(self, holdings_id: str, *, limit: int = 10, offset: int = 0) -> Call[Page[InventoryItem]]:
        """Return the items of a holdings record, those that have it bound in included."""
        query: Query = {"query": f'holdingsRecordId=="{holdings_id}"', "limit": limit, "offset": offset}
        return Call("GET", "/inventory/items-by-holdings-id", calls.page(InventoryItem, "items"), query)

    @operation
    def with_items(
        self, query: str | None = None, *, limit: int = 10, offset: int = 0
    ) -> Call[Page[InstanceWithItems]]:
        """Return works that match a CQL query, each with its copies."""
        paging = {"query": query, "limit": limit, "offset": offset}
        return Call("GET", "/circulation/items-by-instance", calls.page(InstanceWithItems, "instances"), paging)

    @operation
    def in_transit(self) -> Call[list[ItemInTransit]]:
        """Return the items on their way between service points."""
        return Call("GET", "/inventory-reports/items-in-transit", calls.listed(ItemInTransit, "items"))


class Inventory(Api[S]):
    """Works, holdings and copies as they are stored, places, and types. `shown` is what mod-inventory makes of them."""

    instances = records(models.INSTANCES)
    holdings = records(models.HOLDINGS)
    items = records(models.ITEMS)
    bound_with_parts = records(models.BOUND_WITH_PARTS)
    instance_relationships = records(models.INSTANCE_RELATIONSHIPS)
    preceding_succeeding_titles = records(models.PRECEDING_SUCCEEDING_TITLES)

    institutions = records(places.INSTITUTIONS)
    campuses = records(places.CAMPUSES)
    libraries = records(places.LIBRARIES)
    locations = records(places.LOCATIONS)
    service_points = records(places.SERVICE_POINTS)

    material_types = records(reference.MATERIAL_TYPES)
    loan_types = records(reference.LOAN_TYPES)
    alternative_title_types = records(reference.ALTERNATIVE_TITLE_TYPES)
    call_number_types = records(reference.CALL_NUMBER_TYPES)
    classification_types = records(reference.CLASSIFICATION_TYPES)
    contributor_name_types = records(reference.CONTRIBUTOR_NAME_TYPES)
    contributor_types = records(reference.CONTRIBUTOR_TYPES)
    electronic_access_relationships = records(reference.ELECTRONIC_ACCESS_RELATIONSHIPS)
    holdings_note_types = records(reference.HOLDINGS_NOTE_TYPES)
    holdings_sources = records(reference.HOLDINGS_SOURCES)
    holdings_types = records(reference.HOLDINGS_TYPES)
    identifier_types = records(reference.IDENTIFIER_TYPES)
    ill_policies = records(reference.ILL_POLICIES)
    instance_date_types = records(reference.INSTANCE_DATE_TYPES)
    instance_formats = records(reference.INSTANCE_FORMATS)
    instance_note_types = records(reference.INSTANCE_NOTE_TYPES)
    instance_relationship_types = records(reference.INSTANCE_RELATIONSHIP_TYPES)
    instance_statuses = records(reference.INSTANCE_STATUSES)
    instance_types = records(reference.INSTANCE_TYPES)
    item_damaged_statuses = records(reference.ITEM_DAMAGED_STATUSES)
    item_note_types = records(reference.ITEM_NOTE_TYPES)
    modes_of_issuance = records(reference.MODES_OF_ISSUANCE)
    nature_of_content_terms = records(reference.NATURE_OF_CONTENT_TERMS)
    statistical_code_types = records(reference.STATISTICAL_CODE_TYPES)
    statistical_codes = records(reference.STATISTICAL_CODES)
    subject_sources = records(reference.SUBJECT_SOURCES)
    subject_types = records(reference.SUBJECT_TYPES)

    @property
    def shown(self) -> ShownInventory[S]:
        """Return inventory as mod-inventory shows it."""
        return ShownInventory(self._sender)


def _whole(response: httpx.Response) -> httpx.Response:
    return response
