# SPDX-License-Identifier: BSD-3-Clause
"""Arrays as messages, without pickles and without copies."""

from __future__ import annotations

from zmq._typing import SocketMixin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zmq._typing import BufferLike
    from zmq.sugar.tracker import MessageTracker


class Arrays(SocketMixin):
    """The methods that send and receive arrays.

    A message is two parts: a header in JSON, and the memory of the array.  The header has a
    `dtype`, as numpy spells it and little-endian where it names no byte order; a `shape`; and
    `"order": "F"` for memory in Fortran order.
    """

    __slots__ = ()

    def send_array(
        self,
        array: BufferLike,
        flags: int = 0,
        copy: bool = True,
        track: bool = False,
        **kwargs: Any,
    ) -> MessageTracker | None:
        """Send an array, in two parts.

        Memory that is not contiguous is copied into C order first.

        Parameters
        ----------
        array : numpy.ndarray, memoryview, array.array, or other object with the buffer protocol
            Of any shape and any type but Python objects.
        flags : int
            As for `send`.
        copy : bool
            False shares the memory with libzmq, which must then not be changed until libzmq is done
            with it; see `send`.
        track : bool
            With `copy=False`: return a `MessageTracker`.
        **kwargs
            `timeout` goes to `send_multipart`.

        Returns
        -------
        MessageTracker or None

        Raises
        ------
        TypeError
            For what has no buffer, and for elements that cannot be sent without pickle.
        """
        from zmq.sugar.arrayform import dump_array

        return self.send_multipart(dump_array(array), flags, copy=copy, track=track, **kwargs)

    def recv_array(
        self, flags: int = 0, copy: bool = True, track: bool = False, **kwargs: Any
    ) -> Any:
        """Receive an array that was sent in two parts.

        A message that is none, or whose parts contradict each other, is taken whole all the same.

        Parameters
        ----------
        flags : int
            As for `recv`.
        copy : bool
            True gives an array with memory of its own.  False gives one over the memory of the
            received `Frame`, which is the array's `base` (a memoryview's `obj`), and which is
            read-only where others see the same memory.
        track : bool
            With `copy=False`: give that Frame a `tracker`.
        **kwargs
            `timeout` goes to `recv_multipart`.

        Returns
        -------
        numpy.ndarray or memoryview
            A memoryview where numpy is not installed; in C order, whatever order it was sent in.

        Raises
        ------
        ValueError
            When the message is not an array, or takes numpy to be understood and numpy is missing.
        """
        from zmq.sugar.arrayform import load_array

        received = self.recv_multipart(flags, copy=False, track=track and not copy, **kwargs)
        return self._deserialize(received, lambda parts: load_array(parts, copy))
