"""The patron's account."""
# ruff: noqa: N815 - the names are foliolib's

from octavo_client.foliolib.folio import FolioApi, Route


class Patron(FolioApi):
    """What patrons do by themselves: see their account, renew, place and cancel holds."""

    get_account = Route("GET", "/patron/account/{accountId}", query=True)
    set_renew = Route("POST", "/patron/account/{accountId}/item/{itemId}/renew")
    set_hold_for_account = Route("POST", "/patron/account/{accountId}/item/{itemId}/hold", "hold")
    set_hold = Route("POST", "/patron/account/{accountId}/instance/{instanceId}/hold", "hold")
    get_allowedServicePoints_by_account = Route(
        "GET", "/patron/account/{accountId}/instance/{instanceId}/allowed-service-points"
    )
    set_cancel = Route("POST", "/patron/account/{accountId}/hold/{holdId}/cancel", "cancel")
