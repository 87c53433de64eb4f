# SPDX-License-Identifier: BSD-3-Clause
# Batches: many messages in one call.  Uses transfer, multipart and socket.

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX
    Py_ssize_t PyNumber_AsSsize_t(object value, PyObject *overflow) noexcept

cdef enum:
    BATCH = 256         # messages between two looks at signals, and without the GIL at a time
    BIG_PART = 65536    # parts from this size on are not gathered: their memory is worth more than the GIL


cdef object try_receive(Socket s, bint whole):
    """A message that is there now, or None."""
    cdef zmq_msg_t message
    cdef int rc
    check_open(s)
    if not s.native & NATIVE_RECV:
        try:
            return s.recv_multipart(ZMQ_DONTWAIT) if whole else s.recv(ZMQ_DONTWAIT)
        except Again:
            return None
    zmq_msg_init(&message)
    while True:
        rc = zmq_msg_recv(&message, s.handle, ZMQ_DONTWAIT)
        if rc >= 0:
            break
        rc = c_errno()
        if rc == EAGAIN:
            s.would_block += 1
            return None
        if not interrupted(rc):
            raise_receive(s, rc)
        check_open(s)
    try:
        count_in(s, &message, rc)
        return rest_of_message(s, &message) if whole else message_bytes(&message)
    finally:
        zmq_msg_close(&message)


cdef list rest_of_message(Socket s, zmq_msg_t *message):
    """All parts of a message whose first part has been received."""
    cdef list parts = [message_bytes(message)]
    while zmq_msg_more(message):
        receive_message(s, message, 0)
        parts.append(message_bytes(message))
    return parts


cdef Py_ssize_t as_limit(object value, str name) except -1:
    cdef Py_ssize_t limit
    if value is None:
        return PY_SSIZE_T_MAX
    limit = PyNumber_AsSsize_t(value, NULL)     # the nearest one to a number that does not fit
    if limit == -1 and PyErr_Occurred():
        PyErr_Clear()
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if limit < 1:
        raise ValueError(f"{name} must be at least 1, not {value!r}")
    return limit


cdef list receive_many(Socket s, object max_messages, object max_bytes, int flags, bint whole):
    """Wait for one message, then take those that are there."""
    cdef Py_ssize_t most = as_limit(max_messages, "max_messages")
    cdef Py_ssize_t room = as_limit(max_bytes, "max_bytes")
    cdef list found = []
    cdef Py_ssize_t count = 0
    cdef int rc
    check_open(s)
    if not s.native & NATIVE_RECV:
        return receive_many_overridden(s, most, room, flags, whole)
    cdef zmq_msg_t message
    zmq_msg_init(&message)
    try:
        receive_message(s, &message, flags)
        while True:
            room -= zmq_msg_size(&message)
            if whole:
                parts = rest_of_message(s, &message)
                for part in parts[1:]:
                    room -= len(part)
                found.append(parts)
                count += 1
            else:
                found.append(message_bytes(&message))
                count += not zmq_msg_more(&message)
            # A message is never cut in two, whatever the limits are.
            if (count >= most or room <= 0) and (whole or not zmq_msg_more(&message)):
                return found
            if not whole and not alone() and not zmq_msg_more(&message):
                take_without_gil(s, found, &count, most, &room)
                if count >= most or room <= 0:
                    return found
            if s.handle == NULL or s.user != 0:
                return found        # whatever it is, the next call meets it again: nothing that was taken is lost
            rc = zmq_msg_recv(&message, s.handle, ZMQ_DONTWAIT)
            if rc < 0:
                return found
            count_in(s, &message, rc)
    finally:
        zmq_msg_close(&message)


cdef int take_without_gil(Socket s, list found, Py_ssize_t *count, Py_ssize_t most, Py_ssize_t *room) except -1:
    """Take up to a batch of messages of one part in one go; stops behind a part that others follow."""
    cdef zmq_msg_t messages[BATCH]
    cdef int i = 0, taken = 0, rc = 0
    cdef Py_ssize_t wanted = min(most - count[0], <Py_ssize_t> BATCH)
    cdef Py_ssize_t left = room[0]
    enter(s)
    with nogil:
        while taken < wanted and left > 0:
            zmq_msg_init(&messages[taken])
            rc = zmq_msg_recv(&messages[taken], s.handle, ZMQ_DONTWAIT)
            if rc < 0:
                zmq_msg_close(&messages[taken])
                break
            left -= zmq_msg_size(&messages[taken])
            taken += 1
            if zmq_msg_more(&messages[taken - 1]):
                break
    leave(s)
    room[0] = left
    try:
        while i < taken:
            count_in(s, &messages[i], INT_MAX)
            found.append(message_bytes(&messages[i]))
            count[0] += not zmq_msg_more(&messages[i])
            i += 1
            zmq_msg_close(&messages[i - 1])
    finally:
        while i < taken:
            zmq_msg_close(&messages[i])
            i += 1
    return 0


