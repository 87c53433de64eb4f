# SPDX-License-Identifier: BSD-3-Clause
"""`zmq.request`: one question, one answer to it, whatever happens to the server meanwhile."""

import errno
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

import zmq

SERVER = """
    import sys, zmq
    with zmq.Context() as ctx, ctx.socket(zmq.REP) as s:
        bound = s.bind(sys.argv[1])
        print(bound.endpoint)
        while True:
            s.send(b"answer to " + s.recv())
"""

#: Milliseconds for an attempt that shall be answered, and for one that shall not.
LONG, SHORT = 5000, 50


@pytest.fixture
def ask():
    """`ask(*args, **options)`: the future of a request made in another thread."""
    with ThreadPoolExecutor() as pool:
        yield lambda *args, **options: pool.submit(zmq.request, *args, **options)


@pytest.fixture
def server(socket, bind):
    """`server(type, transport)`: a bound socket, and its endpoint."""

    def server(kind=zmq.REP, transport="inproc"):
        s = socket(kind)
        return s, bind(s, transport)

    return server


@pytest.fixture(params=["socket", "endpoint"])
def to(request, socket):
    """`to(endpoint)`: what to ask, in both forms that `zmq.request` takes."""

    def to(endpoint):
        if request.param == "endpoint":
            return endpoint
        s = socket(zmq.REQ)
        s.connect(endpoint)
        return s

    return to


# -- questions and answers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "received", "answer", "expected"),
    [
        (b"q", [b"q"], [b"a"], b"a"),
        (b"", [b""], [b""], b""),
        (bytearray(b"q"), [b"q"], [b"a"], b"a"),
        (memoryview(b"q"), [b"q"], [b"a"], b"a"),
        (zmq.Frame(b"q"), [b"q"], [b"a"], b"a"),
        ([b"q"], [b"q"], [b"a"], [b"a"]),
        ([b"q", b"", b"r"], [b"q", b"", b"r"], [b"a", b"b"], [b"a", b"b"]),
        ((b"q", b"r"), [b"q", b"r"], [b"a"], [b"a"]),
    ],
)
def test_the_reply_has_the_form_of_the_message(
    ask, context, server, to, transport, question, received, answer, expected
):
    rep, endpoint = server(zmq.REP, transport)
    target = to(endpoint)
    options = {"context": context} if isinstance(target, str) else {}
    asking = ask(target, question, LONG, **options)
    assert rep.recv_multipart() == received
    rep.send_multipart(answer)
    assert asking.result() == expected


def test_one_socket_asks_many_times(ask, server, socket):
    rep, endpoint = server()
    target = socket(zmq.REQ)
    target.connect(endpoint)
    for number in range(10):
        asking = ask(target, b"%d" % number, LONG)
        rep.send(b"answer to " + rep.recv())
        assert asking.result() == b"answer to %d" % number


def test_several_parts_for_one_are_refused(ask, context, server):
    rep, endpoint = server()
    asking = ask(endpoint, b"q", LONG, context=context)
    rep.recv()
    rep.send_multipart([b"a", b"b"])
    with pytest.raises(ValueError, match="2 parts.*list"):
        asking.result()


def test_its_own_socket_is_closed(ask, context, server):
    rep, endpoint = server()
    before = context._sockets
    asking = ask(endpoint, b"q", LONG, context=context)
    rep.send(rep.recv())
    asking.result()
    with pytest.raises(zmq.TimeoutExpired):
        zmq.request(endpoint, b"q", SHORT, 1, context=context)
    assert context._sockets == before


def test_the_context_gives_its_defaults(ask, context, server):
    rep, endpoint = server(zmq.ROUTER)
    context.routing_id = b"me"
    asking = ask(endpoint, b"q", LONG, context=context)
    head, *rest = rep.recv_multipart()
    assert head == b"me"
    rep.send_multipart([head, *rest])
    assert asking.result() == b"q"


def test_the_global_context_is_the_default(output):
    script = """
        import threading, zmq
        def serve():
            with zmq.Context.instance().socket(zmq.REP) as s:
                s.bind("inproc://here")
                s.send(s.recv())
        thread = threading.Thread(target=serve)
        thread.start()
        print(zmq.request("inproc://here", b"question").decode())
        thread.join()
        zmq.Context.instance().term()
    """
    assert output(script) == "question\n"


