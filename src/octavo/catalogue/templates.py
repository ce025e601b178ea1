"""Templates of messages (mod-template-engine)."""

from octavo.store.record_type import RecordType
from octavo_models.template import TEMPLATES

TEMPLATE = RecordType(TEMPLATES, table="template", permission="templates", not_found="template not found")
