# SPDX-License-Identifier: BSD-3-Clause
"""Ask and answer: REQ sends a question and waits for its reply, REP answers in turn."""

import threading

import zmq


def serve(server):
    """Answer with the square of each number, until asked to stop."""
    while True:
        question = server.recv_json()
        if question == "stop":
            server.send_json("stopped")
            return
        server.send_json(question**2)


def ask(client, question):
    """Send one question and return its reply; raise TimeoutError when none comes."""
    client.send_json(question)
    if not client.poll(5000):
        raise TimeoutError(f"no reply to {question!r} within 5 s")
    return client.recv_json()


def main():
    with zmq.Context() as context, context.socket(zmq.REP) as server:
        endpoint = server.bind("tcp://127.0.0.1:0").endpoint
        # The thread takes the socket over: from here on, only it may use it.
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        with context.socket(zmq.REQ) as client:
            client.connect(endpoint)
            for number in range(5):
                square = ask(client, number)
                print(number, "squared is", square)
                assert square == number**2
            ask(client, "stop")
        thread.join()


if __name__ == "__main__":
    main()
