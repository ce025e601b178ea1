"""The outbox: a message goes out once, is tried again after a failure, and is dropped once it is stale."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from octavo.errors import Unavailable
from octavo.services.mailer import Mailer
from octavo.services.messages import KEPT, NO_ADDRESS, Message, forget_old_messages, queue_message, send_messages
from octavo.store.pool import Pool
from octavo.store.tx import Store
from octavo_models.email import StillTrue
from postbox import SENDER, mail_server
from sides import TENANT


@pytest.fixture
def begin(octavo, clock):
    """Opens transactions as a timer's."""

    @asynccontextmanager
    async def opened():
        async with octavo.registry.store.transaction(TENANT, clock.now) as tx:
            yield tx

    return opened


@pytest.fixture
def mailbox():
    with mail_server() as box:
        yield box


def text(to="ann@example.org", **more):
    return Message(to, "Your  book\r\nBcc: x@example.org", "It is due bientôt.", **more)


async def queued(begin, message=None):
    async with begin() as tx:
        return await queue_message(tx, message or text())


async def listed(library):
    return {one["id"]: one for one in (await library.get("/email"))["emailEntity"]}


async def test_a_message_goes_out_once(library, begin, mailbox):
    message_id = await queued(begin)
    waiting = (await listed(library))[message_id]
    assert (waiting["status"], waiting["attemptCount"], waiting["outputFormat"]) == ("NEW", 0, "text/plain")
    assert await send_messages(begin, mailbox.mailer()) == 1
    assert await send_messages(begin, mailbox.mailer()) == 0
    (got,) = mailbox.got
    assert (got["To"], got["From"], got["Subject"]) == ("ann@example.org", SENDER, "Your book Bcc: x@example.org")
    assert (got["Auto-Submitted"], got["Bcc"]) == ("auto-generated", None)
    assert got.get_content().strip() == "It is due bientôt."
    sent = (await listed(library))[message_id]
    assert (sent["status"], sent["attemptCount"], sent["shouldRetry"]) == ("DELIVERED", 1, False)
    assert "nextAttemptDate" not in sent


async def test_html_is_sent_as_html(begin, mailbox):
    await queued(begin, text(html=True))
    await send_messages(begin, mailbox.mailer())
    assert mailbox.got[0].get_content_type() == "text/html"


async def test_without_a_mail_server_messages_wait_and_old_ones_are_never_sent(library, begin, mailbox, clock):
    old = await queued(begin)
    assert await send_messages(begin, None) == 0
    clock.advance(days=3)
    new = await queued(begin)
    assert await send_messages(begin, mailbox.mailer()) == 1
    after = await listed(library)
    assert (after[old]["status"], after[old]["message"]) == ("FAILURE", "dropped: too old")
    assert after[new]["status"] == "DELIVERED"


async def test_a_recipient_who_is_refused_for_good_stops_no_other_and_is_not_tried_again(library, begin, mailbox, caplog):
    caplog.set_level("DEBUG", "octavo")
    mailbox.refusing = {"gone": "550 nobody here"}
    refused, good = await queued(begin, text("gone@example.org")), await queued(begin)
    assert await send_messages(begin, mailbox.mailer()) == 1
    after = await listed(library)
    assert after[good]["status"] == "DELIVERED"
    assert (after[refused]["status"], after[refused]["shouldRetry"]) == ("FAILURE", False)
    assert after[refused]["message"] == "the mail server refuses the recipient (550)"
    said = [record.getMessage() for record in caplog.records if record.name.startswith("octavo")]
    assert "messages: 1 refused by the mail server" in said
    assert "example.org" not in " ".join(said)


async def test_what_fails_for_now_is_tried_again_after_pauses_that_grow_and_then_given_up(library, begin, mailbox, clock):
    mailbox.refusing = {"ann": "451 later"}
    message_id = await queued(begin)
    for minutes in (1, 5, 30, 120, 360):
        await send_messages(begin, mailbox.mailer())
        failed = (await listed(library))[message_id]
        assert (failed["status"], failed["shouldRetry"]) == ("FAILURE", True)
        clock.advance(minutes=minutes, seconds=-1)
        await send_messages(begin, mailbox.mailer())
        assert (await listed(library))[message_id]["attemptCount"] == failed["attemptCount"], "it is too early"
        clock.advance(seconds=1)
    await send_messages(begin, mailbox.mailer())
    given_up = (await listed(library))[message_id]
    assert (given_up["status"], given_up["shouldRetry"], given_up["attemptCount"]) == ("FAILURE", False, 6)
    mailbox.refusing = {}
    clock.advance(days=1)
    assert await send_messages(begin, mailbox.mailer()) == 0


async def test_a_mail_server_that_is_away_is_asked_again(begin, mailbox, clock, library):
    message_id = await queued(begin)
    away = Mailer("127.0.0.1", 1, SENDER, "none")
    assert await send_messages(begin, away) == 0
    assert "cannot be talked to" in (await listed(library))[message_id]["message"]
    clock.advance(minutes=1)
    assert await send_messages(begin, mailbox.mailer()) == 1


async def test_a_server_without_tls_gets_nothing_unless_told_so(begin, mailbox, library):
    message_id = await queued(begin)
    strict = Mailer.of(mailbox.url.partition("?")[0], SENDER)
    assert await send_messages(begin, strict) == 0
    assert mailbox.got == []
    assert (await listed(library))[message_id]["shouldRetry"] is True


