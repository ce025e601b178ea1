"""The edge side, for patron tools with an API key (FOLIO edge-patron): patrons by external id, and registration."""

from octavo_client import calls
from octavo_client.calls import Call, path_of
from octavo_client.operations import Api, S, operation
from octavo_client.patron import Patron
from octavo_models.account import Hold, HoldCancellation
from octavo_models.registration import ExternalPatron, ExternalPatrons, RegisteredPatron
from octavo_models.user import StagingUser, User


class EdgePatron(Patron[S]):
    """The account of one patron, by external id; an end user's tool may do here what the patron may."""

    @operation
    def cancel_hold(self, hold_id: str, cancellation: HoldCancellation) -> Call[Hold]:
        """Cancel a hold and return it as it is then; the reason is required, who cancels is the patron."""
        named = cancellation.model_copy(update={"holdId": hold_id})
        return Call("POST", path_of(f"{self._path}/hold", hold_id, "cancel"), calls.model(Hold), body=named)


class Registrar(Api[S]):
    """Registration by e-mail address (seed 004), on behalf of a user or patron with any existing id."""

    def __init__(self, sender: S, actor_id: str) -> None:
        super().__init__(sender)
        self._path = path_of("/patron/account", actor_id)

    @operation
    def register(self, patron: ExternalPatron) -> Call[ExternalPatron]:
        """Register a patron; one with the same e-mail address is Invalid, USER_ALREADY_EXIST."""
        return Call("POST", self._path, calls.model(ExternalPatron), body=patron)

    @operation
    def patron(self, email: str) -> Call[RegisteredPatron]:
        """Return the patron with an e-mail address."""
        return Call("GET", path_of(f"{self._path}/by-email", email), calls.model(RegisteredPatron))

    @operation
    def renew(self, email: str, patron: ExternalPatron) -> Call[None]:
        """Renew the registration of the patron with an e-mail address."""
        return Call("PUT", path_of(f"{self._path}/by-email", email), calls.nothing, body=patron)

    @operation
    def expired(self) -> Call[list[RegisteredPatron]]:
        """Return the registered patrons whose membership has ended since the previous business day began."""
        read = calls.part(ExternalPatrons, lambda answer: answer.external_patrons)
        return Call("GET", f"{self._path}/external-patrons", read, {"expired": True})


class WebRegistration(Api[S]):
    """Registration over the web: somebody is staged first and becomes a user later."""

    @operation
    def register(self, person: StagingUser) -> Call[StagingUser]:
        """Register somebody."""
        return Call("POST", "/patron", calls.model(StagingUser), body=person)

    @operation
    def change(self, external_system_id: str, person: StagingUser) -> Call[StagingUser]:
        """Change somebody who has registered; NotFound has the code STAGING_USER_NOT_FOUND."""
        return Call("PUT", path_of("/patron", external_system_id), calls.model(StagingUser), body=person)

    @operation
    def status_of_email(self, email: str) -> Call[User]:
        """Return the user with an e-mail address; NotFound if there is none, BadRequest if there are several."""
        return Call("GET", "/patron/registration-status", calls.model(User), {"emailId": email})

    @operation
    def status_of_external_id(self, external_system_id: str) -> Call[User]:
        """Return the user with an external id; NotFound if there is none."""
        return Call("GET", "/patron/registration-status", calls.model(User), {"externalSystemId": external_system_id})
