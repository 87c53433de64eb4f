# SPDX-License-Identifier: BSD-3-Clause
# Life: how sockets are known, checked, opened and closed.  Uses errors, release, context.

# Which methods a class has left as they are: others of ours may then go straight to libzmq instead of through them.
cdef enum:
    NATIVE_SEND = 1
    NATIVE_RECV = 2
    NATIVE_GET = 4
    NATIVE_SET = 8
    NATIVE_LOAD = 16

cdef extern from "native.h":
    unsigned int type_tag "zmq_core_type_tag" (object cls)

cdef PyObject *last_class = NULL
cdef unsigned int last_tag = 0
cdef unsigned char last_native = 0


cdef unsigned char native_methods(object cls) except? 255:
    global last_class, last_tag, last_native
    if <PyObject *> cls == last_class and last_tag != 0 and type_tag(cls) == last_tag:
        return last_native
    last_native = 0
    if cls.send is Socket.send:
        last_native |= NATIVE_SEND
    if cls.recv is Socket.recv:
        last_native |= NATIVE_RECV
    if cls.get is Socket.get and cls.getsockopt is Socket.getsockopt:
        last_native |= NATIVE_GET
    if cls.set is Socket.set and cls.setsockopt is Socket.setsockopt:
        last_native |= NATIVE_SET
    if cls._deserialize is Socket._deserialize:
        last_native |= NATIVE_LOAD
    last_class = <PyObject *> cls
    last_tag = type_tag(cls)
    return last_native


cdef inline int check_open(Socket s) except -1:
    if s.handle == NULL or s.user != 0:
        refuse(s)
    return 0


cdef int refuse(Socket s) except -1:
    """Raise why this socket cannot be used now."""
    if s.handle == NULL:
        return raise_errno(ENOTSOCK, wording().of_closed(s.socket_type))
    raise ZMQThreadError(s, s.user)


cdef inline int enter(Socket s) except -1:
    """Mark the socket as used by this thread, which is about to let go of the GIL.

    It looks again whether it may: in the middle of a longer call other threads may have come in between.
    """
    check_open(s)
    s.user = PyThread_get_thread_ident()
    return 0


cdef inline void leave(Socket s) noexcept:
    s.user = 0


cdef str socket_type_name(Socket s):
    return wording().name_type(s.socket_type)


cdef void link_socket(Socket s) noexcept:
    global newest_socket
    s.older = newest_socket
    if newest_socket != NULL:
        (<Socket> newest_socket).newer = <void *> s
    newest_socket = <void *> s


cdef void unlink_socket(Socket s) noexcept:
    global newest_socket
    if s.newer != NULL:
        (<Socket> s.newer).older = s.older
    elif newest_socket == <void *> s:
        newest_socket = s.older
    if s.older != NULL:
        (<Socket> s.older).newer = s.newer
    s.older = s.newer = NULL


cdef enum:
    REAPING_TIME = 1000     # milliseconds
    MOST_LINGERING = 64     # closed sockets that a context remembers
    MOST_UNMET = 1024       # endpoints of closed sockets: about as many as sockets have a place


cdef int open_handle(Socket s, Context ctx, int socket_type) except -1:
    """Make the libzmq socket.

    A closed socket keeps its place until libzmq's reaper thread has been at it, and sockets can be made and closed
    faster than that: so "too many" counts only when they are open, or when the reaper gets nowhere.
    """
    cdef int64_t deadline = 0
    cdef int number
    while True:
        s.handle = zmq_socket(ctx.handle, socket_type)
        if s.handle != NULL:
            return 0
        number = c_errno()
        if not is_place_coming(ctx, number, &deadline):
            return raise_socket(s, ctx, number)
        check_context(ctx)


cdef int is_place_coming(Context ctx, int number, int64_t *deadline) except -1:
    """Whether libzmq has refused a socket for lack of a place, and the reaper was given a moment to make one."""
    if number != EMFILE or ctx is None or ctx.handle == NULL:
        return False
    if ctx.socket_count >= zmq_ctx_get(ctx.handle, ZMQ_MAX_SOCKETS):
        return False
    if deadline[0] == 0:
        deadline[0] = now() + REAPING_TIME
    elif now() >= deadline[0]:
        return False
    with nogil:
        c_poll(NULL, 0, 1)
    PyErr_CheckSignals()
    return True


cdef int raise_socket(Socket s, Context ctx, int number) except -1:
    """Raise why zmq_socket failed."""
    most = zmq_ctx_get(ctx.handle, ZMQ_MAX_SOCKETS) if number == EMFILE else 0
    return raise_errno(number, wording().of_making(number, s.socket_type, most))


cdef int shadow_socket(Socket s, object source, object ctx) except -1:
    global shadow_count
    cdef size_t size = sizeof(int)
    cdef void *handle = address_of(source)
    if handle == NULL:
        raise_errno(ENOTSOCK, f"there is no open socket to shadow at {source!r}")
    if zmq_getsockopt(handle, ZMQ_TYPE, &s.socket_type, &size) < 0:
        raise_errno(c_errno(), f"there is no open socket to shadow at {source!r}")
    s.handle = handle
    s.timed = True      # it may have a time-out that was set elsewhere
    s._shadow = True
    s._shadow_obj = source
    s._context = source.context if isinstance(source, Socket) else ctx
    shadow_count += 1
    mark_others(s)
    return 0