# -- no answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("retries", "attempts"), [(0, "1 attempt of"), (2, "3 attempts of")])
def test_expiry_says_where_how_often_how_long(context, server, to, transport, retries, attempts):
    rep, endpoint = server(zmq.REP, transport)
    target = to(endpoint)
    options = {"context": context} if isinstance(target, str) else {}
    with pytest.raises(zmq.TimeoutExpired) as caught:
        zmq.request(target, b"q", SHORT, retries, **options)
    assert isinstance(caught.value, zmq.Again)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.errno == errno.EAGAIN
    for part in (endpoint, attempts, "50 ms", " s in all"):
        assert part in str(caught.value)


def test_every_attempt_is_sent(server, socket):
    rep, endpoint = server(zmq.ROUTER)
    req = socket(zmq.REQ)
    req.connect(endpoint)
    with pytest.raises(zmq.TimeoutExpired):
        zmq.request(req, b"q", SHORT, 2)
    assert [rep.recv_multipart()[-1] for _ in range(3)] == [b"q"] * 3
    with pytest.raises(zmq.Again):
        rep.recv(zmq.NOBLOCK)


def test_nobody_listens(context, endpoint, to):
    target = to(endpoint("ipc"))
    options = {"context": context} if isinstance(target, str) else {}
    with pytest.raises(zmq.TimeoutExpired, match="ipc://"):
        zmq.request(target, b"q", SHORT, 1, **options)


def test_a_socket_without_connection_says_so(socket):
    with pytest.raises(zmq.TimeoutExpired, match="connect"):
        zmq.request(socket(zmq.REQ), b"q", SHORT, 0)


def test_a_socket_works_again_after_failure(ask, server, socket):
    rep, endpoint = server(zmq.ROUTER)
    req = socket(zmq.REQ)
    req.connect(endpoint)
    with pytest.raises(zmq.TimeoutExpired):
        zmq.request(req, b"lost", SHORT, 0)
    asking = ask(req, b"q", LONG, 0)
    first, second = rep.recv_multipart(), rep.recv_multipart()
    # The reply to the request that was given up comes first.
    rep.send_multipart([*first[:-1], b"late"])
    rep.send_multipart([*second[:-1], b"answer"])
    assert asking.result() == b"answer"


def test_the_reply_to_an_earlier_attempt_is_not_taken(ask, server, socket):
    rep, endpoint = server(zmq.ROUTER)
    req = socket(zmq.REQ)
    req.connect(endpoint)
    asking = ask(req, b"q", 500, 1000)
    first, second = rep.recv_multipart(), rep.recv_multipart()
    assert first[-1] == second[-1] == b"q"
    assert first[:-1] != second[:-1]
    rep.send_multipart([*first[:-1], b"late"])
    while not asking.done():
        rep.send_multipart([*second[:-1], b"answer"])
        if rep.poll(1000):
            second = rep.recv_multipart()
    assert asking.result() == b"answer"


def test_a_socket_that_waits_for_another_reply(ask, server, socket):
    rep, endpoint = server(zmq.ROUTER)
    req = socket(zmq.REQ)
    req.connect(endpoint)
    req.send(b"by hand")
    asking = ask(req, b"q", LONG, 0)
    first, second = rep.recv_multipart(), rep.recv_multipart()
    rep.send_multipart([*first[:-1], b"late"])
    rep.send_multipart([*second[:-1], b"answer"])
    assert asking.result() == b"answer"


def test_the_end_of_the_context_ends_the_wait(flavour, endpoint):
    context = flavour.context()
    begun = Event()

    def ask():
        begun.set()
        try:
            zmq.request(endpoint("inproc"), b"q", LONG, 100, context=context)
        except zmq.ContextTerminated as exc:
            ended.append(exc)
        except zmq.ZMQError as exc:
            # It had not made its socket yet.
            ended.append(exc if exc.errno == zmq.ENOTSUP else None)

    ended = []
    thread = Thread(target=ask)
    thread.start()
    assert begun.wait(5)
    context.term()
    thread.join(5)
    assert isinstance(*ended, zmq.ZMQError)


# -- servers that come and go --------------------------------------------------------------------


