"""Signing in to the patron's page and out of it."""

from dataclasses import dataclass

from octavo.auth import visits
from octavo.auth.registry import Registry
from octavo.auth.sessions import log_out_everywhere
from octavo.auth.visits import Proof
from octavo.errors import Invalid
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.shared.forms import read_form
from octavo.page.shared.render import keep_secret, page, see_other
from octavo.page.shared.side import route
from octavo.page.shared.visitor import PATRON, visitor_of
from octavo.store import visits as store

_LONGEST = 200


@dataclass(frozen=True)
class SigningIn:
    """The pages about signing in."""

    registry: Registry

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (
            route("GET", "/my/{tenant}/sign-in", None, self.show, 0),
            route("POST", "/my/{tenant}/sign-in", None, self.sign_in, 2),
            route("POST", "/my/{tenant}/sign-out", PATRON, self.sign_out, 1),
            route("POST", "/my/{tenant}/sign-out-everywhere", PATRON, self.sign_out_everywhere, 4),
        )

    async def show(self, call: Call) -> Reply:
        """Show where a patron signs in."""
        visitor = visitor_of(call)
        return see_other(visitor.home) if visitor.signed_in else _form(call)

    async def sign_in(self, call: Call) -> Reply:
        """Let a patron in who knows their password or PIN."""
        visitor, form = visitor_of(call), read_form(call)
        proof = Proof(form.get("name", "")[:_LONGEST], form.get("secret", "")[:_LONGEST], visitor.address)
        if not proof.name or not proof.secret:
            return _form(call, 422, name=proof.name, incomplete=True)
        try:
            _, secret = await visits.sign_in(self.registry, visitor.tenant, visitor.side, proof, call.now)
        except Invalid:
            return _form(call, 422, name=proof.name, refused=True)
        return keep_secret(see_other(visitor.home), visitor, secret)

    async def sign_out(self, call: Call) -> Reply:
        """End this visit."""
        read_form(call)
        visitor = visitor_of(call)
        async with call.read() as tx:
            await store.end(tx, visits.digest_of(visitor.secret))
        return keep_secret(see_other(f"{visitor.home}/sign-in"), visitor, "")

    async def sign_out_everywhere(self, call: Call) -> Reply:
        """End every visit and session of a patron, on all their devices."""
        read_form(call)
        visitor = visitor_of(call)
        await log_out_everywhere(self.registry, visitor.tenant, visitor.user_id, call.now)
        async with call.read() as tx:
            await store.end_all(tx, visitor.user_id)
        return keep_secret(see_other(f"{visitor.home}/sign-in"), visitor, "")


def _form(call: Call, status: int = 200, name: str = "", *, incomplete: bool = False, refused: bool = False) -> Reply:
    return page(call, "my/sign_in.html", status, name=name, incomplete=incomplete, refused=refused)
