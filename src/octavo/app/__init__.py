"""Puts the house together: settings, the two ASGI apps, commands."""
