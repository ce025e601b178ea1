"""The patron's page at `/my/{tenant}`."""
