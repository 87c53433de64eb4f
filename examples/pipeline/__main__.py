# SPDX-License-Identifier: BSD-3-Clause
"""A pipeline: PUSH deals work out to whoever has room, PULL gathers it again.

The wordcount example is the same with processes, large input, and peers that may die.
"""

import threading
from collections import Counter

import zmq

WORKERS, TASKS = 3, 1000


def work(context, name):
    """Double numbers until the context ends."""
    with context.socket(zmq.PULL) as tasks, context.socket(zmq.PUSH) as results:
        tasks.connect("inproc://tasks")
        results.connect("inproc://results")
        try:
            while True:
                results.send_multipart([name, b"%d" % (2 * int(tasks.recv()))])
        except zmq.ContextTerminated:
            pass  # Leaving the with block closes the sockets, for which term() waits.


def main():
    done, total = Counter(), 0
    context = zmq.Context()
    with context.socket(zmq.PUSH) as tasks, context.socket(zmq.PULL) as results:
        tasks.bind("inproc://tasks")
        results.bind("inproc://results")
        for number in range(WORKERS):
            name = b"worker %d" % number
            threading.Thread(target=work, args=(context, name)).start()
        # All tasks fit into the queues (1000 messages on each side of a connection). Where
        # they may not, send and receive in turns, as wordcount does, or send blocks for ever.
        for task in range(TASKS):
            tasks.send(b"%d" % task)
        for _ in range(TASKS):
            name, result = results.recv_multipart()
            done[name.decode()] += 1
            total += int(result)
    context.term()  # the workers' recv() now raises ContextTerminated
    print(dict(done), "total", total)
    assert total == TASKS * (TASKS - 1)


if __name__ == "__main__":
    main()
