# SPDX-License-Identifier: BSD-3-Clause
"""How proxies in the main thread meet signals, and how they end."""

import signal

LOAD = """
    import signal, sys, threading, zmq
    context = zmq.Context()
    def socket(kind, address, bind):
        s = context.socket(kind)
        s.linger = 0
        (s.bind if bind else s.connect)(address)
        return s
    front, back = socket(zmq.PULL, "inproc://f", True), socket(zmq.PUSH, "inproc://b", True)
    passed = threading.Event()
    def push():
        with socket(zmq.PUSH, "inproc://f", False) as s:
            try:
                while True:
                    s.send(b"x" * 10)
            except zmq.ContextTerminated:
                pass
    def pull():
        with socket(zmq.PULL, "inproc://b", False) as s:
            try:
                while True:
                    s.recv()
                    passed.set()
            except zmq.ContextTerminated:
                pass
    threads = [threading.Thread(target=f) for f in (push, pull)]
    for thread in threads:
        thread.start()
    def finish():
        front.close()
        back.close()
        context.term()
        for thread in threads:
            thread.join()
"""


def test_signal_handlers_run_under_load(output):
    code = """
    calls = []
    def handler(*_):
        calls.append(passed.is_set())
        passed.clear()
        if len(calls) == 20:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise ZeroDivisionError
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        zmq.proxy(front, back)
    except ZeroDivisionError:
        print(len(calls), any(calls[1:]))
    finish()
    """
    assert output(LOAD + code) == "20 True\n"


def test_interrupt_under_load(start):
    code = """
    def tell():
        passed.wait()
        print("running", flush=True)
    threads.append(threading.Thread(target=tell))
    threads[-1].start()
    try:
        zmq.proxy(front, back)
    except KeyboardInterrupt:
        print("interrupted")
    finish()
    """
    script = start(LOAD + code)
    assert script.line() == "running"
    script.process.send_signal(signal.SIGINT)
    assert script.done() == "interrupted\n"


def test_interrupt_while_paused(start):
    code = """
    import threading, zmq
    context = zmq.Context()
    front, back = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    control, controller = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    control.bind("inproc://c")
    controller.connect("inproc://c")
    controller.send(b"PAUSE")
    controller.send(b"STATISTICS")
    def tell():
        controller.recv_multipart()
        print("paused", flush=True)
    thread = threading.Thread(target=tell)
    thread.start()
    try:
        zmq.proxy_steerable(front, back, control=control)
    except KeyboardInterrupt:
        print("interrupted")
    thread.join()
    context.destroy(linger=0)
    """
    script = start(code)
    assert script.line() == "paused"
    script.process.send_signal(signal.SIGINT)
    assert script.done() == "interrupted\n"


def test_a_handler_that_closes_a_socket_ends_the_proxy(output):
    code = """
    import signal, zmq
    context = zmq.Context()
    front, back = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    signal.signal(signal.SIGALRM, lambda *_: front.close())
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        zmq.proxy(front, back)
    except zmq.ZMQError as error:
        print(error.errno == zmq.ENOTSOCK)
    context.destroy(linger=0)
    """
    assert output(code) == "True\n"


def test_a_handler_may_use_the_sockets(output):
    code = """
    import signal, zmq
    context = zmq.Context()
    front, back = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    sink = context.socket(zmq.PULL)
    back.bind("inproc://b")
    sink.connect("inproc://b")
    def handler(*_):
        back.send(b"from the handler")
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.1)
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        zmq.proxy(front, back)
    except KeyboardInterrupt:
        print(sink.recv().decode())
    context.destroy(linger=0)
    """
    assert output(code) == "from the handler\n"


def test_term_ends_a_proxy_whatever_it_waits_for(output):
    code = """
    import threading, zmq
    for state in ("idle", "stalled", "captured", "paused"):
        context = zmq.Context()
        def socket(kind, address, bind, hwm=1):
            s = context.socket(kind)
            s.linger, s.sndtimeo, s.hwm = 0, 300, hwm
            (s.bind if bind else s.connect)(f"inproc://{address}")
            return s
        front, source = socket(zmq.PULL, "f", True), socket(zmq.PUSH, "f", False)
        back, sink = socket(zmq.PUSH, "b", True), socket(zmq.PULL, "b", False)
        capture, log = socket(zmq.PUSH, "c", True), socket(zmq.PULL, "c", False)
        control, controller = socket(zmq.PAIR, "t", True), socket(zmq.PAIR, "t", False)
        def work():
            chosen = capture if state == "captured" else None
            try:
                zmq.proxy_steerable(front, back, chosen, control)
            except zmq.ContextTerminated:
                print(state, "ended")
            for s in (front, back, capture, control):
                s.close()
        if state == "paused":
            controller.send(b"PAUSE")
        thread = threading.Thread(target=work)
        thread.start()
        if state in ("stalled", "captured"):
            try:
                for _ in range(1000):
                    source.send(b"x")
            except zmq.Again:
                pass
        for s in (source, sink, log, controller):
            s.close()
        context.term()
        thread.join()
    """
    assert output(code).split("\n")[:4] == [
        "idle ended",
        "stalled ended",
        "captured ended",
        "paused ended",
    ]
