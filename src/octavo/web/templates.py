"""Templates of messages, and rendering one to see what it comes to (mod-template-engine)."""

from octavo.catalogue.templates import TEMPLATE
from octavo.http.bodies import read_body
from octavo.http.call import Call, Reply, ok
from octavo.http.routes import Route
from octavo.services.templates import render_template
from octavo.web.reference import routes_of
from octavo_models.template import RenderedTemplate, TemplateRequest


async def post_template_request(call: Call) -> Reply:
    """Render a template with a given context."""
    asked = read_body(TemplateRequest, call.body)
    async with call.read() as tx:
        made = await render_template(tx, asked)
    return ok(made.to_wire())


ROUTES: tuple[Route, ...] = (
    *routes_of(TEMPLATE),
    Route("POST", "/template-request", "template-request.post", post_template_request,
          "Render a template with a given context", 1, body=TemplateRequest, answer=RenderedTemplate, errors=(400, 422)),
)  # fmt: skip
