# SPDX-License-Identifier: BSD-3-Clause
"""A real service: a web handler that asks a worker in another process, which is restarted."""

import asyncio
import itertools
import json

import pytest
from tornado import httpclient, httpserver, netutil, web

import zmq
from zmq.eventloop import future

#: A worker: says that it is ready, and then answers until it is told to end.
WORKER = """
    import asyncio, sys, zmq
    from zmq.eventloop.zmqstream import ZMQStream

    async def main():
        over = asyncio.Event()
        context = zmq.Context()
        stream = ZMQStream(context.socket(zmq.DEALER))

        def work(message):
            number, question = message
            if number == b"end":
                over.set()
                return
            stream.send_multipart([number, question.upper()])

        stream.on_recv(work)
        stream.connect(sys.argv[1])
        stream.send_multipart([b"ready", b""])
        await over.wait()
        stream.close(linger=5000)
        context.term()
        print("ended")

    asyncio.run(main())
"""


class Broker:
    """Hands questions to the worker that is there, a few at a time.

    A question whose worker has gone unanswered is given to the next one.
    """

    CREDIT = 10

    def __init__(self, stream):
        self.stream = stream
        self.worker = None
        self.numbers = itertools.count()
        self.waiting = {}
        self.asked = set()
        stream.on_recv(self.receive)

    def receive(self, message):
        worker, number, answer = message
        if number == b"ready":
            self.worker = worker
            self.asked.clear()
        elif number in self.waiting:
            self.asked.discard(number)
            self.waiting.pop(number)[1].set_result((worker, answer))
        self.feed()

    def feed(self):
        for number, (question, _) in self.waiting.items():
            if self.worker is None or len(self.asked) == self.CREDIT:
                break
            if number not in self.asked:
                self.asked.add(number)
                self.stream.send_multipart([self.worker, number, question])

    async def ask(self, question):
        number = b"%d" % next(self.numbers)
        answer = asyncio.get_running_loop().create_future()
        self.waiting[number] = question, answer
        self.feed()
        return await answer

    def dismiss(self):
        self.stream.send_multipart([self.worker, b"end", b""])
        self.worker = None


class Handler(web.RequestHandler):
    def initialize(self, broker):
        self.broker = broker

    async def get(self, name):
        worker, answer = await self.broker.ask(name.encode())
        self.write({"worker": worker.hex(), "answer": answer.decode()})


@pytest.fixture
def serve():
    """`serve(broker)`: a web server, and the port it listens to."""
    servers = []

    def serve(broker):
        server = httpserver.HTTPServer(web.Application([("/(.*)", Handler, {"broker": broker})]))
        sockets = netutil.bind_sockets(0, "127.0.0.1")
        server.add_sockets(sockets)
        servers.append(server)
        return server, sockets[0].getsockname()[1]

    return serve


@pytest.mark.parametrize("restart", ["politely", "by a kill"])
async def test_web_service(drive, socket, stream, bind, serve, start, until, restart):
    """200 requests at once; the worker is another process, and is replaced in the middle."""
    router = stream(socket(zmq.ROUTER))
    router.bind("tcp://127.0.0.1:0")
    address = router.socket.last_endpoint.decode()
    broker = Broker(router)
    server, port = serve(broker)
    worker = start(WORKER, address)
    await until(lambda: broker.worker)

    client = httpclient.AsyncHTTPClient(force_instance=True, max_clients=200)
    answered = []

    async def request(n):
        reply = await client.fetch(f"http://127.0.0.1:{port}/name{n}", request_timeout=50)
        answered.append(json.loads(reply.body))

    requests = [asyncio.ensure_future(request(n)) for n in range(200)]
    await until(lambda: len(answered) >= 50)
    if restart == "politely":
        broker.dismiss()
    else:
        broker.worker = None
        worker.kill()
    second = start(WORKER, address)
    await asyncio.gather(*requests)
    names = [each["answer"] for each in answered]
    assert sorted(names) == sorted(f"NAME{n}" for n in range(200))
    assert len({each["worker"] for each in answered}) == 2

    broker.dismiss()
    client.close()
    server.stop()
    await server.close_all_connections()
    await until(lambda: second.process.poll() is not None)
    assert second.done() == "ended\n"
    if restart == "politely":
        assert worker.done() == "ended\n"


async def test_echo_server(context, endpoint, stream, until):
    """Many clients in coroutines, one server with callbacks."""
    server = stream(context.socket(zmq.ROUTER))
    server.on_recv(server.send_multipart)
    server.bind("tcp://127.0.0.1:0")
    address = server.socket.last_endpoint.decode()
    asynchronous = future.Context(context)

    async def ask(n):
        with asynchronous.socket(zmq.REQ) as s:
            s.connect(address)
            for k in range(10):
                await s.send(b"%d %d" % (n, k))
                assert await s.recv() == b"%d %d" % (n, k)

    await asyncio.gather(*(ask(n) for n in range(20)))
