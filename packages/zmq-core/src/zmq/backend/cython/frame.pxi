# SPDX-License-Identifier: BSD-3-Clause
# Frame: one part of a message that owns its memory or shares it with libzmq.  Uses errors and release.

cdef object tracker_class = None        # zmq.MessageTracker
cdef dict namespace = {}                # of the package zmq, for its live COPY_THRESHOLD
cdef object cast_address = None         # makes an int of an FFI pointer
cdef object home = None                 # the folder of the package zmq

cdef extern from "native.h":
    object find_caller "zmq_core_caller" (object folder)

cdef enum:
    SHORTEST_SHARED = 34                # libzmq keeps shorter messages inside zmq_msg_t itself


cdef str say_size(Py_ssize_t size):
    """A size in the unit that keeps it short."""
    if size < 1000:
        return f"{size}B"
    if size < 1000_000:
        return f"{size // 1000}kB"
    return f"{size // 1000_000}MB"


def configure(*, tracker=None, defaults=None, cast=None, close=None, end=None, folder=None):
    """Hand down what the native classes need from the layers above them.

    Parameters
    ----------
    tracker : type
        Made from a `TrackerEvent`, for what tracked sends return.
    defaults : dict
        The namespace in which `COPY_THRESHOLD` is looked up when a socket or frame is made.
    cast : callable
        Turns an FFI pointer into an int.
    close, end : callable
        What is done with a socket and with a context that nobody holds any more.
    folder : str
        That of the package `zmq`, whose own lines are not where a socket was made.
    """
    global tracker_class, namespace, cast_address, close_dropped, end_dropped, home
    if folder is not None:
        home = folder
    if tracker is not None:
        tracker_class = tracker
    if defaults is not None:
        namespace = defaults
    if cast is not None:
        cast_address = cast
    if close is not None:
        close_dropped = close
    if end is not None:
        end_dropped = end


cdef Py_ssize_t default_threshold() except? -1:
    cdef object found = namespace.get("COPY_THRESHOLD")
    return 65536 if found is None else found


