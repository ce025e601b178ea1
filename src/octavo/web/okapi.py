"""What clients ask a FOLIO gateway about itself: its version, its tenants, the modules it stands for."""

from dataclasses import dataclass
from importlib.metadata import version

from octavo.auth.registry import Registry
from octavo.errors import BadRequest, NotFound
from octavo.http.call import TEXT, Call, Reply, ok
from octavo.http.routes import Route

#: Releases of FOLIO's modules whose interfaces are served. VuFind reads the major version of mod-circulation.
MODULES = (
    "mod-authtoken-2.16.0",
    "mod-circulation-24.4.0",
    "mod-circulation-storage-17.4.0",
    "mod-feesfines-19.2.0",
    "mod-inventory-21.1.0",
    "mod-inventory-storage-29.0.0",
    "mod-login-7.13.0",
    "mod-patron-6.2.0",
    "mod-patron-blocks-1.13.0",
    "mod-permissions-6.7.0",
    "mod-users-19.5.0",
    "mod-users-bl-7.10.0",
)


@dataclass(frozen=True)
class GatewayPages:
    """The operations of the gateway itself; nobody needs to log in for them."""

    registry: Registry

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        tenant = "/_/proxy/tenants/{tenant}"
        return (
            Route("GET", "/_/version", None, show_version, "Version of the gateway", 0, media=TEXT),
            Route("GET", "/admin/health", None, show_health, "Whether the server runs", 0, media=TEXT),
            Route("GET", tenant, None, self.tenant, "A tenant", 1, errors=(404,)),
            Route("GET", f"{tenant}/modules", None, self.modules, "The modules that a tenant has", 1,
                  query=("filter", "latest"), errors=(404,)),
        )  # fmt: skip

    async def tenant(self, call: Call) -> Reply:
        """Show a tenant."""
        name = await self._known(call)
        return ok({"id": name, "name": name})

    async def modules(self, call: Call) -> Reply:
        """List the modules whose name starts with `filter`; there is one release of each, the latest."""
        await self._known(call)
        start = call.query.get("filter", "")
        return ok([{"id": module} for module in MODULES if module.startswith(start)])

    async def _known(self, call: Call) -> str:
        tenant = call.parameters["tenant"]
        try:
            await self.registry.keys(tenant, call.now)
        except BadRequest:
            raise NotFound(f"Tenant {tenant[:40]} not found") from None
        return tenant


async def show_version(_: Call) -> Reply:
    """Tell the version of Octavo."""
    return Reply(200, version("octavo").encode(), TEXT)


async def show_health(_: Call) -> Reply:
    """Tell that the server answers; the quotes are FOLIO's."""
    return Reply(200, b'"OK"', TEXT)
