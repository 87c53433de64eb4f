# SPDX-License-Identifier: BSD-3-Clause
"""Authenticators stay up while they should, and end when they should: at once, and entirely."""

import asyncio
import gc
import os
import threading
import time

import pytest

import zmq
from zmq.auth import Authenticator
from zmq.auth.thread import AuthenticationThread, ThreadAuthenticator

NULL = (b"1.0", b"0", b"", b"127.0.0.1", b"", b"NULL")

#: Seconds.  It is one where nothing else goes on; what is in its way here would take thirty.
PROMPT = 10

GOOD, BAD, SLOW = bytes(32), b"b" * 32, b"s" * 32


def curve(key, request_id=b"1"):
    return (b"1.0", request_id, b"", b"127.0.0.1", b"", b"CURVE", key)


def z85(key):
    return zmq.backend.z85_encode(key)


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
@pytest.mark.parametrize(
    "failure",
    [ValueError("no"), SystemExit(3), StopIteration(), asyncio.CancelledError(), KeyError, OSError],
    ids=repr,
)
def test_a_callback_that_raises_refuses_one_client(
    auth, ask, records, decisions, failure, is_async
):
    def callback(domain, key):
        if key == z85(BAD):
            raise failure
        return True

    async def async_callback(domain, key):
        return callback(domain, key)

    auth.configure_curve_callback("*", async_callback if is_async else callback)
    assert ask(*curve(BAD))[2:] == [b"500", b"Internal error", b"", b""]
    assert ask(*curve(GOOD))[2] == b"200"
    failed, good = decisions()
    assert (failed.allowed, failed.status, good.allowed) == (False, 500, True)
    (record,) = [each for each in records if each.levelname == "ERROR"]
    assert record.exc_info
    assert auth.is_alive()


def test_a_user_id_that_raises_or_is_none_refuses_one_client(context, ask, records, decisions):
    class Named(ThreadAuthenticator):
        def curve_user_id(self, key):
            return {GOOD: "good", SLOW: "nul\0", BAD: None}[key]

    with Named(context) as auth:
        auth.configure_curve("*", "*")
        statuses = [ask(*curve(key))[2] for key in (BAD, SLOW, b"x" * 32, GOOD)]
        assert statuses == [b"500", b"500", b"500", b"200"]


def slow_plain(release):
    def callback(domain, key):
        if key == z85(SLOW):
            release.wait(30)
        return True

    return callback


def slow_async(release):
    async def callback(domain, key):
        while key == z85(SLOW) and not release.is_set():
            await asyncio.sleep(0.005)
        return True

    return callback


def blocking_async(release):
    async def callback(domain, key):
        return slow_plain(release)(domain, key)

    return callback


@pytest.mark.parametrize("make_callback", [slow_plain, slow_async])
def test_a_slow_callback_holds_up_nobody_else(auth, ask, make_callback):
    release = threading.Event()
    auth.configure_curve_callback("*", make_callback(release))
    for number in range(10):
        ask.send(*curve(SLOW, b"slow %d" % number))
    assert ask(*curve(GOOD))[1:3] == [b"1", b"200"]
    assert ask(*NULL)[1:3] == [b"0", b"200"]
    release.set()
    assert {ask.receive()[1] for _ in range(10)} == {b"slow %d" % each for each in range(10)}


def test_an_async_callback_that_blocks_holds_up_only_such(make_auth, ask):
    release = threading.Event()
    auth = make_auth("thread")
    auth.configure_curve_callback("*", blocking_async(release))
    ask.send(*curve(SLOW, b"slow"))
    assert ask(*NULL)[1] == b"0"
    release.set()
    assert ask.receive()[1:3] == [b"slow", b"200"]


def test_more_slow_callbacks_than_threads(auth, ask):
    release = threading.Event()
    auth.configure_curve_callback("*", slow_plain(release))
    for number in range(100):
        ask.send(*curve(SLOW, b"%d" % number))
    assert ask(*NULL)[1] == b"0"
    release.set()
    assert {int(ask.receive()[1]) for _ in range(100)} == set(range(100))


