# SPDX-License-Identifier: BSD-3-Clause
"""The life of a device: starting, or saying why not; endpoints; stopping; closing its sockets."""

import threading

import pytest

import zmq
from zmq import devices

WAYS = ["thread", "fork", "spawn"]
ALL_WAYS = ["here", *WAYS]


@pytest.fixture
def refuses(make):
    """`refuses(way, error, match, **options)`: a device whose start must raise this, cleanly."""

    def refuses(way, error, match, prepare, types=(zmq.PULL, zmq.PUSH), family="Proxy"):
        device = make(family, way, *types)
        prepare(device)
        for _ in range(2):  # what went wrong once leaves it fit to be started again
            with pytest.raises(error, match=match) as caught:
                device.start()
            assert not device.is_alive()
        return caught.value

    return refuses


@pytest.mark.parametrize("way", ALL_WAYS)
def test_an_address_in_use_is_raised_by_start(refuses, socket, bind, way):
    address = bind(socket(zmq.PULL), "tcp")
    error = refuses(way, zmq.ZMQError, address, lambda device: device.bind_in(address))
    assert error.errno == zmq.EADDRINUSE


@pytest.mark.parametrize("way", ALL_WAYS)
@pytest.mark.parametrize(
    ("option", "value", "error", "match"),
    [
        (zmq.RCVHWM, "many", TypeError, "RCVHWM"),
        (zmq.SUBSCRIBE, b"", zmq.ZMQError, "SUBSCRIBE"),
        (987654, 1, zmq.ZMQError, "987654"),
    ],
)
def test_a_bad_option_is_raised_by_start(refuses, way, option, value, error, match):
    refuses(way, error, match, lambda device: device.setsockopt_in(option, value))


@pytest.mark.parametrize("way", ALL_WAYS)
def test_a_place_that_cannot_be_bound_is_raised_by_start(refuses, folder, way):
    blocked = folder / "file"
    blocked.write_text("")
    refuses(way, zmq.ZMQError, "file/x", lambda device: device.bind_out(f"ipc://{blocked}/x"))


def test_missing_permission_is_raised_by_start(output, folder):
    folder.chmod(0o500)
    code = """
        import errno, os, sys, zmq
        from zmq.devices import ThreadProxy
        if os.geteuid() == 0:  # who may do everything
            os.setgid(65534); os.setuid(65534)
        device = ThreadProxy(zmq.PULL, zmq.PUSH)
        device.bind_in(f"ipc://{sys.argv[1]}/x")
        try:
            device.start()
        except zmq.ZMQError as exc:
            print(exc.errno == errno.EACCES, device.is_alive())
        zmq.Context.instance().term()
    """
    assert output(code, folder) == "True False\n"


@pytest.mark.parametrize("way", ALL_WAYS)
@pytest.mark.parametrize("family", ["Device", "Proxy", "ProxySteerable", "MonitoredQueue"])
def test_types_that_do_not_fit_are_raised_by_start(refuses, way, family):
    error = refuses(
        way, zmq.ZMQError, "PULL", lambda device: None, (zmq.PULL, zmq.PULL), family=family
    )
    assert error.errno == zmq.ENOTSUP


@pytest.mark.parametrize(("in_type", "out_type"), [(None, zmq.PUSH), (zmq.PULL, None)])
def test_types_are_needed(in_type, out_type):
    with pytest.raises(TypeError, match="_type"):
        devices.ThreadDevice(zmq.QUEUE, in_type, out_type)


def test_a_failed_start_closes_what_was_open(make, socket, bind, endpoint):
    taken = bind(socket(zmq.PULL), "tcp")
    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH)
    free = endpoint("ipc")
    device.bind_in(free)
    device.bind_out(taken)
    with pytest.raises(zmq.ZMQError):
        device.start()
    socket(zmq.PULL).bind(free)