cdef int close_handle(Socket s) except -1:
    """Close the libzmq socket, for this object and for all that shadow it."""
    cdef void *handle = s.handle
    cdef void *p
    check_sharers(s)    # before anything is changed
    end_monitor(s)
    if s.handle == NULL:
        return 0        # somebody else has closed it meanwhile
    check_sharers(s)
    if s._connections or s._bindings:
        note_lingering(s)
        note_unmet(s)
    if shadow_count == 0:
        forget_handle(s)
    else:
        retire_others(s)
        p = newest_socket
        while p != NULL:
            if (<Socket> p).handle == handle:
                forget_handle(<Socket> p)
            p = (<Socket> p).older
    if zmq_close(handle) < 0 and c_errno() != ENOTSOCK:
        raise_errno(c_errno())
    return 0


cdef int check_sharers(Socket s) except -1:
    """Raise ZMQThreadError while a thread is inside libzmq with another object of this socket."""
    cdef void *p = newest_socket
    if shadow_count == 0:
        return 0
    while p != NULL:
        if (<Socket> p).handle == s.handle and p != <void *> s and s.handle != NULL:
            check_open(<Socket> p)
        p = (<Socket> p).older
    return 0


cdef Socket find_observed(Socket reader):
    """The socket whose events a PAIR receives, or None.

    The collector clears weak references before it closes anything: when it takes both, it is the list that knows.
    """
    cdef Socket observed = reader.monitored()
    cdef void *p = newest_socket
    while observed is None and p != NULL:
        if Py_REFCNT(<Socket> p) > 0 and (<Socket> p).monitor_socket is reader:
            observed = <Socket> p
        p = (<Socket> p).older
    return observed


cdef int end_monitor(Socket s) except -1:
    """Before a socket or the PAIR that receives its events is closed, end the monitoring.

    While both are open this cannot wait for ever, and libzmq gives back the descriptors of both: otherwise it keeps
    them until the context ends.
    """
    cdef Socket observed = s if s.monitored is None else find_observed(s)
    if observed is None or (observed.monitor_socket is None and observed.monitor_calls == 0):
        return 0
    enter(s)
    reader = observed.monitor_socket    # another one by now, perhaps
    if observed.handle != NULL and reader is not None and (reader is s or observed is s):
        switch_monitor(observed, NULL, 0)
    await_switch(observed)
    leave(s)
    return 0


cdef int await_switch(Socket s) noexcept:
    """Wait while other threads end the monitor: the PAIR that receives its last event must not go before."""
    while s.monitor_calls:
        with nogil:
            c_poll(NULL, 0, 1)
    return 0


cdef int switch_monitor(Socket s, const char *endpoint, int mask) noexcept:
    """Begin or end monitoring; libzmq allows that in any thread, as long as the socket is not closed meanwhile."""
    cdef int rc
    cdef Socket reader = s.monitor_socket   # it must not go meanwhile
    s.monitor_socket = None
    s.monitor_calls += 1
    with nogil:     # to end an earlier one may take its receiver
        rc = zmq_socket_monitor(s.handle, endpoint, mask)
    s.monitor_calls -= 1
    return rc


cdef int note_lingering(Socket s) except -1:
    """Remember what may keep the context from ending: a socket with connections that is closed with a LINGER."""
    cdef int linger = 0
    cdef size_t size = sizeof(int)
    if s._context is None or zmq_getsockopt(s.handle, ZMQ_LINGER, &linger, &size) < 0 or linger == 0:
        return 0
    ctx = <Context> s._context
    if ctx._lingering is None:
        ctx._lingering = []
    elif len(ctx._lingering) >= MOST_LINGERING:
        del ctx._lingering[:MOST_LINGERING // 2]
    endpoints = (*(s._connections or ()), *(s._bindings or ()))
    ctx._lingering.append((socket_type_name(s), endpoints, linger, bool(s._linger_chosen), now()))
    return 0


cdef int note_unmet(Socket s) except -1:
    """Remember to which inproc endpoints a socket is connected that is closed: see ending.pxi."""
    if s._context is None or s._connections is None:
        return 0
    ctx = <Context> s._context
    for endpoint in s._connections:
        if endpoint.startswith(b"inproc:"):
            ctx.unmet_count += 1
            if ctx.unmet is None:
                ctx.unmet = {}
            elif len(ctx.unmet) >= MOST_UNMET:
                del ctx.unmet[next(iter(ctx.unmet))]
            ctx.unmet[endpoint] = None
    return 0


cdef void forget_handle(Socket s) noexcept:
    s.handle = NULL
    if not s._shadow and s._context is not None:
        (<Context> s._context).socket_count -= 1
    if s.draft_poller != NULL:
        destroy_poller(s.draft_poller)
        s.draft_poller = NULL
