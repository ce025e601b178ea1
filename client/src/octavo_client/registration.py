"""Registration of patrons over the web (FOLIO mod-patron and mod-users): they are staged first and become users later."""

from octavo_client import calls
from octavo_client.calls import Call, path_of
from octavo_client.collection import Listing
from octavo_client.operations import Api, S, operation
from octavo_models.shown import MergedUser
from octavo_models.user import STAGING_USERS, StagingUser, User


class StagingUsers(Listing[S, StagingUser]):
    """Those who have registered and are not yet users."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, STAGING_USERS)

    @operation
    def create(self, person: StagingUser) -> Call[StagingUser]:
        """Store somebody who has registered."""
        return self._create(person, None)

    @operation
    def change(self, external_system_id: str, person: StagingUser) -> Call[StagingUser]:
        """Change somebody who has registered, found by the id of the registering system."""
        return Call("PUT", path_of(STAGING_USERS.path, external_system_id), calls.model(StagingUser), body=person)

    @operation
    def merge(self, staging_id: str, user_id: str | None = None) -> Call[str]:
        """Make a user of somebody who has registered, or merge them into a user; return the user's id."""
        read = calls.part(MergedUser, lambda answer: answer.user_id)
        return Call("PUT", path_of(STAGING_USERS.path, staging_id, "mergeOrCreateUser"), read, {"userId": user_id})


class Registration(Api[S]):
    """What a patron tool asks for on behalf of somebody who registers; `staged` is what staff see of it."""

    @property
    def staged(self) -> StagingUsers[S]:
        """Return those who have registered and are not yet users."""
        return StagingUsers(self._sender)

    @operation
    def register(self, person: StagingUser) -> Call[StagingUser]:
        """Register somebody."""
        return Call("POST", "/patron", calls.model(StagingUser), body=person)

    @operation
    def change(self, external_system_id: str, person: StagingUser) -> Call[StagingUser]:
        """Change somebody who has registered; NotFound has the code STAGING_USER_NOT_FOUND."""
        return Call("PUT", path_of("/patron", external_system_id), calls.model(StagingUser), body=person)

    @operation
    def status(self, identifier: str) -> Call[User]:
        """Return the user with an external id (a UUID) or else an e-mail address; NotFound if there is none."""
        return Call("GET", path_of("/patron/registration-status", identifier), calls.model(User))
