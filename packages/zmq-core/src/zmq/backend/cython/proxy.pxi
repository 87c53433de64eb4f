# SPDX-License-Identifier: BSD-3-Clause
# Proxies: the functions that join two sockets, and what their loop needs of Python: signals, warnings, errors.
# Uses relay.pxi, which is the loop, errors.pxi and the Socket of socket.pxi.

include "relay.pxi"

from zmq.backend.cython.libzmq cimport EFSM, ZMQ_DEALER, ZMQ_PAIR, ZMQ_PULL, ZMQ_PUSH, ZMQ_REQ

cdef extern from "Python.h":
    int PyErr_WarnEx(object category, const char *message, Py_ssize_t level) except -1

# The types that only send or only receive; the last two of each are drafts.
cdef tuple SEND_ONLY = (ZMQ_PUB, ZMQ_PUSH, 14, 17)          # RADIO, SCATTER
cdef tuple RECEIVE_ONLY = (ZMQ_SUB, ZMQ_PULL, 15, 16)       # DISH, GATHER


# ---- preparing -------------------------------------------------------------------------------------------------------

cdef bint can_send(Socket s) except -1:
    return s.socket_type not in RECEIVE_ONLY


cdef bint can_receive(Socket s) except -1:
    return s.socket_type not in SEND_ONLY


cdef bint is_fragile(Socket s) except -1:
    """Whether the rest of a message must be kept from this socket when the peer went away in the middle of it."""
    cdef int major, minor, patch
    cdef int kind = s.socket_type
    zmq_version(&major, &minor, &patch)
    # Up to 4.3.0 the balancing sockets forgot such a message, and took its rest for the next one.
    return kind == ZMQ_PAIR or (
        kind in (ZMQ_PUSH, ZMQ_DEALER, ZMQ_REQ) and (major, minor, patch) < (4, 3, 1)
    )


cdef int lay_lane(RelayLane *lane, Relay *relay, int inlet, int outlet, list sockets, bytes prefix) except -1:
    lane.inlet = inlet
    lane.outlet = outlet
    lane.source = relay.sockets[inlet]
    lane.sink = relay.sockets[outlet]
    lane.usable = can_receive(sockets[inlet]) and can_send(sockets[outlet])
    lane.fragile = is_fragile(sockets[outlet])
    if prefix is not None:
        if zmq_msg_init_size(&lane.prefix, len(prefix)) < 0:
            raise MemoryError()
        memcpy(zmq_msg_data(&lane.prefix), PyBytes_AS_STRING(prefix), len(prefix))
        lane.prefixed = True
    return 0


cdef int lay_control(RelayLane *lane, Relay *relay, int place, list sockets) except -1:
    cdef Socket control = sockets[place]
    if control is None:
        return 0
    if not can_receive(control):
        raise_errno(
            ENOTSUP,
            f"a {socket_type_name(control)} socket cannot receive commands: use PAIR, REP or SUB for control",
        )
    lay_lane(lane, relay, place, place, sockets, None)
    lane.speaks = can_send(control)
    lane.replies = control.socket_type in (ZMQ_REP, ZMQ_ROUTER)
    return 0


cdef int lay_relay(Relay *relay, list sockets, bytes in_prefix, bytes out_prefix) except -1:
    """Fill the empty relay in; with prefixes, it is a monitored queue."""
    cdef Socket frontend = sockets[RELAY_FRONT], backend = sockets[RELAY_BACK]
    cdef Socket capture = sockets[RELAY_CAPTURE]
    cdef int i
    cdef bint alike = frontend.handle == backend.handle
    if capture is not None:
        if not can_send(capture):
            raise_errno(
                ENOTSUP, f"a {socket_type_name(capture)} socket cannot send, so it cannot capture: use PUB or PUSH"
            )
        relay.capture_fragile = is_fragile(capture)
    for i in range(RELAY_CONTROLS):
        lay_control(&relay.controls[i], relay, RELAY_CONTROL + i, sockets)
    lay_lane(&relay.lanes[0], relay, RELAY_FRONT, RELAY_FRONT if alike else RELAY_BACK, sockets, in_prefix)
    lay_lane(&relay.lanes[1], relay, RELAY_BACK, RELAY_FRONT, sockets, out_prefix)
    if alike:
        relay.lanes[0].answering = frontend.socket_type == ZMQ_REP
        relay.lanes[1].usable = False
    elif in_prefix is not None and frontend.socket_type == ZMQ_ROUTER and backend.socket_type == ZMQ_ROUTER:
        relay.lanes[0].crossed = relay.lanes[1].crossed = True
    if not (relay.lanes[0].usable or relay.lanes[1].usable):
        raise_errno(
            ENOTSUP,
            f"nothing can pass between a {socket_type_name(frontend)} and a {socket_type_name(backend)} socket: "
            "one side has to receive and the other to send",
        )
    return 0


