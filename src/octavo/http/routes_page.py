"""The routes as a page to read, which needs no script and no other host."""

from functools import cache
from html import escape
from typing import Any

from octavo.http.openapi import PROBLEMS, model_of
from octavo.http.routes import Route

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.4rem 0;padding:.3rem .7rem}
summary{cursor:pointer}b{display:inline-block;min-width:4.5rem;font-family:monospace}
code{font-family:monospace;background:var(--soft);padding:.1em .3em;border-radius:.2em;overflow-wrap:anywhere}
table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}
"""


@cache
def page(routes: tuple[Route, ...], version: str) -> bytes:
    """Return the reference as one HTML page that needs no script and no other host."""
    groups: dict[str, list[Route]] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        groups.setdefault(route.path.split("/")[1], []).append(route)
    sections = "".join(f"<h2>{escape(name)}</h2>{''.join(map(_entry, group))}" for name, group in groups.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Octavo {escape(version)}: operations</title><style>{_STYLE}</style><h1>Octavo {escape(version)}</h1>"
        f'<p>{len(routes)} operations. The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>{sections}</html>'
    ).encode()


def _entry(route: Route) -> str:
    rows = {
        "Permission": route.permission or "none: open to everyone",
        "Parameters": ", ".join(route.query) or "none",
        "Body": _name(route.body),
        "Answer": f"{route.success} {_name(route.answer)}",
        "Problems": ", ".join(f"{status} {PROBLEMS[status].lower()}" for status in route.errors) or "the usual ones",
        "SQL statements": f"at most {route.statements}",
    }
    cells = "".join(f"<tr><td>{name}<td><code>{escape(text)}</code>" for name, text in rows.items())
    title = f"<b>{route.method}</b> <code>{escape(route.path)}</code> {escape(route.summary)}"
    return f"<details><summary>{title}</summary><table>{cells}</table></details>"


def _name(model: Any) -> str:
    known = model_of(model)
    return known.__name__ if known else "none"
