"""`octavo openapi`."""

from importlib.metadata import version
from typing import Annotated

import typer

from octavo.app.commands.telling import tell
from octavo.app.wiring import okapi_routes
from octavo.edge import side
from octavo.web import openapi as description


def openapi(
    edge: Annotated[bool, typer.Option("--edge", help="of the edge side, for patron tools")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the document is JSON anyway")] = True,  # noqa: ARG001
) -> None:
    """Print the API as an OpenAPI 3.1 document, without a server or a database.

    Example: octavo openapi --edge
    """
    if edge:
        document = description.document(side.ROUTES, version("octavo"), description.EDGE_SCHEMES)
    else:
        document = description.document(okapi_routes(), version("octavo"))
    tell(document, as_json=True)