@pytest.mark.parametrize("address", ["", "nobody", "a@b, c@d", "a@b\r\nBcc: c@d", "<a@b>", "ann@"])
async def test_what_is_no_address_is_kept_as_failed_without_its_text(address, library, begin, mailbox):
    message_id = await queued(begin, text(address))
    assert await send_messages(begin, mailbox.mailer()) == 0
    kept = (await listed(library))[message_id]
    assert (kept["status"], kept["message"], kept["to"], kept["body"]) == ("FAILURE", NO_ADDRESS, "", "")


async def test_what_a_message_tells_must_still_be_so(library, begin, mailbox, clock):
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    told = StillTrue(loan_id=loan["id"], due_date=loan["dueDate"])
    other = StillTrue(loan_id=loan["id"], due_date=clock.now + timedelta(days=1))
    true = await queued(begin, text(recipient_user_id=patron["id"], still_true=(told,)))
    moved = await queued(begin, text(recipient_user_id=patron["id"], still_true=(other,)))
    assert await send_messages(begin, mailbox.mailer()) == 1
    returned = await queued(begin, text(still_true=(told,)))
    await library.check_in(item)
    assert await send_messages(begin, mailbox.mailer()) == 0
    after = await listed(library)
    assert [after[one].get("message") for one in (moved, returned)] == ["dropped: the loan has changed"] * 2
    assert after[true]["status"] == "DELIVERED"


async def test_a_closed_request_and_an_inactive_reader_get_nothing(library, begin, mailbox, client):
    patron, item = await library.patron(), await library.item()
    await library.check_out(await library.patron(), item)
    hold = await library.hold(patron, item)
    closed = await queued(begin, text(still_true=(StillTrue(request_id=hold["id"]),)))
    await library.put(f"/circulation/requests/{hold['id']}", {**hold, "status": "Closed - Cancelled"})
    inactive = await queued(begin, text(recipient_user_id=patron["id"]))
    await library.put(f"/users/{patron['id']}", {**patron, "active": False})
    assert await send_messages(begin, mailbox.mailer()) == 0
    after = await listed(library)
    assert after[closed]["message"] == "dropped: the request is closed"
    assert after[inactive]["message"] == "dropped: the recipient is inactive"
    await client.delete(f"/users/{patron['id']}")
    assert inactive not in await listed(library), "messages go with their reader"


async def test_messages_about_a_loan_go_when_the_loan_is_anonymised(library, begin, client):
    patron, item = await library.patron(), await library.item()
    loan = await library.check_out(patron, item)
    about = await queued(begin, text(recipient_user_id=patron["id"], loan_ids=(loan["id"],)))
    other = await queued(begin, text(recipient_user_id=patron["id"], loan_ids=(str(uuid4()),)))
    await library.check_in(item)
    answer = await client.post("/anonymize-storage-loans", json={"loanIds": [loan["id"]]})
    assert answer.json()["anonymizedLoans"] == [loan["id"]]
    assert set(await listed(library)) & {about, other} == {other}


async def test_old_messages_are_forgotten_by_time_and_when_asked(library, begin, mailbox, clock, client):
    sent = await queued(begin)
    await send_messages(begin, mailbox.mailer())
    clock.advance(days=2)
    waiting = await queued(begin)
    assert (await client.delete("/delayedTask/expiredMessages?expirationDate=tomorrow")).status_code == 400
    assert (await client.delete("/delayedTask/expiredMessages?emailStatus=LOST")).status_code == 400
    assert (await client.delete("/delayedTask/expiredMessages?emailStatus=failure")).status_code == 204
    assert set(await listed(library)) == {sent, waiting}
    assert (await client.delete("/delayedTask/expiredMessages")).status_code == 204
    assert set(await listed(library)) == {waiting}
    clock.advance(days=KEPT.days + 4)
    async with begin() as tx:
        assert await forget_old_messages(tx) == 1


@pytest.mark.parametrize(
    ("url", "sender"),
    [("http://mail", SENDER), ("smtp://", SENDER), ("smtp://mail?tls=maybe", SENDER), ("smtp://mail", "nobody")],
)
def test_a_setting_that_names_no_mail_server_is_refused(url, sender):
    with pytest.raises(ValueError, match=r"a mail server is written|sender's address"):
        Mailer.of(url, sender)


async def test_a_sender_that_dies_loses_nothing(begin, mailbox, clock):
    await queued(begin)

    class Dying:
        async def send(self, emails, now):
            raise Unavailable

    with pytest.raises(Unavailable):
        await send_messages(begin, Dying())
    assert await send_messages(begin, mailbox.mailer()) == 0, "it may be on its way"
    clock.advance(minutes=15)
    assert await send_messages(begin, mailbox.mailer()) == 1


async def test_several_senders_send_each_message_once(served, mailbox):
    begin, close = await served_begin(served)
    ids = {await queued(begin, text(f"reader{number}@example.org")) for number in range(60)}
    sent = await asyncio.gather(*(send_messages(begin, mailbox.mailer()) for _ in range(4)))
    await close()
    assert sum(sent) == len(ids) == len(mailbox.to)
    assert len(set(mailbox.to)) == len(ids)


async def served_begin(served):
    pool = Pool(served.database_url, size=4)
    store = Store(pool)
    return (lambda: store.transaction(TENANT, datetime.now(UTC))), pool.close
