# SPDX-License-Identifier: BSD-3-Clause
# AwaitableSocket: the class whose calls return awaitables, for an event loop.  Uses attempts and lanes.


cdef class AwaitableSocket(Socket):
    """The native part of `zmq.asyncio.Socket`."""

    cdef Lane reading, writing, polling
    cdef object loop            # that watches the descriptor, or None
    cdef object waker
    cdef object checking        # the timer of a look that is only for safety
    cdef object descriptor
    cdef unsigned long thread   # of the loop
    cdef bint dirty             # the loop will look in its next turn
    cdef bint relaxed           # a REQ that may send again without a reply
    cdef bint begun             # the part sent last was not the last of its message
    cdef Pending beginner       # the call that waited to send it, while its task does not know that it has
    cdef int patience           # for how many drains others wait for that task to go on
    cdef bint told_more         # the part received last came from what was put back
    cdef int missed             # why the last attempt would block: EAGAIN, EFSM
    cdef unsigned long long number      # of the last message that was delivered to a call that waited
    cdef unsigned long long taken       # the number that the message had which was put back and is received again
    cdef list numbers           # of what was put back, a number for each part in `held`
    cdef Py_ssize_t streak, look, _budget
    cdef int64_t began

    def __cinit__(self):
        self.reading = make_lane(ZMQ_RCVTIMEO)
        self.writing = make_lane(ZMQ_SNDTIMEO)
        self.polling = make_lane(0)
        self.numbers = []
        self._budget = BUDGET

    def __init__(self, ctx_or_socket=None, socket_type=0, **kwargs):
        Socket.__init__(self, ctx_or_socket, socket_type, **kwargs)
        self.native |= NATIVE_SEND | NATIVE_RECV
        if type(self)._deserialize is AwaitableSocket._deserialize:
            self.native |= NATIVE_LOAD

    def _count_with(self, counting):
        """As of `zmq.Socket`."""
        Socket._count_with(self, counting)
        self.native |= NATIVE_SEND | NATIVE_RECV

    # ---- the loop ----

    @property
    def budget(self):
        """How many calls in a row may succeed at once before the loop gets a turn; 0 is without limit.

        Each 4 KiB of a message count as one call more, and 5 ms end a turn too.
        """
        return self._budget

    @budget.setter
    def budget(self, Py_ssize_t value):
        if value < 0:
            raise ValueError(f"budget is a number of calls, or 0 for no limit, not {value!r}")
        self._budget = value
        self.look = 0

    def _mark(self):
        """Have the loop look at all that waits, after a call that may have used up an edge of the descriptor."""
        if self.reading.count + self.writing.count + self.polling.count > 0:
            mark(self)

    def _detach(self):
        """Have no loop watch the socket any more; calls that wait are cancelled."""
        retire(self)

    def __del__(self):
        if self.loop is not None and not exiting:
            part(self)
        Socket.__del__(self)

    def _get_loop(self):
        """The running loop, or the one that would run."""
        return find_loop()

    @property
    def _recv_futures(self):
        """The receives that wait."""
        return list_lane(self.reading)

    @property
    def _send_futures(self):
        """The sends that wait."""
        return list_lane(self.writing)

    def close(self, linger=None):
        """Close the socket (`zmq_close`), and cancel the calls that wait; closing it again does nothing.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that unsent messages may take after this, -1 for ever: the LINGER option, set first.
        """
        if self.handle != NULL:
            check_open(self)
            retire(self)
        elif self.loop is not None:
            retire(self)
        Socket.close(self, linger)

    # ---- options ----

    def get(self, option=None, *, key=None):
        """Read a socket option (`zmq_getsockopt`), as `zmq.Socket.get` does."""
        cdef int number = as_number(only_one("get", "option", key) if option is None else option)
        if number == ZMQ_RCVMORE and self.told_more:
            check_open(self)
            return int(self.more)
        if number != ZMQ_EVENTS:
            return read_option(self, number)
        events = awaited_events(self)
        self._mark()
        return events

    def getsockopt(self, option):
        """Read a socket option: the same as `get`."""
        return self.get(option)

    def set(self, option, optval):
        """Set a socket option (`zmq_setsockopt`), as `zmq.Socket.set` does."""
        cdef int number = as_number(option)
        write_option(self, number, optval)
        if number == ZMQ_REQ_RELAXED:
            self.relaxed = bool(optval)
        self._mark()

    def setsockopt(self, option, optval):
        """Set a socket option: the same as `set`."""
        self.set(option, optval)

    # ---- one part ----

    def send(self, data=None, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None, *,
             timeout=None, msg=None):
        """Send one part of a message, as `zmq.Socket.send` does, and wait in the loop.

        Returns
        -------
        awaitable of MessageTracker or None
        """
        cdef Pending call
        if data is None:
            data = only_one("send", "data", msg)
        if PyBytes_CheckExact(data) and copy and routing_id is None and group is None and timeout is None \
                and not self.counted and PyBytes_GET_SIZE(data) < SHORTEST_LENT and is_quick(self, self.writing) \
                and not self.held and not is_expecting(self):
            try:
                if offer(self, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), flags):
                    self.begun = flags & ZMQ_SNDMORE != 0
                    succeed(self, self.writing, PyBytes_GET_SIZE(data))
                    return finished(None)
            except ZMQError as exc:
                self._mark()
                return failed(exc)
        call = Pending.__new__(Pending)
        call.kind, call.flags, call.copy, call.track, call.data = CALL_SEND, flags, copy, track, data
        if routing_id is not None or group is not None:
            call.extra = (routing_id, group)
        return begin(self, self.writing, call, timeout)

    def recv(self, int flags=0, bint copy=True, bint track=False, *, timeout=None):
        """Receive one part of a message, as `zmq.Socket.recv` does, and wait in the loop.

        Returns
        -------
        awaitable of bytes or Frame
        """
        cdef Pending call
        cdef zmq_msg_t message
        cdef size_t size
        if copy and timeout is None and is_quick(self, self.reading):
            zmq_msg_init(&message)
            try:
                if take(self, &message):
                    size = zmq_msg_size(&message)
                    content = message_bytes(&message)
                    zmq_msg_close(&message)
                    succeed(self, self.reading, size)
                    return finished(content)
            except ZMQError as exc:
                self._mark()
                return failed(exc)
        call = Pending.__new__(Pending)
        call.kind, call.flags, call.copy, call.track = CALL_RECV, flags, copy, track and not copy
        return begin(self, self.reading, call, timeout)

    def recv_into(self, buffer, /, *, nbytes=0, int flags=0, timeout=None):
        """Receive one part into memory that is there already, as `zmq.Socket.recv_into` does.

        Returns
        -------
        awaitable of int
        """
        cdef Pending call = Pending.__new__(Pending)
        try:
            call.extra = pin_memory(buffer, nbytes)
        except (BufferError, TypeError, ValueError) as exc:
            return failed(exc)
        call.kind, call.flags, call.copy = CALL_RECV_INTO, flags, True
        return begin(self, self.reading, call, timeout)

    # ---- messages of several parts, text ----

    def send_multipart(self, msg_parts=None, int flags=0, bint copy=True, bint track=False, *, routing_id=None,
                       group=None, timeout=None, msg=None):
        """Send a message of several parts, as `zmq.Socket.send_multipart` does.

        Returns
        -------
        awaitable of MessageTracker or None
        """
        cdef Pending call = Pending.__new__(Pending)
        if msg_parts is None:
            msg_parts = only_one("send_multipart", "msg_parts", msg)
        if not isinstance(msg_parts, (tuple, str, bytes, bytearray, memoryview, Frame)):
            msg_parts = tuple(msg_parts)        # it may be a generator, or change while the call waits
        call.kind, call.flags, call.copy, call.track, call.data = CALL_SEND_WHOLE, flags, copy, track and not copy, msg_parts
        if routing_id is not None or group is not None:
            call.extra = (routing_id, group)
        return begin(self, self.writing, call, timeout)

    def recv_multipart(self, int flags=0, bint copy=True, bint track=False, *, timeout=None):
        """Receive a message with all its parts, as `zmq.Socket.recv_multipart` does.

        Returns
        -------
        awaitable of list of bytes or list of Frame
        """
        cdef Pending call
        cdef object found
        cdef uint64_t size
        if copy and timeout is None and is_quick(self, self.reading):
            size = self.bytes_in
            try:
                found = try_to_receive(self, CALL_RECV_WHOLE, True, False, None, None)
            except ZMQError as exc:
                self._mark()
                return failed(exc)
            if found is not BLOCKED:
                succeed(self, self.reading, self.bytes_in - size)
                return finished(found)
        call = Pending.__new__(Pending)
        call.kind, call.flags, call.copy, call.track = CALL_RECV_WHOLE, flags, copy, track and not copy
        return begin(self, self.reading, call, timeout)

    def send_string(self, u, int flags=0, bint copy=True, encoding="utf-8", **kwargs):
        """Send text as one part, as `zmq.Socket.send_string` does.

        Returns
        -------
        awaitable of None
        """
        if not isinstance(u, str):
            raise TypeError(f"send_string sends str, not {type(u).__name__}: use send for bytes")
        return self.send((<str> u).encode(encoding), flags=flags, copy=copy, **kwargs)

    def recv_string(self, int flags=0, encoding="utf-8", *, timeout=None):
        """Receive one part as text, as `zmq.Socket.recv_string` does.

        Returns
        -------
        awaitable of str
        """
        cdef Pending call
        if not self.native & NATIVE_LOAD or not is_own(self, "recv", AwaitableSocket.recv):
            options = {} if timeout is None else {"timeout": timeout}
            return self._deserialize(self.recv(flags, **options), lambda content: content.decode(encoding))
        call = Pending.__new__(Pending)
        call.kind, call.flags, call.copy, call.extra = CALL_RECV_TEXT, flags, True, encoding
        return begin(self, self.reading, call, timeout)

    # ---- many messages ----

    def try_recv(self):
        """Receive one part if it is there: at once, there is nothing to await.

        Returns
        -------
        bytes or None
        """
        return try_to_take(self, CALL_RECV)

    def try_recv_multipart(self):
        """Receive a message with all its parts if it is there: at once, there is nothing to await.

        Returns
        -------
        list of bytes, or None
        """
        return try_to_take(self, CALL_RECV_WHOLE)

    def recv_many(self, max_messages, max_bytes=None, timeout=None, *, int flags=0):
        """Wait for a message, then receive those that are there already, as `zmq.Socket.recv_many` does.

        Returns
        -------
        awaitable of list of bytes
        """
        return begin_many(self, CALL_RECV_MANY, max_messages, max_bytes, timeout, flags)

    def recv_many_multipart(self, max_messages, max_bytes=None, timeout=None, *, int flags=0):
        """The same with whole messages, as `zmq.Socket.recv_many_multipart` does.

        Returns
        -------
        awaitable of list of list of bytes
        """
        return begin_many(self, CALL_RECV_MANY_WHOLE, max_messages, max_bytes, timeout, flags)

    def send_many(self, messages, int flags=0, *, timeout=None):
        """Send many messages, as `zmq.Socket.send_many` does.

        When it is cancelled some may have been sent.

        Returns
        -------
        awaitable of int
            How many messages were queued; an exception knows it as `sent`.
        """
        cdef Pending call = Pending.__new__(Pending)
        call.kind, call.flags, call.data = CALL_SEND_MANY, flags, make_batch(messages)
        return begin(self, self.writing, call, timeout)

    def __iter__(self):
        raise TypeError("an asynchronous socket is iterated with `async for`")

    __next__ = None

    def __aiter__(self):
        return self

    def __anext__(self):
        cdef Pending call = Pending.__new__(Pending)
        call.kind, call.copy, call.iterating = CALL_RECV, True, True
        found = begin(self, self.reading, call, None)
        if type(found) is Pending and call is not found:
            call = <Pending> found
            call.iterating = True
            if self.handle == NULL or isinstance(call.error, ContextTerminated):
                call.error = StopAsyncIteration()
        return found

    # ---- waiting, and what others build on ----

    def poll(self, timeout=None, int flags=1):
        """Wait until the socket is ready, as `zmq.Socket.poll` does.

        Returns
        -------
        awaitable of int
            Those of `flags` that are ready; 0 when the time was over first.
        """
        cdef Pending call = Pending.__new__(Pending)
        call.kind, call.flags = CALL_POLL, flags
        return begin(self, self.polling, call, -1 if timeout is None else timeout)

    def _deserialize(self, recvd, load):
        """Turn what `recv` returned into an awaitable of what `load` makes of the message."""
        cdef Pending call
        if type(recvd) is Ready:
            try:
                return finished(load((<Ready> recvd).value))
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as exc:
                return failed(exc)
        if type(recvd) is Pending:
            call = <Pending> recvd
            if call.state != WAITING:
                return call
            if call.load is None:
                call.load = load
                return call
        return chain_awaitable(recvd, load)


cdef object only_one(str method, str name, object value):
    """The argument that older releases named otherwise."""
    if value is None:
        raise TypeError(f"{method}() missing 1 required positional argument: '{name}'")
    return value


cdef bint is_own(AwaitableSocket s, str name, object method) except -1:
    return getattr(type(s), name) is method


cdef object begin_many(AwaitableSocket s, int kind, object max_messages, object max_bytes, object timeout, int flags):
    cdef Pending call = Pending.__new__(Pending)
    call.extra = (as_limit(max_messages, "max_messages"), as_limit(max_bytes, "max_bytes"))
    call.kind, call.flags, call.copy = kind, flags, True
    return begin(s, s.reading, call, timeout)


cdef object try_to_take(AwaitableSocket s, int kind):
    check_open(s)
    if s.reading.first is not None:
        drain_lanes(s)
        if s.reading.first is not None:
            return None
    found = try_to_receive(s, kind, True, False, None, None)
    s._mark()
    if found is not BLOCKED:
        return found
    return raise_receive(s, EFSM) if s.missed == EFSM else None
