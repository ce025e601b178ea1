"""The command `octavo`: everything an operator does, one file per command."""

from octavo.app.commands.main import main

__all__ = ["main"]
