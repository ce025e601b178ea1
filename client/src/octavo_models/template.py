"""Templates of messages, in Mustache, and rendering one (FOLIO mod-template-engine)."""

from typing import Any

from octavo_models.record import Endpoint, OpenPart, OpenRecord, Part
from octavo_models.scalars import Flag, Instant, Text, Whole


class LocalizedTemplate(OpenPart):
    """A template in one language: the subject and the text."""

    header: Text
    body: Text


class Template(OpenRecord):
    """A template of a message. `localized_templates` holds it by language, such as `en`."""

    name: Text | None = None
    active: Flag | None = None
    category: Text | None = None
    description: Text | None = None
    output_formats: list[Text]
    template_resolver: Text
    localized_templates: dict[str, LocalizedTemplate]


class TemplateRequest(Part):
    """Which template to render in which language and form, and what stands for its tokens."""

    template_id: Text
    lang: Text
    output_format: Text
    context: dict[str, Any] | None = None


class RenderedText(Part):
    """A rendered subject and text."""

    header: Text
    body: Text


class RenderedMeta(Part):
    """How a template was rendered; `size` counts the characters of the text."""

    size: Whole
    date_create: Instant
    lang: Text
    output_format: Text


class RenderedTemplate(Part):
    """What a template comes to."""

    template_id: Text
    result: RenderedText
    meta: RenderedMeta


TEMPLATES = Endpoint(Template, "/templates", many="templates")
