"""Who asks: the one thing that every credential is turned into."""

from dataclasses import dataclass, field

#: Held by administrators: every permission there is.
EVERYTHING = "octavo.all"


@dataclass(slots=True)
class Caller:
    """A tenant's user and what they may do. For an API key, the institution's user and the key's scope. Nobody changes one."""

    tenant: str
    user_id: str
    username: str
    permissions: frozenset[str] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        """Tell whether the caller holds a permission."""
        return permission in self.permissions or EVERYTHING in self.permissions
