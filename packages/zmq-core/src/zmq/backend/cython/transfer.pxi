# SPDX-License-Identifier: BSD-3-Clause
# Transfer: one part of a message out or in.  The socket has been checked, the GIL is held: it is let go of around the
# libzmq call when other Python threads exist, or when the call must wait.  Uses errors, release, frame.

cdef int64_t time_limit(Socket s, int option) except -1:
    """When a call must end by RCVTIMEO or SNDTIMEO, or 0 for never; only asked after an interruption."""
    cdef int value = -1
    cdef size_t size = sizeof(int)
    if s.handle == NULL:
        refuse(s)
    if zmq_getsockopt(s.handle, option, &value, &size) < 0 or value <= 0:
        return 0
    return now() + value


cdef int wait_interrupted(Socket s, short events, int64_t *limit, int option) except -1:
    """After EINTR: run signal handlers; then, with a time-out, wait for the rest of it.  0 means the time is over."""
    cdef zmq_pollitem_t item
    cdef int64_t left
    PyErr_CheckSignals()
    if s.handle == NULL or s.user != 0:
        refuse(s)
    if not s.timed:
        return 1
    if limit[0] == 0:
        limit[0] = time_limit(s, option)
        if limit[0] == 0:
            return 1
    left = limit[0] - now()
    if left <= 0:
        return 0
    item.socket, item.fd, item.events, item.revents = s.handle, 0, events, 0
    enter(s)
    with nogil:
        c_poll(&item, 1, <long> left)
    leave(s)
    return 1


cdef int send_memory(Socket s, const void *data, size_t size, int flags) except -1:
    cdef int rc
    cdef int64_t limit = 0
    if alone():
        rc = zmq_send(s.handle, data, size, flags | ZMQ_DONTWAIT)
        if rc >= 0:
            return 0
        rc = c_errno()
        if rc == EAGAIN:
            if flags & ZMQ_DONTWAIT:
                return raise_errno(EAGAIN)
        elif rc != EINTR:
            return raise_send(s, rc)
    while True:
        enter(s)
        with nogil:
            rc = zmq_send(s.handle, data, size, flags)
        leave(s)
        if rc >= 0:
            return 0
        rc = c_errno()
        if rc != EINTR:
            return raise_send(s, rc)
        if not wait_interrupted(s, ZMQ_POLLOUT, &limit, ZMQ_SNDTIMEO):
            return raise_errno(EAGAIN)


cdef int send_message(Socket s, zmq_msg_t *message, int flags) except -1:
    """Send a message, which is empty afterwards; on failure it is still there."""
    cdef int rc
    cdef int64_t limit = 0
    if alone():
        if zmq_msg_send(message, s.handle, flags | ZMQ_DONTWAIT) >= 0:
            return 0
        rc = c_errno()
        if rc == EAGAIN:
            if flags & ZMQ_DONTWAIT:
                return raise_errno(EAGAIN)
        elif rc != EINTR:
            return raise_send(s, rc)
    while True:
        enter(s)
        with nogil:
            rc = zmq_msg_send(message, s.handle, flags)
        leave(s)
        if rc >= 0:
            return 0
        rc = c_errno()
        if rc != EINTR:
            return raise_send(s, rc)
        if not wait_interrupted(s, ZMQ_POLLOUT, &limit, ZMQ_SNDTIMEO):
            return raise_errno(EAGAIN)


cdef int receive_message(Socket s, zmq_msg_t *message, int flags) except -1:
    """Receive one part into an initialised message."""
    cdef int rc
    cdef int64_t limit = 0
    if alone():
        if zmq_msg_recv(message, s.handle, flags | ZMQ_DONTWAIT) >= 0:
            return 0
        rc = c_errno()
        if rc == EAGAIN:
            if flags & ZMQ_DONTWAIT:
                return raise_errno(EAGAIN)
        elif rc != EINTR:
            return raise_receive(s, rc)
    while True:
        enter(s)
        with nogil:
            rc = zmq_msg_recv(message, s.handle, flags)
        leave(s)
        if rc >= 0:
            return 0
        rc = c_errno()
        if rc != EINTR:
            return raise_receive(s, rc)
        if not wait_interrupted(s, ZMQ_POLLIN, &limit, ZMQ_RCVTIMEO):
            return raise_errno(EAGAIN)


cdef int raise_send(Socket s, int number) except -1:
    if number == ENOTSUP:
        return raise_errno(number, f"Operation not supported: a {socket_type_name(s)} socket cannot send this message")
    if number == EFSM:
        due = "recv() of a reply" if s.socket_type == ZMQ_REQ else "recv() of a request"
        return raise_errno(number, f"{describe(number)}: a {socket_type_name(s)} socket cannot send now, {due} is due")
    if number == EHOSTUNREACH:
        return raise_errno(number, f"{describe(number)}: no peer has the routing id that was sent first")
    return raise_errno(number)


cdef int raise_receive(Socket s, int number) except -1:
    if number == ENOTSUP:
        return raise_errno(number, f"Operation not supported: a {socket_type_name(s)} socket cannot receive")
    if number == EFSM:
        due = "send() of a request" if s.socket_type == ZMQ_REQ else "send() of the reply"
        return raise_errno(number, f"{describe(number)}: a {socket_type_name(s)} socket cannot receive now, {due} is due")
    return raise_errno(number)


cdef enum:
    LONG_COPY = 65536       # from here on copying is worth letting go of the GIL for


cdef object message_bytes(zmq_msg_t *message):
    cdef size_t size = zmq_msg_size(message)
    cdef const char *source = <const char *> zmq_msg_data(message)
    cdef char *target
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
    cdef int rc
    cdef int64_t limit = 0
    while True:
        enter(s)
        with nogil:
            rc = zmq_recv(s.handle, target, size, flags)
        leave(s)
        if rc >= 0:
            return rc
        rc = c_errno()
        if rc != EINTR:
            raise_receive(s, rc)
        if not wait_interrupted(s, ZMQ_POLLIN, &limit, ZMQ_RCVTIMEO):
            raise_errno(EAGAIN)
