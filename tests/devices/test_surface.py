# SPDX-License-Identifier: BSD-3-Clause
"""The names and signatures of the devices, and that core does without them."""

import importlib
import inspect
import pickle

import pytest

import zmq
from zmq import devices
from zmq.devices import basedevice, monitoredqueuedevice, proxydevice, proxysteerabledevice

FAMILIES = {
    "Device": ("in", "out"),
    "Proxy": ("in", "out", "mon"),
    "ProxySteerable": ("in", "out", "mon", "ctrl"),
    "MonitoredQueue": ("in", "out", "mon"),
}
FORMS = {
    f"{prefix}{family}": sides
    for family, sides in FAMILIES.items()
    for prefix in ("", "Thread", "Process")
}


@pytest.mark.parametrize("name", FORMS)
def test_every_side_has_its_methods(name):
    cls = getattr(devices, name)
    for side in ("in", "out", "mon", "ctrl"):
        methods = {
            f"bind_{side}": ["addr"],
            f"connect_{side}": ["addr"],
            f"setsockopt_{side}": ["opt", "value"],
            f"bind_{side}_to_random_port": ["addr", "min_port", "max_port", "max_tries"],
        }
        for method, parameters in methods.items():
            assert hasattr(cls, method) == (side in FORMS[name])
            if hasattr(cls, method):
                function = getattr(cls, method)
                assert list(inspect.signature(function).parameters) == ["self", *parameters]
                assert function.__name__ == method
                assert function.__qualname__.endswith(f".{method}")
                assert "{" not in function.__doc__
                assert {"in": "in", "out": "out", "mon": "monitor", "ctrl": "control"}[
                    side
                ] + " socket" in function.__doc__


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Device", {"device_type": zmq.QUEUE, "in_type": None, "out_type": None}),
        ("Proxy", {"mon_type": zmq.PUB}),
        ("ProxySteerable", {"mon_type": zmq.PUB, "ctrl_type": None}),
        ("MonitoredQueue", {"mon_type": zmq.PUB, "in_prefix": b"in", "out_prefix": b"out"}),
    ],
)
def test_parameters_and_defaults(name, parameters):
    for prefix in ("", "Thread", "Process"):
        found = inspect.signature(getattr(devices, prefix + name)).parameters
        assert list(found)[-len(parameters) :] == list(parameters)
        assert {"in_type", "out_type"} <= set(found)
        assert {key: found[key].default for key in parameters} == parameters


def test_functions_are_those_of_core():
    assert devices.device is zmq.device
    assert devices.proxy is zmq.proxy
    assert devices.proxy_steerable is zmq.proxy_steerable
    assert devices.monitored_queue is zmq.backend.monitored_queue
    assert importlib.import_module("zmq.devices.monitoredqueue").monitored_queue is (
        devices.monitored_queue
    )
    assert devices.DeviceType is zmq.DeviceType


def test_names_of_the_modules():
    for name in ("Context", "ZMQBindError", "ZMQError", "proxy"):
        assert getattr(basedevice, name) is getattr(zmq, name)
    assert issubclass(devices.ThreadDevice, basedevice.BackgroundDevice)
    assert issubclass(devices.ProcessProxy, proxydevice.ProxyBase)
    assert issubclass(devices.ThreadProxySteerable, proxysteerabledevice.ProxySteerableBase)
    assert issubclass(devices.ThreadMonitoredQueue, monitoredqueuedevice.MonitoredQueueBase)
    assert issubclass(devices.ThreadProxySteerable, devices.ThreadProxy)
    assert all(hasattr(devices, name) for name in devices.__all__)


def test_context_factories():
    assert devices.ThreadProxy(zmq.PULL, zmq.PUSH).context_factory == zmq.Context.instance
    assert devices.ProcessProxy.context_factory is zmq.Context


@pytest.mark.parametrize("name", FORMS)
def test_devices_are_daemons_unless_told_and_can_be_pickled(name):
    arguments = (zmq.QUEUE,) if name.endswith("Device") else ()
    device = getattr(devices, name)(*arguments, zmq.PULL, zmq.PUSH)
    assert device.daemon
    assert not device.done
    device.bind_in("tcp://127.0.0.1:0")
    copy = pickle.loads(pickle.dumps(device))
    assert type(copy) is type(device)
    assert copy._sides["in"].binds == ["tcp://127.0.0.1:0"]
    assert not copy.is_alive()


def test_the_text_of_a_device_tells_its_state():
    with devices.ThreadProxy(zmq.PULL, zmq.PUSH) as device:
        assert repr(device) == "<ThreadProxy running>"
    assert repr(device) == "<ThreadProxy ended>"
    assert repr(devices.Device(3, zmq.PULL, zmq.PUSH)) == "<Device not started>"
    zmq.Context.instance().term()


def test_core_does_not_load_the_devices(output):
    code = """
        import sys, zmq
        zmq.proxy, zmq.device, zmq.proxy_steerable
        print([name for name in sys.modules if name.startswith("zmq.devices")])
    """
    assert output(code) == "[]\n"


def test_importing_them_starts_nothing(output):
    code = """
        import threading, sys, zmq.devices
        print(threading.active_count(), [n for n in ("argparse", "tomllib") if n in sys.modules])
    """
    assert output(code) == "1 []\n"
