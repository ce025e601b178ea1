"""The command line: its commands, and how they end."""

import sys

import typer

from octavo.app.commands import (
    anonymise,
    apikey,
    demo,
    doctor,
    export,
    importing,
    migrate,
    openapi,
    run_timers,
    sample,
    serve,
    settings,
    tenant,
    user,
    worker,
)
from octavo.app.commands.telling import EXIT_CODES, REFUSED
from octavo.app.postgres import PostgresError
from octavo.errors import Problem
from octavo.store.pool import TryAgain
from octavo.store.tenants import WrongVersion

app = typer.Typer(
    name="octavo",
    help="Patron services for a library over PostgreSQL, speaking FOLIO's APIs.",
    epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + ".",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.command("anonymise")(anonymise.anonymise)
app.command("openapi")(openapi.openapi)
app.command("export")(export.export)
app.command("sample")(sample.sample)
app.command("run-timers")(run_timers.run_timers)
app.command("worker")(worker.worker)
app.add_typer(tenant.app, name="tenant")
app.add_typer(user.app, name="user")
app.add_typer(settings.app, name="settings")
app.add_typer(apikey.app, name="apikey")
app.add_typer(importing.app, name="import")


def main() -> None:
    """Run a command; a problem is one line on standard error and exit code 1."""
    try:
        app(prog_name="octavo")
    except (Problem, WrongVersion, PostgresError) as problem:
        sys.stderr.write(f"octavo: {problem}\n")
        sys.exit(REFUSED)
    except TryAgain:
        sys.stderr.write("octavo: somebody else changed the same records, nothing was done; try again\n")
        sys.exit(REFUSED)
