"""Scheduled notices as they are stored (mod-circulation-storage)."""

from octavo.catalogue.notices import SCHEDULED_NOTICE
from octavo.http.routes import Route
from octavo.web.records import clear_route, record_routes

ROUTES: tuple[Route, ...] = (*record_routes(SCHEDULED_NOTICE), clear_route(SCHEDULED_NOTICE, by_query=True))