cdef class Frame:
    """Frame(data=None, track=False, copy=None, copy_threshold=None)
--

    One part of a message: memory shared with libzmq instead of copied.

    Parameters
    ----------
    data : bytes-like, optional
        The contents: any object with a contiguous buffer.
    track : bool
        Whether `tracker` shall tell when libzmq, and this frame, are done with the memory.
    copy : bool, optional
        Whether to copy the data, or to share its memory; by default decided by `copy_threshold`.
    copy_threshold : int, optional
        In bytes: shorter data is copied when neither `copy` nor `track` is given; `zmq.COPY_THRESHOLD` by default.

    Raises
    ------
    TypeError
        For str, which must be encoded first, and for what has no buffer.
    BufferError
        For memory that is not contiguous.
    """

    def __cinit__(self):
        zmq_msg_init(&self.zmq_msg)

    def __init__(self, data=None, track=False, copy=None, copy_threshold=None):
        if self._bytes is not None or zmq_msg_size(&self.zmq_msg):
            raise RuntimeError("a Frame cannot be made twice")
        if data is None:
            if track:
                track_frame(self, new_event(1))
                self.done_at_close = True
            return
        fill_frame(self, data, track, copy, copy_threshold)

    def __dealloc__(self):
        zmq_msg_close(&self.zmq_msg)
        if self.done_at_close:
            count_down((<TrackerEvent> self.tracker_event).tally)
        drain_released()

    # ---- the contents ----

    def __getbuffer__(self, Py_buffer *view, int flags):
        # Where others see the same memory it is read-only: no immutable object may ever change.
        cdef size_t size = zmq_msg_size(&self.zmq_msg)
        cdef bint readonly = False
        if table_used or size >= SHORTEST_SHARED:
            readonly = keeper_of(self) != NULL or zmq_msg_get(&self.zmq_msg, ZMQ_SHARED) == 1
        PyBuffer_FillInfo(
            view, self, zmq_msg_data(&self.zmq_msg), size, readonly, flags
        )

    @property
    def buffer(self):
        """A memoryview of the contents, read-only where the memory is shared; one object while somebody holds it.

        Returns
        -------
        memoryview
        """
        view = None if self._view is None else self._view()
        if view is None:
            view = memoryview(self)
            self._view = PyWeakref_NewRef(view, None)
        return view

    @property
    def bytes(self):
        """The contents as bytes: copied at first use, then always the same object.

        Returns
        -------
        bytes
        """
        cdef Keeper *k
        if self._bytes is None:
            k = keeper_of(self)
            if (
                k != NULL and not k.has_view
                and PyBytes_GET_SIZE(<object> k.owner) == <Py_ssize_t> zmq_msg_size(&self.zmq_msg)
            ):
                self._bytes = <object> k.owner
            else:
                self._bytes = PyBytes_FromStringAndSize(
                    <char *> zmq_msg_data(&self.zmq_msg), zmq_msg_size(&self.zmq_msg)
                )
        return self._bytes

    def __len__(self):
        return zmq_msg_size(&self.zmq_msg)

    def __getitem__(self, key):
        """A byte (int), a stretch of the contents (bytes, for a slice), or the metadata of that name (str)."""
        if isinstance(key, str):
            return self.get(key)
        return memoryview(self)[key].tobytes() if isinstance(key, slice) else memoryview(self)[key]

    def __repr__(self):
        cdef Py_ssize_t size = zmq_msg_size(&self.zmq_msg)
        cdef Py_ssize_t shown = size if size <= 16 else 12
        start = PyBytes_FromStringAndSize(<char *> zmq_msg_data(&self.zmq_msg), shown)
        return f"<zmq.Frame({start!r}{'' if shown == size else '...' + say_size(size)})>"

    def __copy__(self):
        cdef Frame other = Frame.__new__(Frame)
        if zmq_msg_copy(&other.zmq_msg, &self.zmq_msg) < 0:
            raise_errno(c_errno())
        other._bytes = self._bytes
        other.tracker = self.tracker
        other.tracker_event = self.tracker_event
        return other

    def __deepcopy__(self, memo):
        return Frame(self, copy=True)

    def __reduce__(self):
        raise TypeError("a zmq.Frame cannot be pickled: pickle frame.bytes")

    # ---- options and metadata ----

    @property
    def more(self):
        """Whether further parts of the same message follow this received one (`zmq_msg_more`)."""
        return zmq_msg_more(&self.zmq_msg) != 0

    def get(self, option):
        """Read an option or a piece of metadata (`zmq_msg_get`, `zmq_msg_gets`).

        Parameters
        ----------
        option : MessageOption, int or str
            A `zmq.MessageOption`; or the name of metadata of a received message, such as "User-Id",
            "Peer-Address", "Socket-Type"; or "routing_id" or "group" (drafts).

        Returns
        -------
        int or str

        Raises
        ------
        ZMQError
            EINVAL when the message has no such option or metadata.
        """
        cdef int value
        cdef const char *text
        if isinstance(option, (bytes, bytearray)):
            option = option.decode()
        if not isinstance(option, str):
            value = zmq_msg_get(&self.zmq_msg, option)
            if value < 0:
                raise_errno(c_errno(), f"a message has no option {option!r}")
            return value
        if option == "routing_id":
            return self.routing_id
        if option == "group":
            return self.group
        name = option.encode()
        text = zmq_msg_gets(&self.zmq_msg, name)
        if text == NULL:
            raise_errno(EINVAL, f"this message has no metadata {option!r}")
        return text.decode("utf-8", "surrogateescape")

    def set(self, option, value):
        """Set an option (`zmq_msg_set`), or "routing_id" or "group" (drafts).

        Parameters
        ----------
        option : int or str
        value : int or str

        Raises
        ------
        ZMQError
            EINVAL when the option does not exist or cannot be set.
        """
        if option == "routing_id":
            self.routing_id = value
        elif option == "group":
            self.group = value
        elif isinstance(option, str):
            raise_errno(EINVAL, f"the metadata {option!r} of a message cannot be set")
        elif zmq_msg_set(&self.zmq_msg, option, value) < 0:
            raise_errno(c_errno(), f"option {option!r} of a message cannot be set to {value!r}")

    @property
    def routing_id(self):
        """The peer of a SERVER (or PEER) socket that this message came from or goes to: an int (draft)."""
        cdef uint32_t found
        if not DRAFT_API:
            raise_without_drafts("the routing id of a message")
        found = zmq_msg_routing_id(&self.zmq_msg)
        if found == 0:
            raise_errno(EINVAL, "this message has no routing id")
        return found

    @routing_id.setter
    def routing_id(self, uint32_t value):
        if not DRAFT_API:
            raise_without_drafts("the routing id of a message")
        if zmq_msg_set_routing_id(&self.zmq_msg, value) < 0:
            raise_errno(c_errno(), f"{value} is not a routing id")

    @property
    def group(self):
        """The RADIO-DISH group of this message: a str (draft)."""
        if not DRAFT_API:
            raise_without_drafts("the group of a message")
        cdef const char *found = zmq_msg_group(&self.zmq_msg)
        if found == NULL:
            raise_errno(c_errno())
        return found.decode("utf-8", "surrogateescape")

    @group.setter
    def group(self, value):
        if not DRAFT_API:
            raise_without_drafts("the group of a message")
        name = checking().group_name(value)
        if zmq_msg_set_group(&self.zmq_msg, name) < 0:
            raise_errno(c_errno(), f"a group has at most 255 bytes: {value!r}")


