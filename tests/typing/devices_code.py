# SPDX-License-Identifier: BSD-3-Clause
"""A program with devices and decorators; what `reveal_type` must tell is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zmq
import zmq.asyncio
import zmq.devices
from zmq.curve_keygen import make_keys
from zmq.decorators import context, socket
from zmq.devices import ProcessProxy

if TYPE_CHECKING:
    from typing_extensions import reveal_type


@context()
@socket("pub", zmq.PUB)
def publish(topic: str, ctx: zmq.SyncContext, pub: zmq.SyncSocket) -> int:
    pub.send_string(topic)
    return pub.linger


reveal_type(publish("topic"))  # int


@socket(zmq.PULL)
async def receive(sock: zmq.asyncio.Socket) -> bytes:
    return await sock.recv()


proxy = ProcessProxy(zmq.PULL, zmq.PUSH)
proxy.bind_in("tcp://127.0.0.1:*")
proxy.connect_out("tcp://127.0.0.1:1")
proxy.setsockopt_in(zmq.RCVHWM, 10)
proxy.start()
steerable = zmq.devices.ThreadProxySteerable(zmq.ROUTER, zmq.DEALER, zmq.PUB, zmq.PAIR)
steerable.daemon = True
reveal_type(steerable.bind_in_to_random_port("tcp://127.0.0.1"))  # int
reveal_type(make_keys())  # dict[str, str]
