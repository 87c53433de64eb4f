# SPDX-License-Identifier: BSD-3-Clause
"""`zmq.decorators`: how objects reach the function, which context is used, when they are closed."""

import asyncio
import functools
import inspect

import pytest

import zmq
from zmq.decorators import context, socket


@pytest.fixture(autouse=True)
def global_context():
    """The global context ends with the test."""
    yield
    zmq.Context.instance().destroy(linger=0)


# -- how they are passed -------------------------------------------------------------------------


def returned(*args, **kwargs):
    return args, kwargs


def test_a_context_is_the_last_positional_argument():
    (one, two, made), keywords = context()(returned)(1, 2, x=3)
    assert (one, two, keywords) == (1, 2, {"x": 3})
    assert type(made) is zmq.Context
    assert made is not zmq.Context.instance()
    assert made.closed


@pytest.mark.parametrize("decorator", [context("c"), context(name="c"), context("c", 1)])
def test_a_context_by_name(decorator):
    args, keywords = decorator(returned)(1)
    assert args == (1,)
    assert type(keywords["c"]) is zmq.Context


def test_arguments_of_the_context():
    assert context(3)(lambda c: c.io_threads)() == 3
    assert context(io_threads=2)(lambda c: c.io_threads)() == 2
    assert context("c", 2)(lambda c: c.io_threads)() == 2


def test_a_socket_is_the_last_positional_argument():
    (one, made), _ = socket(zmq.PUSH)(returned)(1)
    assert (one, made.closed, made._socket_type) == (1, True, zmq.PUSH)


@pytest.mark.parametrize(
    "decorator",
    [
        socket("s", zmq.PUSH),
        socket(zmq.PUSH, name="s"),
        socket(name="s", socket_type=zmq.PUSH),
        socket("s", socket_type=zmq.PUSH),
    ],
)
def test_a_socket_by_name(decorator):
    args, keywords = decorator(returned)(1)
    assert args == (1,)
    assert keywords["s"]._socket_type == zmq.PUSH


def test_arguments_of_the_socket():
    assert socket(zmq.PUSH, copy_threshold=5)(lambda s: s.copy_threshold)() == 5
    assert socket(zmq.PULL, observe=True)(lambda s: s.stats()["connects"])() == 0


def test_a_name_that_the_caller_passes_too():
    with pytest.raises(TypeError, match="returned.*'c'"):
        context("c")(returned)(c=5)
    with pytest.raises(TypeError, match="returned.*'s'"):
        socket("s", zmq.PUSH)(returned)(s=5)


def test_the_wrapper_looks_like_the_function():
    @context()
    def work(ctx):
        """Do it."""

    assert (work.__name__, work.__doc__) == ("work", "Do it.")
    assert inspect.signature(work) == inspect.signature(work.__wrapped__)


@pytest.mark.parametrize("decorator", [context, socket])
def test_forgotten_parentheses(decorator):
    with pytest.raises(TypeError, match="@"):
        decorator(returned)


def test_forgotten_type():
    with pytest.raises(TypeError, match="zmq.PUSH"):
        socket()
    with pytest.raises(TypeError, match="zmq.PUSH"):
        socket("name")


# -- which context a socket is made in -----------------------------------------------------------


def context_of(s, *args, **kwargs):
    return s.context


def test_the_global_context():
    assert socket("s", zmq.PUSH)(context_of)() is zmq.Context.instance()
    assert socket("s", zmq.PUSH)(context_of)(context=None) is zmq.Context.instance()


def test_a_context_among_the_arguments():
    with zmq.Context() as ctx, zmq.Context() as other:
        assert socket(zmq.PUSH)(lambda c, s: s.context)(ctx) is ctx
        assert socket(zmq.PUSH)(lambda a, c, s: s.context)(5, ctx) is ctx
        assert socket("s", zmq.PUSH)(context_of)(context=ctx) is ctx
        assert socket("s", zmq.PUSH)(lambda c, s, context: s.context)(other, context=ctx) is ctx
        assert socket("s", zmq.PUSH)(context_of)(ctx=ctx) is zmq.Context.instance()
        assert socket("s", zmq.PUSH, context_name="ctx")(context_of)(ctx=ctx) is ctx
        assert socket("s", zmq.PUSH, context_name="ctx")(context_of)(context=ctx) is not ctx
        # what has the name and is no context is the function's own affair
        assert socket("s", zmq.PUSH)(context_of)(context="text") is zmq.Context.instance()


class OwnSocket(zmq.Socket):
    pass


class OwnContext(zmq.Context):
    _socket_class = OwnSocket


def test_classes_of_contexts():
    @context(context_class=OwnContext)
    @socket(zmq.PUSH)
    def work(ctx, s):
        return type(ctx), type(s)

    assert work() == (OwnContext, OwnSocket)
    with OwnContext() as ctx:
        assert socket(zmq.PUSH)(lambda c, s: type(s))(ctx) is OwnSocket
    assert type(socket(zmq.PUSH, socket_class=OwnSocket)(lambda s: s)()) is OwnSocket


# -- stacks --------------------------------------------------------------------------------------


