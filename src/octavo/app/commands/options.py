"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from octavo.app.settings import Settings, from_environment

DatabaseUrl = Annotated[str | None, typer.Option("--database-url", help="PostgreSQL to use instead of the embedded one")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="where the embedded PostgreSQL keeps its data")]
Host = Annotated[str | None, typer.Option(help="address to listen on [127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="port of the Okapi side [9130]")]
EdgePort = Annotated[int | None, typer.Option("--edge-port", help="port of the edge side [8081]")]
Workers = Annotated[int | None, typer.Option(min=1, help="processes that serve [1]")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document, for scripts")]
Tenant = Annotated[str, typer.Option("--tenant", help="name of the tenant")]


def settings_from(
    database_url: str | None = None,
    data_dir: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    edge_port: int | None = None,
    workers: int | None = None,
) -> Settings:
    """Return the settings from flags and environment."""
    return from_environment(database_url=database_url, data_dir=data_dir, host=host, port=port, edge_port=edge_port, workers=workers)
