# SPDX-License-Identifier: BSD-3-Clause
"""What keeps a context from ending: for the error that says so."""

from __future__ import annotations

import threading
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from zmq._typing import Timeout


def describe_holders(context: Any, timeout: Timeout) -> str:
    """Say which sockets hold a context that has not ended in time.

    Parameters
    ----------
    context : Context
    timeout : int or float
        Milliseconds that were waited.

    Returns
    -------
    str
    """
    lines = [f"the context did not end within {timeout} ms. What holds it:"]
    is_open = [f"  open: {describe_socket(socket)}" for socket in context._list_sockets()]
    lines += is_open
    lines += [
        f"  closed, may have unsent messages: {kind} at {_join(endpoints)}, LINGER {linger} ms"
        for kind, endpoints, linger, _, closed_at in context._lingering or ()
        if linger < 0 or monotonic() * 1000 < closed_at + linger
    ]
    if is_open:
        way_out = (
            "Close the open ones (with linger=0 to drop unsent messages), then call term() again."
        )
    else:
        way_out = (
            "Call term() again to wait longer. A linger set before close() says how long is enough."
        )
    lines.append(way_out)
    return "\n".join(lines)


def describe_socket(socket: Any) -> str:
    """Type, endpoints, thread and origin of a socket.

    Parameters
    ----------
    socket : Socket

    Returns
    -------
    str
    """
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    where = [
        f"{what} {_join(endpoints)}" for what, endpoints in _list_endpoints(socket) if endpoints
    ]
    made = f"made in thread {names.get(socket._maker, socket._maker)!r}"
    if socket._made_at is not None:
        code, line = socket._made_at
        made += f" at {code.co_filename}:{line}"
    return ", ".join([socket._type_name, *where, made])


def _list_endpoints(socket: Any) -> tuple[tuple[str, list[bytes]], ...]:
    return (("bound to", socket._bindings), ("connected to", socket._connections))


def _join(endpoints: Iterable[bytes]) -> str:
    return " ".join(endpoint.decode("utf-8", "replace") for endpoint in endpoints)
