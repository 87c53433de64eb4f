# SPDX-License-Identifier: BSD-3-Clause
"""Contexts and sockets made and ended many times, also from many threads."""

import gc
import os
import threading
import weakref

import pytest

import zmq


def descriptors():
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("count", [200, pytest.param(5000, marks=pytest.mark.long)])
def test_contexts_come_and_go(count):
    before = descriptors()
    for _ in range(count):
        ctx = zmq.Context()
        with ctx.socket(zmq.PUSH) as s:
            assert not s.closed
        ctx.term()
    assert descriptors() == before


def test_a_thousand_contexts_without_sockets():
    for _ in range(1000):
        zmq.Context().term()


def test_a_context_closes_no_socket_of_a_later_one():
    # the later context or its socket may get the addresses of the earlier
    for _ in range(100):
        first = zmq.Context()
        dead = first.socket(zmq.PUSH)
        dead.close()
        first.term()
        second = zmq.Context()
        alive = second.socket(zmq.PUSH)
        first.destroy()
        dead.close()
        del first, dead
        assert not alive.closed
        alive.setsockopt(zmq.LINGER, 0)
        second.destroy()
    gc.collect()


def test_sockets_come_and_go(context, wait_for):
    with context.socket(zmq.PUSH):
        before = descriptors()
        for _ in range(20):
            for _ in range(100):
                context.socket(zmq.DEALER).close()
            wait_for(lambda: descriptors() <= before)  # libzmq ends them in a thread of its own


def test_dropped_sockets_are_closed(context, recwarn, wait_for, collected):
    first = context.socket(zmq.PUSH)
    before = descriptors()
    for _ in range(15):  # more than a context may have at a time
        for _ in range(100):
            context.socket(zmq.PUSH)
        recwarn.clear()
        wait_for(lambda: collected() and descriptors() <= before)
    first.close()


def test_dropped_contexts_are_ended(recwarn, collected):
    for _ in range(100):
        ctx = zmq.Context()
        ctx.socket(zmq.PUSH).close()
    del ctx
    gc.collect()
    for _ in range(5):  # a socket goes before its context
        collected()
    assert {w.category for w in recwarn} <= {ResourceWarning}


def test_sockets_in_reference_cycles_are_collected(context, recwarn, gone):
    watches = []
    for _ in range(100):
        s = context.socket(zmq.PUSH)
        watches.append(weakref.ref(s))
        holder = [s]
        holder.append(holder)
    del s, holder
    gc.collect()
    recwarn.clear()  # the warnings know the sockets, too
    gc.collect()
    gone(*watches)


def test_many_threads_make_sockets_of_one_context(context):
    errors = []
    gate = threading.Barrier(8)

    def work():
        try:
            gate.wait(5)
            for _ in range(100):
                with context.socket(zmq.PUSH) as a, context.socket(zmq.PULL) as b:
                    assert a.context is b.context is context
                repr(context)
        except Exception as exc:
            errors.append(exc)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert errors == []


def test_many_threads_make_contexts():
    errors = []

    def work():
        try:
            for _ in range(50):
                with zmq.Context() as ctx, ctx.socket(zmq.PAIR):
                    pass
        except Exception as exc:
            errors.append(exc)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert errors == []
