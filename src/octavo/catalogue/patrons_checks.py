"""What a user must keep by itself (mod-users)."""

from octavo.errors import BadRequest
from octavo_models.user import User


def check_user(user: User) -> None:
    """Refuse two addresses of one type."""
    types = [address.address_type_id for address in user.personal.addresses] if user.personal else []
    if len(types) != len(set(types)):
        raise BadRequest("Users are limited to one address per addresstype")
