# SPDX-License-Identifier: BSD-3-Clause
"""Sockets that are connected to inproc endpoints which nobody binds, and how their context ends."""

import threading

import pytest

import zmq

#: Makes and closes argv[1] sockets, each connected to one of argv[2] endpoints.
LONELY = """
    import sys, zmq
    context = zmq.Context()
    for number in range(int(sys.argv[1])):
        s = context.socket(zmq.PUSH)
        s.linger = 0
        s.connect(f"inproc://{number % int(sys.argv[2])}")
        s.close()
"""


@pytest.mark.parametrize("endpoints", [1, 7, 900])
@pytest.mark.parametrize("count", [10, 300, 900])
@pytest.mark.parametrize(
    "end", ["context.term()", "context.destroy()", "context.term(timeout=9e3)"]
)
def test_any_number_of_closed_ones(output, count, endpoints, end):
    """libzmq alone aborts the program when there are more than some 500 of them."""
    assert output(LONELY + f"    {end}\n    print(context.closed)", count, endpoints) == "True\n"


def test_at_the_end_of_the_program(run):
    end = run(LONELY, 900, 3)
    assert (end.returncode, end.stdout, end.stderr) == (0, "", "")


FULL = """
    import errno, zmq
    context = zmq.Context()
    context.max_sockets = 300
    try:
        while True:
            s = context.socket(zmq.PUSH)
            s.linger = 0
            s.connect("inproc://nobody")
            s.close()
    except zmq.ZMQError as error:
        print(error.errno == errno.EMFILE)
"""


def test_no_place_is_left(run):
    """The program is told, and lives on."""
    script = (
        FULL
        + """
    try:
        context.term()
    except zmq.ZMQError as error:
        print(error.errno == errno.EMFILE, "this context cannot end" in str(error))
    """
    )
    end = run(script, options=["-W", "ignore"])
    assert (end.returncode, end.stdout, end.stderr) == (0, "True\nTrue True\n", "")


def test_no_place_is_left_at_the_end_of_the_program(run):
    end = run(FULL, options=["-W", "always"])
    assert (end.returncode, end.stdout) == (0, "True\n")
    assert "RuntimeWarning: this context cannot end" in end.stderr


def test_open_ones_have_their_peer_later(context):
    """Nobody is given another peer before the context ends."""
    with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
        a.connect("inproc://later")
        a.send(b"waiting")
        for _ in range(400):
            with context.socket(zmq.PUSH) as other:
                other.linger = 0
                other.connect("inproc://later")
        b.bind("inproc://later")
        assert b.recv(timeout=5000) == b"waiting"


@pytest.mark.parametrize("rounds", [60, pytest.param(5000, marks=pytest.mark.long)])
def test_others_connect_while_it_ends(rounds):
    """libzmq may have looked already to whom it has to give a peer."""

    def work(context, connected):
        try:
            for _ in range(60):  # all stay until the end, when libzmq has room for some 500
                with context.socket(zmq.PUSH) as s:
                    s.linger = 0
                    s.connect("inproc://nobody")
                    connected.set()
        except zmq.ZMQError:
            assert connected.is_set()  # it has begun to end, or has ended

    for _ in range(rounds):
        context, connected = zmq.Context(), threading.Event()
        threads = [threading.Thread(target=work, args=(context, connected)) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert connected.wait(10)
        context.term(timeout=10_000)
        for thread in threads:
            thread.join(10)
