# SPDX-License-Identifier: BSD-3-Clause
"""Decorators that give a function a context or a socket, which is closed when the function ends.

They can be stacked, the outermost making its object first, and used on functions, methods,
generators, coroutine functions and asynchronous generators.  Coroutine functions and asynchronous
generators get asynchronous contexts and sockets, those of `zmq.asyncio`, unless told otherwise.
"""

from __future__ import annotations

from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

import zmq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from typing import Any, TypeVar

    #: What the function returns: it is still that, but the arguments are others.
    Returned = TypeVar("Returned")


def context(
    *args: Any, **kwargs: Any
) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
    """Give a function a context of its own, and destroy it at the end.

    Parameters
    ----------
    name : str, optional
        The keyword argument that gets it; may come first.  Without it, the context is the last of
        the positional arguments.
    context_class : type, optional
        Instead of `zmq.Context`, or `zmq.asyncio.Context` for asynchronous functions.
    *args, **kwargs
        For the class.

    Returns
    -------
    callable
        The decorator.
    """
    name, args = _take_name(args, kwargs)
    chosen = kwargs.pop("context_class", None)

    def decorate(function: Callable[..., Returned]) -> Callable[..., Returned]:
        is_async = _is_async(function)

        def make(called_with: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            return (chosen or _find_context_class(is_async))(*args, **kwargs)

        return _wrap(function, name, make)

    return decorate


def socket(
    *args: Any, **kwargs: Any
) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
    """Give a function a socket of its own, and close it at the end.

    Its context is the one among the function's arguments: that called `context_name`, or else the
    first of the positional ones; without one it is the global context (`Context.instance`).

    Parameters
    ----------
    name : str, optional
        The keyword argument that gets it; may come first.  Without it, the socket is the last of
        the positional arguments.
    socket_type : SocketType or int
        `zmq.PUSH`, `zmq.REP`, ...; the first of the others.
    context_name : str
        The keyword argument to find the context in; "context" by default.
    *args, **kwargs
        For `Context.socket`.

    Returns
    -------
    callable
        The decorator.
    """
    if args and callable(args[0]):
        raise TypeError(f"@socket needs the type of the socket: @socket(zmq.PUSH), not {args[0]!r}")
    name, args = _take_name(args, kwargs)
    context_name = kwargs.pop("context_name", "context")
    if not args and "socket_type" not in kwargs:
        raise TypeError("@socket needs the type of the socket: @socket(zmq.PUSH)")

    def decorate(function: Callable[..., Returned]) -> Callable[..., Returned]:
        is_async = _is_async(function)

        def make(called_with: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
            for each in (keywords.get(context_name), *called_with):
                if isinstance(each, zmq.Context):
                    return each.socket(*args, **kwargs)
            return _find_context_class(is_async).instance().socket(*args, **kwargs)

        return _wrap(function, name, make)

    return decorate


def _take_name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str | None, tuple[Any, ...]]:
    """The name to pass the object by, and the arguments without it."""
    if args and callable(args[0]):
        raise TypeError(f"a decorator of zmq.decorators is called first: @context(), not {args[0]}")
    if "name" in kwargs:
        return kwargs.pop("name"), args
    if args and isinstance(args[0], str):
        return args[0], args[1:]
    return None, args


def _is_async(function: Callable[..., Any]) -> bool:
    return iscoroutinefunction(function) or isasyncgenfunction(function)


def _find_context_class(is_async: bool) -> Any:
    if not is_async:
        return zmq.Context
    from zmq.asyncio import Context

    return Context


def _wrap(
    function: Callable[..., Any],
    name: str | None,
    make: Callable[[tuple[Any, ...], dict[str, Any]], Any],
) -> Callable[..., Any]:
    """The function, called with one more argument, which lives until it is done."""

    def give(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, Any]:
        if name is None:
            made = make(args, kwargs)
            return made, (*args, made), kwargs
        if name in kwargs:
            raise TypeError(
                f"{function.__name__}() got multiple values for argument {name!r}: "
                "its decorator passes that"
            )
        made = make(args, kwargs)
        return made, args, {**kwargs, name: made}

    return wraps(function)(_find_form(function)(function, give))


def _find_form(function: Callable[..., Any]) -> Callable[..., Callable[..., Any]]:
    if isasyncgenfunction(function):
        return _as_async_generator
    if iscoroutinefunction(function):
        return _as_coroutine
    return _as_generator if isgeneratorfunction(function) else _as_function


def _as_function(function: Any, give: Any) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        made, args, kwargs = give(args, kwargs)
        with made:
            return function(*args, **kwargs)

    return call


def _as_generator(function: Any, give: Any) -> Callable[..., Any]:
    def generate(*args: Any, **kwargs: Any) -> Any:
        made, args, kwargs = give(args, kwargs)
        with made:
            return (yield from function(*args, **kwargs))

    return generate


def _as_coroutine(function: Any, give: Any) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        made, args, kwargs = give(args, kwargs)
        async with _Lease(made):
            return await function(*args, **kwargs)

    return call


def _as_async_generator(function: Any, give: Any) -> Callable[..., Any]:
    async def generate(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        made, args, kwargs = give(args, kwargs)
        async with _Lease(made):
            generator = function(*args, **kwargs)
            try:
                step = generator.__anext__()
                while True:
                    try:
                        item = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = generator.asend((yield item))
                    except GeneratorExit:
                        raise
                    except BaseException as exc:
                        step = generator.athrow(exc)
            finally:
                await generator.aclose()

    return generate


class _Lease:
    """For `async with`: something that may have only a `with` of its own."""

    def __init__(self, made: Any) -> None:
        self.made = made

    async def __aenter__(self) -> Any:
        enter = getattr(self.made, "__aenter__", None)
        return self.made.__enter__() if enter is None else await enter()

    async def __aexit__(self, *exc_info: object) -> Any:
        leave = getattr(self.made, "__aexit__", None)
        return self.made.__exit__(*exc_info) if leave is None else await leave(*exc_info)


__all__ = ["context", "socket"]
