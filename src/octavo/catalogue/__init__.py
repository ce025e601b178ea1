"""Every record type, one declaration each."""
