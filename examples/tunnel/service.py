# SPDX-License-Identifier: BSD-3-Clause
"""The service: answers in capitals, on the loopback, until its standard input ends."""

import fcntl
import os
import socket
import struct
import sys
from contextlib import suppress

import zmq

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def switch_loopback_on():
    """In a new network even the loopback is off; in any other this is not allowed, nor needed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, suppress(OSError):
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def main():
    switch_loopback_on()
    with zmq.Context() as context, context.socket(zmq.REP) as service:
        service.linger = 0
        print(service.bind("tcp://127.0.0.1:0").endpoint, flush=True)
        poller = zmq.Poller()
        poller.register(service, zmq.POLLIN)
        poller.register(sys.stdin, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if service in ready:
                service.send_string(f"{service.recv_string().upper()} from process {os.getpid()}")
            if sys.stdin.fileno() in ready:
                return


if __name__ == "__main__":
    main()
