"""HTTP on the wire, byte by byte: what clients of every kind send, and what they get, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from octavo.app.serving import listen, serving
from octavo.app.settings import Settings

CLOSE = b"connection: close\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what was asked; the path says how."""
    name = scope["path"].strip("/")
    if name == "fail":
        raise ValueError("as asked")
    if name == "wait":
        await asyncio.sleep(0.2)
    if name == "stream":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"one", b"two"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    body, more = b"", name != "deaf"
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    told = b"%s %s?%s from %s: %s" % (
        scope["method"].encode(), scope["raw_path"], scope["query_string"], str(scope["client"][0]).encode(), body
    )  # fmt: skip
    extra = [(b"x-odd", b"a\r\nset-cookie: b")] if name == "split" else []
    head = [(b"content-length", b"%d" % len(told)), *extra]
    await send(
        {
            "type": "http.response.start",
            "status": 204 if name == "nothing" else 200,
            "headers": [] if name == "nothing" else head,
        }
    )
    await send({"type": "http.response.body", "body": b"" if name == "nothing" else told})


class Client:
    """A connection on which a test speaks HTTP by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, *parts: bytes) -> None:
        """Send bytes, each part by itself."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0.01)

    async def answer(self) -> tuple[bytes, bytes]:
        """Return the next head, and its body where it has a length."""
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            sizes = [
                int(line.partition(b":")[2])
                for line in head.splitlines()
                if line.lower().startswith(b"content-length:")
            ]
            return head, await self.reader.readexactly(sizes[0]) if sizes else b""

    async def rest(self) -> bytes:
        """Return everything until the server hangs up."""
        async with asyncio.timeout(5):
            return await self.reader.read()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client of a server that echoes."""
    made = listen("127.0.0.1", 0)
    async with serving([(echo, made)], Settings(head_seconds=2.0)):
        reader, writer = await asyncio.open_connection(*made.getsockname())
        yield Client(reader, writer)
        writer.close()


async def test_one_connection_serves_one_request_after_the_other(client: Client):
    for number in range(3):
        await client.ask(b"GET /a?n=%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
        head, body = await client.answer()
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\ndate: " in head
        assert body == b"GET /a?n=%d from 127.0.0.1: " % number


async def test_requests_sent_at_once_are_answered_in_their_order(client: Client):
    await client.ask(b"".join(b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % name for name in (b"wait", b"b", b"c")))
    assert [(await client.answer())[1][:6] for _ in range(3)] == [b"GET /w", b"GET /b", b"GET /c"]


async def test_a_body_may_come_in_pieces_and_chunks(client: Client):
    await client.ask(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n", b"abc", b"def")
    assert (await client.answer())[1].endswith(b": abcdef")
    await client.ask(
        b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"
    )
    assert (await client.answer())[1].endswith(b": abcde")


async def test_a_large_body_arrives_whole(client: Client):
    body = bytes(range(256)) * 8192
    await client.ask(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body), body)
    assert (await client.answer())[1].endswith(body)


async def test_who_asks_whether_to_go_on_is_told_so(client: Client):
    await client.ask(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert await client.answer() == (b"HTTP/1.1 100 Continue\r\n\r\n", b"")
    await client.ask(b"ok")
    assert (await client.answer())[1].endswith(b": ok")


async def test_nobody_is_told_to_send_a_body_that_is_not_wanted(client: Client):
    await client.ask(b"POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert (await client.answer())[0].startswith(b"HTTP/1.1 200 ")


async def test_what_is_left_of_an_unwanted_body_is_no_request(client: Client):
    await client.ask(b"POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: 19\r\n\r\nGET /b HTT")
    assert (await client.answer())[1].startswith(b"POST /deaf")
    await client.ask(b"P/1.1\r\n\r\n", b"GET /c HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await client.answer())[1].startswith(b"GET /c")


async def test_a_stream_comes_in_chunks(client: Client):
    await client.ask(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _ = await client.answer()
    assert b"\r\ntransfer-encoding: chunked\r\n" in head
    assert await client.reader.readuntil(b"0\r\n\r\n") == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    await client.ask(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await client.answer())[1].startswith(b"GET /b")


async def test_http_1_0_gets_no_chunks_and_no_second_answer(client: Client):
    await client.ask(b"GET /stream HTTP/1.0\r\n\r\n")
    head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    assert CLOSE in head + b"\r\n"
    assert b"chunked" not in head
    assert body == b"onetwo"


async def test_who_says_close_is_hung_up_on(client: Client):
    await client.ask(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await client.rest()
    assert CLOSE in answer
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_head_gets_no_body(client: Client):
    await client.ask(b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n")
    head = await client.reader.readuntil(b"\r\n\r\n")
    assert b"content-length: " in head
    await client.ask(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await client.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")


async def test_204_has_neither_length_nor_chunks(client: Client):
    await client.ask(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
    head, _ = await client.answer()
    assert head.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"content-length" not in head
    assert b"transfer-encoding" not in head


@pytest.mark.parametrize("body", [b"", b"ab"])
async def test_who_offers_another_protocol_is_answered_in_this_one(client: Client, body: bytes):
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    await client.ask(b"POST /a HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s" % (upgrade, len(body), body))
    assert (await client.answer())[1].endswith(b": " + body)
    await client.ask(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await client.answer())[1].startswith(b"GET /b")


async def test_offers_without_end_are_answered_one_by_one(client: Client):
    offer = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    await client.ask(offer * 800)
    answers = [(await client.answer())[1] for _ in range(800)]
    assert set(answers) == {b"GET /a? from 127.0.0.1: "}


async def test_an_address_may_name_the_server(client: Client):
    await client.ask(b"GET http://x/a?b=c HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await client.answer())[1].startswith(b"GET /a?b=c ")


async def test_a_proxy_says_who_asks(client: Client):
    await client.ask(b"GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
    assert b" from 192.0.2.7: " in (await client.answer())[1]


async def test_what_is_not_http_is_refused(client: Client):
    await client.ask(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
    assert (await client.rest()).startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_nonsense_after_a_request_does_not_answer_it(client: Client):
    await client.ask(b"POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok\x00\x00nonsense\r\n\r\n")
    answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b": ok")


@pytest.mark.parametrize("path", [b"fail", b"split"])
async def test_what_fails_outside_of_every_route_is_a_500_and_the_end(client: Client, path: bytes):
    await client.ask(b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
    answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"set-cookie" not in answer


async def test_an_idle_connection_stays_open_longer_than_a_head_may_take(client: Client):
    await client.ask(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
    await client.answer()
    await asyncio.sleep(2.5)
    await client.ask(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await client.answer())[1].startswith(b"GET /b")


async def test_nobody_is_connected_through_to_elsewhere(client: Client):
    await client.ask(b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n")
    assert (await client.rest()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
