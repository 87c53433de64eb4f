# SPDX-License-Identifier: BSD-3-Clause
# Transfer: one part of a message out or in.  The socket has been checked, the GIL is held: it is let go of around the
# libzmq call when other Python threads exist, or when the call must wait.  Uses errors, release, frame.

cdef enum:
    FOREVER = -1        # a deadline that never comes; 0 is no deadline given


cdef int64_t deadline_of(Socket s, int option, int64_t start) except? -2:
    """When a call that began at `start` must end by RCVTIMEO or SNDTIMEO."""
    cdef int value = -1
    cdef size_t size = sizeof(int)
    if zmq_getsockopt(s.handle, option, &value, &size) < 0 or value <= 0:
        return FOREVER
    return start + value


cdef int wait_until(Socket s, short events, int64_t deadline) except -1:
    """Wait for events of a socket, without the GIL; 0 when the deadline came first."""
    cdef zmq_pollitem_t item
    cdef long left = -1
    cdef int rc
    item.socket, item.fd, item.events, item.revents = s.handle, 0, events, 0
    while True:
        if deadline != FOREVER:
            left = max(<long> 0, <long> (deadline - now()))
        enter(s)
        with nogil:
            rc = c_poll(&item, 1, left)
        leave(s)
        if rc > 0:
            return 1
        if rc < 0:
            if not interrupted(c_errno()):
                return raise_errno(c_errno())
            check_open(s)
        elif deadline != FOREVER and now() >= deadline:
            return 0


cdef int go_on(Socket s, int number, int flags, bint sending, int64_t start, int *misses) except -1:
    """After a call without the GIL failed: wait until it can be made again, or raise why it cannot."""
    cdef short events = ZMQ_POLLOUT if sending else ZMQ_POLLIN
    if number == EAGAIN:
        s.would_block += 1
        if s.limit != 0 and s.limiter != PyThread_get_thread_ident():
            raise ZMQThreadError(s, s.limiter)      # the limit is that of a call of another thread
        if is_watched(s, sending) and not flags & ZMQ_DONTWAIT:
            return wait_observed(s, sending, start)
        if s.limit == 0 or flags & ZMQ_DONTWAIT:
            return raise_errno(EAGAIN)
        misses[0] += 1
        if misses[0] > 1:
            # It said it was ready and was not, as a mandatory ROUTER does: do not spin.
            with nogil:
                c_poll(NULL, 0, 1)
        if s.limit != FOREVER and now() >= s.limit or not wait_until(s, events, s.limit):
            raise TimeoutExpired(wording().of_expiry(sending))
        return 0
    if number != EINTR:
        return raise_send(s, number) if sending else raise_receive(s, number)
    PyErr_CheckSignals()
    check_open(s)
    if s.timed and s.limit == 0:
        # The option's time goes on: the call made again would begin a new one.
        start = deadline_of(s, ZMQ_SNDTIMEO if sending else ZMQ_RCVTIMEO, start)
        if not wait_until(s, events, start):
            return raise_errno(EAGAIN)
    return 0


cdef enum:
    BETWEEN_READS = 500     # milliseconds that events of an observed socket pile up while it waits


cdef inline bint is_watched(Socket s, bint sending) noexcept:
    """Whether a call that waits must read the events meanwhile; those of some types cannot be waited for outside."""
    return s.observed and not (sending and (
        s.socket_type == ZMQ_PUB or s.socket_type == ZMQ_XPUB or s.socket_type == ZMQ_ROUTER
    ))


cdef int wait_observed(Socket s, bint sending, int64_t start) except -1:
    """Wait until a call can be made again, reading the events of the socket's connections meanwhile."""
    cdef int64_t deadline = s.limit
    cdef int64_t pause
    cdef int value = -1
    cdef size_t size = sizeof(int)
    if deadline == 0:
        zmq_getsockopt(s.handle, ZMQ_SNDTIMEO if sending else ZMQ_RCVTIMEO, &value, &size)
        deadline = FOREVER if value < 0 else start + value if s.timed else 1
    while True:
        s._read_events()
        check_open(s)
        pause = now() + BETWEEN_READS
        if wait_until(s, ZMQ_POLLOUT if sending else ZMQ_POLLIN, pause if deadline == FOREVER else min(pause, deadline)):
            return 0
        if deadline != FOREVER and now() >= deadline:
            if s.limit == 0:
                return raise_errno(EAGAIN)
            raise TimeoutExpired(wording().of_expiry(sending))


cdef inline bint is_miss(Socket s, int number, int flags) noexcept:
    """After a call with the GIL failed: whether it is an Again, which is set then."""
    if number != EAGAIN or not flags & ZMQ_DONTWAIT:
        return False
    s.would_block += 1
    set_error(Again)
    return True


cdef inline bint is_retried(int number) noexcept:
    """Whether a call that failed shall be made again without the GIL, where it may wait."""
    return number == EAGAIN or number == EINTR


cdef inline void count_out(Socket s, size_t size, int flags) noexcept:
    s.messages_out += not flags & ZMQ_SNDMORE
    s.bytes_out += size