# ---- running ---------------------------------------------------------------------------------------------------------

cdef bint handles_signals() except -1:
    """Whether this is the thread in which Python runs signal handlers."""
    import threading

    return threading.main_thread().ident == PyThread_get_thread_ident()


cdef int occupy(Relay *relay, list sockets) except -1:
    """Keep other threads out of the sockets, which must be the ones the relay began with."""
    cdef Socket s
    cdef int i
    for s in sockets:
        if s is not None:
            check_open(s)
    for i, s in enumerate(sockets):
        if s is not None:
            if relay.sockets[i] == NULL:
                relay.sockets[i] = s.handle
            elif relay.sockets[i] != s.handle:
                raise_errno(ENOTSOCK, "a signal handler replaced a socket under the proxy that used it")
            s.user = PyThread_get_thread_ident()    # not `enter`: one socket may stand on both sides
    return 0


cdef int vacate(list sockets) except -1:
    cdef Socket s
    for s in sockets:
        if s is not None and s.user == PyThread_get_thread_ident():
            leave(s)
    return 0


cdef void report_command(bytes command) noexcept:
    """Warn, but never end: what a peer sends must not stop the proxy, not even where warnings are errors."""
    text = f"the proxy ignored the unknown command {command!r}: it knows PAUSE, RESUME, TERMINATE and STATISTICS"
    PyErr_WarnEx(RuntimeWarning, text.encode(), 1)


cdef tuple join_sockets(list sockets, bytes in_prefix, bytes out_prefix):
    """Pass messages on until TERMINATE: then the counters.  The sockets stand in their places: RELAY_FRONT and so on."""
    cdef Relay relay
    cdef uint64_t[RELAY_COUNTERS] values
    cdef int outcome = RELAY_ATTENTION
    memset(&relay, 0, sizeof(relay))
    occupy(&relay, sockets)
    try:
        lay_relay(&relay, sockets, in_prefix, out_prefix)
        relay.attentive = handles_signals()
        while outcome != RELAY_ENDED:
            if outcome == RELAY_FAILED:
                raise_errno(relay.error)
            if outcome == RELAY_UNKNOWN:
                report_command(PyBytes_FromStringAndSize(relay.quote, relay.quoted))
            vacate(sockets)         # signal handlers may use the sockets
            PyErr_CheckSignals()
            occupy(&relay, sockets)
            relay.interrupted = False
            relay.looked = now()
            with nogil:
                outcome = run_relay(&relay)
    finally:
        vacate(sockets)
        close_relay(&relay)
    read_counters(&relay, values)
    return tuple([values[i] for i in range(RELAY_COUNTERS)])


cdef void close_relay(Relay *relay) noexcept:
    cdef RelayLane *lane
    cdef int i
    for i in range(2):
        lane = &relay.lanes[i]
        clear_lane(lane)
        if lane.prefixed:
            zmq_msg_close(&lane.prefix)
    for i in range(RELAY_CONTROLS):
        clear_lane(&relay.controls[i])


# ---- the functions ---------------------------------------------------------------------------------------------------

def proxy(Socket frontend not None, Socket backend not None, Socket capture=None):
    """Pass messages between two sockets, both ways, for ever.

    The work is done without the GIL, in bursts.  A side that takes no more messages stops its own direction only; the
    messages stay in the queues of the other side, and peers may come and go.  Like `zmq_proxy()`, but it can be
    interrupted by signals.

    While it runs, the sockets belong to it: other threads that use them get a `ZMQThreadError`.

    Parameters
    ----------
    frontend, backend : Socket
        The two sides, bound or connected.  They may be the same socket, which then gets its own messages back.
    capture : Socket, optional
        Gets a copy of every message; of a type that can send.  A PUB socket drops what its subscribers have no room
        for.  Others, once they are full, stop the proxy until they have room again.

    Raises
    ------
    ContextTerminated
        The context was terminated: the usual end.
    ZMQError
        A socket is closed (ENOTSOCK), or the types do not fit one another (ENOTSUP).
    KeyboardInterrupt
        Or whatever else a signal handler raised.

    Notes
    -----
    However it ends, a direction that was waiting for room may have received one message already, which is then lost.
    Everything else stays in the queues of the sockets, and another proxy can go on with them.
    """
    join_sockets([frontend, backend, capture, None, None], None, None)


