# SPDX-License-Identifier: BSD-3-Clause
"""Large messages without copies: share a buffer with libzmq, and look into what arrives."""

import array

import zmq

SAMPLES = 4_000_000


def main():
    with (
        zmq.Context() as context,
        context.socket(zmq.PUSH) as sender,
        context.socket(zmq.PULL) as receiver,
    ):
        receiver.connect(sender.bind("tcp://127.0.0.1:0").endpoint)
        samples = array.array("d", range(SAMPLES))

        # copy=False: libzmq reads from the array itself, which therefore must not change until
        # the tracker says that it is done. Small messages are copied even so: that is cheaper.
        tracker = sender.send(samples, copy=False, track=True)

        # copy=False: a Frame, which is memory of libzmq; a memoryview looks into it in place.
        frame = receiver.recv(copy=False)
        received = frame.buffer.cast("d")
        print(f"{len(frame) / 1e6:.0f} MB, first {received[0]}, last {received[-1]}")
        assert received[-1] == SAMPLES - 1

        tracker.wait(timeout=10)  # seconds
        samples[-1] = 0.0  # now the array is ours again
        assert received[-1] == SAMPLES - 1

        # A buffer of our own, made once and filled for every message: no allocation at all.
        buffer = bytearray(1024)
        for text in (b"short", b"a longer one"):
            sender.send(text)
            size = receiver.recv_into(buffer)
            print(bytes(buffer[:size]))
            assert buffer[:size] == text


if __name__ == "__main__":
    main()