cdef inline Py_ssize_t count_in(Socket s, zmq_msg_t *message, int rc) noexcept:
    """Count a part of which libzmq says that it has `rc` bytes, which may be too many for an int; how many it has."""
    cdef size_t size = rc if rc < INT_MAX else zmq_msg_size(message)
    s.messages_in += not zmq_msg_more(message)
    s.bytes_in += size
    return size


cdef int send_memory(Socket s, const void *data, size_t size, int flags) except -1:
    if not alone():
        return send_memory_freely(s, data, size, flags)
    if zmq_send(s.handle, data, size, flags | ZMQ_DONTWAIT) < 0:
        return send_memory_again(s, data, size, flags)
    count_out(s, size, flags)
    return 0


cdef int send_memory_again(Socket s, const void *data, size_t size, int flags) except -1:
    """After a try with the GIL failed: raise why, or wait."""
    cdef int number = c_errno()
    if is_miss(s, number, flags):
        return -1
    if not is_retried(number):
        return raise_refused(s, number, data, size)
    return send_memory_freely(s, data, size, flags)


cdef int send_memory_freely(Socket s, const void *data, size_t size, int flags) except -1:
    """Send without the GIL."""
    cdef int rc
    cdef int misses = 0
    cdef int64_t start = now() if s.timed else 0
    while True:
        enter(s)
        rc = flags | ZMQ_DONTWAIT if s.limit or is_watched(s, True) else flags
        with nogil:
            rc = zmq_send(s.handle, data, size, rc)
        leave(s)
        if rc >= 0:
            count_out(s, size, flags)
            return 0
        if c_errno() == EHOSTUNREACH:
            return raise_refused(s, EHOSTUNREACH, data, size)
        go_on(s, c_errno(), flags, True, start, &misses)


cdef int send_message(Socket s, zmq_msg_t *message, int flags) except -1:
    """Send a message, which is empty afterwards; on failure it is still there."""
    cdef int rc
    cdef int misses = 0
    cdef int64_t start
    cdef size_t size = zmq_msg_size(message)
    if alone():
        if zmq_msg_send(message, s.handle, flags | ZMQ_DONTWAIT) >= 0:
            count_out(s, size, flags)
            return 0
        rc = c_errno()
        if is_miss(s, rc, flags):
            return -1
        if not is_retried(rc):
            return raise_refused(s, rc, zmq_msg_data(message), size)
    start = now() if s.timed else 0
    while True:
        enter(s)
        rc = flags | ZMQ_DONTWAIT if s.limit or is_watched(s, True) else flags
        with nogil:
            rc = zmq_msg_send(message, s.handle, rc)
        leave(s)
        if rc >= 0:
            count_out(s, size, flags)
            return 0
        if c_errno() == EHOSTUNREACH:
            return raise_refused(s, EHOSTUNREACH, zmq_msg_data(message), size)
        go_on(s, c_errno(), flags, True, start, &misses)


cdef Py_ssize_t receive_message(Socket s, zmq_msg_t *message, int flags) except -1:
    """Receive one part into an initialised message; its size."""
    cdef int rc
    if s.counted:
        return receive_counted(s, message, flags)
    if not alone():
        return receive_freely(s, message, flags)
    rc = zmq_msg_recv(message, s.handle, flags | ZMQ_DONTWAIT)
    if rc < 0:
        return receive_again(s, message, flags)
    return count_in(s, message, rc)


cdef Py_ssize_t receive_again(Socket s, zmq_msg_t *message, int flags) except -1:
    """After a try with the GIL failed: raise why, or wait."""
    cdef int number = c_errno()
    if is_miss(s, number, flags):
        return -1
    if not is_retried(number):
        return raise_receive(s, number)
    return receive_freely(s, message, flags)


cdef Py_ssize_t receive_freely(Socket s, zmq_msg_t *message, int flags) except -1:
    """Receive without the GIL."""
    cdef int rc
    cdef int misses = 0
    cdef int64_t start = now() if s.timed else 0
    while True:
        enter(s)
        rc = flags | ZMQ_DONTWAIT if s.limit or s.observed else flags
        with nogil:
            rc = zmq_msg_recv(message, s.handle, rc)
        leave(s)
        if rc >= 0:
            return count_in(s, message, rc)
        go_on(s, c_errno(), flags, False, start, &misses)


cdef int64_t limit_from(object timeout) except? -2:
    """The deadline for a `timeout` in milliseconds; 0 when none was given."""
    cdef long wait
    if timeout is None:
        return 0
    wait = as_milliseconds(timeout)
    return FOREVER if wait < 0 else now() + wait


cdef int raise_send(Socket s, int number) except -1:
    return raise_errno(number, wording().of_sending(number, s.socket_type))


cdef int raise_refused(Socket s, int number, const void *data, size_t size) except -1:
    """Raise why a part was not sent; a ROUTER that knows no such peer was given the routing id as the part."""
    if number != EHOSTUNREACH:
        return raise_send(s, number)
    start = PyBytes_FromStringAndSize(<const char *> data, min(size, <size_t> 64))
    return raise_errno(number, wording().of_sending(number, s.socket_type, start))


