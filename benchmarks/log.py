# SPDX-License-Identifier: BSD-3-Clause
"""How many records a second does a PUBHandler publish, with and without a subscriber?

Each number is what a whole call of the logger costs: a million divided by the microseconds is how
many a second.  "bare" is logging to a handler that does nothing; "the handler's own" is the rest.
The subscriber is another process, and nothing is dropped.
"""

import logging
from contextlib import contextmanager
from itertools import repeat
from multiprocessing import get_context
from statistics import median

import zmq
from harness.sheet import Sheet
from zmq.log.handlers import PUBHandler

CALLS = 1000
TARGET = 1.4


class Nothing(logging.Handler):
    """What any handler costs."""

    def emit(self, record):
        pass


def log(logger, calls):
    """Log short records."""
    for _ in repeat(None, calls):
        logger.info("query %d took %s", 17, "3 ms")


def log_everything(logger, calls):
    """Log records with a topic and an exception."""
    try:
        raise KeyError("missing")
    except KeyError:
        for _ in repeat(None, calls):
            logger.error("db.query::failed", exc_info=True)


def log_nothing(logger, calls):
    """Call the logger for a level that is off."""
    for _ in repeat(None, calls):
        logger.debug("query %d took %s", 17, "3 ms")


def subscribe(endpoint):
    """Receive and forget, until this process is killed."""
    sub = zmq.Context().socket(zmq.SUB)
    sub.setsockopt(zmq.RCVHWM, 0)
    sub.setsockopt(zmq.SUBSCRIBE, b"")
    sub.connect(endpoint)
    while True:
        sub.recv_multipart()


@contextmanager
def published(logger, subscribers):
    """Let a logger publish over tcp, to so many processes."""
    context = zmq.Context()
    pub = context.socket(zmq.XPUB)  # which is a PUB that tells of its subscribers
    pub.setsockopt(zmq.XPUB_VERBOSE, 1)
    pub.setsockopt(zmq.SNDHWM, 0)
    pub.setsockopt(zmq.LINGER, 0)
    pub.bind("tcp://127.0.0.1:*")
    endpoint = pub.getsockopt_string(zmq.LAST_ENDPOINT)
    spawn = get_context("spawn")
    processes = [spawn.Process(target=subscribe, args=(endpoint,)) for _ in range(subscribers)]
    for process in processes:
        process.daemon = True
        process.start()
    for _ in processes:
        pub.recv()
    handler = PUBHandler(pub)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        for process in processes:
            process.kill()
            process.join()
        pub.close()
        context.term()


def main():
    sheet = Sheet(__doc__)
    logger = logging.getLogger("benchmark")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    nothing = Nothing()
    logger.addHandler(nothing)
    sheet.cost("bare", lambda calls: log(logger, calls), CALLS)
    logger.removeHandler(nothing)
    bare = sheet.numbers[-1]["value"]
    for subscribers, pick in ((0, min), (1, median), (3, median)):
        name = f"{subscribers} subscribers" if subscribers != 1 else "1 subscriber"
        with published(logger, subscribers):
            sheet.cost(name, lambda calls: log(logger, calls), CALLS, pick=pick, target=TARGET)
            sheet.add(
                f"{name}, the handler's own", sheet.numbers[-1]["value"] - bare, "ns", target=1.0
            )
    with published(logger, 0):
        sheet.cost(
            "with a topic and an exception", lambda n: log_everything(logger, n), CALLS // 10
        )
        sheet.cost("a level that is off", lambda calls: log_nothing(logger, calls), CALLS)
    sheet.show()


if __name__ == "__main__":
    main()