# ---- endpoints ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ALL_WAYS)
def test_endpoints_are_resolved(make, go, socket, bind, way):
    far = bind(socket(zmq.PULL), "tcp")
    device = make("ProxySteerable", way, zmq.PULL, zmq.PUSH, zmq.PUB, zmq.REP)
    assert device.endpoints == {"in": [], "out": [], "mon": [], "ctrl": []}
    device.connect_out(far)
    device.bind_in("tcp://127.0.0.1:0")
    device.bind_in("tcp://127.0.0.1:*")
    device.bind_mon("ipc://*")
    go(device)
    found = device.endpoints
    assert found["out"] == [far]
    assert found["ctrl"] == []
    assert found["mon"][0].startswith("ipc://") and "*" not in found["mon"][0]
    ports = {int(address.rpartition(":")[2]) for address in found["in"]}
    assert len(ports) == 2 and 0 not in ports


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("side", ["in", "out", "mon", "ctrl"])
def test_random_ports(make, go, way, side):
    device = make("ProxySteerable", way, zmq.PULL, zmq.PUSH, zmq.PUB, zmq.REP)
    choose = getattr(device, f"bind_{side}_to_random_port")
    ports = [choose("tcp://127.0.0.1"), choose("tcp://127.0.0.1", 20000, 30000, max_tries=500)]
    assert 20000 <= ports[1] < 30000
    go(device)
    assert device.endpoints[side] == [f"tcp://127.0.0.1:{port}" for port in ports]


def test_no_random_port_left(make, socket):
    taken = socket(zmq.PULL).bind("tcp://127.0.0.1:0").port
    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH)
    with pytest.raises(zmq.ZMQBindError):
        device.bind_in_to_random_port("tcp://127.0.0.1", taken, taken + 1)


def test_options_come_before_endpoints(make, go, socket, bind):
    far = socket(zmq.ROUTER)
    device = make("Device", "thread", zmq.DEALER, zmq.DEALER)
    device.connect_in(bind(far, "tcp"))
    device.setsockopt_in(zmq.ROUTING_ID, b"name")
    device.bind_out("inproc://device-out")
    go(device)
    near = zmq.Context.instance().socket(zmq.DEALER)
    near.connect("inproc://device-out")
    near.send(b"x")
    assert far.recv_multipart() == [b"name", b"x"]
    near.close()


# ---- alive and stopped -------------------------------------------------------------------------


@pytest.mark.parametrize("way", ALL_WAYS)
@pytest.mark.parametrize("family", ["Device", "Proxy", "ProxySteerable", "MonitoredQueue"])
def test_start_stop_and_start_again(make, go, endpoint, client, way, family):
    device = make(family, way, zmq.PULL, zmq.PUSH)
    device.bind_in_to_random_port("tcp://127.0.0.1")
    device.bind_out(endpoint("ipc"))
    for _ in range(2):
        assert not device.is_alive()
        go(device)
        assert device.is_alive() and not device.done
        with pytest.raises(RuntimeError, match="twice"):
            device.start()
        source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
        source.send(b"x")
        assert sink.recv() == b"x"
        sink.close()  # or it connects again, and shares with the next one
        device.stop()
        assert not device.is_alive() and device.done
        device.stop()  # once more does no harm


@pytest.mark.parametrize("way", WAYS)
def test_as_a_context_manager_it_starts_and_stops(make, endpoint, way):
    device = make("Proxy", way, zmq.PULL, zmq.PUSH)
    device.bind_in(endpoint("tcp"))
    with device as entered:
        assert entered is device
        assert device.is_alive()
    assert not device.is_alive()
    device.start()
    with device:  # runs already
        assert device.is_alive()
    assert not device.is_alive()


@pytest.mark.parametrize("way", WAYS)
def test_join_waits_no_longer_than_told(make, go, way):
    device = go(make("Proxy", way, zmq.PULL, zmq.PUSH))
    device.join(0.01)
    assert device.is_alive()
    device.stop()
    device.join()


@pytest.mark.parametrize("way", ["thread", "fork", "spawn"])
def test_stop_says_when_it_took_too_long(make, go, client, endpoint, wait_for, way):
    device = make("Proxy", way, zmq.PULL, zmq.PUSH)
    device.context_factory = zmq.Context  # which ends with the device, after its messages
    device.bind_in(endpoint("tcp"))
    device.connect_out(endpoint("ipc"))  # nobody is there
    go(device)
    client(device, "in", zmq.PUSH).send(b"for nobody")
    wait_for(lambda: device.statistics().out_sent)
    with pytest.raises(TimeoutError, match="0.05 s"):
        device.stop(timeout=0.05)
    if way == "thread":
        assert device.is_alive()
        taker = client(device, "in", zmq.PULL)  # only to have a socket
        taker.bind(device.endpoints["out"][0])
        assert taker.recv() == b"for nobody"
        device.join(10)
    assert not device.is_alive()