cdef int raise_receive(Socket s, int number) except -1:
    return raise_errno(number, wording().of_receiving(number, s.socket_type))


cdef enum:
    LONG_COPY = 65536       # from here on copying is worth letting go of the GIL for


cdef enum:
    SHORTEST_LENT = 32768   # bytes from here on are cheaper shared with libzmq than copied (measured)


cdef inline bint is_lent(Socket s, object data) noexcept:
    """Whether bytes are shared with libzmq instead of copied: they cannot change, so nobody sees a difference."""
    return s.share_bytes and PyBytes_GET_SIZE(data) >= s.copy_threshold


cdef int lend_bytes(Socket s, object data, int flags) except -1:
    cdef zmq_msg_t message
    zmq_msg_init(&message)
    lend_to_message(&message, data, NULL)
    try:
        return send_message(s, &message, flags)
    finally:
        zmq_msg_close(&message)


cdef inline object message_bytes(zmq_msg_t *message):
    return bytes_of(message, zmq_msg_size(message))


cdef object bytes_of(zmq_msg_t *message, size_t size):
    cdef Keeper *k
    cdef const char *source = <const char *> zmq_msg_data(message)
    cdef char *target
    if size >= SHORTEST_SHARED and table_used:
        k = find_keeper(<void *> source)
        if k != NULL and not k.has_view and PyBytes_GET_SIZE(<object> k.owner) == <Py_ssize_t> size:
            return <object> k.owner     # sent within this process: the very object
    if size < LONG_COPY or alone():
        return PyBytes_FromStringAndSize(source, size)
    content = PyBytes_FromStringAndSize(NULL, size)
    target = PyBytes_AS_STRING(content)
    with nogil:
        memcpy(target, source, size)
    return content


cdef Frame receive_frame(Socket s, int flags, bint track):
    cdef Frame frame = Frame.__new__(Frame)
    receive_message(s, &frame.zmq_msg, flags)
    if track:
        track_frame(frame, new_event(1))
        frame.done_at_close = True
    return frame


cdef object send_frame(Socket s, Frame frame, int flags, bint track):
    """Send what a frame holds, sharing its memory; the frame stays as it is."""
    cdef zmq_msg_t message
    if track and frame.tracker is None:
        raise ValueError("this Frame is not tracked: make it with track=True to send it with track=True")
    zmq_msg_init(&message)
    if zmq_msg_copy(&message, &frame.zmq_msg) < 0:
        raise_errno(c_errno())
    try:
        send_message(s, &message, flags)
    finally:
        zmq_msg_close(&message)
    return frame.tracker


cdef object send_other(Socket s, object data, int flags, bint copy, bint track):
    """Send anything but plain bytes to be copied."""
    cdef Py_buffer view
    cdef zmq_msg_t message
    cdef TrackerEvent event = None
    cdef Py_ssize_t size
    if isinstance(data, Frame):
        return send_frame(s, <Frame> data, flags, track)
    if copy or not track:
        get_buffer(data, &view)
        size = view.len
        try:
            if copy or size < s.copy_threshold:
                send_memory(s, view.buf, size, flags)
                return None
        finally:
            PyBuffer_Release(&view)
    zmq_msg_init(&message)
    if track:
        event = new_event(1)
    lend_to_message(&message, data, event.tally if track else NULL)
    try:
        send_message(s, &message, flags)
    finally:
        zmq_msg_close(&message)
    return tracker_class(event) if track else None


cdef Frame frame_for(object data, bint copy, bint track, object routing_id, object group):
    """A frame that carries a routing id or a group."""
    cdef Frame frame
    if isinstance(data, Frame):
        frame = <Frame> data
    else:
        frame = Frame(data, track=track, copy=True if copy else None)
    if routing_id is not None:
        frame.routing_id = routing_id
    if group is not None:
        frame.group = group
    return frame


cdef object receive_into(Socket s, void *target, size_t size, int flags):
    cdef zmq_msg_t message
    cdef size_t received, fitting
    zmq_msg_init(&message)
    received = receive_message(s, &message, flags)
    try:
        fitting = min(size, received)
        if fitting < LONG_COPY or alone():
            memcpy(target, zmq_msg_data(&message), fitting)
        else:
            with nogil:
                memcpy(target, zmq_msg_data(&message), fitting)
        return received
    finally:
        zmq_msg_close(&message)


cdef object limited(Socket s, object timeout, object method, tuple args, dict options):
    """Make a call with a deadline.  What it calls looks at `limit` only when it would wait."""
    cdef int64_t limit = limit_from(timeout)
    cdef int64_t outer = s.limit        # a signal handler may call in the middle of a call
    cdef unsigned long me = PyThread_get_thread_ident()
    if outer != 0 and s.limiter != me:
        raise ZMQThreadError(s, s.limiter)
    s.limit, s.limiter = limit, me
    try:
        return method(*args, **options) if options else method(*args)
    finally:
        s.limit = outer
