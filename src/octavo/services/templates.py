"""Templates of messages: what may be stored, what one comes to, which may go (mod-template-engine)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from octavo.catalogue.templates import TEMPLATE
from octavo.errors import BadRequest, Violation, raise_all, refuse
from octavo.rules.templates import BadTemplate, check_template, localised, render
from octavo.services.desk import parsed
from octavo.services.verbs import Verbs
from octavo.store import records
from octavo.store import templates as store
from octavo.store.locale import read_locale, zone_of
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.locale import Locale
from octavo_models.template import (
    LocalizedTemplate,
    RenderedMeta,
    RenderedTemplate,
    RenderedText,
    Template,
    TemplateRequest,
)

MUSTACHE: Final = "mustache"
_HTML: Final = "html"


@dataclass(frozen=True)
class Rendered:
    """A subject and a text, ready to be sent."""

    header: str
    body: str


async def create_template(tx: Tx, template: Template) -> bytes:
    """Store a new template and return the document. Raises BadRequest, Invalid where it cannot be rendered."""
    _check(template)
    return await records.insert(tx, TEMPLATE, template)


async def replace_template(tx: Tx, template_id: str, template: Template, if_match: str | None) -> bytes:
    """Replace a template. Raises BadRequest, Invalid, NotFound, Conflict."""
    _check(template)
    return await records.replace(tx, TEMPLATE, template_id, template, if_match)


async def remove_template(tx: Tx, template_id: str, if_match: str | None) -> None:
    """Delete a template that no notice policy names. Raises BadRequest, NotFound, Conflict."""
    if await store.is_used(tx, template_id):
        raise BadRequest("Cannot delete template which is currently in use")
    await records.delete(tx, TEMPLATE, template_id, if_match)


def _check(template: Template) -> None:
    if template.template_resolver != MUSTACHE:
        raise BadRequest(f"Template resolver '{template.template_resolver}' is not supported")
    raise_all(_faults(template))


def _faults(template: Template) -> Iterator[Violation]:
    for language, text in template.localized_templates.items():
        for part in ("header", "body"):
            try:
                check_template(getattr(text, part))
            except BadTemplate as fault:
                yield Violation(str(fault), ((f"localizedTemplates.{language}.{part}", None),))


async def render_template(tx: Tx, asked: TemplateRequest) -> RenderedTemplate:
    """Return what a template comes to with a given context. Raises BadRequest, Invalid."""
    document, locale = await store.load_template(tx, asked.template_id)
    template = parsed(Template, document)
    if template is None:
        raise BadRequest(f"Template with id {asked.template_id} does not exist")
    if asked.output_format not in template.output_formats:
        raise BadRequest(f"Requested template does not support '{asked.output_format}' output format")
    text = template.localized_templates.get(asked.lang)
    if text is None:
        raise BadRequest(f"Requested template does not have localized template for language '{asked.lang}'")
    try:
        made = rendered(text, asked.context or {}, read_locale(locale), html=asked.output_format.lower().endswith(_HTML))
    except BadTemplate as fault:
        raise refuse(str(fault), templateId=asked.template_id) from None
    return RenderedTemplate(
        template_id=asked.template_id,
        result=RenderedText(header=made.header, body=made.body),
        meta=RenderedMeta(
            size=len(made.body), date_create=tx.now, lang=asked.lang, output_format=asked.output_format
        ),
    )


def rendered(text: LocalizedTemplate, context: dict[str, Any], locale: Locale, *, html: bool) -> Rendered:
    """Return what a localised template comes to. A subject is plain text in any case. Raises BadTemplate."""
    shown = localised(context, locale.locale, zone_of(locale))
    return Rendered(render(text.header, shown, html=False), render(text.body, shown, html=html))


VERBS: dict[RecordType[Any], Verbs[Any]] = {
    TEMPLATE: Verbs(create_template, replace_template, remove_template, statements=2),
}
