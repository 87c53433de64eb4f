# SPDX-License-Identifier: BSD-3-Clause
"""The end of handlers, contexts, interpreters and forked processes: no hang, no traceback."""

import os
import signal

import pytest

import zmq
from zmq.log import JSONPUBHandler, PUBHandler


@pytest.fixture(params=[PUBHandler, JSONPUBHandler])
def cls(request):
    return request.param


# ---- here ----


def test_after_close(logger, handle, cls, capfd):
    handler = handle(cls)
    handler.close()
    logger.info("x")
    assert handler.dropped == 0
    handler.close()
    assert capfd.readouterr() == ("", "")


def test_after_the_socket_was_closed(logger, handle, socket, cls, capfd):
    pub = socket(zmq.PUB)
    handler = cls(pub)
    logger.addHandler(handler)
    pub.close()
    logger.info("x")
    handler.close()
    assert capfd.readouterr() == ("", "")


def test_after_the_context_was_destroyed(logger, cls, capfd):
    context = zmq.Context()
    logger.addHandler(cls("tcp://127.0.0.1:0", context))
    context.destroy()
    logger.info("x")
    assert capfd.readouterr() == ("", "")


def test_a_context_that_is_terminated_in_another_thread_ends(logger, handle, cls):
    """`term` waits for the socket, which the next record closes."""
    import threading

    context = zmq.Context()
    logger.addHandler(cls("tcp://127.0.0.1:0", context))
    thread = threading.Thread(target=context.term)
    thread.start()
    while thread.is_alive():
        logger.info("x")
    thread.join()
    assert context.closed


def test_a_subscriber_that_is_stopped_does_not_keep_close_waiting(logger, handle, start, wait_for):
    code = """
        import os, signal, sys, zmq
        sub = zmq.Context().socket(zmq.SUB)
        sub.rcvhwm = 1
        sub.subscribe("")
        sub.connect(sys.argv[1])
        sub.recv_multipart()
        print("stops", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
    """
    handler = PUBHandler("tcp://127.0.0.1:0", options={"linger": 50})
    logger.addHandler(handler)
    script = start(code, handler.socket.last_endpoint.decode())
    handler.socket.wait_subscribers("", timeout=20_000)
    logger.info("first")
    script.line()
    for _ in range(2000):
        logger.info("x" * 10_000)
    handler.close()  # which would wait for ever with libzmq's LINGER
    assert handler.ctx.closed
    os.kill(script.pid, signal.SIGKILL)


# ---- at the end of a program ----


def test_the_last_records_of_a_program_arrive(start, socket, bind):
    code = """
        import atexit, logging, sys
        from zmq.log import PUBHandler
        handler = PUBHandler(sys.argv[1], connect=True)
        logging.basicConfig(level=1, handlers=[handler], format="%(message)s")
        handler.socket.wait_subscribers("", timeout=20_000)
        atexit.register(logging.info, "from atexit")
        for n in range(1000):
            logging.info(str(n))
        1 / 0
    """
    sub = socket(zmq.SUB, rcvtimeo=20_000)
    sub.subscribe("")
    script = start(code, bind(sub, "tcp"))
    sub.poll(0)
    found = [sub.recv_multipart()[1] for _ in range(1001)]
    assert found == [*(b"%d" % n for n in range(1000)), b"from atexit"]
    assert "ZeroDivisionError" in script.wait().stderr


LATE = """
    import atexit
    import logging
    import threading
    import time

    def log_for_long():
        time.sleep(0)
        logging.info("from an atexit callback that is run after all others")

    atexit.register(log_for_long)

    from zmq.log import {cls}

    logging.basicConfig(level=1, handlers=[{cls}({arguments})])

    class Late:
        def __del__(self):
            logging.info("from __del__")

    late = Late()
    cycle = [late]
    cycle.append(cycle)

    def log_on(number):
        while True:
            logging.info(number)

    {threads}
    logging.info("x")
"""


@pytest.mark.parametrize("arguments", ["'tcp://127.0.0.1:0'", "'tcp://127.0.0.1:1', connect=True"])
@pytest.mark.parametrize("threads", [0, 3])
def test_logging_while_the_interpreter_ends(output, cls, arguments, threads):
    start = "; ".join(
        f"threading.Thread(target=log_on, args=({n},), daemon=True).start()" for n in range(threads)
    )
    code = LATE.format(cls=cls.__name__, arguments=arguments, threads=start or "pass")
    assert output(code) == ""


