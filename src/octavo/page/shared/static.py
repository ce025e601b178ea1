"""Files that every page uses, under addresses that change with their content, so that browsers keep them for a year."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from octavo.errors import NotFound
from octavo.http.call import Call, Reply
from octavo.http.routes import Route

_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"
_FILES = ("octavo.css", "octavo.svg")


@cache
def address(name: str) -> str:
    """Return where a file is: `/static/octavo.1a2b3c4d5e.css`."""
    stem, _, ending = name.rpartition(".")
    return f"/static/{stem}.{sha256(_content(name)).hexdigest()[:10]}.{ending}"


@cache
def _content(name: str) -> bytes:
    return (files("octavo.page.shared") / "static" / name).read_bytes()


async def get_file(call: Call) -> Reply:
    """Send a file; one that has changed meanwhile is not found under its old address."""
    for name in _FILES:
        if address(name) == f"/static/{call.parameters['file']}":
            return Reply(200, _content(name), _TYPES[name.rpartition(".")[2]], {"Cache-Control": _FOREVER})
    raise NotFound("there is no such file")


ROUTES = (Route("GET", "/static/{file}", None, get_file, "A file that pages use", 0),)
