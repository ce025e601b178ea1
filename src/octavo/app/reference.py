"""The generated pages of the documents: what the code says of routes, records, settings, commands and the like, they say.

Run `python -m octavo.app.reference docs` to write them, with `--check` to fail when one was out of date.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from octavo.app.command_page import commands_page
from octavo.app.error_codes import ERROR_CODES
from octavo.app.privacy_page import map_rows, retention_rows, with_map
from octavo.app.settings import Settings
from octavo.app.wiring import edge_routes, okapi_routes
from octavo.auth.permissions import STANDING
from octavo.catalogue import ALL_TYPES
from octavo.http.errors import PROBLEMS, status_of_kind
from octavo.http.routes import Route
from octavo.store.record_type import RecordType
from octavo.telemetry import METRICS

_MADE = "<!-- Made by `make docs` from the code; changes here are overwritten. -->\n\n"

_ROUTES_INTRODUCTION = """\
Each operation takes the permission named beside it (`—`: nobody needs to log in), and at most so many SQL
statements, transaction control included; a test counts them.
"""


def pages() -> dict[str, str]:
    """Return the generated pages: path below docs/ and text."""
    return {
        "reference/routes.md": _routes(),
        "reference/records.md": _records(),
        "reference/settings.md": _settings(),
        "reference/commands.md": _MADE + commands_page(),
        "reference/errors.md": _errors(),
        "reference/permissions.md": _permissions(),
        "reference/metrics.md": _metrics(),
    }


def main(arguments: list[str]) -> int:
    """Write the pages; with `--check` return 1 when one was not up to date."""
    folder = Path(arguments[-1])
    stale = []
    for name, text in (*pages().items(), ("privacy.md", _privacy(folder / "privacy.md"))):
        file = folder / name
        if not file.exists() or file.read_text() != text:
            stale.append(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    if stale:
        sys.stderr.write(f"written anew: {', '.join(stale)}\n")
    return 1 if stale and "--check" in arguments else 0


def _routes() -> str:
    return "".join([
        _MADE, "# Routes\n\n",
        _ROUTES_INTRODUCTION,
        "\n## The Okapi side (port 9130)\n\n", _route_table(okapi_routes()),
        "\n## The edge side (port 8081)\n\n", _route_table(edge_routes()),
    ])


def _route_table(routes: Iterable[Route]) -> str:
    rows = [
        (route.method, f"`{route.path}`", f"`{route.permission}`" if route.permission else "—", str(route.statements), route.summary)
        for route in sorted(routes, key=lambda route: (route.path, route.method))
    ]
    return _table(("Method", "Path", "Permission", "Statements", "What it does"), rows)


def _records() -> str:
    rows = [
        (
            kind.record.__name__, f"`{kind.path}`", f"`{kind.endpoint.many}`", f"`{kind.permission}`",
            _unique(kind), ", ".join(f"{reference.field} → {reference.table}" for reference in kind.references) or "—",
            ", ".join(kind.columns) or "—",
        )
        for kind in sorted(ALL_TYPES, key=lambda kind: kind.path)
    ]
    head = ("Record", "Path", "List", "Permission prefix", "Unique", "Refers to", "Indexed fields")
    return f"{_MADE}# Record types\n\n{len(rows)} types. Every field can be asked for in CQL, indexed or not.\n\n{_table(head, rows)}"


def _unique(kind: RecordType[Any]) -> str:
    rules = [
        " + ".join(rule.fields) + (f" while {rule.where[0]} is {rule.where[1]}" if rule.where else "") for rule in kind.unique
    ]
    return ", ".join(rules) or "—"


def _settings() -> str:
    rows = [
        (f"`OCTAVO_{entry.name.upper()}`", f"`{entry.default}`", entry.metadata["text"]) for entry in fields(Settings)
    ]
    text = "A command's flag of the same name wins over the environment, which wins over the default.\n\n"
    return f"{_MADE}# Settings\n\n{text}{_table(('Environment', 'Default', 'What it sets'), rows)}"


_ERRORS_INTRODUCTION = """\
A problem is a status and a text. At 422 it is JSON, `{"errors": [{"message", "type", "code", "parameters"}]}`, with
every broken rule at once; on the edge side it is `{"code", "errorMessage"}`. A code names a rule for programs.
"""


def _errors() -> str:
    kinds = [
        (str(status_of_kind(kind)), f"`{kind.__name__}`", (kind.__doc__ or "").partition("\n")[0])
        for kind in sorted(PROBLEMS, key=status_of_kind)
    ]
    codes = [(f"`{code}`", meaning) for code, meaning in sorted(ERROR_CODES.items(), key=lambda entry: entry[0].lower())]
    return "".join([
        _MADE, "# Errors\n\n", _ERRORS_INTRODUCTION,
        "\n## Statuses\n\n", _table(("Status", "Problem", "When"), kinds),
        "\n## Codes\n\n", _table(("Code", "Meaning"), codes),
    ])


def _permissions() -> str:
    standing = [(f"`{name}`", text) for name, text in STANDING.items()]
    return "".join([
        _MADE, "# Permissions\n\nWhat each permission allows on the Okapi side; sets of them are made below `/perms/permissions`.\n\n",
        _table(("Permission", "Allows"), [*standing, *_allowed(okapi_routes())]),
        "\n## Scopes of API keys\n\nWhat a key allows on the edge side.\n\n", _table(("Scope", "Allows"), _allowed(edge_routes())),
    ])


def _privacy(file: Path) -> str:
    """Return the page of privacy, which people write, with the data map as it is now."""
    page = file.read_text() if file.exists() else ""
    return with_map(page, f"{_table(*map_rows())}\n## What `retention` can name\n\n{_table(*retention_rows())}")


def _allowed(routes: Iterable[Route]) -> list[tuple[str, str]]:
    uses: dict[str, list[str]] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        if route.permission:
            uses.setdefault(route.permission, []).append(f"{route.summary} (`{route.method} {route.path}`)")
    return [(f"`{name}`", "; ".join(uses[name])) for name in sorted(uses)]


def _metrics() -> str:
    told = [(one, next(iter(one.describe()))) for one in METRICS]
    rows = [
        (f"`{made.name}{'_total' if made.type == 'counter' else ''}`", made.type, ", ".join(one._labelnames) or "—", made.documentation)  # noqa: SLF001 - no other way
        for one, made in told
    ]
    text = "`GET /metrics` on the Okapi side tells them in Prometheus's text format.\n\n"
    return f"{_MADE}# Metrics\n\n{text}{_table(('Metric', 'Type', 'Labels', 'What it measures'), rows)}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
