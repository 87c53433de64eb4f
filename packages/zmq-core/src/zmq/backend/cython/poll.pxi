# SPDX-License-Identifier: BSD-3-Clause
# Polling: waiting for one socket, or for many sockets and descriptors.  Uses errors and socket.

cdef enum:
    FEW = 16            # as many poll items fit on the stack


cdef long as_milliseconds(object timeout) except? -2:
    """The time-out as zmq_poll wants it: whole milliseconds, rounded up, or -1 for ever."""
    cdef double value
    if timeout is None:
        return -1
    cdef int overflow = 0
    cdef long whole
    if isinstance(timeout, int):
        whole = PyLong_AsLongAndOverflow(timeout, &overflow)
        if overflow > 0 or whole > 0x7FFFFFFF:
            return 0x7FFFFFFF
        return -1 if whole < 0 else whole
    try:
        value = timeout
    except TypeError:
        raise TypeError(f"a time-out is a number of milliseconds, not {timeout!r}") from None
    if value != value:
        raise ValueError("a time-out cannot be NaN")
    if value < 0:
        return -1
    if value >= 0x7FFFFFFF:
        return 0x7FFFFFFF
    return <long> value + (value > <double> <long> value)


cdef int ready_events(Socket s) except -1:
    """What ZMQ_EVENTS says now."""
    cdef int events = 0
    cdef size_t size = sizeof(int)
    while zmq_getsockopt(s.handle, ZMQ_EVENTS, &events, &size) < 0:
        if not interrupted(c_errno()):
            raise_errno(c_errno())
        check_open(s)
    return mend_events(s, events) if s.counted else events


cdef int look_at_events(Socket s) except -1:
    """The same for a socket that other threads may have got hold of meanwhile."""
    check_open(s)
    return ready_events(s)


cdef object poll_socket(Socket s, object timeout, int flags):
    cdef zmq_pollitem_t item
    cdef long wait = as_milliseconds(timeout)
    cdef int events
    check_open(s)
    # One look at ZMQ_EVENTS is half the price of zmq_poll, which asks the system first.
    events = ready_events(s) & flags
    if events or wait == 0:
        return events
    if s.counted and s.socket_type == ZMQ_PUB:
        flags &= ~ZMQ_POLLIN
    item.socket, item.fd, item.events, item.revents = s.handle, 0, flags, 0
    poll_items(&item, 1, wait, [s])
    return item.revents


cdef int poll_items(zmq_pollitem_t *items, int count, long timeout, list things) except -1:
    """zmq_poll, made again for the rest of the time when a signal interrupts it."""
    cdef int rc
    cdef int64_t deadline = now() + timeout if timeout > 0 else 0
    cdef long pause
    while True:
        pause = timeout
        if read_events_of(things) and (timeout < 0 or timeout > BETWEEN_READS):
            pause = BETWEEN_READS
        for thing in things:
            if isinstance(thing, Socket):
                check_open(<Socket> thing)
        mark_users(things, PyThread_get_thread_ident())
        with nogil:
            rc = c_poll(items, count, pause)
        mark_users(things, 0)
        if rc > 0 or rc == 0 and pause == timeout:
            return rc
        if rc < 0 and c_errno() != EINTR:
            raise_errno(c_errno())
        # A handler may use the sockets, or close them.
        PyErr_CheckSignals()
        if timeout > 0:
            timeout = max(0, <long> (deadline - now()))


cdef bint read_events_of(list things) except -1:
    """Read the events of the observed sockets among these; whether there are any such sockets."""
    cdef bint found = False
    for thing in things:
        if isinstance(thing, Socket) and (<Socket> thing).observed:
            (<Socket> thing)._read_events()
            found = True
    return found


cdef void mark_users(list things, unsigned long user) noexcept:
    """Note which thread is inside libzmq with the sockets among these; 0 for none."""
    cdef Py_ssize_t i
    for i in range(PyList_GET_SIZE(things)):
        if isinstance(<object> PyList_GET_ITEM(things, i), Socket):
            (<Socket> PyList_GET_ITEM(things, i)).user = user


def zmq_poll(sockets, timeout=-1):
    """Wait until one of several sockets or descriptors is ready (`zmq_poll`).

    Parameters
    ----------
    sockets : list of (socket, int)
        Each a `zmq.Socket`, a descriptor or an object with `fileno()`, and the events to wait for:
        `zmq.POLLIN`, `zmq.POLLOUT`, `zmq.POLLERR`.
    timeout : int or float
        Milliseconds; None or a negative number waits for ever.

    Returns
    -------
    list of (socket, int)
        Those that are ready, and for what; descriptors of objects as ints.

    Raises
    ------
    ZMQError
        ENOTSOCK for a closed socket.
    TypeError
        For what cannot be polled.
    """
    cdef zmq_pollitem_t few[FEW]
    cdef zmq_pollitem_t *items = few
    cdef long wait = as_milliseconds(timeout)
    cdef int i, count
    cdef list wanted = list(sockets)
    cdef list things = []
    cdef list ready = []
    count = len(wanted)
    if count > FEW:
        items = <zmq_pollitem_t *> malloc(count * sizeof(zmq_pollitem_t))
        if items == NULL:
            raise MemoryError()
    try:
        for i in range(count):
            thing, flags = wanted[i]
            things.append(fill_item(&items[i], thing, flags))
            if is_held(things[i], flags):
                wait = 0
        poll_items(items, count, wait, things)
        for i in range(count):
            if is_held(things[i], wanted[i][1]):
                items[i].revents |= ZMQ_POLLIN
            if items[i].revents:
                ready.append((things[i], <int> items[i].revents))
        return ready
    finally:
        if items != few:
            free(items)


cdef inline bint is_held(object thing, int flags) noexcept:
    """Whether a socket is readable by what libzmq does not have any more: see counting.pxi."""
    return flags & ZMQ_POLLIN and isinstance(thing, Socket) and (<Socket> thing).held is not None \
        and len((<Socket> thing).held) > 0


cdef object fill_item(zmq_pollitem_t *item, object thing, short flags):
    """Fill in a poll item; returns what stands for it in the result."""
    item.socket, item.fd, item.events, item.revents = NULL, 0, flags, 0
    if isinstance(thing, Socket):
        check_open(<Socket> thing)
        item.socket = (<Socket> thing).handle
        if (<Socket> thing).counted and (<Socket> thing).socket_type == ZMQ_PUB:
            item.events &= ~ZMQ_POLLIN
        return thing
    if not isinstance(thing, int):
        try:
            thing = thing.fileno()
        except AttributeError:
            raise TypeError(
                f"a zmq.Socket, a descriptor or an object with fileno() can be polled, not {thing!r}"
            ) from None
        if not isinstance(thing, int):
            raise TypeError(f"fileno() returned {thing!r}, which is not a descriptor")
    item.fd = thing
    return thing
