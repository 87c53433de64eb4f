# SPDX-License-Identifier: BSD-3-Clause
# Socket: the class.  Every method people call often is here; what they do is in the files around this one.

cdef class Socket:
    """The native part of `zmq.Socket`."""

    def __cinit__(self):
        link_socket(self)

    def __init__(self, ctx_or_socket=None, socket_type=0, *, shadow=0, copy_threshold=None, observe=False,
                 count_subscribers=False, threadsafe=False):
        cdef Context ctx
        if self.handle != NULL:
            raise RuntimeError("a Socket cannot be made twice")
        if threadsafe:
            raise TypeError("a threadsafe socket is made by ctx.socket(socket_type, threadsafe=True)")
        self.native = native_methods(type(self))
        self.copy_threshold = default_threshold() if copy_threshold is None else copy_threshold
        self.share_bytes = namespace.get("SHARE_BYTES") is not False
        if isinstance(ctx_or_socket, Socket):
            shadow, ctx_or_socket = ctx_or_socket, None
        if not isinstance(shadow, int) or shadow != 0:
            shadow_socket(self, shadow, ctx_or_socket)
            return
        if ctx_or_socket is None:
            raise TypeError("a Socket needs the Context it is made in, or another socket to shadow")
        if not isinstance(ctx_or_socket, Context):
            raise TypeError(f"a Socket is made in a zmq.Context, not in {ctx_or_socket!r}")
        ctx = <Context> ctx_or_socket
        check_context(ctx)
        self.socket_type = as_number(socket_type)
        if socket_type in constants.DRAFT_SOCKET_TYPES and not (DRAFT_API and zmq_has("draft")):
            raise_without_drafts(f"a {socket_type_name(self)} socket")
        if count_subscribers and self.socket_type not in (ZMQ_PUB, ZMQ_XPUB):
            raise ValueError(f"subscribers can be counted on PUB and XPUB, not on {socket_type_name(self)}")
        open_handle(self, ctx, ZMQ_XPUB if count_subscribers else self.socket_type)
        self._context = ctx
        self.maker = PyThread_get_thread_ident()
        self._made_at = find_caller(home)
        ctx.socket_count += 1
        if observe or count_subscribers:
            self.observed = True
            self._begin_observation(observe, count_subscribers)

    def __del__(self):
        if self.handle == NULL or self._shadow or exiting:
            return
        if not self._quiet:
            warn_unclosed(self)
        if close_dropped is None:
            self.close()
        else:
            close_dropped(self)

    def __dealloc__(self):
        global shadow_count
        if self._shadow:
            shadow_count -= 1
        elif self.handle != NULL and self.user == 0 and not exiting:
            close_handle(self)
        unlink_socket(self)

    # ---- life ----

    @property
    def underlying(self):
        """The address of the libzmq socket, as an int."""
        return <size_t> self.handle

    @property
    def _socket_type(self):
        """The type of the socket as an int, also when it is closed."""
        return self.socket_type

    @staticmethod
    def _list_all():
        """The living sockets that are open and no shadows."""
        cdef list found = []
        cdef void *p = newest_socket
        while p != NULL:
            if Py_REFCNT(<Socket> p) > 0 and (<Socket> p).handle != NULL and not (<Socket> p)._shadow:
                found.append(<Socket> p)
            p = (<Socket> p).older
        return found

    def _receive_events_of(self, Socket observed):
        """Note that this PAIR socket receives the events of another socket."""
        import weakref

        self.monitored = weakref.ref(observed)
        observed.monitor_socket = self

    def _end_monitor(self):
        """End the monitoring whose events this PAIR socket receives, in any thread."""
        cdef Socket observed = None if self.monitored is None else self.monitored()
        if observed is None:
            return
        if observed.handle != NULL and observed.monitor_socket is self:
            switch_monitor(observed, NULL, 0)
        await_switch(observed)

    @property
    def _in_use(self):
        """Whether a thread is inside libzmq with this socket."""
        return self.user != 0

    def _wait_unused(self):
        """Wait until no thread is inside libzmq with this socket, the context having been shut down."""
        while self.user != 0 and self.handle != NULL:
            with nogil:
                c_poll(NULL, 0, 1)
            PyErr_CheckSignals()

    def _set_linger(self, linger):
        """Set LINGER, whatever thread is using the socket: libzmq keeps it as an atomic value."""
        cdef int value = as_int("LINGER", linger)
        if self.handle != NULL:
            self._linger_chosen = True
            zmq_setsockopt(self.handle, ZMQ_LINGER, &value, sizeof(int))

    @property
    def _maker(self):
        """The ident of the thread that made the socket."""
        return self.maker

    @property
    def context(self):
        """The `zmq.Context` the socket was made in; None for a shadow of a bare address."""
        return self._context

    @context.setter
    def context(self, value):
        self._context = value

    @property
    def closed(self):
        """Whether the socket has been closed."""
        return self.handle == NULL

    def close(self, linger=None):
        """Close the socket (`zmq_close`); closing it again does nothing.

        Parameters
        ----------
        linger : int, optional
            Milliseconds that unsent messages may take after this, -1 for ever: the LINGER option, set first.

        Raises
        ------
        ZMQThreadError
            While another thread is in a call of this socket.
        """
        if self.handle == NULL:
            return
        if linger is not None:
            try:
                write_option(self, ZMQ_LINGER, linger)
            except ContextTerminated:
                pass        # options are out of reach then, and closing must not fail
        check_open(self)
        if self.observed or self.monitor_socket is not None:
            self.observed = False
            self._end_observation()
        close_handle(self)
        drain_released()

    def bind(self, addr):
        """Accept connections at an endpoint (`zmq_bind`).

        Parameters
        ----------
        addr : str or bytes
            For instance `tcp://127.0.0.1:5555`, `tcp://*:0` (any free port), `ipc:///tmp/socket`, `inproc://name`.

        Raises
        ------
        ZMQError
            Naming the endpoint: EADDRINUSE, EACCES, ENODEV, EPROTONOSUPPORT, ...
        """
        endpoint_call(self, zmq_bind, addr, "bind")

    def unbind(self, addr):
        """Undo a `bind` (`zmq_unbind`): no new connections there.

        Parameters
        ----------
        addr : str or bytes
            The endpoint as `last_endpoint` gave it after the bind.
        """
        endpoint_call(self, zmq_unbind, addr, "unbind")

    def connect(self, addr):
        """Connect to an endpoint (`zmq_connect`), where a peer may appear later.

        Parameters
        ----------
        addr : str or bytes

        Raises
        ------
        ZMQError
            Naming the endpoint: EINVAL, EPROTONOSUPPORT, ...
        """
        endpoint_call(self, zmq_connect, addr, "connect")

    def connect_peer(self, addr):
        """Connect a PEER socket (`zmq_connect_peer`, draft).

        Parameters
        ----------
        addr : str or bytes

        Returns
        -------
        int
            The routing id of the peer, for `send(..., routing_id=...)`.
        """
        return connect_to_peer(self, addr)

    def disconnect(self, addr):
        """Undo a `connect` (`zmq_disconnect`).

        Parameters
        ----------
        addr : str or bytes
        """
        endpoint_call(self, zmq_disconnect, addr, "disconnect")

    def monitor(self, addr, events=65535):
        """Publish what happens to the socket's connections at an inproc endpoint (`zmq_socket_monitor`).

        Parameters
        ----------
        addr : str, bytes or None
            An `inproc://` endpoint to which a PAIR socket may connect; None ends the monitoring.
        events : int
            The `zmq.Event` mask; all by default.
        """
        enter(self)
        try:
            self._switch_monitor(addr, events)
        finally:
            leave(self)

    def _switch_monitor(self, addr, events):
        """What `monitor` does, in any thread: also while another one is in a call of this socket."""
        cdef int mask = events
        cdef bytes endpoint = None if addr is None else endpoint_bytes(addr)
        cdef int64_t deadline = 0
        cdef int number
        while True:
            if self.handle == NULL:
                refuse(self)
            if switch_monitor(self, NULL if endpoint is None else PyBytes_AS_STRING(endpoint), mask) == 0:
                return
            number = c_errno()
            if not is_place_coming(self._context, number, &deadline):
                raise_errno(number, f"{describe(number)}: monitor at {addr!r}")

    def join(self, group):
        """Join a RADIO-DISH group (`zmq_join`, draft): for DISH sockets.

        Parameters
        ----------
        group : str or bytes
        """
        group_call(self, zmq_join, group, "join")

    def leave(self, group):
        """Leave a RADIO-DISH group (`zmq_leave`, draft): for DISH sockets.

        Parameters
        ----------
        group : str or bytes
        """
        group_call(self, zmq_leave, group, "leave")

    # ---- options ----

    def get(self, option):
        """Read a socket option (`zmq_getsockopt`).

        Parameters
        ----------
        option : SocketOption or int

        Returns
        -------
        int or bytes

        Raises
        ------
        ZMQError
            EINVAL, saying why, when the option cannot be read from this socket.
        """
        return read_option(self, as_number(option))

    def getsockopt(self, option):
        """Read a socket option: the same as `get`."""
        return read_option(self, as_number(option))

    def set(self, option, optval):
        """Set a socket option (`zmq_setsockopt`).

        Most options take effect with the next bind or connect only.

        Parameters
        ----------
        option : SocketOption or int
        optval : int or bytes

        Raises
        ------
        TypeError
            For a value of the wrong type; text is for `set_string`.
        ZMQError
            EINVAL, naming the option, when the socket cannot have this value.
        """
        write_option(self, as_number(option), optval)

    def setsockopt(self, option, optval):
        """Set a socket option: the same as `set`."""
        write_option(self, as_number(option), optval)

    # ---- messages of one part ----

    def send(self, data, int flags=0, bint copy=True, bint track=False, routing_id=None, group=None, *, timeout=None):
        """Send one part of a message (`zmq_msg_send`).

        Parameters
        ----------
        data : bytes-like or Frame
        flags : int
            `zmq.DONTWAIT`, `zmq.SNDMORE`.
        copy : bool
            False shares the memory with libzmq, which must then not be changed until libzmq is done with it;
            shorter data than `copy_threshold` is copied all the same, unless it is tracked.
        track : bool
            With `copy=False`: return a `MessageTracker`.
        routing_id : int, optional
            The peer, for SERVER sockets (draft).
        group : str, optional
            The group, for RADIO sockets (draft).
        timeout : int or float, optional
            Milliseconds, -1 waits for ever, whatever SNDTIMEO is.

        Returns
        -------
        MessageTracker or None

        Raises
        ------
        TimeoutExpired
            When the message cannot be queued within `timeout`.
        TypeError
            For str (see `send_string`) and for what has no buffer.
        ValueError
            When `track` is asked for a Frame that is not tracked.
        Again
            When the message cannot be queued now, or within SNDTIMEO.
        ZMQError
            For any other reason `zmq_msg_send` has.
        """
        check_open(self)
        if timeout is not None:
            return limited(self, timeout, Socket.send, (self, data, flags, copy, track, routing_id, group), None)
        if self.counted and self.messages_out % BETWEEN_LOOKS == 0:
            self._take_subscriptions()
        if PyBytes_CheckExact(data) and copy and routing_id is None and group is None:
            if PyBytes_GET_SIZE(data) >= SHORTEST_LENT and is_lent(self, data):
                lend_bytes(self, data, flags)
                return None
            send_memory(self, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), flags)
            return None
        if routing_id is not None or group is not None:
            data = frame_for(data, copy, track, routing_id, group)
        return send_other(self, data, flags, copy, track and not copy)

    def recv(self, int flags=0, bint copy=True, bint track=False, *, timeout=None):
        """Receive one part of a message (`zmq_msg_recv`).

        Parameters
        ----------
        flags : int
            `zmq.DONTWAIT`.
        copy : bool
            False returns a Frame instead of bytes.
        track : bool
            With `copy=False`: give the Frame a `tracker`, done when its memory is free.
        timeout : int or float, optional
            Milliseconds, -1 waits for ever, whatever RCVTIMEO is.

        Returns
        -------
        bytes or Frame

        Raises
        ------
        TimeoutExpired
            When there is no message within `timeout`.
        Again
            When there is no message now, or within RCVTIMEO.
        ContextTerminated
            When the context is terminated.
        """
        cdef zmq_msg_t message
        cdef Py_ssize_t size
        check_open(self)
        if timeout is not None:
            return limited(self, timeout, Socket.recv, (self, flags, copy, track), None)
        if not copy:
            return receive_frame(self, flags, track)
        zmq_msg_init(&message)
        size = receive_message(self, &message, flags)
        try:
            return bytes_of(&message, size)
        finally:
            zmq_msg_close(&message)

    def recv_into(self, buffer, /, *, nbytes=0, int flags=0, timeout=None):
        """Receive one part into memory that is there already (`zmq_recv`).

        Parameters
        ----------
        buffer : writable contiguous buffer
        nbytes : int
            Use only the first `nbytes` bytes of the buffer; 0 uses all of it.
        flags : int
            `zmq.DONTWAIT`.
        timeout : int or float, optional
            Milliseconds, -1 waits for ever, whatever RCVTIMEO is.

        Returns
        -------
        int
            The size of the part in bytes: larger than the buffer when the part was cut off.

        Raises
        ------
        BufferError
            When the buffer is read-only or not contiguous.
        ValueError
            When `nbytes` is negative or larger than the buffer.
        """
        cdef Py_buffer view
        check_open(self)
        if timeout is not None:
            return limited(self, timeout, Socket.recv_into, (self, buffer), {"nbytes": nbytes, "flags": flags})
        if not PyObject_CheckBuffer(buffer):
            raise TypeError(f"recv_into needs a writable buffer, not {type(buffer).__name__}")
        try:
            PyObject_GetBuffer(buffer, &view, PyBUF_ANY_CONTIGUOUS | PyBUF_WRITABLE)
        except (BufferError, ValueError) as exc:
            raise BufferError(f"recv_into needs a writable contiguous buffer: {exc}") from exc
        try:
            if not 0 <= nbytes <= view.len:
                raise ValueError(f"nbytes={nbytes} does not fit into a buffer of {view.len} bytes")
            return receive_into(self, view.buf, nbytes or view.len, flags)
        finally:
            PyBuffer_Release(&view)

    # ---- messages of several parts, text, waiting ----

    def send_multipart(self, msg_parts, int flags=0, bint copy=True, bint track=False, *, routing_id=None, group=None,
                       timeout=None):
        """Send a message of several parts.

        Parameters
        ----------
        msg_parts : iterable of bytes-like or Frame
            All are checked before the first is sent.
        flags, copy, track, routing_id, group, timeout
            As for `send`; SNDMORE is added to all parts but the last.

        Returns
        -------
        MessageTracker or None
            For all parts, with `track=True` and `copy=False`.

        Raises
        ------
        TypeError
            Naming the part that cannot be sent.
        Again
            When the message cannot be queued now, or within SNDTIMEO.
        """
        if timeout is None:
            return send_parts(self, msg_parts, flags, copy, track and not copy, routing_id, group)
        options = {"routing_id": routing_id, "group": group}
        return limited(self, timeout, Socket.send_multipart, (self, msg_parts, flags, copy, track), options)

    def recv_multipart(self, int flags=0, bint copy=True, bint track=False, *, timeout=None):
        """Receive a message with all its parts.

        Parameters
        ----------
        flags, copy, track, timeout
            As for `recv`.

        Returns
        -------
        list of bytes or list of Frame

        Raises
        ------
        Again
            When there is no message now, or within RCVTIMEO.
        """
        if timeout is None:
            return receive_parts(self, flags, copy, track)
        return limited(self, timeout, Socket.recv_multipart, (self, flags, copy, track), None)

    def send_string(self, u, int flags=0, bint copy=True, encoding="utf-8", **kwargs):
        """Send text as one part.

        Parameters
        ----------
        u : str
        flags, copy
            As for `send`, which takes the further keyword arguments too.
        encoding : str

        Raises
        ------
        TypeError
            For what is not str.
        UnicodeEncodeError
            When the encoding cannot say the text; nothing is sent then.
        """
        return send_text(self, u, flags, copy, encoding, kwargs)

    def recv_string(self, int flags=0, encoding="utf-8", *, timeout=None):
        """Receive one part as text.

        Parameters
        ----------
        flags : int
            As for `recv`.
        encoding : str
        timeout : int or float, optional
            Milliseconds, -1 waits for ever, whatever RCVTIMEO is.

        Returns
        -------
        str

        Raises
        ------
        UnicodeDecodeError
            When the part is not text in this encoding; its `object` holds the bytes.
        """
        return receive_text(self, flags, encoding, timeout)

    # ---- many messages ----

    def try_recv(self):
        """Receive one part if it is there.

        Returns
        -------
        bytes or None
        """
        return try_receive(self, False)

    def try_recv_multipart(self):
        """Receive a message with all its parts if it is there.

        Returns
        -------
        list of bytes, or None
        """
        return try_receive(self, True)

    def recv_many(self, max_messages, max_bytes=None, timeout=None, *, int flags=0):
        """Wait for a message, then receive those that are there already.

        Parameters
        ----------
        max_messages : int
        max_bytes : int, optional
            Stop when so many bytes have been received; a message is never cut in two.
        timeout : int or float, optional
            Milliseconds to wait for the first message, -1 for ever; by default RCVTIMEO says it.
        flags : int
            `zmq.DONTWAIT`.

        Returns
        -------
        list of bytes
            At least one; the parts of messages of several parts one after another, as `recv` gives them.

        Raises
        ------
        TimeoutExpired
            When no message comes within `timeout`.
        Again
            When there is no message now, or within RCVTIMEO.
        """
        if timeout is None:
            return receive_many(self, max_messages, max_bytes, flags, False)
        return limited(self, timeout, Socket.recv_many, (self, max_messages, max_bytes), {"flags": flags})

    def recv_many_multipart(self, max_messages, max_bytes=None, timeout=None, *, int flags=0):
        """Wait for a message, then receive those that are there already, each with all its parts.

        Parameters
        ----------
        max_messages, max_bytes, timeout, flags
            As for `recv_many`.

        Returns
        -------
        list of list of bytes
        """
        if timeout is None:
            return receive_many(self, max_messages, max_bytes, flags, True)
        return limited(self, timeout, Socket.recv_many_multipart, (self, max_messages, max_bytes), {"flags": flags})

    def send_many(self, messages, int flags=0, *, timeout=None):
        """Send many messages.

        Parameters
        ----------
        messages : iterable
            Each is bytes-like or a Frame, or a list or tuple of those for a message of several parts.
        flags : int
            With `zmq.DONTWAIT` it stops before the first message that would block, and takes no more from an
            iterator than it sends.  A mandatory ROUTER, or an XPUB with XPUB_NODROP, may refuse a message all the
            same: then this raises Again, with the message as `unsent`.
        timeout : int or float, optional
            Milliseconds for all of them, -1 for ever; by default SNDTIMEO says it for each.

        Returns
        -------
        int
            How many messages were queued.

        Raises
        ------
        TimeoutExpired, Again, TypeError, ZMQError
            As `send` does.  The attribute `sent` of the exception says how many messages were queued before it, and
            `unsent` is the message that was taken from the iterable and not queued, or None.
        ValueError
            For an empty list or tuple as a message.
        """
        if timeout is None:
            return send_batch(self, messages, flags)
        return limited(self, timeout, Socket.send_many, (self, messages, flags), None)

    def __iter__(self):
        return self

    def __next__(self):
        """The next message, as `recv` returns it; the end when the socket is closed or the context terminated."""
        if self.handle == NULL:
            raise StopIteration
        try:
            return self.recv()
        except ContextTerminated:
            raise StopIteration from None
        except ZMQError as exc:
            if self.handle == NULL and exc.errno == ENOTSOCK:
                raise StopIteration from None
            raise

    def _count_with(self, counting):
        """Show everything received to `counting.note`, as a Frame, from now on: for PUB and XPUB sockets."""
        check_open(self)
        begin_counting(self, counting)

    def _take_notification(self, timeout, bint hold):
        """Take one part from libzmq and, if wanted, hold it for who calls `recv`.

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds to wait; None waits for ever.

        Returns
        -------
        Frame or None
        """
        check_open(self)
        cdef long wait = as_milliseconds(timeout)
        cdef Frame frame = take_notification(self, FOREVER if wait < 0 else 0 if wait == 0 else now() + wait)
        if frame is not None and hold:
            self.held.append(frame)
        return frame

    def _counters(self):
        """What has gone through this socket: messages and bytes, and how often a call would have blocked."""
        return {
            "messages_in": self.messages_in, "bytes_in": self.bytes_in,
            "messages_out": self.messages_out, "bytes_out": self.bytes_out,
            "would_block": self.would_block,
        }

    def _deserialize(self, recvd, load):
        """Turn what `recv` returned into an object: where sockets that return something to wait for step in."""
        return load(recvd)

    def poll(self, timeout=None, int flags=1):
        """Wait until the socket is ready (`ZMQ_EVENTS`, `zmq_poll`).

        Parameters
        ----------
        timeout : int or float, optional
            Milliseconds; None or a negative number waits for ever.
        flags : int
            `zmq.POLLIN`, `zmq.POLLOUT` or both.

        Returns
        -------
        int
            Those of `flags` that are ready; 0 when the time was over first.
        """
        return poll_socket(self, timeout, flags)

    def __reduce__(self):
        raise TypeError("a zmq.Socket cannot be pickled: make one in each process")