def proxy_steerable(
    Socket frontend not None, Socket backend not None, Socket capture=None, Socket control=None
):
    """Pass messages between two sockets as `proxy` does, and take commands meanwhile.

    This is our own loop, not `zmq_proxy_steerable()`, so that the commands do the same with every libzmq:

    - ``PAUSE``: pass nothing on; what arrives waits in the queues of the sockets.
    - ``RESUME``: go on where it stopped.
    - ``TERMINATE``: return.
    - ``STATISTICS``: answer with eight frames, each an unsigned 64-bit number in the byte order of this machine:
      messages and bytes received by `frontend`, sent by `frontend`, received by `backend`, sent by `backend`.  A
      message of several parts counts once, with the bytes of all of them.

    Parameters
    ----------
    frontend, backend, capture : Socket
        As for `proxy`.
    control : Socket, optional
        Where commands come from: PAIR, REP, SUB, or another type that can receive.  A REP gets an empty answer to every
        command but STATISTICS.  A SUB cannot answer, so it ignores STATISTICS.  Of a message of several parts the last
        is the command; the others are sent back in front of the answer, as a ROUTER needs it.  An answer for which
        there is no room is dropped.

    Returns
    -------
    int
        0, after TERMINATE.

    Raises
    ------
    ContextTerminated
        The context was terminated.
    ZMQError
        As for `proxy`; also where `control` cannot receive (ENOTSUP).

    Warns
    -----
    RuntimeWarning
        A command is unknown.  It is ignored, although a REP gets its answer.  Where this warning is an error, it is
        reported through `sys.unraisablehook`, as the proxy goes on.

    Notes
    -----
    See `proxy` for what becomes of the messages when it ends.
    """
    join_sockets([frontend, backend, capture, control, None], None, None)
    return 0


def monitored_queue(
    Socket in_socket not None, Socket out_socket not None, Socket mon_socket not None,
    bytes in_prefix not None=b"in", bytes out_prefix not None=b"out",
):
    """Pass messages between two sockets, both ways, and show each to a third one.

    Different from `proxy`, the copies say where they come from, and both sides may be ROUTER sockets.

    Parameters
    ----------
    in_socket, out_socket : Socket
        The two sides.  When both are ROUTER sockets, the first two parts of each message change places: a client
        sends the identity of its peer in front of its message, and the peer gets that of the client.
    mon_socket : Socket
        Gets a copy of every message as it is passed on, behind one more part: the prefix.  See `capture` of `proxy`.
    in_prefix, out_prefix : bytes
        The prefix of messages that came from `in_socket` and from `out_socket`.

    Raises
    ------
    ContextTerminated
        The context was terminated: the usual end.
    TypeError
        A prefix is not bytes.
    ZMQError
        As for `proxy`.

    Notes
    -----
    See `proxy` for what becomes of the messages when it ends.
    """
    join_sockets([in_socket, out_socket, mon_socket, None, None], in_prefix, out_prefix)


def relay(
    Socket frontend not None, Socket backend not None, Socket capture=None, Socket control=None,
    Socket owner=None, *, bytes in_prefix=None, bytes out_prefix=None,
):
    """Run the loop behind `proxy`, `proxy_steerable` and `monitored_queue`, with all that it can do at once.

    For those who run it in the background and have to end it, and to ask for its statistics, whatever the user's
    control socket is for.

    Parameters
    ----------
    frontend, backend, capture, control : Socket
        As for `proxy_steerable`.
    owner : Socket, optional
        Takes the same commands as `control`.
    in_prefix, out_prefix : bytes, optional
        Both or none: as for `monitored_queue`.

    Returns
    -------
    tuple of int
        After TERMINATE: the eight numbers of STATISTICS.

    Raises
    ------
    ContextTerminated
        The context was terminated.
    TypeError
        A prefix is not bytes, or there is only one.
    ZMQError
        As for `proxy_steerable`.
    """
    if (in_prefix is None) != (out_prefix is None):
        raise TypeError("a relay needs both prefixes or none")
    return join_sockets([frontend, backend, capture, control, owner], in_prefix, out_prefix)
