"""The account of one patron: what they have, owe and wait for, and what they may do about it (seed 001)."""

from collections.abc import Sequence

from octavo_client import calls
from octavo_client.calls import Call, path_of
from octavo_client.operations import Api, S, operation
from octavo_models.account import (
    Account,
    AccountLoan,
    AllowedServicePoint,
    AllowedServicePoints,
    AllowedServicePointsOfItem,
    AllowedServicePointsPerItem,
    Hold,
    HoldCancellation,
    HoldRequest,
    ItemIds,
)


class Patron(Api[S]):
    """The patron services for one patron."""

    def __init__(self, sender: S, patron_id: str) -> None:
        super().__init__(sender)
        self._path = path_of("/patron/account", patron_id)

    @operation
    def account(
        self,
        *,
        loans: bool = False,
        charges: bool = False,
        holds: bool = False,
        sort_by: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> Call[Account]:
        """Return the account: totals of everything open, and the lists that are asked for.

        `sort_by` is the part of a CQL query after sortBy; it orders all lists, as `limit` and `offset` cut all.
        """
        include = {"includeLoans": loans, "includeCharges": charges, "includeHolds": holds}
        cut = {"sortBy": sort_by, "limit": limit, "offset": offset}
        return Call("GET", self._path, calls.model(Account), {**include, **cut})

    @operation
    def renew(self, item_id: str) -> Call[AccountLoan]:
        """Renew the patron's loan of an item."""
        return Call("POST", path_of(f"{self._path}/item", item_id, "renew"), calls.model(AccountLoan))

    @operation
    def hold_item(self, item_id: str, hold: HoldRequest) -> Call[Hold]:
        """Place a hold on an item; the server may make it a page or a recall."""
        return Call("POST", path_of(f"{self._path}/item", item_id, "hold"), calls.model(Hold), body=hold)

    @operation
    def hold_instance(self, instance_id: str, hold: HoldRequest) -> Call[Hold]:
        """Place a hold on whatever item of an instance is the first to come."""
        return Call("POST", path_of(f"{self._path}/instance", instance_id, "hold"), calls.model(Hold), body=hold)

    @operation
    def cancel_hold(self, hold_id: str, cancellation: HoldCancellation) -> Call[Hold]:
        """Cancel a hold, with a reason, and return it as it is then."""
        return Call("POST", path_of(f"{self._path}/hold", hold_id, "cancel"), calls.model(Hold), body=cancellation)

    @operation
    def delete_hold(self, item_id: str, hold_id: str) -> Call[None]:
        """Cancel a hold without a reason (version 3.0 of the Patron Services)."""
        return Call("DELETE", path_of(f"{self._path}/item", item_id, "hold", hold_id), calls.nothing)

    @operation
    def pickup_points_for_item(self, item_id: str) -> Call[list[AllowedServicePoint]]:
        """Return the service points where the patron may pick up an item."""
        return Call("GET", path_of(f"{self._path}/item", item_id, "allowed-service-points"), _service_points)

    @operation
    def pickup_points_for_instance(self, instance_id: str) -> Call[list[AllowedServicePoint]]:
        """Return the service points where the patron may pick up an item of an instance."""
        return Call("GET", path_of(f"{self._path}/instance", instance_id, "allowed-service-points"), _service_points)

    @operation
    def pickup_points_for_items(
        self, instance_id: str, item_ids: Sequence[str]
    ) -> Call[list[AllowedServicePointsOfItem]]:
        """Return the service points where the patron may pick up each of some items of an instance."""
        path = path_of(f"{self._path}/instance", instance_id, "allowed-service-points-multi-item")
        read = calls.part(AllowedServicePointsPerItem, lambda answer: answer.allowed_service_points_per_item)
        return Call("POST", path, read, body=ItemIds(item_ids=list(item_ids)), asks_only=True)


_service_points = calls.part(AllowedServicePoints, lambda answer: answer.allowed_service_points)
