# SPDX-License-Identifier: BSD-3-Clause
# Options: reading and writing them by their C type, and the attributes that stand for them.  Uses errors.

cdef enum OptionKind:
    KIND_UNKNOWN
    KIND_INT
    KIND_INT64
    KIND_BYTES
    KIND_FD

cdef enum:
    OPTION_NUMBERS = 256
    LONGEST_VALUE = 1024

cdef OptionKind option_kinds[OPTION_NUMBERS]


cdef int learn_options() except -1:
    kinds = {"int": KIND_INT, "int64": KIND_INT64, "bytes": KIND_BYTES, "fd": KIND_FD}
    cdef int i
    for i in range(OPTION_NUMBERS):
        option_kinds[i] = KIND_UNKNOWN
    for option in constants.SocketOption:
        option_kinds[<int> option] = kinds[option._opt_type.name]
    return 0

learn_options()


cdef inline OptionKind kind_of(int option) noexcept:
    return option_kinds[option] if 0 <= option < OPTION_NUMBERS else KIND_UNKNOWN


cdef str option_name(int option):
    return wording().name_option(option)


cdef extern from "Python.h":
    object PyNumber_Index(object number)


cdef inline int as_number(object option) except? -1:
    """The number of an option; floats are no numbers here."""
    return PyNumber_Index(option)


cdef int as_int(object option, object value) except? -1:
    cdef long long wide = as_int64(option, value)
    if not -0x80000000 <= wide <= 0x7FFFFFFF:
        raise OverflowError(f"option {option!r} takes a 32-bit int, not {value!r}")
    return <int> wide


cdef long long as_int64(object option, object value) except? -1:
    if isinstance(value, str):
        raise TypeError(f"option {option!r} takes an int, not the text {value!r}")
    if not isinstance(value, int):
        try:
            value = value.__index__()
        except AttributeError:
            raise TypeError(f"option {option!r} takes an int, not {value!r}") from None
    if value < 0:
        if value >= -0x8000000000000000:
            return value
    elif value <= 0xFFFFFFFFFFFFFFFF:
        return <long long> <unsigned long long> value
    raise OverflowError(f"option {option!r} takes a 64-bit int, not {value!r}")


cdef int raise_option(Socket s, int option, object value, bint writing) except -1:
    """Raise the error of a failed zmq_getsockopt or zmq_setsockopt, saying what was wrong with which option."""
    cdef int number = c_errno()
    return raise_errno(number, wording().of_option(number, option, s.socket_type, value, writing, has))


cdef object read_option(Socket s, int option):
    cdef int small = 0
    cdef long long wide = 0
    cdef zmq_fd_t descriptor = 0
    cdef char text[LONGEST_VALUE]
    cdef size_t size
    cdef int rc
    cdef OptionKind kind = kind_of(option)
    check_open(s)
    while True:
        if kind == KIND_BYTES:
            # libzmq tells the text form of a key from the binary one by the room it is given.
            size = 41 if option in (ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY) else LONGEST_VALUE
            rc = zmq_getsockopt(s.handle, option, text, &size)
        elif kind == KIND_INT64:
            size = sizeof(long long)
            rc = zmq_getsockopt(s.handle, option, &wide, &size)
        elif kind == KIND_FD:
            if s.draft_poller != NULL:
                return poller_fd(s.draft_poller)
            size = sizeof(zmq_fd_t)
            rc = zmq_getsockopt(s.handle, option, &descriptor, &size)
            if rc < 0 and c_errno() == EINVAL and option == ZMQ_FD:
                return draft_descriptor(s)
        else:
            size = sizeof(int)
            rc = zmq_getsockopt(s.handle, option, &small, &size)
        if rc == 0:
            break
        if not interrupted(c_errno()):
            raise_option(s, option, None, False)
        check_open(s)
    if kind == KIND_BYTES:
        if option != ZMQ_ROUTING_ID and size and text[size - 1] == 0:
            size -= 1       # texts come with their terminating NUL
        return PyBytes_FromStringAndSize(text, size)
    if kind == KIND_INT64:
        return wide if option != ZMQ_AFFINITY else <unsigned long long> wide
    if s.counted:
        if option == ZMQ_TYPE:
            return s.socket_type
        if option == ZMQ_EVENTS:
            return mend_events(s, small)
        if option == ZMQ_RCVMORE:
            return s.more
    return descriptor if kind == KIND_FD else small


