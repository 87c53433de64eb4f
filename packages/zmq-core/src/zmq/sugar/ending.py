# SPDX-License-Identifier: BSD-3-Clause
"""Ending what a program dropped or left open, without hanging and without needless loss.

This is for the garbage collector and for the end of the interpreter.  What a program closes or
terminates itself waits as libzmq documents it.

A context is waited for while one of its sockets has a peer, which will take its messages, or a
LINGER that somebody has set.  Without either it is waited for `grace` milliseconds.
"""

from __future__ import annotations

import atexit
import os
import sys
from _thread import get_ident
from time import monotonic

from zmq.backend import Context as BackendContext
from zmq.backend import Socket as BackendSocket
from zmq.backend import configure
from zmq.constants import LINGER
from zmq.error import ZMQError, ZMQThreadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

#: None where nothing counts references.
_count_references: Callable[[Any], int] | None = getattr(sys, "getrefcount", None)

#: Milliseconds that messages without a peer may take when nobody has set a LINGER.
grace = 2000

#: Milliseconds that a TCP connection over which nothing comes counts as a peer: one that has been
#: stopped speaks when it goes on, something that is no ØMQ peer never does.
silence = 5000


def close_dropped(socket: Any) -> None:
    """Close a socket that nobody holds any more.

    Nobody can choose a LINGER for it now, and its context may live on: so without a peer its
    messages get `grace` milliseconds.  A context that goes with its last socket is waited for by
    `end_dropped`, which sees the peers that come.

    Parameters
    ----------
    socket : Socket
    """
    connections = socket._connections
    if connections and not socket._linger_chosen and _is_held(socket):
        if not _any_peer(connections) and socket.getsockopt(LINGER) < 0:
            socket._set_linger(grace)
    socket.close()


def _is_held(socket: Any) -> bool:
    """Whether others than this socket, which nobody holds, may hold its context."""
    if _count_references is None:
        return True
    # What a variable and a call add to the count is less from Python 3.14 on.
    context, unknown = socket.context, object()
    return _count_references(context) > _count_references(unknown) + 1


def end_dropped(context: Any, lonely_since: float | None = None) -> None:
    """Terminate a context that nobody holds any more.

    Parameters
    ----------
    context : Context
    lonely_since : float, optional
        From when on (`time.monotonic`) its sockets count as without peers; by default from now on.
    """
    if lonely_since is None:
        # The collector takes cycles apart in any order; nobody else can hold a socket of this one.
        for socket in context._list_sockets():
            socket.__del__()
    context._begin_term()
    start = monotonic()
    lonely_since = start if lonely_since is None else lonely_since
    while not context._finish_term(50):
        if _is_worth_waiting(context, silent=monotonic() - start < silence / 1000):
            lonely_since = monotonic()
        elif monotonic() - lonely_since > grace / 1000:
            _warn_of_loss(context._lingering)
            return  # it goes on in the background, and ends with the process
    _warn_of_loss([each for each in context._lingering or () if _has_run_out(each)])


def _has_run_out(closed_socket: tuple[str, list[bytes], int, bool, float]) -> bool:
    """Whether a dropped socket took all its time: then libzmq has dropped what it had to send."""
    _, _, linger, _, closed_at = closed_socket
    return linger == grace and 0 <= monotonic() * 1000 - closed_at - linger + 20 < 200


def end_all() -> None:
    """At interpreter exit: deliver what was sent, then end what can be ended."""
    others = set(sys._current_frames()) - {get_ident()}
    try:
        for socket in BackendSocket._list_all():
            # Daemon threads may be using theirs: those end with the process.
            if socket._maker not in others and not socket._in_use:
                try:
                    socket.close()
                except ZMQThreadError:
                    pass  # one of them is using a shadow of it
        held = {socket.context.underlying for socket in BackendSocket._list_all()}
        contexts = [each for each in BackendContext._list_contexts() if each.underlying not in held]
        contexts = [context for context in contexts if _begin(context)]
        start = monotonic()
        for context in contexts:  # they share the time
            end_dropped(context, start)
    except KeyboardInterrupt:
        pass  # somebody does not want to wait


def _begin(context: Any) -> bool:
    """Begin to terminate a context; whether it can be."""
    try:
        context._begin_term()
    except ZMQError as error:
        from warnings import warn

        warn(str(error), RuntimeWarning, stacklevel=1)
        return False
    return True


def _is_worth_waiting(context: Any, silent: bool) -> bool:
    """Whether one of the context's closed sockets has a peer, or a LINGER that somebody has set."""
    return any(
        chosen or _any_peer(endpoints, silent)
        for _, endpoints, _, chosen, _ in context._lingering or ()
    )


def _warn_of_loss(
    closed_sockets: Iterable[tuple[str, list[bytes], int, bool, float]] | None,
) -> None:
    if not closed_sockets:
        return
    from warnings import warn

    names = ", ".join(
        f"{kind} at {b', '.join(endpoints).decode('utf-8', 'replace')}"
        for kind, endpoints, _, _, _ in closed_sockets
    )
    warn(
        f"messages were dropped: nobody took them in time ({names})",
        ResourceWarning,
        stacklevel=3,
    )


def _any_peer(endpoints: Iterable[bytes], silent: bool = True) -> bool:
    from zmq.sugar.peers import find_peers

    return find_peers(endpoints, silent)


configure(close=close_dropped, end=end_dropped, folder=os.path.dirname(os.path.dirname(__file__)))
atexit.register(end_all)
