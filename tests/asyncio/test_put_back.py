# SPDX-License-Identifier: BSD-3-Clause
"""A message given back by one kind of receive and taken by another: its parts stay together."""

import asyncio
import pickle

import pytest

import zmq

#: The message that is given back: three parts that every method can read.
PARTS = [b"1", b"22", b"333"]


async def one(s, **options):
    """All parts by `recv`."""
    parts = [await s.recv(**options)]
    while s.rcvmore:
        parts.append(await s.recv(**options))
    return parts


async def frames_one_by_one(s):
    frames = [await s.recv(copy=False)]
    while frames[-1].more:
        frames.append(await s.recv(copy=False))
    return [frame.bytes for frame in frames]


async def into(s):
    buffer, parts = bytearray(9), []
    while True:
        size = await s.recv_into(buffer)
        parts.append(bytes(buffer[:size]))
        if not s.rcvmore:
            return parts


async def frames(s):
    return [frame.bytes for frame in await s.recv_multipart(copy=False)]


async def texts(s):
    parts = [await s.recv_string()]
    while s.rcvmore:
        parts.append(await s.recv_string())
    return [part.encode() for part in parts]


async def many(s):
    return await s.recv_many(10)


async def first_of(awaitable):
    return (await awaitable)[0]


async def mixture(s):
    return [await s.recv(), *await s.recv_multipart()]


async def tried(s):
    parts = [s.try_recv()]
    while s.rcvmore:
        parts.append(s.try_recv())
    return parts


#: Ways to take a whole message.
TAKE = {
    "recv": one,
    "recv DONTWAIT": lambda s: one(s, flags=zmq.DONTWAIT),
    "recv timeout": lambda s: one(s, timeout=1000),
    "frame": frames_one_by_one,
    "recv_into": into,
    "recv_string": texts,
    "recv_multipart": lambda s: s.recv_multipart(),
    "frames": frames,
    "recv_serialized": lambda s: s.recv_serialized(list),
    "recv_many": many,
    "recv_many_multipart": lambda s: first_of(s.recv_many_multipart(1)),
    "mixture": mixture,
    "try_recv": tried,
}

#: Receives that are cancelled when they have their message.
GIVE_BACK = {
    "recv": lambda s: s.recv(),
    "frame": lambda s: s.recv(copy=False),
    "recv_string": lambda s: s.recv_string(),
    "recv_json": lambda s: s.recv_json(),
    "recv_json that fails": lambda s: s.recv_json(parse_int=lambda text: 1 / 0),
    "recv_into": lambda s: s.recv_into(bytearray(9)),
    "recv_multipart": lambda s: s.recv_multipart(),
    "frames": lambda s: s.recv_multipart(copy=False),
    "recv_serialized": lambda s: s.recv_serialized(list),
    "recv_many": lambda s: s.recv_many(5),
    "recv_many_multipart": lambda s: s.recv_many_multipart(5),
    "recv timeout": lambda s: s.recv(timeout=5000),
}


@pytest.mark.parametrize("take", TAKE)
@pytest.mark.parametrize("give_back", GIVE_BACK)
async def test_every_kind(mixed_pair, put_back, give_back, take):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, lambda: GIVE_BACK[give_back](b), lambda: a.send_multipart(PARTS))
    a.send_multipart([b"next", b"one"])
    got = await asyncio.wait_for(TAKE[take](b), 5)
    following = [] if len(got) > 3 else await asyncio.wait_for(b.recv_multipart(), 5)
    assert got + following == [*PARTS, b"next", b"one"]
    assert got[:3] == PARTS


