"""Logging in."""
# ruff: noqa: N999 - the name is foliolib's

from typing import Any

from octavo_client.foliolib.folio import FolioApi


class UsersImpl(FolioApi):
    """The login of a user; its token is kept for all API objects with the same connection or configuration."""

    def login(self, username: str, password: str) -> dict[str, Any]:
        """Log in and keep the token.

        Raises:
            OkapiRequestUnprocessableEntity: wrong name or password, or the account is blocked
        """
        answer: dict[str, Any] = self.call("POST", "/authn/login", {"username": username, "password": password})
        return answer