@pytest.mark.parametrize("make_callback", [slow_plain, slow_async])
def test_a_callback_has_so_much_time(auth, ask, decisions, make_callback):
    release = threading.Event()
    authenticator = getattr(auth, "auth", auth)
    authenticator.callback_timeout = 0.05
    auth.configure_curve_callback("*", make_callback(release))
    assert ask(*curve(SLOW))[2] == b"500"
    authenticator.callback_timeout = 30
    assert ask(*curve(GOOD))[2] == b"200"
    release.set()
    assert [each.status for each in decisions()] == [500, 200]


@pytest.mark.parametrize("make_callback", [slow_plain, slow_async, blocking_async])
def test_stop_returns_within_a_second(make_auth, ask, wait_for, make_callback):
    release, begun = threading.Event(), threading.Event()
    auth = make_auth("thread")
    callback = make_callback(release)

    def note(domain, key):
        begun.set()
        return callback(domain, key)

    auth.configure_curve_callback("*", note)
    ask.send(*curve(SLOW))
    assert begun.wait(10)
    thread = auth.thread
    start = time.monotonic()
    auth.stop()
    took = time.monotonic() - start
    assert ask.receive()[2] == b"300"  # try again
    assert took < PROMPT
    assert not auth.is_alive()
    wait_for(lambda: not thread.is_alive(), 10)
    release.set()


def test_what_nobody_awaits_after_stop_is_closed(make_auth, ask, wait_for):
    """Else Python warns that it was never awaited."""
    release, begun = threading.Event(), threading.Event()

    async def answer():
        return True

    def ask_for_it(domain, key):
        begun.set()
        release.wait(20)
        return answer()

    auth = make_auth("thread")
    auth.configure_curve_callback("*", ask_for_it)
    ask.send(*curve(SLOW))
    assert begun.wait(10)
    auth.stop()
    release.set()
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "zmq.auth worker"], 10)
    gc.collect()


def test_stop_returns_while_the_thread_is_stuck(context, ask, wait_for, records):
    release, begun = threading.Event(), threading.Event()

    class Stuck(ThreadAuthenticator):
        def curve_user_id(self, key):
            begun.set()
            release.wait(30)
            return "late"

    auth = Stuck(context)
    auth.configure_curve("*", "*")
    auth.start()
    ask.send(*curve(GOOD))
    assert begun.wait(10)
    thread = auth.thread
    start = time.monotonic()
    auth.stop()
    assert time.monotonic() - start < PROMPT
    assert [each for each in records if "is busy" in each.getMessage()]
    assert ask.receive()[2] == b"300"
    auth.start()  # the address is free
    ask.socket.disconnect("inproc://zeromq.zap.01")
    ask.socket.connect("inproc://zeromq.zap.01")
    assert ask(*NULL)[2] == b"200"
    release.set()
    wait_for(lambda: not thread.is_alive(), 10)
    assert auth.is_alive()
    assert ask(*NULL)[1] == b"0"  # and not what the other one had to say
    auth.stop()


@pytest.mark.parametrize("method", ["stop", "configure_plain"])
def test_a_callback_may_use_the_authenticator(make_auth, ask, wait_for, method):
    auth = make_auth("thread")
    thread = auth.thread

    def callback(domain, key):
        getattr(auth, method)()
        return True

    auth.configure_curve_callback("*", callback)
    assert ask(*curve(GOOD))[2] == (b"300" if method == "stop" else b"200")
    wait_for(lambda: thread.is_alive() is (method != "stop"), 10)


def test_stop_and_start_again_and_again(make_auth, ask):
    auth = make_auth(start=False)
    auth.stop()
    for _ in range(20):
        auth.start()
        assert auth.is_alive()
        assert ask(*NULL)[2] == b"200"
        auth.stop()
        auth.stop()
        assert not auth.is_alive()
        assert auth.thread is auth.zap_socket is None
        ask.socket.disconnect("inproc://zeromq.zap.01")
        ask.socket.connect("inproc://zeromq.zap.01")


def test_the_address_is_free_when_stop_returns(context):
    for _ in range(300):
        with Authenticator(context):
            pass


@pytest.mark.parametrize("kind", [Authenticator, ThreadAuthenticator])
def test_two_in_a_context_are_refused(make_auth, context, ask, kind):
    make_auth("thread")
    second = kind(context)
    with pytest.raises(zmq.ZMQError, match="has an authenticator already") as caught:
        second.start()
    assert caught.value.errno == zmq.EADDRINUSE
    assert second.zap_socket is None
    second.stop()
    assert ask(*NULL)[2] == b"200"


