# SPDX-License-Identifier: BSD-3-Clause
# Endpoints and groups: what a socket is bound, connected or joined to.  Uses errors and options.

ctypedef int (*endpoint_function)(void *, const char *) noexcept nogil


cdef bytes endpoint_bytes(object addr):
    return checking().endpoint_bytes(addr)


cdef int endpoint_call(Socket s, endpoint_function function, object addr, str action) except -1:
    cdef bytes endpoint = endpoint_bytes(addr)
    cdef const char *c_endpoint = endpoint
    cdef int rc
    check_open(s)
    if not checking().has_port(endpoint):
        return raise_endpoint(s, EINVAL, endpoint, action)
    while True:
        enter(s)
        if endpoint.startswith(b"inproc:"):     # at once, and never while a context begins to end: see shut_down
            rc = function(s.handle, c_endpoint)
        else:
            with nogil:     # names may be looked up
                rc = function(s.handle, c_endpoint)
        leave(s)
        if rc == 0:
            note_connection(s, endpoint, action)
            return 0
        rc = c_errno()
        if not interrupted(rc):
            return raise_endpoint(s, rc, endpoint, action)
        check_open(s)


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
        raise_endpoint(s, c_errno(), endpoint, "connect")
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


cdef int raise_endpoint(Socket s, int number, bytes endpoint, str action) except -1:
    return raise_errno(number, wording().of_endpoint(number, endpoint, action, IPC_PATH_MAX))


cdef int group_call(Socket s, endpoint_function function, object group, str action) except -1:
    cdef bytes name
    if not DRAFT_API:
        raise_without_drafts(f"to {action} a group")
    name = checking().group_name(group)
    check_open(s)
    if function(s.handle, name) < 0:
        raise_errno(c_errno(), wording().of_group(c_errno(), s.socket_type, action, group))
    return 0
