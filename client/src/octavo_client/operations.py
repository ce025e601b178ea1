"""Operations: written once, run by the blocking and by the awaiting client.

A method marked with `@operation` only describes its call. On an api with a Blocking sender it sends the
call and returns what was read; on one with an Awaiting sender it returns a coroutine of the same:

    class Loans(Api[S]):
        @operation
        def anonymize_user(self, user_id: str) -> Call[None]: ...

    Loans(blocking).anonymize_user(user_id)          # None
    await Loans(awaiting).anonymize_user(user_id)    # None

`@walking` does the same for lists that are read page by page, `@stepping` for what takes several calls.
Type checkers know all of this.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from octavo_client.calls import Call, Steps, Walk
from octavo_client.senders import Awaiting, Blocking

A = TypeVar("A")
B = TypeVar("B")
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Blocking | Awaiting)
T = TypeVar("T")


class Api(Generic[S]):
    """A group of operations, and the sender that runs them."""

    def __init__(self, sender: S) -> None:
        self._sender = sender


class Operation(Generic[P, B, A]):
    """A method with parameters P that gives a B when its api is blocking, and an A when it is awaiting."""

    def __init__(self, describe: Callable[..., Any], run: Callable[[Any, Any], Any]) -> None:
        self._describe = describe
        self._run = run
        self.__wrapped__ = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, api: None, owner: type) -> Self: ...
    @overload
    def __get__(self, api: Api[Blocking], owner: type | None = None) -> Callable[P, B]: ...
    @overload
    def __get__(self, api: Api[Awaiting], owner: type | None = None) -> Callable[P, A]: ...
    def __get__(self, api: Api[Any] | None, owner: type | None = None) -> Any:
        """Return the method that describes what is wanted and has the api's sender do it."""
        if api is None:
            return self
        sender, describe = api._sender, self._describe.__get__(api)  # noqa: SLF001 - an api shows it to nobody else

        def perform(*args: P.args, **kwargs: P.kwargs) -> Any:
            return self._run(sender, describe(*args, **kwargs))

        return update_wrapper(perform, describe)


def operation(describe: Callable[Concatenate[Any, P], Call[T]]) -> Operation[P, T, Coroutine[Any, Any, T]]:
    """Make a method that describes a call into one that sends it."""
    return Operation(describe, lambda sender, call: sender.run(call))


def stepping(describe: Callable[Concatenate[Any, P], Steps[T]]) -> Operation[P, T, Coroutine[Any, Any, T]]:
    """Make a method that yields one call after the other into one that sends them."""
    return Operation(describe, lambda sender, steps: sender.follow(steps))


def walking(describe: Callable[Concatenate[Any, P], Walk[R]]) -> Operation[P, Iterator[R], AsyncIterator[R]]:
    """Make a method that describes a walk through a list into one that yields its records."""
    return Operation(describe, lambda sender, walk: sender.walk(walk))
