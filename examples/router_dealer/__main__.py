# SPDX-License-Identifier: BSD-3-Clause
"""Many questions in flight: DEALER does not wait for replies, ROUTER knows who asked.

The server answers in the opposite order, so the client matches replies by a number of
its own. The first part ROUTER receives is the sender's name: put first in a message,
it takes that message back to the same client.
"""

import threading

import zmq

CLIENTS, QUESTIONS = 3, 4


def ask(context, endpoint, name, answers):
    """Ask everything at once, then collect the replies as they come."""
    with context.socket(zmq.DEALER) as client:
        client.routing_id = name.encode()
        client.connect(endpoint)
        for number in range(QUESTIONS):
            client.send_multipart([b"%d" % number, f"{name} asks {number}".encode()])
        for _ in range(QUESTIONS):
            number, reply = client.recv_multipart()
            answers[name, int(number)] = reply.decode()


def main():
    answers = {}
    with zmq.Context() as context, context.socket(zmq.ROUTER) as server:
        endpoint = server.bind("tcp://127.0.0.1:0").endpoint
        threads = [
            threading.Thread(target=ask, args=(context, endpoint, f"client {number}", answers))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        questions = [server.recv_multipart() for _ in range(CLIENTS * QUESTIONS)]
        for sender, number, text in reversed(questions):
            server.send_multipart([sender, number, text.upper()])
        for thread in threads:
            thread.join()
    for (name, number), reply in sorted(answers.items()):
        print(name, number, reply)
        assert reply == f"{name} asks {number}".upper()
    assert len(answers) == CLIENTS * QUESTIONS


if __name__ == "__main__":
    main()
