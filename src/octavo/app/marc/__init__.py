"""MARC 21 records as instances, holdings and items: read, mapped, and loaded batch by batch."""

from octavo.app.marc.copies import CopyMapping
from octavo.app.marc.loading import Plan, Report, import_files

__all__ = ["CopyMapping", "Plan", "Report", "import_files"]
