# SPDX-License-Identifier: BSD-3-Clause
"""Relay: passes bytes between who connects to the local port and the ssh connection.

The local port is open as long as the tunnel, also while the ssh connection is made again, so that
nobody else can get it meanwhile.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import Any, Callable, Protocol

#: Bytes that are passed on at once.
CHUNK = 262144

#: Seconds after which a connection that was opened to see whether it works is not used any more:
#: libzmq gives one up that has not said hello within 30.
FRESH = 10.0

#: Seconds without a byte after which a program on the same machine has nothing on its way.
LULL = 0.1

#: Seconds between two looks at who is still busy at the end.
LOOK = 0.02


class Stream(Protocol):
    """A connection: a socket, or what looks enough like one."""

    def recv_into(self, view: memoryview, /) -> int: ...
    def sendall(self, view: Any, /) -> None: ...
    def shutdown(self, how: int, /) -> None: ...
    def close(self) -> None: ...
    def at_end(self) -> bool: ...


def is_readable(connection: socket.socket, seconds: float = 0.0) -> bool:
    """Wait for something to read, or to accept."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


class SocketStream:
    """A socket as a stream."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self.sendall = connection.sendall
        self.close = connection.close

    def shutdown(self, how: int) -> None:
        """Close one direction, or both."""
        try:
            self._socket.shutdown(how)
        except OSError:
            pass  # the other side was faster

    def recv_into(self, view: memoryview) -> int:
        """Read into a buffer; 0 is the end."""
        return self._socket.recv_into(view)

    def wait_readable(self, seconds: float) -> bool:
        """Wait for something to read, be it the end."""
        return is_readable(self._socket, seconds)

    def at_end(self) -> bool:
        """Whether the other side has gone."""
        if not self.wait_readable(0):
            return False
        try:
            return not self._socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


class Client(SocketStream):
    """A connection to the local port, which can say for how long nothing has come from it."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._waiting_since: float | None = None

    def recv_into(self, view: memoryview) -> int:
        """Read into a buffer; 0 is the end."""
        self._waiting_since = time.monotonic()
        count = self._socket.recv_into(view)
        self._waiting_since = None
        return count

    def is_silent(self) -> bool:
        """Whether there is nothing left to pass on."""
        since = self._waiting_since
        return since is not None and time.monotonic() - since > LULL


def pump(source: Stream, sink: Stream) -> None:
    """Pass on what comes, then the end; whatever else happens ends both directions."""
    view = memoryview(bytearray(CHUNK))
    try:
        while True:
            count = source.recv_into(view)
            if not count:
                break
            sink.sendall(view[:count])
    except OSError:
        source.shutdown(socket.SHUT_RDWR)
        sink.shutdown(socket.SHUT_RDWR)
    else:
        sink.shutdown(socket.SHUT_WR)


def join(client: Stream, upstream: Stream) -> None:
    """Pass bytes both ways until both directions have ended, then close both."""
    back = threading.Thread(target=pump, args=(upstream, client), daemon=True)
    back.start()
    pump(client, upstream)
    back.join()
    client.close()
    upstream.close()


class Relay:
    """Accepts connections, and passes each on through the ssh connection.

    Parameters
    ----------
    listener : socket.socket
        Listening; it belongs to the relay from now on.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._condition = threading.Condition()
        self._open: Callable[[], Stream] | None = None
        self._held: tuple[float, Stream] | None = None
        self._clients: set[Client] = set()
        self._quiet_since = time.monotonic()
        self._finished = False

    def start(self) -> None:
        """Begin to accept connections."""
        self._quiet_since = time.monotonic()
        threading.Thread(target=self._accept, daemon=True).start()

    def resume(self, open_stream: Callable[[], Stream], held: Stream | None) -> None:
        """There is an ssh connection: `open_stream` opens another stream through it.

        Parameters
        ----------
        open_stream : callable
            Raises OSError when the other side does not want it.
        held : Stream or None
            One that is open already, for the first who comes.
        """
        with self._condition:
            self._open = open_stream
            self._held = (time.monotonic(), held) if held else None
            self._condition.notify_all()

    def pause(self) -> None:
        """The ssh connection is gone; who connects now waits for the next one."""
        with self._condition:
            self._open = None
            self._drop_held()

    def quiet_for(self) -> float:
        """Seconds since anybody was connected; 0 while somebody is."""
        with self._condition:
            return 0.0 if self._clients else time.monotonic() - self._quiet_since

    def finish(self, seconds: float) -> None:
        """Accept nobody any more, and give what is on its way so many seconds to arrive."""
        end = time.monotonic() + seconds
        with self._condition:
            while is_readable(self._listener) and time.monotonic() < end:
                self._condition.wait(LOOK)  # somebody is at the door, perhaps gone already
            self._finished = True
            self._drop_held()
            self._condition.notify_all()
            try:
                self._listener.shutdown(socket.SHUT_RDWR)  # which wakes `accept`
            except OSError:
                pass
            self._listener.close()
            while self._clients and time.monotonic() < end:
                for client in self._clients:
                    if client.is_silent():
                        client.shutdown(socket.SHUT_RD)  # so that the other side sees an end
                self._condition.wait(LOOK)

    def _drop_held(self) -> None:
        if self._held:
            self._held[1].close()
        self._held = None

    def _accept(self) -> None:
        while not self._finished:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                if not self._finished:
                    time.sleep(0.05)  # out of descriptors, or the client has gone again
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = Client(connection)
            with self._condition:
                self._clients.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: Client) -> None:
        try:
            upstream = self._reach(client)
            if upstream is None:
                client.close()
            else:
                join(client, upstream)
        finally:
            with self._condition:
                self._clients.discard(client)
                self._quiet_since = time.monotonic()
                self._condition.notify_all()

    def _reach(self, client: Client) -> Stream | None:
        """Return a stream for a client, None when there is none or it has gone."""
        with self._condition:
            while self._open is None:
                if self._finished or client.at_end():
                    return None
                self._condition.wait(0.5)
            open_stream = self._open
            held, self._held = self._held, None
        if held:
            born, stream = held
            if time.monotonic() - born < FRESH and not stream.at_end():
                return stream
            stream.close()
        try:
            return open_stream()
        except OSError:
            return None
