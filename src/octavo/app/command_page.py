"""The page of the commands, made from the commands themselves: what `--help` says, the page says."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import typer
from typer.core import TyperGroup

from octavo.app.commands.main import app
from octavo.app.commands.telling import EXIT_CODES

_INTRODUCTION = """\
# Commands

Every command has `--help` and, for scripts, `--json`: one JSON document on standard output; what is said about
problems goes to standard error. Progress is shown on a terminal only. `octavo --install-completion` lets the shell
complete names and flags.

| Exit code | Meaning |
| --- | --- |
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command that can be called, by its words, as they are listed in the help."""
    yield from _below("octavo", typer.main.get_command(app))


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, TyperGroup) or command.invoke_without_command:
        yield words, command
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _below(f"{words} {name}", inner)


def commands_page() -> str:
    """Return the page."""
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    return f"{_INTRODUCTION}{codes}" + "".join(_section(words, command) for words, command in sorted(commands()))


def _section(words: str, command: Any) -> str:
    text = cleandoc(command.help or "")
    head, _, example = text.rpartition("Example: ")
    rows = "".join(_row(parameter) for parameter in command.params if parameter.name != "help")
    table = f"\n| Parameter | Meaning |\n| --- | --- |\n{rows}" if rows else ""
    text = "\n\n".join(_paragraph(part) for part in head.strip().split("\n\n"))
    return f"\n## {words}\n\n{text}\n\n```sh\n{example.strip()}\n```\n{table}"


def _paragraph(text: str) -> str:
    """Return a paragraph; one that begins with a backspace keeps its lines in the help, and here."""
    return f"```text\n{cleandoc(text[1:])}\n```" if text.startswith("\b") else text


def _row(parameter: Any) -> str:
    name = parameter.name if parameter.param_type_name == "argument" else ", ".join(parameter.opts)
    meaning = [str(getattr(parameter, "help", "") or "")]
    if parameter.required:
        meaning.append("(required)")
    elif parameter.default not in (None, False, (), []) and not callable(parameter.default):
        meaning.append(f"[{parameter.default}]")
    return f"| `{name}` | {' '.join(meaning).strip()} |\n".replace("[[", "[")
