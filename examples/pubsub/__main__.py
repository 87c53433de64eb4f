# SPDX-License-Identifier: BSD-3-Clause
"""Publish and subscribe: every subscriber gets the topics it asked for, and no others.

A publisher drops what nobody has subscribed to yet. An XPUB socket is a PUB socket that
also receives the subscriptions, so it can wait for its audience instead of guessing.
"""

import threading

import zmq

TOPICS = (b"tea", b"coffee", b"end")


def listen(context, endpoint, topic, heard):
    """Collect the messages of one topic until the end is announced."""
    with context.socket(zmq.SUB) as subscriber:
        subscriber.connect(endpoint)
        subscriber.subscribe(b"end")
        subscriber.subscribe(topic)
        while True:
            subject, text = subscriber.recv_multipart()
            if subject == b"end":
                return
            heard.append(text.decode())


def main():
    heard = {b"tea": [], b"coffee": []}
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
        publisher.xpub_verboser = 1  # tell us of every subscription, not only of new topics
        endpoint = publisher.bind("tcp://127.0.0.1:0").endpoint
        threads = [
            threading.Thread(target=listen, args=(context, endpoint, topic, messages))
            for topic, messages in heard.items()
        ]
        for thread in threads:
            thread.start()
        for _ in range(4):  # two threads, two topics each
            subscription = publisher.recv()
            print("subscribed:", subscription[1:].decode())
        for number in range(6):
            publisher.send_multipart([TOPICS[number % 2], b"cup %d" % number])
        publisher.send_multipart([b"end", b""])
        for thread in threads:
            thread.join()
    print(heard)
    assert heard == {b"tea": ["cup 0", "cup 2", "cup 4"], b"coffee": ["cup 1", "cup 3", "cup 5"]}


if __name__ == "__main__":
    main()
