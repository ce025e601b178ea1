"""Kinto on PostgreSQL, as its documentation sets it up. Started by `bench.peers`: `python kinto_server.py DATABASE_URL`."""

import logging
import sys
from typing import Any

import waitress
from kinto import main as kinto_app


def settings(url: str) -> dict[str, Any]:
    """Return Kinto's settings: everything in PostgreSQL, log-in by basic authentication."""
    backends = {name: f"kinto.core.{name}.postgresql" for name in ("storage", "permission", "cache")}
    return {
        **{f"kinto.{name}_backend": path for name, path in backends.items()},
        **{f"kinto.{name}_url": url for name in backends},
        "kinto.userid_hmac_secret": "only for measuring",
        "kinto.bucket_create_principals": "system.Authenticated",
        "multiauth.policies": "basicauth",
        "multiauth.policy.basicauth.use": "kinto.core.authentication.BasicAuthAuthenticationPolicy",
        "kinto.experimental_collection_schema_validation": "true",
    }


def run(url: str) -> None:
    """Make the tables and serve."""
    logging.disable(logging.CRITICAL)
    app = kinto_app({}, **settings(url))
    for backend in (app.registry.storage, app.registry.permission, app.registry.cache):
        backend.initialize_schema()
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8)
    print(f"listens on http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    run(sys.argv[1])