def test_no_reply_is_lost_while_servers_are_killed(start, to, context, wait_for):
    """Twenty servers at one port, each killed in the middle of requests."""
    server = start(SERVER, "tcp://127.0.0.1:0")
    address = server.line()
    target = to(address)
    options = {"context": context} if isinstance(target, str) else {}
    replies, failures, enough = [], [], Event()

    def ask():
        while not enough.is_set():
            question = b"%d" % len(replies)
            try:
                replies.append(zmq.request(target, question, 300, 100, **options))
            except Exception as exc:
                failures.append(exc)
                return

    thread = Thread(target=ask)
    thread.start()
    try:
        for _ in range(20):
            seen = len(replies)
            wait_for(lambda seen=seen: failures or len(replies) >= seen + 5, 20)
            server.kill()
            server = start(SERVER, address)
            assert server.line() == address
        seen = len(replies)
        wait_for(lambda: failures or len(replies) >= seen + 5, 20)
    finally:
        enough.set()
        thread.join(60)
    assert not thread.is_alive()
    assert failures == []
    assert len(replies) >= 100
    assert replies == [b"answer to %d" % number for number in range(len(replies))]


def test_the_server_may_come_after_the_request(start, endpoint, ask, to, context):
    address = endpoint("ipc")
    target = to(address)
    options = {"context": context} if isinstance(target, str) else {}
    asking = ask(target, b"q", 300, 100, **options)
    start(SERVER, address).line()
    assert asking.result() == b"answer to q"


def test_a_server_within_the_process_may_be_replaced(ask, context, server, socket):
    rep, endpoint = server(zmq.ROUTER)
    asking = ask(endpoint, b"q", 200, 100, context=context)
    rep.recv_multipart()
    rep.unbind(endpoint)  # at once, while close gives the name free later
    rep.close()
    other = socket(zmq.REP)
    other.bind(endpoint)
    other.recv()
    other.send(b"a")
    assert asking.result() == b"a"


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [zmq.DEALER, zmq.REP, zmq.PUSH, zmq.SUB])
def test_other_sockets_are_refused(socket, kind):
    with pytest.raises(TypeError, match=rf"REQ socket.*{kind.name}"):
        zmq.request(socket(kind), b"q", SHORT)


@pytest.mark.parametrize("target", [None, 5, ["tcp://127.0.0.1:1"]])
def test_what_is_no_endpoint_is_refused(target):
    with pytest.raises(TypeError, match="endpoint"):
        zmq.request(target, b"q", SHORT)


def test_impossible_endpoints_are_refused(context):
    with pytest.raises(zmq.ZMQError, match="nonsense"):
        zmq.request("nonsense", b"q", SHORT, context=context)
    assert not context._sockets


def test_closed_sockets_are_refused(socket):
    req = socket(zmq.REQ)
    req.close()
    with pytest.raises(zmq.ZMQError) as caught:
        zmq.request(req, b"q", SHORT)
    assert caught.value.errno == zmq.ENOTSOCK


@pytest.mark.parametrize(
    ("message", "error", "hint"),
    [
        ("text", TypeError, "encode"),
        (["text"], TypeError, "encode"),
        (None, TypeError, "NoneType"),
        ([b"q", 5], TypeError, "int"),
        ([], ValueError, "one part"),
    ],
)
def test_impossible_messages_are_refused(socket, message, error, hint):
    with pytest.raises(error, match=hint):
        zmq.request(socket(zmq.REQ), message, SHORT)


@pytest.mark.parametrize("timeout", [0, -1, None, float("nan"), float("inf"), "1"])
def test_impossible_timeouts_are_refused(socket, timeout):
    with pytest.raises(ValueError, match="timeout"):
        zmq.request(socket(zmq.REQ), b"q", timeout)


def test_impossible_retries_are_refused(socket):
    with pytest.raises(ValueError, match="retries"):
        zmq.request(socket(zmq.REQ), b"q", SHORT, -1)
    for retries in (None, "3", 1.5):
        with pytest.raises(TypeError, match="retries"):
            zmq.request(socket(zmq.REQ), b"q", SHORT, retries)


def test_a_socket_has_its_context_already(context, socket):
    with pytest.raises(TypeError, match="context"):
        zmq.request(socket(zmq.REQ), b"q", SHORT, context=context)


# -- its names -----------------------------------------------------------------------------------


def test_it_is_loaded_when_it_is_needed(output):
    script = """
        import sys, zmq
        print("zmq.sugar.request" in sys.modules)
        print(zmq.sugar.request.__name__, zmq.sugar.request.request is zmq.request)
        print(zmq.sugar.request.__name__, zmq.request.__name__)
    """
    assert output(script).splitlines() == [
        "False",
        "zmq.sugar.request True",
        "zmq.sugar.request request",
    ]
