# SPDX-License-Identifier: BSD-3-Clause
"""A ventilator, workers and a sink: every task is done once, whoever does it."""

import zmq
from zmq.utils.monitor import recv_monitor_message

WORKER = """
    import sys, zmq
    done = 0
    with zmq.Context() as ctx:
        with ctx.socket(zmq.PULL) as tasks, ctx.socket(zmq.PUSH) as results:
            tasks.rcvhwm = 10
            tasks.connect(sys.argv[1])
            results.connect(sys.argv[2])
            while (task := tasks.recv()) != b"end":
                results.send_multipart([task, task[::-1]])
                done += 1
    print(done)
"""

SINK = """
    import sys, zmq
    results = {}
    with zmq.Context() as ctx, ctx.socket(zmq.PULL) as s:
        s.bind("tcp://127.0.0.1:0")
        print(s.last_endpoint.decode())
        for _ in range(int(sys.argv[1])):
            task, result = s.recv_multipart()
            assert task not in results
            results[task] = result
    print(all(result == task[::-1] for task, result in results.items()))
"""


def test_every_task_is_done_once(start, socket):
    count = 3000
    ventilator = socket(zmq.PUSH, sndhwm=10)
    with ventilator.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED) as monitor:
        ventilator.bind("tcp://127.0.0.1:0")
        sink = start(SINK, count)
        drain = sink.line()
        workers = [start(WORKER, ventilator.last_endpoint.decode(), drain) for _ in range(3)]
        for _ in workers:
            assert monitor.poll(10_000)
            recv_monitor_message(monitor)
        ventilator.disable_monitor()
    for number in range(count):
        ventilator.send(b"task %d" % number)
    assert sink.done() == "True\n"
    for _ in workers:
        ventilator.send(b"end")
    done = [int(w.done()) for w in workers]
    assert sum(done) == count
    assert min(done) > 0
