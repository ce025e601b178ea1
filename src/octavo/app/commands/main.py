"""The command line: its commands, and how they end."""

import sys

import typer

from octavo.app.commands import apikey, demo, doctor, importing, migrate, run_timers, sample, serve, tenant, worker
from octavo.app.postgres import PostgresError
from octavo.errors import Problem
from octavo.store.tenants import WrongVersion

app = typer.Typer(
    name="octavo",
    help="Patron services for a library over PostgreSQL, speaking FOLIO's APIs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.command("sample")(sample.sample)
app.command("run-timers")(run_timers.run_timers)
app.command("worker")(worker.worker)
app.add_typer(tenant.app, name="tenant")
app.add_typer(apikey.app, name="apikey")
app.add_typer(importing.app, name="import")


def main() -> None:
    """Run a command; a problem is one line on standard error and exit code 1."""
    try:
        app()
    except (Problem, WrongVersion, PostgresError) as problem:
        sys.stderr.write(f"octavo: {problem}\n")
        sys.exit(1)