cdef list receive_many_overridden(Socket s, Py_ssize_t most, Py_ssize_t room, int flags, bint whole):
    """The same through the `recv` that a subclass has put in place of ours."""
    cdef list found = []
    cdef Py_ssize_t count = 0
    while True:
        try:
            message = s.recv_multipart(flags) if whole else s.recv(flags)
        except Again:
            if found:
                return found
            raise
        found.append(message)
        room -= sum(map(len, message)) if whole else len(message)
        more = not whole and s.get(ZMQ_RCVMORE)
        count += not more
        if (count >= most or room <= 0) and not more:
            return found
        flags |= ZMQ_DONTWAIT


cdef object send_batch(Socket s, object messages, int flags):
    """Send messages one after another; how many were queued."""
    cdef Py_ssize_t sent = 0
    cdef bint lazy = not isinstance(messages, (list, tuple))
    cdef bint careful = lazy and flags & ZMQ_DONTWAIT
    cdef object message = None      # what has been taken from an iterator and is not sent yet
    if isinstance(messages, (str, bytes, bytearray, memoryview, Frame)):
        raise TypeError(f"send_many takes an iterable of messages, not one {type(messages).__name__}")
    check_open(s)
    try:
        if not lazy and s.native & NATIVE_SEND and not alone():
            return send_list_without_gil(s, tuple(messages), flags, &sent)
        iterator = iter(messages)
        while True:
            # What has been taken from an iterator cannot be put back, so look before taking.
            if careful and not look_at_events(s) & ZMQ_POLLOUT:
                check_sender(s)
                s.would_block += 1
                return sent
            try:
                message = next(iterator)
            except StopIteration:
                return sent
            send_one(s, message, flags)
            message = None
            sent += 1
            if not sent % BATCH:
                PyErr_CheckSignals()
                check_open(s)
    except Again:
        if flags & ZMQ_DONTWAIT and not lazy:
            return sent
        raise note_sent(sent, message if lazy else None)
    except BaseException:
        raise note_sent(sent, message if lazy else None)


cdef int check_sender(Socket s) except -1:
    """Raise what a call to send would raise on a socket that will never be ready to send as it is."""
    if s.socket_type == ZMQ_REP:
        return raise_send(s, EFSM)
    if s.socket_type in (ZMQ_PULL, ZMQ_SUB):
        return raise_send(s, ENOTSUP)
    return 0


cdef object note_sent(Py_ssize_t sent, object unsent):
    """The exception that is on its way, knowing how many messages had been queued before it, and which one was not."""
    import sys
    exc = sys.exc_info()[1]
    exc.sent = sent
    exc.unsent = unsent
    return exc


cdef int send_one(Socket s, object message, int flags) except -1:
    """Send one message: bytes, a frame or a buffer, or a list or tuple of those."""
    if isinstance(message, (list, tuple)):
        if not message:
            raise ValueError("a message has at least one part, and this is an empty list")
        s.send_multipart(message, flags)
    elif PyBytes_CheckExact(message) and s.native & NATIVE_SEND and PyBytes_GET_SIZE(message) < SHORTEST_LENT:
        check_open(s)       # the iterator may have closed it, or let another thread in
        send_memory(s, PyBytes_AS_STRING(message), PyBytes_GET_SIZE(message), flags)
    else:
        s.send(message, flags)
    return 0


cdef object send_list_without_gil(Socket s, tuple messages, int flags, Py_ssize_t *sent):
    """Send a list, its short plain messages in batches without the GIL."""
    cdef const char *starts[BATCH]
    cdef Py_ssize_t sizes[BATCH]
    cdef Py_ssize_t i = 0, size, count = PyTuple_GET_SIZE(messages)
    cdef int gathered, done, rc = 0
    while i < count:
        gathered = 0
        while gathered < BATCH and i + gathered < count:
            message = <object> PyTuple_GET_ITEM(messages, i + gathered)
            if not PyBytes_CheckExact(message) or PyBytes_GET_SIZE(message) >= BIG_PART:
                break
            starts[gathered] = PyBytes_AS_STRING(message)
            sizes[gathered] = PyBytes_GET_SIZE(message)
            gathered += 1
        done = 0
        if gathered:
            enter(s)
            with nogil:
                while done < gathered:
                    rc = zmq_send(s.handle, starts[done], sizes[done], flags | ZMQ_DONTWAIT)
                    if rc < 0:
                        break
                    done += 1
            leave(s)
            for size in sizes[:done]:
                count_out(s, size, flags)
            i += done
            sent[0] += done
            PyErr_CheckSignals()
            check_open(s)
        if done == gathered and (i >= count or gathered == BATCH):
            continue
        # What comes now is no plain message, or would block.
        send_one(s, messages[i], flags)
        i += 1
        sent[0] += 1
    return sent[0]
