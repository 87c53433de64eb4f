# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3
# cython: embedsignature=True
# cython: embedsignature.format=clinic
# cython: binding=False
# cython: auto_pickle=False
"""libzmq for CPython: the one compiled module of zmq.

One module, so that libzmq can be linked into it statically, with link-time optimisation and without exported symbols.
Each noun has a file of its own, included here in the order in which they build on one another.  Nothing here imports
`zmq.sugar` or anything above it; what is needed from there is handed down once, through `configure`.
"""

cimport cython
from cpython.buffer cimport (
    PyBUF_ANY_CONTIGUOUS, PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_CheckBuffer,
    PyObject_GetBuffer,
)
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE,
)
from cpython.exc cimport PyErr_CheckSignals, PyErr_Clear, PyErr_Occurred, PyErr_SetObject
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.long cimport PyLong_AsLongAndOverflow
from cpython.object cimport PyObject
from cpython.pythread cimport (
    PyThread_acquire_lock, PyThread_allocate_lock, PyThread_get_thread_ident, PyThread_release_lock, PyThread_type_lock,
)
from cpython.ref cimport Py_DECREF, Py_INCREF, Py_REFCNT
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8, PyUnicode_FromString
from cpython.weakref cimport PyWeakref_NewRef
from libc.errno cimport EAGAIN, EFAULT, EINTR, EINVAL, EMFILE, ENOTSOCK
from libc.limits cimport INT_MAX
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from zmq.backend.cython.libzmq cimport (
    EFSM, EHOSTUNREACH, ENOTSUP, ZMQ_REQ,
    ETERM, ZMQ_AFFINITY, ZMQ_CURVE_PUBLICKEY, ZMQ_CURVE_SECRETKEY, ZMQ_CURVE_SERVERKEY, ZMQ_DONTWAIT,
    ZMQ_EVENTS, ZMQ_LAST_ENDPOINT, ZMQ_EVENT_ALL, ZMQ_FD, ZMQ_IO_THREADS, ZMQ_LINGER, ZMQ_MAX_SOCKETS, ZMQ_POLLIN, ZMQ_POLLOUT,
    ZMQ_PAIR, ZMQ_PUB, ZMQ_PULL, ZMQ_RCVMORE, ZMQ_RCVTIMEO, ZMQ_REP, ZMQ_REQ_RELAXED, ZMQ_ROUTER, ZMQ_ROUTING_ID, ZMQ_SHARED,
    ZMQ_SNDMORE,
    ZMQ_SNDTIMEO, ZMQ_SUB, ZMQ_TYPE, ZMQ_XPUB, zmq_msg_t, zmq_free_fn, zmq_fd_t, zmq_pollitem_t, zmq_bind,
    zmq_close, zmq_connect, zmq_connect_peer, zmq_ctx_get, zmq_ctx_new, zmq_ctx_set, zmq_ctx_shutdown, zmq_ctx_term,
    zmq_curve_keypair, zmq_curve_public, zmq_disconnect, zmq_getsockopt, zmq_has, zmq_join, zmq_leave,
    zmq_msg_close, zmq_msg_copy, zmq_msg_data, zmq_msg_get, zmq_msg_gets, zmq_msg_group, zmq_msg_init,
    zmq_msg_init_data, zmq_msg_init_size, zmq_msg_more, zmq_msg_move, zmq_msg_recv, zmq_msg_routing_id,
    zmq_msg_send, zmq_msg_set, zmq_msg_set_group, zmq_msg_set_routing_id, zmq_msg_size, zmq_send,
    zmq_setsockopt, zmq_socket, zmq_socket_monitor, zmq_strerror, zmq_unbind, zmq_version, zmq_errno as c_errno,
    zmq_poll as c_poll,
)

import zmq.constants as constants
import zmq.error as error

include "errors.pxi"
include "release.pxi"
include "frame.pxi"
include "ending.pxi"
include "context.pxi"
include "options.pxi"
include "life.pxi"
include "transfer.pxi"
include "counting.pxi"
include "endpoint.pxi"
include "socket.pxi"
include "multipart.pxi"
include "batch.pxi"
include "text.pxi"
include "poll.pxi"
include "ready.pxi"
include "pending.pxi"
include "attempts.pxi"
include "lanes.pxi"
include "draining.pxi"
include "awaitablesocket.pxi"
include "proxy.pxi"
include "utils.pxi"
include "capi.pxi"
