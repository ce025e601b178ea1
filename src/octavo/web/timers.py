"""What a scheduler calls once in a while, as FOLIO's does; `octavo run-timers` does the same for every tenant."""

from octavo.http.call import NO_CONTENT, Call, Reply
from octavo.http.routes import Handler, Route
from octavo.services import expire, one_by_one, scheduled_notices, toggle_titles
from octavo.services.reminder_fees import send_reminders
from octavo.services.scheduled_notices import ROUNDS, Round, send_due


async def post_request_expiration(call: Call) -> Reply:
    """Close the requests that have waited too long."""
    await expire.expire_requests(call.transaction)
    return NO_CONTENT


async def post_user_expiration(call: Call) -> Reply:
    """Make users whose membership is over inactive."""
    async with call.transaction() as tx:
        await expire.expire_users(tx)
    return NO_CONTENT


async def post_session_expiration(call: Call) -> Reply:
    """End the visits to the desk that nobody has ended."""
    async with call.read() as tx:
        await expire.end_idle_sessions(tx)
    return NO_CONTENT


def _sender(which: Round) -> Handler:
    async def post_due_notices(call: Call) -> Reply:
        await send_due(call.transaction, which)
        return NO_CONTENT

    return post_due_notices


async def post_reminders(call: Call) -> Reply:
    """Send the reminders that cost money."""
    await send_reminders(call.transaction)
    return NO_CONTENT


# A batch of notices takes nine statements; a reminder those of a charge and of a message.
_SENDING = 9 * scheduled_notices.MOST_BATCHES
_REMINDING = 3 + 22 * one_by_one.MOST


async def post_toggle_job(call: Call) -> Reply:
    """Make the queues anew after title level requests were switched on or off."""
    async with call.transaction() as tx:
        await toggle_titles.run_toggle_job(tx)
    return Reply(202, content_type="")


# One transaction to see what has expired, and one of six statements for each request, with a savepoint of two.
_EXPIRING = 3 + 8 * expire.MOST_REQUESTS

ROUTES: tuple[Route, ...] = (
    Route("POST", "/scheduled-request-expiration", "circulation-storage.requests.expiration.post", post_request_expiration,
          "Close the requests that have waited too long", _EXPIRING, success=204),
    *(
        Route("POST", f"/circulation/{name}", f"circulation.{name}.post", _sender(which),
              f"Send the notices that are due: {', '.join(which.events)}", _SENDING, success=204)
        for name, which in ROUNDS.items()
    ),
    Route("POST", "/circulation/scheduled-digital-reminders-processing",
          "circulation.scheduled-digital-reminders-processing.post", post_reminders,
          "Send the reminders that cost money, and charge for them", _REMINDING, success=204),
    Route("POST", "/users/expire/timer", "users.expire-timer.post", post_user_expiration,
          "Make users whose membership is over inactive", 4, success=204),
    Route("POST", "/circulation/notice-session-expiration-by-timeout", "circulation.notice-session-expiration.post",
          post_session_expiration, "End the visits to the desk that nobody has ended", 2, success=204),
    Route("POST", "/tlr-feature-toggle-job/start", "tlr-feature-toggle-job.start.post", post_toggle_job,
          "Make the queues anew after title level requests were switched on or off", 9, success=202, forms=((202, None),)),
)  # fmt: skip
