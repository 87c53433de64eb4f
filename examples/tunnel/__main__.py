# SPDX-License-Identifier: BSD-3-Clause
"""A service that only its own host can reach, reached by way of an ssh server on that host.

The other host is made here, as a network of its own where the machine allows that. What counts is
the few lines around `tunnel_connection`; `otherhost.py` does what an administrator does elsewhere.
"""

import zmq
from otherhost import OtherHost
from zmq import ssh


def main():
    with OtherHost() as host, zmq.Context() as context, context.socket(zmq.REQ) as client:
        client.linger, client.rcvtimeo = 0, 10_000
        print(f"the service is at {host.address} of {host.description}")
        if host.is_apart:
            with context.socket(zmq.REQ) as direct:
                direct.linger = 0
                direct.connect(host.address)
                direct.send(b"anybody there?")
                assert not direct.poll(300), "the other host is not another one"
            print("from here, nobody answers at that address")

        with ssh.tunnel_connection(client, host.address, "other", config=host.ssh_config) as tunnel:
            print(f"by way of ssh, it is at {tunnel.endpoint}")
            client.send_string("hello")
            print(f"the service answers: {client.recv_string()}")
        assert not tunnel.is_alive()


if __name__ == "__main__":
    main()
