"""Calls every method of the five classes, whatever the server answers."""

import inspect
import os
from urllib.parse import urlsplit

from foliolib import server
from foliolib.config import Config

url = urlsplit(os.environ["OCTAVO_BASE_URL"])
Config().create_foliolib_conf()
Config().create_server_conf("here", url.hostname, str(url.port))
server("here")

from foliolib.folio.api.circulationStorage import LoanStorage, PatronActionSession  # noqa: E402
from foliolib.folio.api.patron import Patron  # noqa: E402
from foliolib.folio.api.patronBlocks import PatronBlockConditions  # noqa: E402
from foliolib.folio.api.users import Users  # noqa: E402

ID = "3f2a0a52-5a3e-4a43-9d2f-0f6d9f0c6a01"
QUERY = {"query": 'a=="b c" and active==True', "limit": 3}

for kind in (PatronActionSession, LoanStorage, Patron, PatronBlockConditions, Users):
    api = kind("diku")
    for name in os.environ["METHODS"].split(","):
        owner, _, method = name.partition(".")
        if owner != kind.__name__:
            continue
        arguments, keywords = [], {}
        for parameter in inspect.signature(getattr(api, method)).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                keywords = QUERY
            elif parameter.default is parameter.empty:
                arguments.append({"id": ID} if "dict" in str(parameter.annotation) else ID)
        print(method, repr(getattr(api, method)(*arguments, **keywords)) == "'fine'")
