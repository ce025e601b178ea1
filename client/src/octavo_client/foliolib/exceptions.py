"""What can go wrong before a server is asked."""


class FoliolibError(Exception):
    """The root of all errors of this package."""


class ServerConfigNotFound(FoliolibError):  # noqa: N818 - the name is foliolib's
    """There is no configuration of that name."""
