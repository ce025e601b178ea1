"""What an operator's tools ask: is it ready, and what is measured of it."""

import hmac
from dataclasses import dataclass
from ipaddress import ip_address

from octavo.errors import Forbidden, Unavailable
from octavo.http.call import TEXT, Call, Reply
from octavo.http.routes import Route
from octavo.store import tenants
from octavo.store.tx import Store
from octavo.telemetry import MEDIA_TYPE, exposition


@dataclass(frozen=True)
class OperatingPages:
    """Nobody logs in for these. metrics_key: what who asks for metrics must send; None: only this machine may ask."""

    store: Store
    metrics_key: str | None = None

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (
            Route("GET", "/admin/ready", None, self.ready, "Whether requests can be served: the database answers, its version fits",
                  2, media=TEXT, errors=(503,)),
            Route("GET", "/metrics", None, self.metrics, "Metrics for Prometheus", 0, media=MEDIA_TYPE, errors=(403,)),
        )  # fmt: skip

    async def ready(self, _: Call) -> Reply:
        """Ask the database whether it can be used."""
        async with self.store.connections.acquire() as connection:
            try:
                await tenants.check(connection)
            except tenants.WrongVersion as reason:
                raise Unavailable(str(reason), retry_after=30) from None
        return Reply(200, b"ready", TEXT)

    async def metrics(self, call: Call) -> Reply:
        """Print the metrics of all workers."""
        if not self._may_ask(call):
            raise Forbidden("metrics are told to this machine, or to who sends the key of the setting metrics_key")
        return Reply(200, exposition(), MEDIA_TYPE)

    def _may_ask(self, call: Call) -> bool:
        if self.metrics_key is None:
            return is_loopback(call.address)
        sent = call.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent.encode(), self.metrics_key.encode())


def is_loopback(address: str) -> bool:
    """Tell whether a request came from this machine."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
