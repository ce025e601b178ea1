"""The live server as a client finds it, with a small library in it."""

from dataclasses import dataclass

from library import Library


@dataclass(frozen=True)
class World:
    """The live server, a library in it, and the key of a patron tool that may do everything there."""

    okapi: str
    edge: str
    key: str
    tenant: str
    username: str
    password: str
    library: Library

    @property
    def variables(self) -> dict[str, str]:
        """What a script must know to reach the server."""
        return {
            "OCTAVO_BASE_URL": self.okapi,
            "OCTAVO_TENANT": self.tenant,
            "OCTAVO_USERNAME": self.username,
            "OCTAVO_PASSWORD": self.password,
        }