def test_a_given_socket_at_the_end(output):
    code = """
        import logging, zmq
        from zmq.log import PUBHandler
        pub = zmq.Context.instance().socket(zmq.PUB)
        pub.bind("tcp://127.0.0.1:0")
        logging.basicConfig(level=1, handlers=[PUBHandler(pub)])
        logging.info("x")
    """
    assert output(code) == ""


def test_nobody_there_does_not_keep_a_program_from_ending(output):
    code = """
        import logging, zmq
        from zmq.log import PUBHandler
        push = PUBHandler("tcp://127.0.0.1:1", connect=True, socket_type=zmq.PUSH)
        logging.basicConfig(level=1, handlers=[push])
        logging.info("x")
        logging.shutdown()
        print("ended")
    """
    assert output(code) == "ended\n"


# ---- forks ----


def in_child(work):
    """Run something in a forked child, and return its exit status; 42 for an exception."""
    pid = os.fork()
    if pid == 0:
        status = 42
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1]


def test_a_child_does_not_disturb_its_parent(logger, handle, subscribe, cls, capfd):
    handler = handle(cls)
    handler.report_interval = None
    sub = subscribe(handler)

    def work():
        for _ in range(10):
            logger.info("from the child")
        assert handler.dropped == 10
        handler.close()

    logger.info("before")
    assert in_child(work) == 0
    logger.info("after")
    assert b"before" in sub.recv_multipart()[1]
    assert b"after" in sub.recv_multipart()[1]
    assert capfd.readouterr() == ("", "")


def test_a_child_says_why_nothing_comes(logger, handle, cls, reports):
    handle(cls)

    def work():
        logger.info("x")
        assert "this process was forked" in reports[0]

    assert in_child(work) == 0
    assert reports == []


def test_a_handler_that_connects_goes_on_in_a_child(logger, handle, socket, bind, cls):
    pull = socket(zmq.PULL, rcvtimeo=20_000)
    handle(cls, bind(pull, "tcp"), connect=True, socket_type=zmq.PUSH)

    def work():
        logger.info("born")
        for handler in list(logger.handlers):
            handler.close()

    logger.info("here")
    assert in_child(work) == 0
    logger.info("here")
    texts = [pull.recv_multipart()[1] for _ in range(3)]
    assert sum(b"born" in text for text in texts) == 1
    assert sum(b"here" in text for text in texts) == 2


def test_a_fork_while_other_threads_log(output):
    """The lock may be held by a thread that does not exist in the child."""
    code = """
        import logging, os, threading, warnings
        from zmq.log import PUBHandler
        warnings.simplefilter("ignore", DeprecationWarning)
        handler = PUBHandler("tcp://127.0.0.1:0")
        handler.report_interval = None
        logging.basicConfig(level=1, handlers=[handler])
        ended = threading.Event()

        def log_on():
            while not ended.is_set():
                logging.info("x")

        threads = [threading.Thread(target=log_on) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                logging.info("from the child")
                os._exit(7)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
        ended.set()
        for thread in threads:
            thread.join()
        print("ended")
    """
    assert output(code, deadline=60) == "ended\n"


def test_multiprocessing_by_fork(output, socket, bind):
    code = """
        import logging, multiprocessing, sys, warnings, zmq
        from zmq.log import JSONPUBHandler

        def work(number):
            logging.info("from %d", number)

        if __name__ == "__main__":
            warnings.simplefilter("ignore", DeprecationWarning)
            handler = JSONPUBHandler(sys.argv[1], connect=True, socket_type=zmq.PUSH)
            logging.basicConfig(level=logging.INFO, handlers=[handler])
            with multiprocessing.get_context("fork").Pool(2) as pool:
                pool.map(work, range(20))
                pool.close()
                pool.join()
    """
    pull = socket(zmq.PULL, rcvtimeo=20_000)
    endpoint = bind(pull, "tcp")
    assert output(code, endpoint, deadline=60) == ""
    import json

    texts = {json.loads(pull.recv_multipart()[1])["message"] for _ in range(20)}
    assert texts == {f"from {n}" for n in range(20)}
