# SPDX-License-Identifier: BSD-3-Clause
"""Programs of others that use ØMQ with gevent, as they are released: zerorpc and locust."""

import importlib.util
import socket
import textwrap
import urllib.request

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("zerorpc") is None or importlib.util.find_spec("locust") is None,
    reason="they ask for pyzmq, and so are installed only where all that stands for it is",
)

# -- zerorpc: a service that is asked by many clients ---------------------------------------------

SERVICE = """
    import logging
    import zerorpc
    import gevent

    logging.disable()  # it would tell of each exception

    class Service:
        def double(self, value):
            gevent.sleep(0.001)
            return value * 2

        def fail(self):
            raise ValueError("as asked")

        @zerorpc.stream
        def count(self, end):
            for n in range(end):
                gevent.sleep(0)
                yield n

    server = zerorpc.Server(Service(), heartbeat=30)
    server.bind("tcp://127.0.0.1:0")
    print(server._events._socket.getsockopt(32).rstrip(b"\\0").decode(), flush=True)
    server.run()
"""

CLIENTS = """
    import sys
    import gevent
    import zerorpc

    results = []

    def ask(n):
        client = zerorpc.Client(timeout=50, heartbeat=30)
        client.connect(sys.argv[1])
        for k in range(3):
            assert client.double([n, k]) == [n, k] * 2
        assert list(client.count(20)) == list(range(20))
        try:
            client.fail()
        except zerorpc.RemoteError as exc:
            assert exc.name == "ValueError"
            results.append(n)
        client.close()

    greenlets = [gevent.spawn(ask, n) for n in range(100)]
    gevent.joinall(greenlets, timeout=80, raise_error=True)
    print(sorted(results) == list(range(100)))
"""


@pytest.mark.parametrize("flavour", ["zmq", "zmq.green"])
def test_zerorpc_with_a_hundred_clients(start, output, flavour):
    """It makes cooperative sockets of plain ones itself; here of green ones, too."""
    setting = "" if flavour == "zmq" else GREEN_BELOW
    options = ("-W", "ignore")
    service = start(setting + textwrap.dedent(SERVICE), options=options)
    text = output(setting + textwrap.dedent(CLIENTS), service.line(), deadline=100, options=options)
    assert text == "True\n"


#: Its contexts make sockets of this class.
GREEN_BELOW = """
import zmq.green
import zerorpc.gevent_zmq
zerorpc.gevent_zmq.Socket = zmq.green.Socket
"""

# -- locust: a master and two workers, who load a server ------------------------------------------

SERVER = """
    from gevent.pywsgi import WSGIServer

    served = [0]

    def answer(environment, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environment["PATH_INFO"] == "/served":
            return [b"%d" % served[0]]
        served[0] += 1
        return [b"hello"]

    server = WSGIServer(("127.0.0.1", 0), answer, log=None)
    server.start()
    print(server.server_port, flush=True)
    server.serve_forever()
"""

LOCUSTFILE = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def visit(self):
        self.client.get("/visit")
"""

#: Locust's command line.
LOCUST = """
    import sys
    from locust.main import main
    sys.argv = ["locust", *sys.argv[1:]]
    main()
"""


def test_locust(start, folder):
    """All that the workers did is in the master's report, and agrees with the server's count."""
    server = start(SERVER)
    port = server.line()
    (folder / "locustfile.py").write_text(LOCUSTFILE)
    options = ("-W", "ignore")
    common = ["-f", folder / "locustfile.py", "--skip-log"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        meeting = probe.getsockname()[1]
    master = start(
        LOCUST,
        *common,
        *("--master", "--headless", "--expect-workers", 2, "--users", 10, "--spawn-rate", 10),
        *("--run-time", "2s", "--stop-timeout", 5, "--host", f"http://127.0.0.1:{port}"),
        *("--master-bind-host", "127.0.0.1", "--master-bind-port", meeting),
        *("--csv", folder / "report", "--only-summary"),
        options=options,
    )
    workers = [
        start(
            LOCUST,
            *common,
            *("--worker", "--master-host", "127.0.0.1", "--master-port", meeting),
            options=options,
        )
        for _ in range(2)
    ]
    for script in (master, *workers):
        end = script.wait(90)
        assert end.returncode == 0, end.stderr
    lines = (folder / "report_stats.csv").read_text().splitlines()
    titles, row = lines[0].split(","), lines[-1].split(",")
    report = dict(zip(titles, row))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/served", timeout=10) as reply:
        served = int(reply.read())
    assert int(report["Request Count"]) == served > 10
    assert int(report["Failure Count"]) == 0
