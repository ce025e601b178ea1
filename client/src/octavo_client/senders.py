"""The two senders: they carry out the steps of a session, one blocking, one awaiting."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeVar

import httpx

from octavo_client.calls import Call, Page, Steps, Walk
from octavo_client.errors import Unreachable, unreachable
from octavo_client.session import Alone, Flow, Send, Session

R = TypeVar("R")
T = TypeVar("T")


class Blocking:
    """Carries out calls one after the other; may be shared by threads."""

    def __init__(self, session: Session, http: httpx.Client) -> None:
        self._session = session
        self._http = http
        self._turn = threading.Lock()

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return self._session.now()

    def run(self, call: Call[T]) -> T:
        """Send a call and return what its response says."""
        return call.read(self._go_through(self._session.exchange(call)))

    def follow(self, steps: Steps[T]) -> T:
        """Send calls that follow each other and return what comes of them."""
        answer = None
        while True:
            try:
                call = steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            answer = self.run(call)

    def walk(self, walk: Walk[R]) -> Iterator[R]:
        """Read a list page by page and yield its records."""
        call: Call[Page[R]] | None = walk.first
        while call is not None:
            page = self.run(call)
            yield from page.records
            call = walk.following(page)

    def close(self) -> None:
        """Log out, if that can be done, and close the connections."""
        with suppress(Unreachable):
            self._go_through(self._session.farewell())
        self._http.close()

    def _go_through(self, flow: Flow[T]) -> T:
        resume = partial(flow.send, None)
        while True:
            try:
                step = resume()
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                resume = partial(flow.send, self._take(step))
            except Unreachable as failure:
                resume = partial(flow.throw, failure)

    def _take(self, step: Send | Alone) -> httpx.Response | None:
        if isinstance(step, Alone):
            with self._turn:
                self._go_through(step.flow)
            return None
        time.sleep(step.after)
        try:
            return self._http.send(step.request)
        except httpx.RequestError as error:
            raise unreachable(error) from error


class Awaiting:
    """Carries out calls as coroutines; belongs to one event loop."""

    def __init__(self, session: Session, http: httpx.AsyncClient) -> None:
        self._session = session
        self._http = http
        self._turn = asyncio.Lock()

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return self._session.now()

    async def run(self, call: Call[T]) -> T:
        """Send a call and return what its response says."""
        return call.read(await self._go_through(self._session.exchange(call)))

    async def follow(self, steps: Steps[T]) -> T:
        """Send calls that follow each other and return what comes of them."""
        answer = None
        while True:
            try:
                call = steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            answer = await self.run(call)

    async def walk(self, walk: Walk[R]) -> AsyncIterator[R]:
        """Read a list page by page and yield its records."""
        call: Call[Page[R]] | None = walk.first
        while call is not None:
            page = await self.run(call)
            for record in page.records:
                yield record
            call = walk.following(page)

    async def close(self) -> None:
        """Log out, if that can be done, and close the connections."""
        with suppress(Unreachable):
            await self._go_through(self._session.farewell())
        await self._http.aclose()

    async def _go_through(self, flow: Flow[T]) -> T:
        resume = partial(flow.send, None)
        while True:
            try:
                step = resume()
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                resume = partial(flow.send, await self._take(step))
            except Unreachable as failure:
                resume = partial(flow.throw, failure)

    async def _take(self, step: Send | Alone) -> httpx.Response | None:
        if isinstance(step, Alone):
            async with self._turn:
                await self._go_through(step.flow)
            return None
        await asyncio.sleep(step.after)
        try:
            return await self._http.send(step.request)
        except httpx.RequestError as error:
            raise unreachable(error) from error
