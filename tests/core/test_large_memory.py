# SPDX-License-Identifier: BSD-3-Clause
"""The memory of large messages: how much, across a fork, the allocator."""

import platform

import limits
import pytest

import zmq

MIB = 1 << 20
#: Bytes that a program may have at most; PyPy itself takes 70 MiB, and collects now and then.
BOUND = (200 if limits.PYPY else 64) * MIB

#: Sends and receives argv[1] messages of 1 MiB over argv[2], each of its own memory.
LOOP = """
import resource, sys, zmq
count, address = int(sys.argv[1]), sys.argv[2]
SIZE = 1 << 20
with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as a, ctx.socket(zmq.PULL) as b:
    a.hwm = b.hwm = 3
    b.connect(a.bind(address).endpoint)
    ahead = 2 if address.startswith("inproc") else 1
    def contents(n):
        return b"%016d" % n + bytes(SIZE - 16)
    for n in range(count + ahead):
        if n < count:
            {send}
        if n >= ahead:
            {receive}
            assert len(got) == SIZE and int(bytes(got[:16])) == n - ahead
            del got
if sys.platform == "linux":  # where ru_maxrss begins with that of the parent
    with open("/proc/self/status") as status:
        (peak,) = [line.split()[1] for line in status if "VmHWM" in line]
    print(int(peak) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

WAYS = {
    "bytes": ("a.send(contents(n))", "got = b.recv()"),
    "multipart": ("a.send_multipart([contents(n)])", "(got,) = b.recv_multipart()"),
    "frames": ("a.send(contents(n))", "got = b.recv(copy=False).buffer"),
    "copies": ("a.send(bytearray(contents(n)))", "got = b.recv()"),
    "tracked": ("t = a.send(contents(n), copy=False, track=True)", "got = b.recv()"),
    "batches": ("a.send_many([contents(n)])", "(got,) = b.recv_many(1)"),
}


def measure(output, way, count, address, deadline=100):
    send, receive = WAYS[way]
    return int(output(LOOP.format(send=send, receive=receive), count, address, deadline=deadline))


@pytest.mark.parametrize("way", WAYS)
def test_memory_stays_bounded(output, endpoint, transport, way):
    count = 10_000 if way == "bytes" else 1000
    assert measure(output, way, count, endpoint(transport)) < BOUND


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["bytes", "frames", "copies"])
def test_memory_stays_bounded_for_long(output, endpoint, transport, way):
    assert measure(output, way, 100_000, endpoint(transport), deadline=800) < BOUND


def test_memory_of_the_tuned_allocator_stays_bounded(output, endpoint):
    code = "import zmq\nassert zmq.tune_allocator() in (True, False)\n" + LOOP
    send, receive = WAYS["copies"]
    peak = output(code.format(send=send, receive=receive), 1000, endpoint("inproc"), deadline=60)
    assert int(peak) < BOUND


DROPPED = """
import resource, sys, zmq
with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as a, ctx.socket(zmq.PULL) as b:
    a.bind("inproc://dropped"), b.connect("inproc://dropped")
    content = bytes(40_000)
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(15_000):
        {drop}
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start
print(grown * (1 if sys.platform == "darwin" else 1024))
"""


@pytest.mark.parametrize(
    "drop", ["a.send(content), b.recv(copy=False)", "zmq.Frame(content, copy=True)"]
)
def test_dropped_frames_do_not_pile_up(output, drop):
    # not even where a collector has to come by, which sees only the objects in front of the memory
    assert int(output(DROPPED.format(drop=drop))) < 200 * MIB


def test_across_a_fork(output):
    assert (
        output(
            """
            import os, sys, zmq
            ctx = zmq.Context()
            a, b = ctx.socket(zmq.PUSH), ctx.socket(zmq.PULL)
            a.bind("inproc://x"), b.connect("inproc://x")
            data = bytes(200_000)
            a.send(data)
            a.send(data)
            pid = os.fork()
            if pid == 0:
                # what is on the way in the parent is no business of the child's
                with zmq.Context() as own, own.socket(zmq.PAIR) as c, own.socket(zmq.PAIR) as d:
                    c.bind("inproc://x"), d.connect("inproc://x")
                    for content in (data, bytes(100_000), b"x" * 200_000):
                        c.send(content)
                        assert d.recv() is content
                        c.send(memoryview(content)[:70_000], copy=False)
                        assert d.recv() == content[:70_000]
                a.close(), b.close(), ctx.term()
                os._exit(7)
            status = os.waitpid(pid, 0)[1]
            print(os.WEXITSTATUS(status), b.recv() is data, b.recv() is data)
            a.close(), b.close(), ctx.term()
            """
        )
        == "7 True True\n"
    )


# -- the allocator -------------------------------------------------------------------------------

#: Page faults of copying 200 messages of 1 MiB.
FAULTS = """
import resource, zmq
{tune}
def count():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
with zmq.Context() as ctx, ctx.socket(zmq.PUSH) as a, ctx.socket(zmq.PULL) as b:
    a.bind("inproc://x"), b.connect("inproc://x")
    data = bytearray(1 << 20)
    for n in range(220):
        if n == 20:
            before = count()
        a.send(data)
        assert len(b.recv()) == len(data)
    print(count() - before)
"""


def test_tuning_spares_page_faults(output):
    if platform.libc_ver()[0] != "glibc":
        assert output("import zmq; print(zmq.tune_allocator())") == "False\n"
        return
    untuned = int(output(FAULTS.format(tune="")))
    tuned = int(output(FAULTS.format(tune="assert zmq.tune_allocator() is True")))
    assert tuned < untuned / 10
    small = int(output(FAULTS.format(tune="assert zmq.tune_allocator(1 << 18) is True")))
    assert small > tuned  # blocks of 1 MiB are above that limit


def test_nothing_is_tuned_unasked(output):
    if platform.libc_ver()[0] == "glibc":
        assert int(output(FAULTS.format(tune=""))) > 200 * 256  # every page, every time


@pytest.mark.parametrize(
    ("size", "error"),
    [(-1, ValueError), ("5", TypeError), (1.5, TypeError), (None, TypeError), (1 << 40, None)],
    ids=repr,
)
def test_bad_sizes(output, size, error):
    code = f"""
    import zmq
    try:
        zmq.tune_allocator({size!r})
    except Exception as exc:
        print(type(exc).__name__)
    """
    expected = {"ValueError", "OverflowError"} if error is None else {error.__name__}
    assert output(code).strip() in expected


def test_the_default_and_the_name(output):
    assert output("import zmq; print(type(zmq.tune_allocator(size=1 << 20)))") == "<class 'bool'>\n"
    assert "mallopt" in zmq.tune_allocator.__doc__
