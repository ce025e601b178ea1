"""Other servers that keep records in PostgreSQL, doing the same as Octavo's loan storage."""