def test_a_stack_from_above():
    @context()
    @socket(zmq.PUSH)
    @socket(zmq.PULL)
    def work(ctx, push, pull):
        assert push.context is pull.context is ctx
        assert (push.type, pull.type) == (zmq.PUSH, zmq.PULL)
        pull.bind("inproc://stack")
        push.connect("inproc://stack")
        push.send(b"x")
        return pull.recv()

    assert work() == b"x"


def test_a_stack_by_name():
    @context("ctx")
    @socket("push", zmq.PUSH, context_name="ctx")
    @socket(zmq.PULL, name="pull", context_name="ctx")
    def work(pull, push, ctx):
        assert push.context is pull.context is ctx
        return ctx

    assert work().closed


def test_the_first_of_two_contexts_is_used():
    @context()
    @context()
    @socket(zmq.PUSH)
    def work(one, two, s):
        assert one is not two
        assert s.context is one

    work()


def test_a_socket_above_the_context_is_in_the_global_one():
    @socket(zmq.PUSH)
    @context()
    def work(s, ctx):
        assert s.context is zmq.Context.instance()
        assert ctx is not s.context

    work()


# -- kinds of functions --------------------------------------------------------------------------


class Worker:
    @context()
    @socket(zmq.PUSH)
    def method(self, word, ctx, s):
        return self, word, s.context is ctx

    @classmethod
    @socket(zmq.PUSH)
    def of_class(cls, s):
        return cls, s.type

    @staticmethod
    @socket(zmq.PUSH)
    def static(s):
        return s.type

    @socket("s", zmq.PUSH)
    def __call__(self, s=None):
        return s.type


def test_methods():
    worker = Worker()
    assert worker.method("word") == (worker, "word", True)
    assert Worker.of_class() == (Worker, zmq.PUSH)
    assert worker.static() == zmq.PUSH
    assert worker() == zmq.PUSH


def test_partial_functions():
    assert socket(zmq.PUSH)(functools.partial(lambda a, s: (a, s.type), 1))() == (1, zmq.PUSH)


def test_calls_within_calls_have_their_own():
    @context()
    def work(depth, ctx):
        if depth:
            inner = work(depth - 1)
            assert inner.closed
            assert not ctx.closed
        return ctx

    assert work(3).closed


def test_it_is_closed_after_an_exception():
    kept = []

    @context()
    @socket(zmq.PUSH)
    def work(ctx, s):
        kept.extend((ctx, s))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert [each.closed for each in kept] == [True, True]


def test_generators():
    @context()
    @socket(zmq.PUSH)
    def work(word, ctx, s):
        try:
            got = yield word, s
            while True:
                try:
                    got = yield got, s.closed
                except KeyError:
                    got = "error"
                if got == "stop":
                    return "end"
        finally:
            left.append((s.closed, ctx.closed))

    left = []
    assert inspect.isgeneratorfunction(work)
    steps = work("word")
    word, s = next(steps)
    assert word == "word"
    assert not s.closed
    assert steps.send(1) == (1, False)
    assert steps.throw(KeyError()) == ("error", False)
    with pytest.raises(StopIteration) as caught:
        steps.send("stop")
    assert caught.value.value == "end"
    assert s.closed
    assert left == [(False, False)]

    steps = work("word")
    _, s = next(steps)
    steps.close()
    assert s.closed
    assert s.context.closed


def test_coroutine_functions():
    @context(context_class=zmq.Context)
    @socket(zmq.PUSH)
    async def work(ctx, s):
        await asyncio.sleep(0)
        assert not s.closed
        assert not ctx.closed
        return s

    assert inspect.iscoroutinefunction(work)
    s = asyncio.run(work())
    assert s.closed
    assert s.context.closed


def test_a_coroutine_that_is_cancelled():
    kept = []

    @context(context_class=zmq.Context)
    @socket(zmq.PUSH)
    async def work(ctx, s):
        kept.extend((ctx, s))
        await asyncio.get_running_loop().create_future()

    async def main():
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        assert not any(each.closed for each in kept)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert [each.closed for each in kept] == [True, True]


@context(context_class=zmq.Context)
@socket(zmq.PUSH)
async def count(log, ctx, s):
    try:
        got = yield s
        while got != "stop":
            try:
                got = yield got, s.closed
            except KeyError:
                got = yield "error", s.closed
    finally:
        await asyncio.sleep(0)
        log.append(s.closed)


def test_asynchronous_generators():
    log = []

    async def main():
        steps = count(log)
        s = await steps.__anext__()
        assert await steps.asend(1) == (1, False)
        assert await steps.athrow(KeyError()) == ("error", False)
        assert await steps.__anext__() == (None, False)
        with pytest.raises(StopAsyncIteration):
            await steps.asend("stop")
        return s

    assert inspect.isasyncgenfunction(count)
    s = asyncio.run(main())
    assert s.closed
    assert s.context.closed
    assert log == [False]


def test_an_asynchronous_generator_that_is_left():
    log = []

    async def main():
        steps = count(log)
        s = None
        async for each in steps:
            s = each
            break
        await steps.aclose()
        return s

    assert asyncio.run(main()).closed
    assert log == [False]


def test_an_exception_in_an_asynchronous_generator():
    log = []

    async def main():
        steps = count(log)
        s = await steps.__anext__()
        with pytest.raises(ZeroDivisionError):
            await steps.athrow(ZeroDivisionError())
        return s

    assert asyncio.run(main()).closed
    assert log == [False]
