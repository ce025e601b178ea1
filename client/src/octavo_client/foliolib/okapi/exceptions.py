"""The errors of a server's answers, by foliolib's names.

    OkapiException
    ├── OkapiNotReachable                           no answer
    ├── OkapiRedirect
    │   └── OkapiMoved                              302; returned, not raised
    └── OkapiRequestError                           400
        ├── OkapiRequestUnauthorized                401
        ├── OkapiRequestForbidden                   403
        ├── OkapiRequestNotFound                    404
        ├── OkapiRequestNotAcceptable               406
        ├── OkapiRequestTimeout                     408
        ├── OkapiRequestConflict                    409
        ├── OkapiRequestPayloadToLarge              413
        ├── OkapiRequestUnsupportedMediaType        415
        ├── OkapiRequestUnprocessableEntity         422
        ├── OkapiRequestFatalError                  500 (OkapiFatalError in foliolib's documentation)
        └── OkapiRequestNotImplemented              501

Any other status is an OkapiException. The text is the first error's message, or the body.
"""
# ruff: noqa: N818 - the names are foliolib's

from octavo_client.foliolib.exceptions import FoliolibError


class OkapiException(FoliolibError):
    """The server did not do what it was asked."""


class OkapiNotReachable(OkapiException):
    """The server did not answer."""


class OkapiRedirect(OkapiException):
    """The server says where else to ask."""


class OkapiMoved(OkapiRedirect):
    """What was asked for is found elsewhere."""


class OkapiRequestError(OkapiException):
    """Bad Request."""


class OkapiRequestUnauthorized(OkapiRequestError):
    """Authentication is required."""


class OkapiRequestForbidden(OkapiRequestError):
    """A permission is missing."""


class OkapiRequestNotFound(OkapiRequestError):
    """Not Found."""


class OkapiRequestNotAcceptable(OkapiRequestError):
    """Not Acceptable."""


class OkapiRequestTimeout(OkapiRequestError):
    """Request Timeout."""


class OkapiRequestConflict(OkapiRequestError):
    """Conflict."""


class OkapiRequestPayloadToLarge(OkapiRequestError):
    """Payload Too Large."""


class OkapiRequestUnsupportedMediaType(OkapiRequestError):
    """Unsupported Media Type."""


class OkapiRequestUnprocessableEntity(OkapiRequestError):
    """Unprocessable Entity."""


class OkapiRequestFatalError(OkapiRequestError):
    """Server Error."""


class OkapiRequestNotImplemented(OkapiRequestError):
    """Not Implemented."""


OkapiFatalError = OkapiRequestFatalError

_KINDS: dict[int, type[OkapiException]] = {
    400: OkapiRequestError,
    401: OkapiRequestUnauthorized,
    403: OkapiRequestForbidden,
    404: OkapiRequestNotFound,
    406: OkapiRequestNotAcceptable,
    408: OkapiRequestTimeout,
    409: OkapiRequestConflict,
    413: OkapiRequestPayloadToLarge,
    415: OkapiRequestUnsupportedMediaType,
    422: OkapiRequestUnprocessableEntity,
    500: OkapiRequestFatalError,
    501: OkapiRequestNotImplemented,
}


def exception_of(status: int, text: str) -> OkapiException:
    """Return the exception for a status."""
    return _KINDS.get(status, OkapiException)(text)
