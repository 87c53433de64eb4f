# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3
"""The C layout of the native classes, for `from zmq cimport Context, Frame, Socket`."""

from libc.stdint cimport int64_t, uint64_t

from zmq.backend.cython.libzmq cimport zmq_msg_t


cdef class Context:
    cdef object __weakref__
    cdef dict __dict__          # here and not in the subclass, where tracemalloc would lose the object (CPython 3.11)
    cdef void *handle           # the libzmq context; NULL once terminated, or in a forked child
    cdef readonly object _shadow_obj    # what keeps a shadowed context alive, or None
    cdef readonly bint _shadow          # the handle belongs to somebody else
    cdef int socket_count       # open sockets of ours
    cdef void *ending           # its termination that is going on, or NULL: see ending.pxi
    cdef readonly list _lingering       # what is known of sockets that were closed and may have unsent messages
    cdef dict unmet             # inproc endpoints that closed sockets were connected to, and
    cdef int unmet_count        # how many those were: see ending.pxi
    cdef void *older            # borrowed links of the list of living contexts: see context.pxi
    cdef void *newer


cdef class Socket:
    cdef object __weakref__
    cdef dict __dict__
    cdef void *handle           # the libzmq socket; NULL once closed, or in a forked child
    cdef object _context
    cdef readonly object _shadow_obj
    cdef readonly bint _shadow
    cdef unsigned long user     # the thread that is inside libzmq with this socket without the GIL, or 0
    cdef int socket_type
    cdef unsigned char native   # which of the methods a subclass has left alone: see socket.pxi
    cdef bint timed             # RCVTIMEO or SNDTIMEO is above 0
    cdef int64_t limit          # when the call that is going on must end, by its own timeout: see transfer.pxi
    cdef unsigned long limiter  # the thread whose call has the limit
    cdef uint64_t messages_in, bytes_in, messages_out, bytes_out, would_block
    cdef bint counted           # it has `counting`, which is to be asked
    cdef bint observed          # the layer above observes it, and wants to know when it closes
    cdef readonly object counting       # who counts its subscribers, or None: see counting.pxi
    cdef list held              # what was taken from libzmq for counting, until the user receives it
    cdef bint more              # the part that was received last from a counting socket has a successor
    cdef readonly object _made_at       # (code, line) where it was made
    cdef public Py_ssize_t copy_threshold
    cdef public bint share_bytes        # bytes from copy_threshold on are lent to libzmq, not copied
    cdef unsigned long maker    # the thread that made it
    cdef Socket monitor_socket  # the PAIR that receives its events
    cdef object monitored       # of such a PAIR: a weak reference to the socket whose events it receives
    cdef int monitor_calls      # how many threads are switching the monitor: it is not closed meanwhile
    cdef readonly bint _linger_chosen   # LINGER has been set
    cdef public bint _quiet             # no warning when it is dropped without being closed
    cdef readonly list _connections     # the endpoints it is connected to, as given
    cdef readonly list _bindings        # the endpoints it is bound to, as resolved
    cdef void *draft_poller     # makes the FD of a thread-safe draft socket
    cdef void *older            # borrowed links of the list of living sockets
    cdef void *newer


cdef class Frame:
    cdef object __weakref__
    cdef zmq_msg_t zmq_msg
    cdef object _data           # the object whose memory was given to libzmq, or None
    cdef object _bytes          # the contents as bytes, once asked for
    cdef object _view           # a weak reference to what `buffer` returned
    cdef readonly object tracker
    cdef readonly object tracker_event
    cdef bint done_at_close     # a received frame: its event is done when the frame is gone
