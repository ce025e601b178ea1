"""The Okapi side: record routes, circulation, patron services, log-in, OpenAPI."""
