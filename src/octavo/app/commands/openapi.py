"""`octavo openapi`."""

from importlib.metadata import version
from typing import Annotated

import typer

from octavo.app.commands.telling import tell
from octavo.app.wiring import edge_routes, okapi_routes
from octavo.edge import side
from octavo.http.openapi import document
from octavo.web.manner import MANNER


def openapi(
    edge: Annotated[bool, typer.Option("--edge", help="of the edge side, for patron tools")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the document is JSON anyway")] = True,  # noqa: ARG001
) -> None:
    """Print the API as an OpenAPI 3.1 document, without a server or a database.

    Example: octavo openapi --edge
    """
    routes, manner = (edge_routes(), side.MANNER) if edge else (okapi_routes(), MANNER)
    tell(document(routes, version("octavo"), manner), as_json=True)
