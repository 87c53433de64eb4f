# SPDX-License-Identifier: BSD-3-Clause
# Endpoints and groups: what a socket is bound, connected or joined to.  Uses errors and options.

ctypedef int (*endpoint_function)(void *, const char *) noexcept nogil


cdef bytes endpoint_bytes(object addr):
    cdef bytes endpoint
    if isinstance(addr, str):
        endpoint = (<str> addr).encode("utf-8")
    elif isinstance(addr, bytes):
        endpoint = addr
    else:
        raise TypeError(f"an endpoint is str or bytes, like 'tcp://127.0.0.1:5555', not {addr!r}")
    if b"\0" in endpoint:
        raise ValueError(f"an endpoint cannot contain a NUL character: {addr!r}")
    return endpoint


cdef int endpoint_call(Socket s, endpoint_function function, object addr, str action) except -1:
    cdef bytes endpoint = endpoint_bytes(addr)
    cdef const char *c_endpoint = endpoint
    cdef int rc
    check_open(s)
    if endpoint.startswith(b"tcp://") and not has_port(endpoint):
        return raise_endpoint(s, EINVAL, addr, endpoint, action)
    while True:
        enter(s)
        with nogil:     # names may be looked up
            rc = function(s.handle, c_endpoint)
        leave(s)
        if rc == 0:
            note_connection(s, endpoint, action)
            return 0
        rc = c_errno()
        if not interrupted(rc):
            return raise_endpoint(s, rc, addr, endpoint, action)
        check_open(s)


cdef bint has_port(bytes endpoint):
    """Whether what stands in place of a port is one: libzmq takes 65541 and 5x for port 5."""
    port = endpoint.rpartition(b":")[2]
    return not port[:1].isdigit() or port.isdigit() and len(port) < 9 and int(port) <= 65535


cdef object connect_to_peer(Socket s, object addr):
    cdef bytes endpoint = endpoint_bytes(addr)
    cdef const char *c_endpoint = endpoint
    cdef uint32_t routing_id
    if not DRAFT_API:
        raise_without_drafts("connect_peer")
    check_open(s)
    enter(s)
    with nogil:
        routing_id = zmq_connect_peer(s.handle, c_endpoint)
    leave(s)
    if routing_id == 0:
        raise_endpoint(s, c_errno(), addr, endpoint, "connect")
    note_connection(s, endpoint, "connect")
    return routing_id


cdef int note_connection(Socket s, bytes endpoint, str action) except -1:
    """Keep the lists of what a socket is bound and connected to."""
    cdef char resolved[LONGEST_VALUE]
    cdef size_t size = LONGEST_VALUE
    if action == "connect":
        if s._connections is None:
            s._connections = []
        s._connections.append(endpoint)
    elif action == "bind":
        if zmq_getsockopt(s.handle, ZMQ_LAST_ENDPOINT, resolved, &size) == 0 and size > 1:
            endpoint = resolved[:size - 1]
        if s._bindings is None:
            s._bindings = []
        s._bindings.append(endpoint)
    else:
        known = s._connections if action == "disconnect" else s._bindings
        if known is not None and endpoint in known:
            known.remove(endpoint)
    return 0


cdef int raise_endpoint(Socket s, int number, object addr, bytes endpoint, str action) except -1:
    if number == ETERM:
        return raise_errno(number)
    shown = endpoint.decode("utf-8", "replace")
    text = f"{describe(number)} (addr={shown!r})"
    if number == ENAMETOOLONG:
        text = (
            f"the path of {shown!r} has more than {IPC_PATH_MAX} bytes, the limit of this system "
            "(zmq.IPC_PATH_MAX_LEN)"
        )
    elif number == EPROTONOSUPPORT:
        transport = shown.partition("://")[0]
        if transport in ("ipc", "norm", "pgm", "epgm", "tipc", "udp", "vmci", "ws", "wss"):
            text += f": this libzmq was built without {transport}, or cannot use it here"
        else:
            text += ": libzmq knows no such transport"
    elif number == EINVAL and b"://" not in endpoint:
        text = f"Invalid argument: {shown!r} is not an endpoint like 'tcp://127.0.0.1:5555'"
    elif number == EINVAL and endpoint.startswith(b"tcp://"):
        text += ": after 'tcp://' come a host or an interface, a colon, and the number of a port or '*'"
    elif number == ENOENT and action in ("unbind", "disconnect"):
        text = f"{describe(number)}: cannot {action} {shown!r}, which this socket is not {PARTICIPLES[action]} to"
    elif number == ENOENT and endpoint.startswith(b"ipc://"):
        text = f"{describe(number)}: the directory of {shown!r} does not exist"
    return raise_errno(number, text)


cdef dict PARTICIPLES = {"unbind": "bound", "disconnect": "connected"}


cdef int group_call(Socket s, endpoint_function function, object group, str action) except -1:
    cdef bytes name
    if not DRAFT_API:
        raise_without_drafts(f"to {action} a group")
    name = group_name(group)
    check_open(s)
    if function(s.handle, name) < 0:
        raise_errno(c_errno(), f"{describe(c_errno())}: a {socket_type_name(s)} socket cannot {action} {group!r}")
    return 0
