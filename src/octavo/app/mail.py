"""The mail server that the settings name."""

from octavo.app.settings import Settings
from octavo.services.mailer import Mailer, WrongMailServer


def mailer_of(settings: Settings) -> Mailer | None:
    """Return the mailer, None where no mail server is set up; a setting that names none is said plainly."""
    if settings.smtp_url is None:
        return None
    try:
        return Mailer.of(settings.smtp_url, settings.mail_from)
    except WrongMailServer as problem:
        raise SystemExit(f"OCTAVO_SMTP_URL, OCTAVO_MAIL_FROM: {problem}") from None
