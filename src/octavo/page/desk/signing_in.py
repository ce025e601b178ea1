"""Signing in at the desk, saying where one works, and signing out."""

from dataclasses import dataclass

from octavo.auth import visits
from octavo.auth.registry import Registry
from octavo.auth.visits import Proof
from octavo.errors import Invalid
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.desk.rights import STAFF, StaffRights, first_page
from octavo.page.shared.forms import read_form
from octavo.page.shared.render import keep_place, keep_secret, page, see_other
from octavo.page.shared.side import route
from octavo.page.shared.visitor import Place, visitor_of
from octavo.store import desk as store
from octavo.store import visits as visit_store

_LONGEST = 200


@dataclass(frozen=True)
class SigningIn:
    """The pages about signing in."""

    registry: Registry

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (
            route("GET", "/desk/{tenant}/sign-in", None, self.show, 0),
            route("POST", "/desk/{tenant}/sign-in", None, self.sign_in, 3),
            route("POST", "/desk/{tenant}/sign-out", None, self.sign_out, 1),
            route("GET", "/desk/{tenant}", STAFF, show_first, 0),
            route("GET", "/desk/{tenant}/place", STAFF, show_places, 1),
            route("POST", "/desk/{tenant}/place", STAFF, choose_place, 1),
        )

    async def show(self, call: Call) -> Reply:
        """Show where staff sign in."""
        visitor = visitor_of(call)
        return see_other(visitor.home) if visitor.may(STAFF) else _form(call)

    async def sign_in(self, call: Call) -> Reply:
        """Let somebody in who knows their password and may do something here."""
        visitor, form = visitor_of(call), read_form(call)
        proof = Proof(form.get("name", "")[:_LONGEST], form.get("secret", "")[:_LONGEST], visitor.address, by_pin=False)
        if not proof.name or not proof.secret:
            return _form(call, 422, name=proof.name, wrong="incomplete")
        try:
            user_id, secret = await visits.sign_in(self.registry, visitor.tenant, visitor.side, proof, call.now)
        except Invalid:
            return _form(call, 422, name=proof.name, wrong="refused")
        if STAFF not in await StaffRights(self.registry)(visitor.tenant, user_id, call.now):
            async with call.read() as tx:
                await visit_store.end(tx, visits.digest_of(secret))
            return _form(call, 403, name=proof.name, wrong="no rights")
        return keep_secret(see_other(visitor.home), visitor, secret)

    async def sign_out(self, call: Call) -> Reply:
        """End this visit."""
        read_form(call)
        visitor = visitor_of(call)
        async with call.read() as tx:
            await visit_store.end(tx, visits.digest_of(visitor.secret))
        return keep_secret(see_other(f"{visitor.home}/sign-in"), visitor, "")


def _form(call: Call, status: int = 200, name: str = "", wrong: str = "") -> Reply:
    return page(call, "desk/sign_in.html", status, name=name, wrong=wrong)


async def show_first(call: Call) -> Reply:
    """Lead to the first page that somebody may see."""
    visitor = visitor_of(call)
    return see_other(first_page(visitor) if visitor.place else f"{visitor.home}/place")


async def show_places(call: Call) -> Reply:
    """Show the service points at which one may work."""
    async with call.read() as tx:
        places = await store.load_places(tx)
    return page(call, "desk/place.html", places=places)


async def choose_place(call: Call) -> Reply:
    """Remember for this visit at which service point somebody works."""
    form, visitor = read_form(call), visitor_of(call)
    async with call.read() as tx:
        places = await store.load_places(tx)
    chosen = next((Place(one["id"], one["name"]) for one in places if one["id"] == form.get("place")), None)
    if chosen is None:
        return page(call, "desk/place.html", 422, places=places)
    return keep_place(see_other(first_page(visitor)), visitor, chosen)
