"""Wire records: what client and server agree on, field by field."""
