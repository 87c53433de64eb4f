# SPDX-License-Identifier: BSD-3-Clause
# Multipart: messages of several parts, checked whole, sent and received whole.  Uses transfer and socket.


cdef object send_parts(
    Socket s, object parts, int flags, bint copy, bint track, object routing_id, object group
):
    cdef Py_ssize_t i, count
    cdef int part_flags
    cdef bint plain
    if not isinstance(parts, (list, tuple)):
        if isinstance(parts, (str, bytes, bytearray, memoryview, Frame)):
            raise TypeError(f"a multipart message is a sequence of parts, not one {type(parts).__name__}: put it in [ ]")
        parts = list(parts)
    check_open(s)
    if routing_id is not None or group is not None:
        parts = [frame_for(part, copy, track, routing_id, group) for part in parts]
    # The list may be changed by other threads while this one is inside libzmq: a tuple may not.
    cdef tuple frozen = tuple(parts)
    count = PyTuple_GET_SIZE(frozen)
    if count == 0:
        return None
    plain = copy
    for i in range(count):
        if not PyBytes_CheckExact(<object> PyTuple_GET_ITEM(frozen, i)):
            plain = False
            break
    if not s.native & NATIVE_SEND:
        return send_overridden(s, check_parts(frozen), flags, copy, track)
    if not plain:
        return send_frames(s, frozen, flags, copy, track)
    for i in range(count):
        part = <object> PyTuple_GET_ITEM(frozen, i)
        part_flags = flags | ZMQ_SNDMORE if i + 1 < count else flags
        if PyBytes_GET_SIZE(part) >= SHORTEST_LENT and is_lent(s, part):
            lend_bytes(s, part, part_flags)
        else:
            send_memory(s, PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part), part_flags)
    return None


cdef tuple check_parts(tuple parts):
    """Raise a TypeError or BufferError that names the first part that cannot be sent."""
    cdef Py_buffer view
    for i, part in enumerate(parts):
        if isinstance(part, (bytes, Frame)):
            continue
        try:
            get_buffer(part, &view)
        except (TypeError, BufferError) as exc:
            raise type(exc)(f"part {i} of {len(parts)} ({reprlib(part)}): {exc}") from None
        PyBuffer_Release(&view)
    return parts


cdef str reprlib(object value):
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


cdef object send_frames(Socket s, tuple parts, int flags, bint copy, bint track):
    """Send parts of any kind: each is made a frame first, so that nothing is sent when one of them cannot be."""
    cdef Py_ssize_t i, count = len(parts)
    cdef list frames = []
    cdef Frame frame
    for i, part in enumerate(check_parts(parts)):
        if isinstance(part, Frame):
            frame = part
            if track and frame.tracker is None:
                raise ValueError(f"part {i}: this Frame is not tracked: make it with track=True")
        elif track:
            frame = Frame(part, track=True, copy=False)
        else:
            frame = Frame(part, copy=True if copy else None, copy_threshold=s.copy_threshold)
        frames.append(frame)
    for i in range(count):
        send_frame(s, <Frame> frames[i], flags | ZMQ_SNDMORE if i + 1 < count else flags, False)
    return tracker_class(*[frame.tracker for frame in frames]) if track else None


cdef object send_overridden(Socket s, tuple parts, int flags, bint copy, bint track):
    """Send through the `send` that a subclass has put in place of ours."""
    tracker = None
    for part in parts[:-1]:
        s.send(part, flags | ZMQ_SNDMORE, copy=copy, track=track)
    return s.send(parts[len(parts) - 1], flags, copy=copy, track=track)


cdef object receive_parts(Socket s, int flags, bint copy, bint track):
    cdef zmq_msg_t message
    cdef list parts = []
    cdef Frame frame
    cdef int rc
    check_open(s)
    if not s.native & NATIVE_RECV:
        return receive_overridden(s, flags, copy, track)
    if not copy:
        while True:
            frame = receive_frame(s, flags, track)
            parts.append(frame)
            if not zmq_msg_more(&frame.zmq_msg):
                return parts
    zmq_msg_init(&message)
    try:
        receive_message(s, &message, flags)
        parts.append(message_bytes(&message))
        while zmq_msg_more(&message):
            # libzmq delivers messages whole: the rest is there, and is not worth letting go of the GIL for.
            check_open(s)
            rc = zmq_msg_recv(&message, s.handle, ZMQ_DONTWAIT)
            if rc < 0:
                receive_message(s, &message, flags)
            else:
                count_in(s, &message, rc)
            parts.append(message_bytes(&message))
        return parts
    finally:
        zmq_msg_close(&message)


cdef list receive_overridden(Socket s, int flags, bint copy, bint track):
    """Receive through the `recv` that a subclass has put in place of ours."""
    parts = [s.recv(flags, copy=copy, track=track)]
    while s.get(ZMQ_RCVMORE):
        parts.append(s.recv(flags, copy=copy, track=track))
    return parts
