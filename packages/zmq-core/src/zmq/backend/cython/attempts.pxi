# SPDX-License-Identifier: BSD-3-Clause
# Attempts: the calls of an asynchronous socket, made without waiting.  What was put back comes first, then libzmq.
# Uses transfer, multipart, text, batch, awaitable.

cdef enum CallKind:
    CALL_RECV
    CALL_RECV_WHOLE
    CALL_RECV_TEXT
    CALL_RECV_INTO
    CALL_RECV_MANY
    CALL_RECV_MANY_WHOLE
    CALL_SEND
    CALL_SEND_WHOLE
    CALL_SEND_MANY
    CALL_POLL

CALL_NAMES = ("recv", "recv_multipart", "recv_string", "recv_into", "recv_many", "recv_many_multipart", "send",
              "send_multipart", "send_many", "poll")

#: What an attempt returns that would have to wait.
cdef object BLOCKED = object()


cdef str call_name(Pending call):
    return CALL_NAMES[call.kind]


cdef int take(AwaitableSocket s, zmq_msg_t *message) except -1:
    """One part into an initialised message; 0 when there is none, and `missed` says why."""
    cdef int rc
    check_open(s)
    if s.held or s.counted:
        return take_held(s, message)
    while True:
        if alone():
            rc = zmq_msg_recv(message, s.handle, ZMQ_DONTWAIT)
        else:
            enter(s)
            with nogil:
                rc = zmq_msg_recv(message, s.handle, ZMQ_DONTWAIT)
            leave(s)
        if rc >= 0:
            count_in(s, message, rc)
            s.told_more = False
            return 1
        rc = c_errno()
        if rc == EAGAIN or rc == EFSM:
            s.would_block += 1
            s.missed = rc
            return 0
        if rc != EINTR:
            return raise_receive(s, rc)
        PyErr_CheckSignals()
        check_open(s)


cdef int take_held(AwaitableSocket s, zmq_msg_t *message) except -1:
    """One part that was put back, or that a socket which counts its subscribers holds."""
    cdef Frame frame
    s.told_more = True
    if s.counted:
        try:
            receive_counted(s, message, ZMQ_DONTWAIT)
        except Again:
            s.missed = EAGAIN
            return 0
        return 1
    frame = s.held.pop(0)
    number = s.numbers.pop(0)
    if s.taken == 0:
        s.taken = number        # the message keeps its place, should it be put back again
    if zmq_msg_move(message, &frame.zmq_msg) < 0:
        return raise_errno(c_errno())
    count_in(s, message, INT_MAX)
    s.more = zmq_msg_more(message) != 0
    return 1


cdef Frame take_frame(AwaitableSocket s, bint track, list raw):
    """One part as a frame, which is noted in `raw` too; None when there is none."""
    cdef Frame frame = Frame.__new__(Frame)
    if not take(s, &frame.zmq_msg):
        return None
    raw.append(frame)
    if track:
        track_frame(frame, new_event(1))
        frame.done_at_close = True
    return frame


cdef int put_back(Pending call) except -1:
    """Give a message that nobody has seen back to its socket, before all that came later."""
    cdef AwaitableSocket s = call.socket
    cdef list raw = call.raw
    cdef Py_ssize_t place = 0
    call.raw = None
    call.seen = True
    call.state = CANCELLED
    call.value, call.error, call.socket = None, CancelledError(), None
    if s is None or s.handle == NULL:
        return 0
    if s.held is None:
        s.held = []
    for frame in raw:
        s.messages_in -= not zmq_msg_more(&(<Frame> frame).zmq_msg)
        s.bytes_in -= zmq_msg_size(&(<Frame> frame).zmq_msg)
    if not s.counted:
        while place < len(s.numbers) and s.numbers[place] < call.number:
            place += 1
        s.numbers[place:place] = range(call.number, call.number + len(raw))
    s.held[place:place] = raw
    if s.reading.first is not None or s.polling.first is not None:
        mark(s)
    return 0


# ---- receiving ----

cdef object try_to_receive(AwaitableSocket s, int kind, bint copy, bint track, object extra, list raw):
    """Receive without waiting; when `raw` is a list the frames are noted in it."""
    cdef zmq_msg_t message
    cdef list parts
    cdef Frame frame
    if kind >= CALL_RECV_MANY:
        return take_many(s, kind == CALL_RECV_MANY_WHOLE, extra, raw)
    if kind == CALL_RECV_INTO or raw is not None or not copy:
        if raw is None:
            raw = []
        if kind == CALL_RECV_WHOLE:
            return take_frames(s, copy, track, raw)
        frame = take_frame(s, track, raw)
        if frame is None:
            return BLOCKED
        if kind == CALL_RECV_INTO:
            return fill_memory(extra, &frame.zmq_msg)
        if not copy:
            return frame
        return read_text(&frame.zmq_msg, extra) if kind == CALL_RECV_TEXT else message_bytes(&frame.zmq_msg)
    zmq_msg_init(&message)
    try:
        if not take(s, &message):
            return BLOCKED
        if kind == CALL_RECV:
            return message_bytes(&message)
        if kind == CALL_RECV_TEXT:
            return read_text(&message, extra)
        parts = [message_bytes(&message)]
        while zmq_msg_more(&message) and take(s, &message):
            parts.append(message_bytes(&message))
        return parts
    finally:
        zmq_msg_close(&message)


