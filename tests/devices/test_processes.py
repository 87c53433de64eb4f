# SPDX-License-Identifier: BSD-3-Clause
"""Devices in processes: killed, orphaned, interrupted, forked from busy programs, spawned."""

import os
import pickle
import signal
from pathlib import Path

import pytest

import zmq
from zmq import devices

METHODS = ["fork", "spawn"]


def state(pid):
    """The state letter of a process, or "" when there is none: Z is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1])
def test_a_killed_device_leaves_no_zombie(started, wait_for, method, number):
    device = started("Proxy", method, zmq.PULL, zmq.PUSH)
    pid = device.launcher.pid
    os.kill(pid, number)
    wait_for(lambda: state(pid) == "")  # without a call that would reap it
    wait_for(lambda: not device.is_alive())
    assert device.done
    device.stop()
    with pytest.raises(RuntimeError):
        device.statistics()


@pytest.mark.parametrize("method", METHODS)
def test_a_killed_device_can_be_started_again(started, go, client, method):
    device = started("Proxy", method, zmq.PULL, zmq.PUSH)
    os.kill(device.launcher.pid, signal.SIGKILL)
    device.join(10)
    go(device)
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    source.send(b"x")
    assert sink.recv() == b"x"


def test_a_paused_process_that_is_stopped_late_gets_killed(started):
    device = started("Proxy", "fork", zmq.PULL, zmq.PUSH)
    os.kill(device.launcher.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        device.statistics(timeout=0.05)
    with pytest.raises(TimeoutError, match="killed"):
        device.stop(timeout=0.05)
    assert device.launcher.exitcode == -signal.SIGKILL


def test_a_late_answer_is_not_taken_for_the_next_one(started, client):
    device = started("Proxy", "fork", zmq.PULL, zmq.PUSH)
    os.kill(device.launcher.pid, signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        device.statistics(timeout=0.05)
    os.kill(device.launcher.pid, signal.SIGCONT)
    source, sink = client(device, "in", zmq.PUSH), client(device, "out", zmq.PULL)
    source.send(b"12345")
    assert sink.recv() == b"12345"
    assert device.statistics().out_sent_bytes == 5


PARENT = """
    import os, select, signal, sys, zmq
    from zmq.devices import ProcessProxy
    if __name__ == "__main__":
        device = ProcessProxy(zmq.PULL, zmq.PUSH)
        device.start_method, device.daemon = sys.argv[1], sys.argv[2] == "daemon"
        device.bind_in("tcp://127.0.0.1:0")
        device.start()
        print(device.launcher.pid)
        while not select.select([sys.stdin], [], [], 0.05)[0]:
            pass  # a signal just before a call that waits is noticed only after it
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("end", ["killed", "exits", "Ctrl-C"])
def test_a_daemon_ends_with_its_parent(start, wait_for, method, end):
    parent = start(PARENT, method, "daemon")
    pid = int(parent.line())
    if end == "killed":
        os.kill(parent.pid, signal.SIGKILL)
    elif end == "exits":
        parent.say("")
    else:
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does
    wait_for(lambda: state(pid) in ("", "Z"), deadline=10)  # Z: whoever adopts it may be slow
    said = parent.wait().stderr
    assert said.count("Traceback") == (1 if end == "Ctrl-C" else 0), said


def test_others_go_on_when_their_parent_is_killed(start):
    parent = start(PARENT, "fork", "no daemon")
    pid = int(parent.line())
    os.kill(parent.pid, signal.SIGKILL)
    parent.process.wait()
    assert state(pid) not in ("", "Z")
    os.kill(pid, signal.SIGTERM)


@pytest.mark.parametrize("method", METHODS)
def test_sigterm_closes_its_sockets_in_time(started, client, method):
    device = started("Proxy", method, zmq.PULL, zmq.PUSH)
    os.kill(device.launcher.pid, signal.SIGTERM)
    device.join(10)
    assert device.launcher.exitcode == 0


