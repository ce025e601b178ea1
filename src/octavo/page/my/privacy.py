"""What the library remembers of a patron, and what the patron decides about it."""

from octavo.http.call import JSON, Call, Reply
from octavo.http.routes import Route
from octavo.page.shared.forms import leave_word, page_number, read_form
from octavo.page.shared.render import SECURITY, page, see_other
from octavo.page.shared.side import route
from octavo.page.shared.visitor import PATRON, visitor_of
from octavo.services import privacy as service

_PAGE = 25
_LAST_PAGE = 1000


async def show_history(call: Call) -> Reply:
    """Show what a patron has borrowed, if they have asked for a history."""
    number = page_number(call, _LAST_PAGE)
    async with call.read() as tx:
        remembered = await service.read_remembered(tx, visitor_of(call).user_id)
        loans = await service.read_history(tx, visitor_of(call).user_id, number * _PAGE, _PAGE + 1)
    more = len(loans) > _PAGE
    return page(call, "my/history.html", remembered=remembered, loans=loans[:_PAGE], number=number, more=more)


async def show_privacy(call: Call) -> Reply:
    """Show what is remembered and what can be decided."""
    async with call.read() as tx:
        remembered = await service.read_remembered(tx, visitor_of(call).user_id)
    return page(call, "my/privacy.html", remembered=remembered)


async def decide(call: Call) -> Reply:
    """Keep the loan history from now on, or keep none."""
    form, visitor = read_form(call), visitor_of(call)
    async with call.transaction() as tx:
        if form.get("history") == "keep":
            await service.keep_history(tx, visitor.user_id)
            await leave_word(tx, visitor, {"privacy": "kept"})
        else:
            forgotten = await service.forget_history(tx, visitor.user_id)
            await leave_word(tx, visitor, {"privacy": "forgotten", "loans": forgotten})
    return see_other(f"{visitor.home}/privacy")


async def erase(call: Call) -> Reply:
    """Let the library forget what a patron has borrowed, at once."""
    read_form(call)
    visitor = visitor_of(call)
    async with call.transaction() as tx:
        forgotten = await service.erase_history(tx, visitor.user_id)
        await leave_word(tx, visitor, {"privacy": "erased", "loans": forgotten})
    return see_other(f"{visitor.home}/privacy")


async def download(call: Call) -> Reply:
    """Send a patron everything that is stored about them."""
    visitor = visitor_of(call)
    async with call.read() as tx:
        document = await service.read_everything(tx, visitor.user_id)
    name = f"my-data-{visitor.reader.today(call.now)}.json"
    return Reply(200, document, JSON, {**SECURITY, "Content-Disposition": f'attachment; filename="{name}"'})


ROUTES: tuple[Route, ...] = (
    route("GET", "/my/{tenant}/history", PATRON, show_history, 3),
    route("GET", "/my/{tenant}/privacy", PATRON, show_privacy, 1),
    route("POST", "/my/{tenant}/privacy", PATRON, decide, 6),
    route("POST", "/my/{tenant}/privacy/erase", PATRON, erase, 5),
    route("GET", "/my/{tenant}/privacy/data", PATRON, download, 1),
)
