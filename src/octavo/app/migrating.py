"""Writing the next migration: the tables that the declarations ask for, as a numbered SQL file.

Run `python -m octavo.app.migrating` after a declaration has changed. Until the first release there is
one file, written anew; a test compares it with the declarations.
"""

from importlib.resources import files
from pathlib import Path

from octavo.catalogue import ALL_TYPES
from octavo.store.ddl import tenant_ddl

FIRST = Path(str(files("octavo.store"))) / "migrations" / "0001_first_schema.sql"


def first_schema() -> str:
    """Return the whole schema of a tenant: the tables of the record types, then the others."""
    others = (files("octavo.store") / "tenant.sql").read_text()
    return f"-- The first schema of a tenant, made from the declarations of the record types.\n{tenant_ddl(ALL_TYPES)}\n{others}"


if __name__ == "__main__":
    FIRST.write_text(first_schema())
