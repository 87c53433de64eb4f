# SPDX-License-Identifier: BSD-3-Clause
"""Encryption: with CURVE, only who knows the server's public key can talk to it.

The key pairs are made here for brevity. A real server keeps its secret key in a file of
its own and gives only the public one away, by a way the clients trust.
"""

import zmq


def connect(context, endpoint, server_key):
    """Return a PUSH socket that encrypts, for a server that has the key `server_key`."""
    client = context.socket(zmq.PUSH)
    client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
    client.curve_serverkey = server_key
    client.connect(endpoint)
    return client


def main():
    public, secret = zmq.curve_keypair()
    wrong, _ = zmq.curve_keypair()
    with zmq.Context() as context, context.socket(zmq.PULL) as server:
        context.linger = 0  # do not wait for the impostor's message, which never arrives
        server.curve_server = 1
        server.curve_secretkey = secret
        endpoint = server.bind("tcp://127.0.0.1:0").endpoint

        with connect(context, endpoint, wrong) as impostor:
            impostor.send(b"I only guessed the key")
            with connect(context, endpoint, public) as client:
                client.send(b"hello in private")
                print(server.recv().decode())
            assert not server.poll(300), "a client with the wrong key was let in"
        print("the client with the wrong key was not let in")


if __name__ == "__main__":
    main()
