# SPDX-License-Identifier: BSD-3-Clause
# Counting: what PUB and XPUB sockets do differently when their subscribers are counted.  What peers say of their
# subscriptions is taken from libzmq before the user asks for it; it waits here until then.  Uses transfer.

cdef enum:
    BETWEEN_LOOKS = 256     # messages that a counting PUB sends before it looks who has subscribed


cdef int begin_counting(Socket s, object counting) except -1:
    s.counting = counting
    s.counted = True
    s.held = []
    # The methods for whole messages and text then go through `send` and `recv`, which look at `counting`.
    s.native &= ~(NATIVE_SEND | NATIVE_RECV)
    return 0


cdef Frame take_notification(Socket s, int64_t deadline):
    """One part that libzmq has, whatever is held; None when there is none until the deadline."""
    cdef Frame frame = Frame.__new__(Frame)
    cdef int number
    while zmq_msg_recv(&frame.zmq_msg, s.handle, ZMQ_DONTWAIT) < 0:
        number = c_errno()
        if number == EAGAIN:
            if deadline == 0 or not wait_until(s, ZMQ_POLLIN, deadline):
                return None
        elif not interrupted(number):
            raise_errno(number)
        check_open(s)
    return frame


cdef Py_ssize_t receive_counted(Socket s, zmq_msg_t *message, int flags) except -1:
    """Receive what is held, or the next part from libzmq."""
    cdef object counting = s.counting
    cdef Frame frame
    if s.socket_type == ZMQ_PUB:
        return raise_receive(s, ENOTSUP)
    if s.held:
        frame = s.held.pop(0)
        if zmq_msg_move(message, &frame.zmq_msg) < 0:
            return raise_errno(c_errno())
        count_in(s, message, INT_MAX)
    else:
        s.counted = False
        try:
            receive_message(s, message, flags)
        finally:
            s.counted = True
        frame = Frame.__new__(Frame)
        if zmq_msg_copy(&frame.zmq_msg, message) < 0:
            return raise_errno(c_errno())
        counting.note(frame)
    s.more = zmq_msg_more(message) != 0
    return zmq_msg_size(message)


cdef inline int mend_events(Socket s, int events) noexcept:
    """What ZMQ_EVENTS would say if libzmq had what is held; a PUB is never readable."""
    if s.socket_type == ZMQ_PUB:
        return events & ~ZMQ_POLLIN
    return events | ZMQ_POLLIN if s.held else events

