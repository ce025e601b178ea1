"""Users, their groups and service points, who may act for whom, and their passwords."""

from octavo_client import calls
from octavo_client.calls import Call, path_of
from octavo_client.collection import Collection, records
from octavo_client.operations import S, operation
from octavo_models.answers import ErasedPatron
from octavo_models.location import SERVICE_POINTS_USERS
from octavo_models.settings import USER_SETTINGS
from octavo_models.shown import NewCredentials, PasswordChange, Profile
from octavo_models.user import ADDRESS_TYPES, DEPARTMENTS, GROUPS, PROXIES, USERS, PatronPin, User


class Users(Collection[S, User]):
    """Users, and the collections of what belongs to them.

    `groups` are patron groups, `proxies` say who may act for whom, `service_points` at which desks staff work.
    """

    groups = records(GROUPS)
    address_types = records(ADDRESS_TYPES)
    departments = records(DEPARTMENTS)
    proxies = records(PROXIES)
    service_points = records(SERVICE_POINTS_USERS)
    settings = records(USER_SETTINGS)

    def __init__(self, sender: S) -> None:
        super().__init__(sender, USERS)

    @operation
    def delete_matching(self, query: str) -> Call[None]:
        """Delete the users that match a CQL query; an empty one is refused with ValueError."""
        if not query.strip():
            raise ValueError("an empty query names nobody")
        return Call("DELETE", USERS.path, calls.nothing, {"query": query})

    @operation
    def profile(self, user_id: str) -> Call[Profile]:
        """Return a user with group, permissions, service points and proxies."""
        return Call("GET", path_of("/bl-users/by-id", user_id), calls.model(Profile))

    @operation
    def profile_of(self, username: str) -> Call[Profile]:
        """Return a user, found by user name, with group, permissions, service points and proxies."""
        return Call("GET", path_of("/bl-users/by-username", username), calls.model(Profile))

    @operation
    def myself(self) -> Call[Profile]:
        """Return the user whose token is used."""
        return Call("GET", "/bl-users/_self", calls.model(Profile))

    @operation
    def set_password(self, user_id: str, username: str, password: str) -> Call[None]:
        """Give a user who has none a password."""
        body = NewCredentials(user_id=user_id, username=username, password=password)
        return Call("POST", "/authn/credentials", calls.nothing, body=body)

    @operation
    def change_password(self, username: str, password: str, new_password: str) -> Call[None]:
        """Change a password that is known."""
        body = PasswordChange(username=username, password=password, new_password=new_password)
        return Call("POST", "/authn/update", calls.nothing, body=body)

    @operation
    def remove_password(self, user_id: str) -> Call[None]:
        """Keep a user from logging in."""
        return Call("DELETE", "/authn/credentials", calls.nothing, {"userId": user_id})

    @operation
    def set_pin(self, user_id: str, pin: str) -> Call[None]:
        """Give a user a PIN in place of any other."""
        return Call("POST", "/patron-pin", calls.nothing, body=PatronPin(id=user_id, pin=pin))

    @operation
    def verify_pin(self, user_id: str, pin: str) -> Call[None]:
        """Compare a PIN with a user's. Raises Refused where it is another; wrong ones are counted."""
        return Call("POST", "/patron-pin/verify", calls.nothing, body=PatronPin(id=user_id, pin=pin))

    @operation
    def remove_pin(self, user_id: str) -> Call[None]:
        """Take a user's PIN away."""
        return Call("DELETE", "/patron-pin", calls.nothing, body=PatronPin(id=user_id))

    @operation
    def erase(self, user_id: str) -> Call[ErasedPatron]:
        """Erase a patron who owes nothing, in every table and for good; return how much was touched where."""
        return Call("POST", path_of("/octavo/patrons", user_id, "erase"), calls.model(ErasedPatron))
