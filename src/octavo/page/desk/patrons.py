"""Patrons: looking somebody up, what they have, what they wait for, what blocks them; renewing for them."""

from collections.abc import Iterable
from typing import Any, Final

from octavo.catalogue.blocks import MANUAL_BLOCK
from octavo.catalogue.patrons import USER
from octavo.errors import Conflict, Invalid, NotFound
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.desk.refusals import in_words
from octavo.page.desk.rights import (
    ADD_BLOCK,
    FIND_PATRONS,
    REMOVE_BLOCK,
    RENEW_LOANS,
    SEE_BLOCKS,
    SEE_LOANS,
    SEE_MANUAL_BLOCKS,
    SEE_PATRON,
    SEE_REQUESTS,
    desk_route,
    place_of,
)
from octavo.page.shared.forms import leave_word, path_id, read_day, read_form
from octavo.page.shared.render import page, see_other
from octavo.page.shared.visitor import visitor_of
from octavo.services import my_requests, patron_blocks
from octavo.services.catalogue_search import words_in
from octavo.services.desk import override_permissions
from octavo.services.find_patron import find_patron
from octavo.services.loan_outlook import loans_of
from octavo.services.record_verbs import verbs_of
from octavo.services.renew import renew
from octavo.store import bulk
from octavo.store import desk as store
from octavo.store.tx import Tx
from octavo_models.blocks import ManualBlock

Json = dict[str, Any]

_PATRON: Final = "/patrons/{patronId}"
#: So many people are shown for one name.
_MOST: Final = 25
#: So many loans are renewed by one click at most.
_MOST_RENEWED: Final = 50
_OF_ONE_RENEWAL: Final = 12
_LOAN_FIELD: Final = "loan-"
_SHOWN: Final = 7


async def look_up(call: Call) -> Reply:
    """Find patrons by barcode, user name or name; one who has just that is shown at once."""
    text = call.query.get("q", "").strip()[:200]
    if not text:
        return page(call, "desk/patrons.html", text="", people=[], more=False)
    async with call.read() as tx:
        known = await _known(tx, text)
        if known:
            return see_other(f"{visitor_of(call).home}/patrons/{known}")
        words = words_in(text)
        people = await store.find_people(tx, USER, words, _MOST + 1) if words else []
    return page(call, "desk/patrons.html", text=text, people=people[:_MOST], more=len(people) > _MOST)


async def _known(tx: Tx, text: str) -> str | None:
    try:
        return (await find_patron(tx, text)).id
    except (NotFound, Conflict):
        return None


async def show_patron(call: Call) -> Reply:
    """Show a patron: status, blocks, loans, requests, each to whoever may see it."""
    return await _page(call)


async def renew_loans(call: Call) -> Reply:
    """Renew loans of a patron: those that were chosen, or all that can be."""
    form, visitor, patron_id = read_form(call), visitor_of(call), path_id(call, "patronId")
    chosen = {name.removeprefix(_LOAN_FIELD) for name in form if name.startswith(_LOAN_FIELD)}
    async with call.read() as tx:
        loans = await loans_of(tx, patron_id)
    every = "all" in form
    wanted = [one.loan.item_id for one in loans if (one.renewable if every else one.loan.item_id in chosen)]
    told = await _renewed(call, patron_id, wanted[:_MOST_RENEWED])
    async with call.read() as tx:
        await leave_word(tx, visitor, told)
    return see_other(f"{visitor.home}/patrons/{patron_id}")


async def _renewed(call: Call, patron_id: str, item_ids: Iterable[str]) -> Json:
    """Renew each in a transaction of its own; return the items renewed, and why others were not."""
    renewed, refusals, rights = [], {}, override_permissions(visitor_of(call))
    for item_id in item_ids:
        try:
            async with call.transaction() as tx:
                await renew(
                    tx, user_id=patron_id, item_id=item_id, permissions=rights, service_point_id=place_of(call).id
                )
            renewed.append(item_id)
        except (Invalid, NotFound) as refused:
            refusals[item_id] = _messages(refused)
    return {"renewed": renewed, "refusals": refusals}


def _messages(refused: Invalid | NotFound) -> list[str]:
    return list(map(in_words, refused.violations)) if isinstance(refused, Invalid) else [refused.text]


async def add_block(call: Call) -> Reply:
    """Block a patron by hand."""
    form, visitor, patron_id = read_form(call), visitor_of(call), path_id(call, "patronId")
    if not form.get("desc"):
        return await _page(call, 422)
    ends = form.get("expires", "")
    block = ManualBlock(
        type="Manual", desc=form["desc"], staff_information=form.get("staff") or None,
        patron_message=form.get("message") or None, user_id=patron_id,
        expiration_date=visitor.reader.start_of(read_day(ends)) if ends else None,
        borrowing="borrowing" in form, renewals="renewals" in form, requests="requests" in form,
    )  # fmt: skip
    async with call.transaction() as tx:
        await store.load_person(tx, patron_id)
        await verbs_of(MANUAL_BLOCK).create(tx, block)
        await leave_word(tx, visitor, {"block": "added"})
    return see_other(f"{visitor.home}/patrons/{patron_id}")


async def remove_block(call: Call) -> Reply:
    """Take a block of a patron's away."""
    read_form(call)
    visitor, patron_id, block_id = visitor_of(call), path_id(call, "patronId"), path_id(call, "blockId")
    async with call.transaction() as tx:
        own = await bulk.find_all_by(tx, MANUAL_BLOCK, "userId", [patron_id])
        if block_id not in {ManualBlock.model_validate_json(document).id for document in own}:
            raise NotFound("this patron has no such block")
        await verbs_of(MANUAL_BLOCK).remove(tx, block_id, None)
        await leave_word(tx, visitor, {"block": "removed"})
    return see_other(f"{visitor.home}/patrons/{patron_id}")


async def _page(call: Call, status: int = 200) -> Reply:
    """Return a patron's page; what the visitor may not see is not even looked up."""
    visitor, patron_id = visitor_of(call), path_id(call, "patronId")
    async with call.read() as tx:
        person = await store.load_person(tx, patron_id)
        automated = await patron_blocks.automated_blocks(tx, patron_id) if visitor.may(SEE_BLOCKS) else []
        manual = await bulk.find_all_by(tx, MANUAL_BLOCK, "userId", [patron_id]) if visitor.may(SEE_MANUAL_BLOCKS) else []
        loans = await loans_of(tx, patron_id) if visitor.may(SEE_LOANS) else []
        requests = await my_requests.read_requests(tx, patron_id) if visitor.may(SEE_REQUESTS) else []
    blocks = [ManualBlock.model_validate_json(document) for document in manual]
    in_force = [block for block in blocks if block.expiration_date is None or block.expiration_date > call.now]
    return page(
        call, "desk/patron.html", status, person=person, automated=automated, manual=in_force, loans=loans,
        requests=requests, in_words=in_words,
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    desk_route("GET", "/patrons", FIND_PATRONS, look_up, 5),
    desk_route("GET", _PATRON, SEE_PATRON, show_patron, _SHOWN),
    desk_route("POST", f"{_PATRON}/renew", RENEW_LOANS, renew_loans, 4 + _MOST_RENEWED * _OF_ONE_RENEWAL),
    desk_route("POST", f"{_PATRON}/blocks", ADD_BLOCK, add_block, _SHOWN),
    desk_route("POST", f"{_PATRON}/blocks/{{blockId}}/remove", REMOVE_BLOCK, remove_block, 3),
)
