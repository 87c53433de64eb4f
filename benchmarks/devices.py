# SPDX-License-Identifier: BSD-3-Clause
"""How fast do messages from another process go through a device to a third one?

The ends are C programs. The last numbers compare with libzmq's own proxy, driven from C: how many
times as long a message takes, of which two is the most that is allowed for small ones.
"""

import tempfile
from contextlib import contextmanager
from itertools import count
from statistics import median
from time import perf_counter

import zmq
from harness import flow
from harness.sheet import Sheet, size_name
from zmq.devices import ThreadMonitoredQueue, ThreadProxy

SIZES = {10: 200_000, 65_536: 4_000}
FEWEST_REPEATS = 3

_numbers = count()


def name_endpoint(transport, folder):
    """Return an endpoint to bind that nobody else has."""
    if transport == "ipc":
        return f"ipc://{folder}/{next(_numbers)}"
    with zmq.Context() as context, context.socket(zmq.PULL) as probe:
        return f"tcp://127.0.0.1:{probe.bind_to_random_port('tcp://127.0.0.1')}"


def run_device(cls, monitored):
    """Return what runs a device between two endpoints, as `flow.proxy` does."""

    @contextmanager
    def run(inward, outward):
        context = zmq.Context()
        device = cls(zmq.PULL, zmq.PUSH)
        device.context_factory = lambda: context
        for set_option in (device.setsockopt_in, device.setsockopt_out):
            set_option(zmq.LINGER, 0)
        device.bind_in(inward)
        device.bind_out(outward)
        if monitored:
            device.bind_mon("inproc://monitor")
        device.start()
        try:
            yield
        finally:
            context.term()  # which ends the device
            device.join()

    return run


def measure(run, inward, outward, size, seconds):
    """Return the median of the nanoseconds that a message takes."""
    batch = SIZES[size]
    with run(inward, outward), flow.stream(inward, outward, size) as receive:
        receive(batch // 2)
        costs, deadline = [], perf_counter() + seconds
        while len(costs) < FEWEST_REPEATS or perf_counter() < deadline:
            costs.append(receive(batch))
    return median(costs)


DEVICES = {
    "ThreadProxy": run_device(ThreadProxy, monitored=False),
    "ThreadProxy with a monitor": run_device(ThreadProxy, monitored=True),
    "ThreadMonitoredQueue": run_device(ThreadMonitoredQueue, monitored=True),
}


def main():
    sheet = Sheet(__doc__)
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        for transport in ("tcp", "ipc"):
            for size in SIZES:
                ends = [name_endpoint(transport, folder) for _ in range(2)]
                rest = (*ends, size, sheet.seconds)
                alone = measure(flow.proxy, *rest)
                for name, run in DEVICES.items():
                    cost = measure(run, *rest)
                    title = f"{name}, {transport}, {size_name(size)}"
                    sheet.add(title, cost, "ns", target=2.0 if size == 10 else 1.0)
                    if size == 10:
                        shares.append((f"{title}, of zmq_proxy's time", cost / alone))
    for title, share in shares:
        sheet.add(title, share, "x", limit=2.0)
    sheet.show()


if __name__ == "__main__":
    main()
