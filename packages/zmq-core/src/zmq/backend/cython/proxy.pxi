# SPDX-License-Identifier: BSD-3-Clause
# Proxies: the functions that join two sockets, and what their loop needs of Python: signals, warnings, errors.
# The loop is in ../native/relay.h, and which sockets it can join in zmq.backend.joining; the rest uses errors.pxi and
# the Socket of socket.pxi.

cdef extern from "relay.h" nogil:
    enum:
        RELAY_SOCKETS "ZMQ_CORE_RELAY_SOCKETS"
        RELAY_COUNTERS "ZMQ_CORE_RELAY_COUNTERS"
        RELAY_FAILED "ZMQ_CORE_RELAY_FAILED"
        RELAY_ENDED "ZMQ_CORE_RELAY_ENDED"
        RELAY_ATTENTION "ZMQ_CORE_RELAY_ATTENTION"
        RELAY_UNKNOWN "ZMQ_CORE_RELAY_UNKNOWN"

    ctypedef struct Relay "zmq_core_relay":
        pass

    Relay *new_relay "zmq_core_relay_new" () noexcept
    void free_relay "zmq_core_relay_free" (Relay *) noexcept
    int place_socket "zmq_core_relay_place" (Relay *, int place, void *socket) noexcept
    void lay_lane "zmq_core_relay_lay" (Relay *, int lane, int inlet, int outlet, int flags) noexcept
    int set_prefix "zmq_core_relay_prefix" (Relay *, int lane, const void *data, size_t size) noexcept
    int run_relay "zmq_core_relay_run" (Relay *, bint attentive) noexcept
    int relay_error "zmq_core_relay_error" (const Relay *) noexcept
    const char *relay_quote "zmq_core_relay_quote" (const Relay *) noexcept
    size_t relay_quoted "zmq_core_relay_quoted" (const Relay *) noexcept
    void count_relay "zmq_core_relay_count" (const Relay *, uint64_t *values) noexcept

cdef extern from "Python.h":
    int PyErr_WarnEx(object category, const char *message, Py_ssize_t level) except -1


# ---- preparing -------------------------------------------------------------------------------------------------------

cdef int occupy(Relay *relay, list sockets) except -1:
    """Keep other threads out of the sockets, which must be the ones the relay began with."""
    cdef Socket s
    cdef int i
    for s in sockets:
        if s is not None:
            check_open(s)
    for i, s in enumerate(sockets):
        if s is not None:
            if place_socket(relay, i, s.handle) < 0:
                raise_errno(ENOTSOCK, "a signal handler replaced a socket under the proxy that used it")
            s.user = PyThread_get_thread_ident()    # not `enter`: one socket may stand on both sides
    return 0


cdef int vacate(list sockets) except -1:
    cdef Socket s
    for s in sockets:
        if s is not None and s.user == PyThread_get_thread_ident():
            leave(s)
    return 0


cdef int lay_relay(Relay *relay, list sockets, tuple prefixes) except -1:
    """Lay the lanes of a relay whose sockets stand in their places."""
    from zmq.backend.joining import plan_lanes

    cdef Socket s, front = sockets[0], back = sockets[1]
    cdef bytes prefix
    cdef int lane, inlet, outlet, flags
    kinds = [None if s is None else s.socket_type for s in sockets]
    alike = front.handle == back.handle
    for lane, inlet, outlet, flags in plan_lanes(kinds, alike, prefixes[0] is not None, zmq_version_info()):
        lay_lane(relay, lane, inlet, outlet, flags)
    for lane, prefix in enumerate(prefixes):
        if prefix is not None and set_prefix(relay, lane, PyBytes_AS_STRING(prefix), len(prefix)) < 0:
            raise MemoryError()
    return 0


# ---- running ---------------------------------------------------------------------------------------------------------

cdef void report_command(bytes quote) noexcept:
    """Warn, but never end: what a peer sends must not stop the proxy, not even where warnings are errors."""
    from zmq.backend.joining import describe_command

    PyErr_WarnEx(RuntimeWarning, describe_command(quote).encode(), 1)


cdef tuple join_sockets(list sockets, bytes in_prefix, bytes out_prefix):
    """Pass messages on until TERMINATE: then the counters.  The sockets stand in their places: see relay.h."""
    cdef uint64_t[RELAY_COUNTERS] values
    cdef Relay *relay = new_relay()
    if relay == NULL:
        raise MemoryError()
    try:
        occupy(relay, sockets)
        try:
            lay_relay(relay, sockets, (in_prefix, out_prefix))
            watch_relay(relay, sockets)
        finally:
            vacate(sockets)
        count_relay(relay, values)
    finally:
        free_relay(relay)
    return tuple([values[i] for i in range(RELAY_COUNTERS)])


cdef int watch_relay(Relay *relay, list sockets) except -1:
    """Run the relay until it has ended, and do what it returns for."""
    from zmq.backend.joining import handles_signals

    cdef int outcome = RELAY_ATTENTION
    cdef bint attentive = handles_signals()
    while outcome != RELAY_ENDED:
        if outcome == RELAY_FAILED:
            raise_errno(relay_error(relay))
        if outcome == RELAY_UNKNOWN:
            report_command(PyBytes_FromStringAndSize(relay_quote(relay), relay_quoted(relay)))
        vacate(sockets)         # signal handlers may use the sockets
        PyErr_CheckSignals()
        occupy(relay, sockets)
        with nogil:
            outcome = run_relay(relay, attentive)
    return 0


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
    from zmq.backend.joining import check_prefixes

    check_prefixes(in_prefix, out_prefix)
    return join_sockets([frontend, backend, capture, control, owner], in_prefix, out_prefix)
