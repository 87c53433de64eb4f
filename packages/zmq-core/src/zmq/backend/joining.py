# SPDX-License-Identifier: BSD-3-Clause
"""Which sockets a proxy can join, and how: what backends tell the loop in `native/relay.h`."""

from __future__ import annotations

import threading

from zmq.constants import Errno, SocketType
from zmq.error import ZMQError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The places of the sockets, as in `relay.h`.
FRONT, BACK, CAPTURE, CONTROL, OWNER = range(5)
#: The flags of a lane there.
USABLE, CROSSED, FRAGILE, CAPTURE_FRAGILE, ANSWERING, SPEAKS, REPLIES = (1 << n for n in range(7))

SEND_ONLY = {SocketType.PUB, SocketType.PUSH, SocketType.RADIO, SocketType.SCATTER}
RECEIVE_ONLY = {SocketType.SUB, SocketType.PULL, SocketType.DISH, SocketType.GATHER}
BALANCING = {SocketType.PUSH, SocketType.DEALER, SocketType.REQ}


def plan_lanes(
    kinds: Sequence[int | None], alike: bool, prefixed: bool, version: tuple[int, int, int]
) -> list[tuple[int, int, int, int]]:
    """Find out what passes between sockets of these types.

    Parameters
    ----------
    kinds : sequence of five
        The types of the sockets in their places, None where there is none.
    alike : bool
        One socket is on both sides.
    prefixed : bool
        This is a monitored queue, which says of each copy where it comes from.
    version : (int, int, int)
        Of libzmq.

    Returns
    -------
    list of (int, int, int, int)
        The arguments of `zmq_core_relay_lay`: lane, place of the source, place of the sink, flags.

    Raises
    ------
    ZMQError
        ENOTSUP: the types do not fit one another.
    """
    front, back, capture = kinds[FRONT], kinds[BACK], kinds[CAPTURE]
    assert front is not None
    assert back is not None
    extra = 0
    if capture is not None:
        if capture in RECEIVE_ONLY:
            raise _refuse(
                f"a {name_type(capture)} socket cannot send, so it cannot capture: use PUB or PUSH"
            )
        extra = CAPTURE_FRAGILE * is_fragile(capture, version)
    controls = list(_plan_controls(kinds, version))
    if alike:
        ends = [(front, front, FRONT, FRONT)]
        extra |= ANSWERING * (front == SocketType.REP)
    else:
        ends = [(front, back, FRONT, BACK), (back, front, BACK, FRONT)]
        extra |= CROSSED * (prefixed and front == back == SocketType.ROUTER)
    lanes = [
        (lane, inlet, outlet, USABLE | extra | FRAGILE * is_fragile(sink, version))
        for lane, (source, sink, inlet, outlet) in enumerate(ends)
        if source not in SEND_ONLY and sink not in RECEIVE_ONLY
    ]
    if not lanes:
        raise _refuse(
            f"nothing can pass between a {name_type(front)} and a {name_type(back)} socket: "
            "one side has to receive and the other to send"
        )
    return lanes + controls


def _plan_controls(
    kinds: Sequence[int | None], version: tuple[int, int, int]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield the lanes of the sockets that commands come from."""
    for place in (CONTROL, OWNER):
        kind = kinds[place]
        if kind is None:
            continue
        if kind in SEND_ONLY:
            raise _refuse(
                f"a {name_type(kind)} socket cannot receive commands: use PAIR, REP or SUB for "
                "control"
            )
        flags = USABLE | FRAGILE * is_fragile(kind, version)
        flags |= SPEAKS * (kind not in RECEIVE_ONLY)
        flags |= REPLIES * (kind in (SocketType.REP, SocketType.ROUTER))
        yield place - 1, place, place, flags


def is_fragile(kind: int, version: tuple[int, int, int]) -> bool:
    """Whether such a socket must not get the rest of a message whose peer left midway."""
    # Up to 4.3.0 the balancing sockets forgot such a message, and took its rest for the next one.
    return kind == SocketType.PAIR or (kind in BALANCING and version < (4, 3, 1))


def name_type(kind: int) -> str:
    """Return the name of a socket type, or the number of one that has none."""
    try:
        return SocketType(kind).name
    except ValueError:
        return str(kind)


def handles_signals() -> bool:
    """Whether this is the thread in which Python runs signal handlers."""
    return threading.main_thread().ident == threading.get_ident()


def describe_command(quote: bytes) -> str:
    """Return the warning for a command that the loop does not know."""
    return (
        f"the proxy ignored the unknown command {quote!r}: it knows PAUSE, RESUME, TERMINATE and "
        "STATISTICS"
    )


def check_prefixes(in_prefix: bytes | None, out_prefix: bytes | None) -> None:
    """Raise TypeError unless there are both or none."""
    if (in_prefix is None) != (out_prefix is None):
        raise TypeError("a relay needs both prefixes or none")


def _refuse(text: str) -> ZMQError:
    return ZMQError(Errno.ENOTSUP, text)
