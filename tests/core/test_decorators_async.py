# SPDX-License-Identifier: BSD-3-Clause
"""`zmq.decorators` on asynchronous functions, with the contexts and sockets of `zmq.asyncio`."""

import asyncio

import zmq
import zmq.asyncio
from zmq.decorators import context, socket


def test_a_coroutine_function_gets_asynchronous_sockets():
    @context()
    @socket(zmq.PUSH)
    @socket(zmq.PULL)
    async def work(ctx, push, pull):
        assert type(ctx) is zmq.asyncio.Context
        assert type(push) is zmq.asyncio.Socket
        pull.bind("inproc://decorated")
        push.connect("inproc://decorated")
        received = pull.recv()
        await push.send(b"x")
        return await received, ctx

    message, ctx = asyncio.run(work())
    assert message == b"x"
    assert ctx.closed


def test_without_a_context_it_is_the_global_asynchronous_one():
    @socket(zmq.PUSH)
    async def work(s):
        assert s.context is zmq.asyncio.Context.instance()
        return s

    assert asyncio.run(work()).closed
    zmq.asyncio.Context.instance().term()


def test_an_asynchronous_generator_gets_them_too():
    @context()
    @socket(zmq.PULL)
    async def numbers(ctx, s):
        s.bind("inproc://numbers")
        with ctx.socket(zmq.PUSH) as push:
            push.connect("inproc://numbers")
            for number in range(3):
                await push.send(b"%d" % number)
                yield await s.recv()

    async def main():
        return [number async for number in numbers()]

    assert asyncio.run(main()) == [b"0", b"1", b"2"]


def test_a_blocking_context_that_is_passed_is_used():
    @socket(zmq.PUSH)
    async def work(ctx, s):
        return type(s)

    with zmq.Context() as ctx:
        assert asyncio.run(work(ctx)) is zmq.Socket
