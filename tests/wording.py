"""The messages of the pages, as they stand in templates and code."""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

_METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "false", "newstyle_gettext": "true"}}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def messages(repository: Path) -> Catalog:
    """Return every message that a reader may be shown."""
    catalogue = Catalog()
    folder = repository / "src" / "octavo" / "page"
    for file, line, message, _, context in extract_from_dir(folder, _METHODS, _OPTIONS, _KEYWORDS):
        catalogue.add(message, None, [(file, line)], context=context)
    return catalogue