cdef object read_text(zmq_msg_t *message, object encoding):
    if encoding == "utf-8":
        return PyUnicode_DecodeUTF8(<char *> zmq_msg_data(message), zmq_msg_size(message), NULL)
    return message_bytes(message).decode(encoding)


cdef object take_frames(AwaitableSocket s, bint copy, bint track, list raw):
    """A message with all its parts, as frames or as bytes."""
    cdef list parts = []
    cdef Frame frame = take_frame(s, track, raw)
    if frame is None:
        return BLOCKED
    while frame is not None:
        parts.append(message_bytes(&frame.zmq_msg) if copy else frame)
        frame = take_frame(s, track, raw) if zmq_msg_more(&frame.zmq_msg) else None
    return parts


cdef object take_many(AwaitableSocket s, bint whole, tuple limits, list raw):
    """The messages that are there, up to so many messages and bytes."""
    cdef Py_ssize_t most = limits[0], room = limits[1], count = 0
    cdef list found = [], frames = [] if raw is None else raw, parts
    cdef Frame frame
    if raw is None and not s.held and not s.counted:
        try:
            return receive_many(s, most, room, ZMQ_DONTWAIT, whole)
        except Again:
            s.missed = EAGAIN
            return BLOCKED
    while True:
        frame = take_frame(s, False, frames)
        if frame is None:
            return found if found else BLOCKED
        parts = [message_bytes(&frame.zmq_msg)]
        while frame is not None and zmq_msg_more(&frame.zmq_msg):
            room -= zmq_msg_size(&frame.zmq_msg)
            frame = take_frame(s, False, frames)
            if frame is not None:
                parts.append(message_bytes(&frame.zmq_msg))
        if frame is not None:
            room -= zmq_msg_size(&frame.zmq_msg)
        if whole:
            found.append(parts)
        else:
            found.extend(parts)
        count += 1
        if raw is None:
            frames.clear()
        if count >= most or room <= 0:
            return found


cdef object fill_memory(tuple target, zmq_msg_t *message):
    """Copy a message into memory; its size, which may be more than there was room for."""
    cdef Py_buffer view
    cdef Py_ssize_t room = target[1]
    PyObject_GetBuffer(target[0], &view, PyBUF_ANY_CONTIGUOUS | PyBUF_WRITABLE)
    try:
        memcpy(view.buf, zmq_msg_data(message), min(<size_t> room, zmq_msg_size(message)))
    finally:
        PyBuffer_Release(&view)
    return zmq_msg_size(message)


cdef tuple pin_memory(object buffer, object nbytes):
    """A view that keeps the memory in place, and how much of it to use."""
    cdef Py_buffer view
    if not PyObject_CheckBuffer(buffer):
        raise TypeError(f"recv_into needs a writable buffer, not {type(buffer).__name__}")
    try:
        PyObject_GetBuffer(buffer, &view, PyBUF_ANY_CONTIGUOUS | PyBUF_WRITABLE)
    except (BufferError, ValueError) as exc:
        raise BufferError(f"recv_into needs a writable contiguous buffer: {exc}") from exc
    size = view.len
    PyBuffer_Release(&view)
    if not 0 <= nbytes <= size:
        raise ValueError(f"nbytes={nbytes} does not fit into a buffer of {size} bytes")
    return memoryview(buffer), nbytes or size


# ---- sending ----

cdef object try_to_send(AwaitableSocket s, Pending call):
    """Send without waiting."""
    found = pass_to_libzmq(s, call)
    if found is not BLOCKED:
        s.begun = call.flags & ZMQ_SNDMORE != 0
    return found


cdef object pass_to_libzmq(AwaitableSocket s, Pending call):
    check_open(s)
    if s.held and not may_send(s):
        return raise_send(s, EFSM)
    try:
        if call.kind == CALL_SEND_MANY:
            return pass_on(s, call)
        look_for_subscriptions(s)
        if call.kind == CALL_SEND:
            return send_single(s, call.data, call.flags | ZMQ_DONTWAIT, call.copy, call.track, call.extra)
        routing_id, group = (None, None) if call.extra is None else call.extra
        return send_parts(s, call.data, call.flags | ZMQ_DONTWAIT, call.copy, call.track, routing_id, group)
    except Again:
        s.missed = EAGAIN
        return BLOCKED


