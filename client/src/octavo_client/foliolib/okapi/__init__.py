"""The connection to a server, and its errors."""
