# SPDX-License-Identifier: BSD-3-Clause
"""Threadsafe sockets, and threads to use them in."""

import threading

import pytest


@pytest.fixture
def shared(context):
    """`shared(type, **options)`: a threadsafe socket, closed after the test."""
    made = []

    def shared(kind, **options):
        s = context.socket(kind, threadsafe=True)
        made.append(s)
        s.linger = 0
        for name, value in options.items():
            setattr(s, name, value)
        return s

    yield shared
    for s in made:
        s.close()


@pytest.fixture
def shared_pair(shared, bind):
    """`shared_pair(left, right, transport)`: two connected threadsafe sockets, the left bound."""

    def shared_pair(left, right, transport="inproc", **options):
        a, b = shared(left, **options), shared(right, **options)
        b.connect(bind(a, transport))
        return a, b

    return shared_pair


@pytest.fixture
def run_all():
    """`run_all(*functions)`: each in a thread; returns a function that waits for their results."""
    begun = []

    def run_all(*functions):
        results = [None] * len(functions)

        def work(n, function):
            try:
                results[n] = function()
            except BaseException as exc:
                results[n] = exc

        threads = [threading.Thread(target=work, args=each) for each in enumerate(functions)]
        begun.extend(threads)
        for t in threads:
            t.start()

        def results_of_all(deadline=30):
            for t in threads:
                t.join(deadline)
            assert not any(t.is_alive() for t in threads), "still at work"
            return results

        return results_of_all

    yield run_all
    for t in begun:
        t.join(30)


@pytest.fixture
def wait_for_waiters(wait_for):
    """`wait_for_waiters(s, n)`: until so many threads wait for a threadsafe socket."""
    return lambda s, count=1: wait_for(lambda: len(s._room.waiters) >= count)