Message = Frame


cdef int track_frame(Frame frame, TrackerEvent event) except -1:
    frame.tracker_event = event
    frame.tracker = tracker_class(event)
    return 0


cdef Keeper *keeper_of(Frame frame) noexcept:
    """Who lent libzmq the memory of this message, or NULL when it is libzmq's own."""
    if zmq_msg_size(&frame.zmq_msg) == 0:
        return NULL
    return find_keeper(zmq_msg_data(&frame.zmq_msg))


cdef int fill_frame(Frame frame, object data, bint track, object copy, object copy_threshold) except -1:
    """Give a new frame its contents, copied or shared."""
    cdef Py_buffer view
    cdef Tally *tally = NULL
    cdef TrackerEvent event = None
    cdef Keeper *k
    cdef bint shared
    get_buffer(data, &view)
    try:
        if copy is None and track:
            shared = True
        elif copy is None:
            shared = view.len >= (default_threshold() if copy_threshold is None else <Py_ssize_t> copy_threshold)
        else:
            shared = not copy
        if not shared:
            copy_to_message(&frame.zmq_msg, view.buf, view.len)
            if track:
                track_frame(frame, new_event(0))
            return 0
    finally:
        PyBuffer_Release(&view)
    if track:
        event = new_event(1)
        tally = event.tally
        track_frame(frame, event)
    lend_to_message(&frame.zmq_msg, data, tally)
    frame._data = data
    return 0


cdef int copy_to_message(zmq_msg_t *message, const void *data, size_t size) except -1:
    zmq_msg_close(message)
    if zmq_msg_init_size(message, size) < 0:
        zmq_msg_init(message)
        raise MemoryError(f"no memory for a message of {size} bytes")
    memcpy(zmq_msg_data(message), data, size)
    return 0


cdef int lend_to_message(zmq_msg_t *message, object data, Tally *tally) except -1:
    """Make `message` (initialised) share the memory of `data`."""
    cdef Keeper *k
    cdef size_t size
    drain_released()
    k = new_keeper(data, tally)
    size = k.view.len if k.has_view else PyBytes_GET_SIZE(data)
    zmq_msg_close(message)
    if zmq_msg_init_data(message, k.address, size, let_go, k) < 0:
        zmq_msg_init(message)
        let_go(NULL, k)
        raise MemoryError("no memory for a message")
    return 0