cdef extern from "native.h" nogil:
    void *poller_of "zmq_core_poller_of" (void *socket) noexcept
    int poller_fd "zmq_core_poller_fd" (void *poller) noexcept
    void destroy_poller "zmq_core_poller_destroy" (void *poller) noexcept


cdef object draft_descriptor(Socket s):
    """The descriptor of a thread-safe draft socket, which has none of its own: that of a poller made for it."""
    if not DRAFT_API:
        raise_without_drafts(f"the FD of a {socket_type_name(s)} socket")
    s.draft_poller = poller_of(s.handle)
    if s.draft_poller == NULL:
        raise_errno(c_errno())
    import warnings
    warnings.warn(
        f"the FD of a {socket_type_name(s)} socket is that of a draft poller: read it again after every event",
        error.DraftFDWarning, stacklevel=2,
    )
    return poller_fd(s.draft_poller)


cdef int write_option(Socket s, int option, object value) except -1:
    cdef int small
    cdef long long wide
    cdef const void *data
    cdef size_t size
    cdef bytes content = None
    cdef int rc
    cdef OptionKind kind = kind_of(option)
    check_open(s)
    if s.counted:
        checking().check_counted(option, value, s.socket_type)
    if kind == KIND_BYTES or (kind == KIND_UNKNOWN and isinstance(value, bytes)):
        content = checking().option_bytes(option, value, Frame)
        if content is None:
            data, size = NULL, 0
        else:
            if option in (ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY):
                checking().check_key(option, content, z85_decode)
            data, size = PyBytes_AS_STRING(content), PyBytes_GET_SIZE(content)
    elif kind == KIND_INT64:
        wide = as_int64(option_name(option), value)
        data, size = &wide, sizeof(long long)
    else:
        small = as_int(option_name(option), value)
        data, size = &small, sizeof(int)
    while True:
        rc = zmq_setsockopt(s.handle, option, data, size)
        if rc == 0:
            break
        if not interrupted(c_errno()):
            if kind == KIND_UNKNOWN and content is not None and c_errno() == EINVAL:
                raise TypeError(f"a {socket_type_name(s)} socket knows no option number {option} that takes bytes")
            raise_option(s, option, value, True)
        check_open(s)
    if option == ZMQ_LINGER:
        s._linger_chosen = True
    if (option == ZMQ_RCVTIMEO or option == ZMQ_SNDTIMEO) and small > 0:
        s.timed = True
    return 0


cdef extern from "Python.h":
    PyObject *type_of "(PyObject *) Py_TYPE" (object thing) noexcept


cdef class OptionAttribute:
    """A socket option as an attribute of a class: `s.linger` reads and writes it.

    Parameters
    ----------
    option : SocketOption
    """

    cdef int option
    cdef object key             # the attribute's name
    cdef PyObject *owner        # the class that has it; borrowed, only compared

    def __init__(self, option):
        self.option = option

    def __set_name__(self, owner, name):
        self.key = name
        self.owner = <PyObject *> owner

    def __get__(self, instance, owner):
        if instance is None:
            return self
        cdef Socket s = <Socket?> instance
        if type_of(s) != self.owner:
            # What a subclass has put into its __dict__ under this name wins.
            found = getattr(s, "__dict__", None)
            if found and self.key in found:
                return found[self.key]
        try:
            value = read_option(s, self.option) if s.native & NATIVE_GET else s.get(constants.SocketOption(self.option))
            return present_option(self.option, value)
        except ZMQError as exc:
            if exc.errno != EINVAL:
                raise
            raise AttributeError(f"{self.key}: {exc.strerror}") from exc

    def __set__(self, instance, value):
        cdef Socket s = <Socket?> instance
        if type_of(s) != self.owner:
            found = getattr(s, "__dict__", None)
            if found and self.key in found:
                found[self.key] = value
                return
            if not s.native & NATIVE_SET:
                s.set(self.option, value)
                return
        write_option(s, self.option, value)

    def __delete__(self, instance):
        raise AttributeError(f"the option {self.key} cannot be deleted")


cdef inline object present_option(int option, object value):
    return constants.SocketType(value) if option == ZMQ_TYPE else value