def test_sigterm_does_not_wait_for_a_peer_that_takes_nothing(make, go, client, endpoint, wait_for):
    device = make("Proxy", "fork", zmq.PULL, zmq.PUSH)
    device.bind_in(endpoint("tcp"))
    device.connect_out(endpoint("ipc"))  # nobody is there
    go(device)
    client(device, "in", zmq.PUSH).send(b"for nobody")
    wait_for(lambda: device.statistics().out_sent)
    os.kill(device.launcher.pid, signal.SIGTERM)
    device.join(30)
    assert device.launcher.exitcode == 0


def test_fork_beside_threads_and_sockets_at_work(started, client, socket, bind):
    """The forked process touches none of what it has inherited."""
    busy = started("Proxy", "thread", zmq.PULL, zmq.PUSH)
    source, sink = client(busy, "in", zmq.PUSH), client(busy, "out", zmq.PULL)
    several = []
    for n in range(5):
        source.send(b"%d" % n)
        several.append(started("MonitoredQueue", "fork", zmq.DEALER, zmq.DEALER))
        assert sink.recv() == b"%d" % n
    for device in several:
        left, right = client(device, "in", zmq.DEALER), client(device, "out", zmq.DEALER)
        left.send(b"there")
        assert right.recv() == b"there"
    for device in several[:3]:  # their siblings do not mind
        device.stop()
    assert [device.is_alive() for device in several] == [False] * 3 + [True] * 2


def test_a_device_belongs_to_the_process_that_started_it(output):
    code = """
        import os, zmq
        from zmq.devices import ProcessProxy, ThreadProxy
        many = [ThreadProxy(zmq.PULL, zmq.PUSH), ProcessProxy(zmq.PULL, zmq.PUSH)]
        for device in many:
            device.start()
        pid = os.fork()
        if not pid:
            alive = [device.is_alive() for device in many]
            for device in many:
                device.stop(); device.join()
            os._exit(any(alive))
        assert os.waitpid(pid, 0)[1] == 0
        assert all(device.is_alive() for device in many)
        for device in many:
            device.stop()
        zmq.Context.instance().term()
    """
    assert output(code, options=("-W", "ignore")) == ""


class Refusal(Exception):
    def __init__(self, one, two):
        super().__init__("cannot be pickled")


class Unwilling(devices.ProcessDevice):
    def _setup_sockets(self):
        raise Refusal(1, 2)


class Dying(devices.ProcessDevice):
    def _setup_sockets(self):
        os._exit(7)


def test_errors_that_cannot_be_pickled_are_told_all_the_same():
    with pytest.raises(RuntimeError, match="Refusal: cannot be pickled"):
        devices_start(Unwilling)


def test_a_process_that_dies_at_once_is_told():
    with pytest.raises(RuntimeError, match="exit code 7"):
        devices_start(Dying)


def devices_start(cls):
    device = cls(zmq.QUEUE, zmq.PULL, zmq.PUSH)
    device.start_method = "fork"
    device.start()


def test_what_spawn_cannot_pickle_is_raised(make):
    device = make("Proxy", "spawn", zmq.PULL, zmq.PUSH)
    device.context_factory = lambda: zmq.Context()
    with pytest.raises((AttributeError, TypeError, pickle.PicklingError), match="(?i)pickle"):
        device.start()
    assert not device.is_alive()


def test_the_default_start_method_works_in_a_program(output):
    code = """
        import zmq
        from zmq.devices import ProcessMonitoredQueue
        if __name__ == "__main__":
            with ProcessMonitoredQueue(zmq.PULL, zmq.PUSH) as device, zmq.Context() as context:
                device.statistics()
                print(device.is_alive())
            print(device.is_alive())
    """
    assert output(code) == "True\nFalse\n"


def test_a_program_may_end_while_devices_run(output):
    code = """
        import zmq
        from zmq.devices import ProcessProxy, ThreadProxy
        if __name__ == "__main__":
            for cls in (ThreadProxy, ProcessProxy):
                device = cls(zmq.PULL, zmq.PUSH)
                device.bind_in("tcp://127.0.0.1:0")
                device.start()
            print("end")
    """
    assert output(code) == "end\n"