def test_starting_twice_is_refused(auth):
    with pytest.raises(RuntimeError, match="started already"):
        auth.start()
    assert auth.is_alive()


def test_each_context_has_its_own(make_auth, context):
    make_auth("thread")
    with zmq.Context() as other, ThreadAuthenticator(other) as auth:
        assert auth.is_alive()
        auth.stop()


@pytest.mark.parametrize("end", ["term", "destroy"])
def test_it_ends_with_its_context(records, wait_for, end):
    context = zmq.Context()
    auth = ThreadAuthenticator(context, on_decision=lambda decision: None)
    auth.start()
    auth.configure_curve_callback("*", lambda domain, key: True)
    thread = auth.thread
    with zmq.Socket(context, zmq.DEALER) as s:
        s.linger = 0
        s.connect("inproc://zeromq.zap.01")
        s.send_multipart([b"", *curve(GOOD)])
        assert s.poll(10_000)
    getattr(context, end)()
    wait_for(lambda: not thread.is_alive(), 10)
    assert not auth.is_alive()
    auth.stop()
    assert not [each for each in records if each.levelname == "ERROR"]


@pytest.mark.parametrize("kind", ["thread", "asyncio"])
def test_defaults_of_the_context_are_not_for_the_zap_socket(
    context, make_auth, ask, kind, wait_for
):
    context.rcvtimeo = context.linger = context.router_mandatory = 1
    zap_socket = make_auth(kind).zap_socket

    def read():
        try:
            return zap_socket.rcvtimeo, zap_socket.linger
        except zmq.ZMQThreadError:  # its own thread is using it
            return None

    assert wait_for(read) == (-1, 100)
    assert ask(*NULL)[2] == b"200"


def test_a_fork_leaves_the_parents_alone(make_auth, ask):
    auth = make_auth("thread")
    assert ask(*NULL)[2] == b"200"
    pid = os.fork()
    if not pid:
        status = 1
        try:
            auth.stop()
            status = 0 if not auth.is_alive() else 2
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
    assert ask(*NULL)[2] == b"200"


FORGETFUL = """
    import zmq
    from zmq.auth.thread import ThreadAuthenticator
    auth = ThreadAuthenticator({context}, on_decision=print)
    auth.start()
    auth.configure_curve_callback("*", print)
    {then}
"""


@pytest.mark.parametrize("then", ["", "del auth", "raise SystemExit(0)"])
@pytest.mark.parametrize("context", ["None", "zmq.Context()"])
def test_a_program_that_forgets_to_stop_ends(run, context, then):
    end = run(FORGETFUL.format(context=context, then=then), options=())
    assert (end.returncode, end.stdout) == (0, "")
    assert "Traceback" not in end.stderr


def test_the_threads_class_may_be_used_alone(context, ask):
    auth = ThreadAuthenticator(context)
    Authenticator.start(auth)
    thread = AuthenticationThread(auth, pipe=None)
    thread.start()
    assert ask(*NULL)[2] == b"200"
    thread.end()
    thread.join()


def test_many_threads_configure_at_once(context):
    auth = Authenticator(context)
    barrier = threading.Barrier(8)

    def configure(number):
        barrier.wait()
        for each in range(50):
            auth.allow(f"10.0.{number}.{each}")
            auth.configure_plain(f"{number} {each}", {})

    threads = [threading.Thread(target=configure, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(auth._allowed.networks) == len(auth._plain._by_domain) == 400


def test_replies_go_only_where_the_request_came_from(context, ask, records):
    auth = Authenticator(context)

    async def restart(domain, key):
        auth.stop()
        auth.start()
        auth.zap_socket.router_mandatory = 1  # sending to a peer of the former one would fail
        return True

    auth.configure_curve_callback("*", restart)
    auth.start()
    ask.send(*curve(GOOD))
    asyncio.run(auth.handle_zap_message(auth.zap_socket.recv_multipart()))
    auth.stop()
    assert ask.receive()[2] == b"300"
    assert [each.levelname for each in records] == ["INFO"]
