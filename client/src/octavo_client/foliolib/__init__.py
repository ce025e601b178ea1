"""The class and method names of foliolib, over Octavo's client: change the import root and the script runs.

    from octavo_client.foliolib import server
    from octavo_client.foliolib.folio.api.circulationStorage import PatronActionSession

    server("demo")
    sessions = PatronActionSession("diku").get_patronActionSessions(limit=10)

Results are plain dicts, keyword arguments become the query string, errors are those of
`octavo_client.foliolib.okapi.exceptions`. Only names and behaviour are shared with foliolib, no code.
"""

from octavo_client.foliolib.config import server

__all__ = ["server"]
