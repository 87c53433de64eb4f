# SPDX-License-Identifier: BSD-3-Clause
"""What does it cost to make a Frame, to receive one, and to read it?"""

from functools import partial
from itertools import repeat

import zmq
from harness.pairs import pair
from harness.sheet import Sheet, size_name

CALLS = 100


def make(payload, calls):
    """Make `calls` frames."""
    for _ in repeat(None, calls):
        zmq.Frame(payload)


def send(socket, payload, calls):
    """Send `payload` `calls` times."""
    for _ in repeat(None, calls):
        socket.send(payload)


def receive(socket, calls):
    """Receive `calls` frames."""
    for _ in repeat(None, calls):
        socket.recv(copy=False)


def read_bytes(frames, calls):
    """Read each frame as bytes."""
    for frame in frames:
        frame.bytes  # noqa: B018 (reading it is the point)


def convert(frames, calls):
    """Make bytes of each frame."""
    for frame in frames:
        bytes(frame)


def read_buffer(frames, calls):
    """Read the memory of each frame."""
    for frame in frames:
        frame.buffer  # noqa: B018 (reading it is the point)


READERS = {"Frame.bytes": read_bytes, "bytes(Frame)": convert, "Frame.buffer": read_buffer}


def measure(sheet, push, pull, size):
    """Receive and read frames of `size` bytes."""
    frames = []
    fill = partial(send, push, b"x" * size)

    def refill(calls):
        fill(calls)
        frames[:] = [pull.recv(copy=False) for _ in range(calls)]

    sheet.cost(f"recv(copy=False), {size_name(size)}", partial(receive, pull), CALLS, before=fill)
    for name, reader in READERS.items():
        sheet.cost(f"{name}, {size_name(size)}", partial(reader, frames), CALLS, before=refill)


def main():
    sheet = Sheet(__doc__)
    sheet.cost("Frame(10 B)", partial(make, b"x" * 10), CALLS)
    sheet.cost("Frame()", partial(make, None), CALLS)
    with pair(zmq.PUSH, zmq.PULL) as (push, pull):
        for size in (10, 16 << 10):
            measure(sheet, push, pull, size)
    sheet.show()


if __name__ == "__main__":
    main()
