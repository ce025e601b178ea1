"""Octavo: patron services for a library in one process over PostgreSQL."""
