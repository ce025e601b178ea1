"""Typed documents in PostgreSQL: the only room that speaks SQL."""
