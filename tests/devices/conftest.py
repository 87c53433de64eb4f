# SPDX-License-Identifier: BSD-3-Clause
"""Devices of every kind, started in every way, and clients around them."""

import threading
from multiprocessing import resource_tracker

import pytest

import zmq
from zmq import devices

#: Family -> what runs here, in a thread, in a process.
FAMILIES = {
    "Device": (devices.Device, devices.ThreadDevice, devices.ProcessDevice),
    "Proxy": (devices.Proxy, devices.ThreadProxy, devices.ProcessProxy),
    "ProxySteerable": (
        devices.ProxySteerable,
        devices.ThreadProxySteerable,
        devices.ProcessProxySteerable,
    ),
    "MonitoredQueue": (
        devices.MonitoredQueue,
        devices.ThreadMonitoredQueue,
        devices.ProcessMonitoredQueue,
    ),
}

#: Way to start -> place in the tuples above, start method.
WAYS = {"here": (0, None), "thread": (1, None), "fork": (2, "fork"), "spawn": (2, "spawn")}


def pytest_configure(config):
    # Tests have threads, and fork on purpose: that is what users do.
    config.addinivalue_line("filterwarnings", "ignore:.*multi-threaded.*fork:DeprecationWarning")


@pytest.fixture(scope="session", autouse=True)
def tracker():
    """`multiprocessing` keeps a process of its own from the first spawn on: no leak of ours."""
    resource_tracker.ensure_running()


@pytest.fixture
def make(go):
    """`make(family, way, *args)`: a device; stopped after the test, before `go` ends."""
    made = []

    def make(family, way, *args, **kwargs):
        place, method = WAYS[way]
        cls = FAMILIES[family][place]
        if family == "Device":
            device = cls(zmq.QUEUE, *args, **kwargs)
        else:
            device = cls(*args, **kwargs)
        if method:
            device.start_method = method
        made.append(device)
        return device

    yield make
    for device in made:
        device.stop()
    made.clear()  # pytest keeps this function, and it would keep their pipes
    zmq.Context.instance().term()


@pytest.fixture
def go(wait_for):
    """`go(device)`: start it, also one that runs where it is started, and return it."""
    threads = []

    def go(device):
        if hasattr(device, "launcher"):
            device.start()
        else:
            threads.append(threading.Thread(target=device.start))
            threads[-1].start()
            wait_for(lambda: device._opened.is_set() and device.endpoints["in"])
        return device

    yield go
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    threads.clear()


@pytest.fixture
def started(go, make, endpoint):
    """`started(family, way, *args, transport)`: one with every side bound to a fresh endpoint."""

    def started(family, way, *args, transport="tcp", **kwargs):
        device = make(family, way, *args, **kwargs)
        for side in device.endpoints:
            if getattr(device, f"{side}_type") is not None:
                getattr(device, f"bind_{side}")(endpoint(transport))
        if getattr(device, "ctrl_type", None) == zmq.SUB:
            device.setsockopt_ctrl(zmq.SUBSCRIBE, b"")
        return go(device)

    return started


@pytest.fixture
def client(socket):
    """`client(device, side, type)`: a socket connected to a side of a device."""

    def client(device, side, kind, **options):
        s = socket(kind, **options)
        s.connect(device.endpoints[side][0])
        if kind == zmq.SUB:
            s.subscribe(b"")
        return s

    return client


# ---- the command line --------------------------------------------------------------------------

RUN = """
    import runpy
    runpy.run_module("zmq.devices", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def begin(start):
    """`begin(*arguments)`: the running command, after what the prelude does."""

    def begin(*arguments, prelude=""):
        return start(prelude + RUN, *arguments)

    return begin


@pytest.fixture
def fails(begin):
    """`fails(status, *arguments)`: what it says on standard error, without a traceback."""

    def fails(status, *arguments, prelude=""):
        end = begin(*arguments, prelude=prelude).wait()
        assert end.returncode == status, end
        assert "Traceback" not in end.stderr
        assert end.stdout == ""
        return end.stderr

    return fails


@pytest.fixture
def config(folder):
    def config(text):
        path = folder / "broker.toml"
        path.write_text(text)
        return ("--config", str(path))

    return config