@pytest.mark.parametrize("way", WAYS)
def test_what_was_received_is_sent_before_the_end(make, go, client, endpoint, wait_for, way):
    device = make("Proxy", way, zmq.PULL, zmq.PUSH)
    for side in ("in", "out"):
        getattr(device, f"bind_{side}")(endpoint("tcp"))
        getattr(device, f"setsockopt_{side}")(zmq.SNDHWM, 0)
    go(device)
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL, rcvhwm=0)
    for n in range(1000):
        source.send(b"%d" % n)
    wait_for(lambda: device.statistics().out_sent == 1000)
    device.stop()
    assert [int(sink.recv()) for _ in range(1000)] == list(range(1000))


@pytest.mark.parametrize("way", ["here", "thread"])
def test_statistics_outlive_a_device_of_this_process(started, client, way):
    device = started("Proxy", way, zmq.PULL, zmq.PUSH)
    client(device, "in", zmq.PUSH).send(b"12345")
    assert client(device, "out", zmq.PULL).recv() == b"12345"
    device.stop()
    assert device.statistics().out_sent_bytes == 5


def test_statistics_of_one_that_never_ran(make):
    with pytest.raises(RuntimeError, match="does not run"):
        make("Proxy", "thread", zmq.PULL, zmq.PUSH).statistics()


# ---- contexts ----------------------------------------------------------------------------------


def test_threads_share_the_instance_so_inproc_works(make, go):
    device = make("Device", "thread", zmq.PULL, zmq.PUSH)
    device.bind_in("inproc://device-in")
    device.bind_out("inproc://device-out")
    go(device)
    context = zmq.Context.instance()
    with context.socket(zmq.PUSH) as source, context.socket(zmq.PULL) as sink:
        sink.rcvtimeo = 5000
        source.connect("inproc://device-in")
        sink.connect("inproc://device-out")
        source.send(b"x")
        assert sink.recv() == b"x"


@pytest.mark.parametrize("way", ["here", "thread"])
@pytest.mark.parametrize("family", ["Device", "ProxySteerable", "MonitoredQueue"])
def test_the_end_of_the_context_ends_it(started, way, family):
    device = started(family, way, zmq.ROUTER, zmq.DEALER)
    zmq.Context.instance().term()
    device.join(10)
    assert not device.is_alive()


def test_a_context_of_its_own_ends_with_it(make, go):
    made = []

    class Own(zmq.Context):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            made.append(self)

    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH)
    device.context_factory = Own
    go(device)
    device.stop()
    assert [context.closed for context in made] == [True]


def test_a_lent_context_does_not_end_with_it(make, go, context):
    device = make("Proxy", "thread", zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: context
    go(device)
    device.stop()
    assert not context.closed


# ---- subclasses --------------------------------------------------------------------------------


class Echo(devices.ThreadDevice):
    """With a loop of its own."""

    def run_device(self):
        inward, outward = self._setup_sockets()
        while True:
            message = inward.recv_multipart()
            if message == [b"end"]:
                return
            outward.send_multipart([b"echo", *message])


def test_a_subclass_with_a_loop_of_its_own(client, wait_for):
    device = Echo(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.bind_in("tcp://127.0.0.1:0")
    device.bind_out("tcp://127.0.0.1:0")
    device.start()
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    source.send(b"1")
    assert sink.recv_multipart() == [b"echo", b"1"]
    with pytest.raises(TimeoutError, match="loop of its own"):
        device.stop(timeout=0.05)
    source.send(b"end")
    device.join(10)
    assert not device.is_alive()
    zmq.Context.instance().term()


def test_many_devices_at_once(started, client):
    many = [started("Proxy", "thread", zmq.PULL, zmq.PUSH) for _ in range(10)]
    for n, device in enumerate(many):
        client(device, "in", zmq.PUSH).send(b"%d" % n)
    got = [int(client(device, "out", zmq.PULL).recv()) for device in many]
    assert got == list(range(10))
    stoppers = [threading.Thread(target=device.stop) for device in many for _ in range(2)]
    for thread in stoppers:
        thread.start()
    for thread in stoppers:
        thread.join()
    assert not any(device.is_alive() for device in many)