cdef bint may_send(AwaitableSocket s) except -1:
    """While a message that was put back waits, REQ and REP are in the state in which that is still to be received."""
    if s.socket_type == ZMQ_REQ and s.relaxed:
        s.held.clear()
        s.numbers.clear()
        return True
    return s.socket_type != ZMQ_REQ and s.socket_type != ZMQ_REP


cdef int look_for_subscriptions(AwaitableSocket s) except -1:
    if s.counted and s.messages_out % BETWEEN_LOOKS == 0:
        s._take_subscriptions()
    return 0


cdef object send_single(AwaitableSocket s, object data, int flags, bint copy, bint track, object extra):
    if extra is not None:
        data = frame_for(data, copy, track, extra[0], extra[1])
    elif PyBytes_CheckExact(data) and copy:
        if PyBytes_GET_SIZE(data) >= SHORTEST_LENT and is_lent(s, data):
            lend_bytes(s, data, flags)
        else:
            send_memory(s, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), flags)
        return None
    return send_other(s, data, flags, copy, track and not copy)


cdef int offer(AwaitableSocket s, const void *data, size_t size, int flags) except -1:
    """Send short memory without waiting; 0 when there is no room."""
    cdef int rc
    if alone():
        rc = zmq_send(s.handle, data, size, flags | ZMQ_DONTWAIT)
    else:
        enter(s)
        with nogil:
            rc = zmq_send(s.handle, data, size, flags | ZMQ_DONTWAIT)
        leave(s)
    if rc >= 0:
        count_out(s, size, flags)
        return 1
    rc = c_errno()
    if rc == EAGAIN:
        s.would_block += 1
        s.missed = rc
        return 0
    if rc == EINTR:
        return 0
    return raise_refused(s, rc, data, size)


cdef class Batch:
    """The messages of a `send_many` that goes on: where it is."""

    cdef object messages        # an iterator
    cdef object next            # taken from it and not sent yet, in a tuple
    cdef Py_ssize_t sent


cdef Batch make_batch(object messages):
    cdef Batch batch = Batch.__new__(Batch)
    if isinstance(messages, (str, bytes, bytearray, memoryview, Frame)):
        raise TypeError(f"send_many takes an iterable of messages, not one {type(messages).__name__}")
    batch.messages = iter(tuple(messages) if isinstance(messages, list) else messages)
    return batch


cdef object pass_on(AwaitableSocket s, Pending call):
    """Send what can be sent of a batch, up to so many messages at a time."""
    cdef Batch batch = call.data
    cdef int count = 0
    cdef int flags = call.flags | ZMQ_DONTWAIT
    while count < BATCH:
        if batch.next is None:
            # What was taken from an iterator cannot be put back, so with DONTWAIT look before taking.
            if call.flags & ZMQ_DONTWAIT and not look_at_events(s) & ZMQ_POLLOUT:
                return batch.sent
            try:
                batch.next = (next(batch.messages),)
            except StopIteration:
                return batch.sent
        message = batch.next[0]
        look_for_subscriptions(s)
        if isinstance(message, (list, tuple)):
            send_parts(s, message, flags, True, False, None, None)
        else:
            send_single(s, message, flags, True, False, None)
        batch.next = None
        batch.sent += 1
        count += 1
    s.missed = 0        # not for want of room
    return BLOCKED


cdef object note_progress(Pending call, object error):
    """An exception that knows, for a batch, how many messages were queued before it."""
    if call.kind == CALL_SEND_MANY:
        error.sent = (<Batch> call.data).sent
    return error


# ---- looking ----

cdef int awaited_events(AwaitableSocket s) except -1:
    """ZMQ_EVENTS, and what was put back counts as readable."""
    cdef int events = look_at_events(s)
    if s.held and not s.counted:
        events |= ZMQ_POLLIN
        if (s.socket_type == ZMQ_REQ or s.socket_type == ZMQ_REP) and not s.relaxed:
            events &= ~ZMQ_POLLOUT
    return events


cdef object attempt(AwaitableSocket s, Pending call):
    """Make a call without waiting: its result, or BLOCKED."""
    cdef int events
    cdef object found
    if call.kind == CALL_POLL:
        events = awaited_events(s) & call.flags
        s.missed = EAGAIN
        return events if events else BLOCKED
    if call.kind >= CALL_SEND:
        return try_to_send(s, call)
    found = try_to_receive(s, call.kind, call.copy, call.track, call.extra, call.raw)
    if call.load is None or found is BLOCKED:
        return found
    if call.lane is not None:
        leave_lane(call)        # it does not wait any more, should `load` close the socket
    return call.load(found)