@pytest.mark.parametrize("take", TAKE)
async def test_the_rest_of_a_message(mixed_pair, put_back, until, take):
    """Its first part was received; the second is given back, the third is still in libzmq."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    first = b.recv()
    second = []

    async def wait():
        second.append(await b.recv())

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()

    def watch():
        if not b._recv_futures:
            task.cancel()
        else:
            loop.call_soon(watch)

    loop.call_soon(watch)
    a.send_multipart(PARTS)
    assert await first == PARTS[0]
    await asyncio.wait([task])
    assert task.cancelled() and not second
    assert await asyncio.wait_for(TAKE[take](b), 5) == PARTS[1:]


async def test_pyobj(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    for take in (b.recv_pyobj, b.recv):
        await put_back(b, b.recv_pyobj, lambda: a.send_pyobj({"a": 1}))
        got = await take()
        assert (pickle.loads(got) if isinstance(got, bytes) else got) == {"a": 1}


async def test_what_loads_runs_again(mixed_pair, put_back):
    """Deserialization happens for the receive that returns the object."""
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, lambda: b.recv_serialized(lambda parts: "old"), lambda: a.send(b"1"))
    assert await b.recv_serialized(lambda parts: ("new", parts)) == ("new", [b"1"])


async def test_frames_keep_what_they_know(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, "tcp")
    await put_back(b, lambda: b.recv(copy=False), lambda: a.send_multipart(PARTS))
    frame = await b.recv(copy=False)
    assert (frame.bytes, frame.more) == (b"1", True)
    assert frame.get("Peer-Address") == "127.0.0.1"
    assert b.rcvmore
    assert await b.recv_multipart() == PARTS[1:]
    assert not b.rcvmore


async def test_what_was_given_back_counts_when_it_is_received(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, lambda: b.recv_multipart(), lambda: a.send_multipart(PARTS))
    assert (b.stats()["messages_in"], b.stats()["bytes_in"]) == (0, 0)
    assert await b.recv_multipart() == PARTS
    assert (b.stats()["messages_in"], b.stats()["bytes_in"]) == (1, 6)


async def test_large_messages(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL, "tcp")
    big = bytes(range(256)) * 4096
    await put_back(b, lambda: b.recv(copy=False), lambda: a.send(big))
    assert await b.recv() == big


async def test_no_room_in_the_second_buffer(mixed_pair, put_back):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    await put_back(b, lambda: b.recv_into(bytearray(2)), lambda: a.send(b"abcdef"))
    buffer = bytearray(9)
    assert await b.recv_into(buffer) == 6
    assert bytes(buffer) == b"abcdef\0\0\0"  # whole, although the first buffer was too short


async def test_many_given_back_keep_their_order(mixed_pair, turns):
    a, b = mixed_pair(zmq.PUSH, zmq.PULL)
    futures = [b.recv() for _ in range(5)]

    async def wait(future):
        await future

    tasks = [asyncio.ensure_future(wait(future)) for future in futures]
    await turns()
    loop = asyncio.get_running_loop()

    def watch():
        if futures[-1].done():
            for task in tasks:
                task.cancel()
        else:
            loop.call_soon(watch)

    loop.call_soon(watch)
    del futures[:-1]
    for n in range(6):
        a.send(b"%d" % n)
    await asyncio.wait(tasks)
    if all(task.cancelled() for task in tasks):
        assert [await b.recv() for _ in range(6)] == [b"%d" % n for n in range(6)]
    else:
        pytest.fail("some task was resumed before it was cancelled")


# -- sockets with a state ------------------------------------------------------------------------


async def test_reply_given_back(mixed_pair, put_back):
    server, client = mixed_pair(zmq.REP, zmq.REQ)
    await client.send(b"first")
    assert server.recv() == b"first"
    await put_back(client, client.recv, lambda: server.send(b"first reply"))
    assert await client.recv() == b"first reply"
    await client.send(b"second")
    assert server.recv() == b"second"
    server.send(b"second reply")
    assert await client.recv() == b"second reply"


async def test_reply_given_back_is_not_the_reply_to_the_next_request(mixed_pair, put_back):
    server, client = mixed_pair(zmq.REP, zmq.REQ)
    await client.send(b"first")
    assert server.recv() == b"first"
    await put_back(client, client.recv, lambda: server.send(b"first reply"))
    try:
        await client.send(b"second")
    except zmq.ZMQError as exc:  # as if the reply were in libzmq still
        assert exc.errno == zmq.EFSM
        assert await client.recv() == b"first reply"
        return
    assert server.recv() == b"second"
    server.send(b"second reply")
    assert await client.recv() == b"second reply"


async def test_relaxed_request_forgets_the_reply_given_back(mixed_pair, put_back):
    server, client = mixed_pair(zmq.REP, zmq.REQ)
    client.req_relaxed = client.req_correlate = 1
    await client.send(b"first")
    assert server.recv() == b"first"
    await put_back(client, client.recv, lambda: server.send(b"first reply"))
    await client.send(b"second")
    assert server.recv() == b"second"
    server.send(b"second reply")
    assert await client.recv() == b"second reply"


async def test_request_given_back_must_be_received_before_it_is_answered(mixed_pair, put_back):
    client, server = mixed_pair(zmq.REQ, zmq.REP)
    await put_back(server, server.recv, lambda: client.send(b"question"))
    with pytest.raises(zmq.ZMQError) as caught:
        await server.send(b"answer to nothing seen")
    assert caught.value.errno == zmq.EFSM
    assert await server.recv() == b"question"
    await server.send(b"answer")
    assert client.recv() == b"answer"
