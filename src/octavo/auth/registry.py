"""What is known of tenants' keys and users' rights, remembered for as long as every change would be heard."""

from collections.abc import Callable
from datetime import datetime, timedelta

from octavo.auth.guesses import Guesses
from octavo.auth.memory import Memory
from octavo.auth.tokens import Claims, InvalidToken, claimed_tenant, verify
from octavo.errors import BadRequest
from octavo.store import access
from octavo.store.access import Rights, SigningKey
from octavo.store.tx import Store, schema_of

_REMEMBERED_FOR = timedelta(minutes=5)
_MANY_USERS = 10_000
_MANY_TENANTS = 1_000


class Registry:
    """Looks up keys, tokens and rights, once each.

    `octavo.store.announcements.listen` tells it what has changed (`heard`) and whether it would hear of a
    change at all (`listening`); while it would not, nothing is remembered.
    """

    def __init__(self, store: Store, guesses: Guesses | None = None) -> None:
        """Start with nothing remembered. guesses: how often an address may be wrong."""
        self.store = store
        self.guesses = guesses or Guesses()
        self._listening = False
        self._keys: Memory[str, tuple[SigningKey, ...]] = Memory(_MANY_TENANTS)
        self._claims: Memory[str, Claims] = Memory(_MANY_USERS)
        self._rights: Memory[tuple[str, str], Rights] = Memory(_MANY_USERS)
        self._watchers: list[Callable[[str | None], None]] = []

    @property
    def hears_changes(self) -> bool:
        """Tell whether what is looked up may be remembered."""
        return self._listening

    def on_change(self, watcher: Callable[[str | None], None]) -> None:
        """Tell somebody else who remembers things when to forget those of a tenant, or (None) everything."""
        self._watchers.append(watcher)

    async def keys(self, tenant: str, now: datetime) -> tuple[SigningKey, ...]:
        """Return a tenant's signing keys, the newest first. Raises BadRequest for an unknown tenant."""
        known = self._keys.recall(tenant, now)
        if known is not None:
            return known
        schema_of(tenant)
        since = self._keys.events
        async with self.store.connections.acquire() as connection:
            keys = await access.signing_keys(connection, tenant)
        if keys is None:
            raise BadRequest(f"No such Tenant {tenant[:40]}")
        if self._listening:
            self._keys.keep(tenant, keys, now + _REMEMBERED_FOR, since)
        return keys

    async def claims(self, token: str, now: datetime) -> Claims:
        """Return what a token says, verified once. Raises InvalidToken."""
        known = self._claims.recall(token, now)
        if known is not None:
            return known
        since = self._claims.events
        try:
            keys = await self.keys(claimed_tenant(token), now)
        except BadRequest:
            raise InvalidToken from None
        claims, until = verify(token, keys, now)
        if self._listening:
            self._claims.keep(token, claims, min(until or now + _REMEMBERED_FOR, now + _REMEMBERED_FOR), since)
        return claims

    async def rights(self, tenant: str, user_id: str, now: datetime) -> Rights | None:
        """Return what a user may do; None where there is no such user."""
        known = self._rights.recall((tenant, user_id), now)
        if known is not None:
            return known
        since = self._rights.events
        async with self.store.read(tenant, now) as tx:
            rights = await access.rights(tx, user_id)
        if rights is not None and self._listening:
            self._rights.keep((tenant, user_id), rights, now + _REMEMBERED_FOR, since)
        return rights

    def forget(self, tenant: str, user_id: str | None = None) -> None:
        """Forget a user's rights; without a user, everything about the tenant."""
        if user_id is not None:
            self._rights.forget((tenant, user_id))
            return
        self._keys.forget(tenant)
        self._claims.forget_where(lambda _, claims: claims.tenant == tenant)
        self._rights.forget_where(lambda key, _: key[0] == tenant)
        self._tell(tenant)

    def heard(self, payload: str) -> None:
        """Take an announcement: `tenant` or `tenant/user id`."""
        tenant, _, user_id = payload.partition("/")
        self.forget(tenant, user_id or None)

    def listening(self, listening: bool) -> None:  # noqa: FBT001 - a switch
        """Take note of whether announcements arrive; nothing from before is trusted."""
        self._listening = listening
        for memory in (self._keys, self._claims, self._rights):
            memory.forget_where(lambda *_: True)
        self._tell(None)

    def _tell(self, tenant: str | None) -> None:
        for watcher in self._watchers:
            watcher(tenant)
