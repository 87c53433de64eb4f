/* SPDX-License-Identifier: BSD-3-Clause
 *
 * libzmq's C calls for extension modules that `cimport zmq`.
 *
 * libzmq may be linked statically into zmq's own extension module, with no exported symbols, so other modules cannot
 * link to it.  They need not: zmq.backend.cython._zmq publishes a table of the calls as a capsule, and this header sends every
 * zmq_xxx() of the including file through that table.  The table is looked up at the first call, which may be made
 * without the GIL.  Nothing has to be linked.
 */
#ifndef ZMQ_CORE_CAPI_H
#define ZMQ_CORE_CAPI_H

#include <Python.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

/* zmq_fd_t came with libzmq 4.3.3. */
#ifdef _WIN64
#define ZMQ_CAPI_FD unsigned __int64
#elif defined _WIN32
#define ZMQ_CAPI_FD unsigned int
#else
#define ZMQ_CAPI_FD int
#endif

#define ZMQ_CAPI_CAPSULE "zmq.backend.cython._zmq._C_API"
#define ZMQ_CAPI_VERSION 1

/* X(result, name, arguments) for each call of the table, in a fixed order: append only, then raise the version. */
#define ZMQ_CAPI_CALLS(X)                                                                                              \
    X (int, zmq_errno, (void))                                                                                         \
    X (const char *, zmq_strerror, (int))                                                                              \
    X (void, zmq_version, (int *, int *, int *))                                                                       \
    X (void *, zmq_ctx_new, (void))                                                                                    \
    X (int, zmq_ctx_term, (void *))                                                                                    \
    X (int, zmq_ctx_shutdown, (void *))                                                                                \
    X (int, zmq_ctx_set, (void *, int, int))                                                                           \
    X (int, zmq_ctx_get, (void *, int))                                                                                \
    X (int, zmq_msg_init, (zmq_msg_t *))                                                                               \
    X (int, zmq_msg_init_size, (zmq_msg_t *, size_t))                                                                  \
    X (int, zmq_msg_init_data, (zmq_msg_t *, void *, size_t, zmq_free_fn *, void *))                                   \
    X (int, zmq_msg_send, (zmq_msg_t *, void *, int))                                                                  \
    X (int, zmq_msg_recv, (zmq_msg_t *, void *, int))                                                                  \
    X (int, zmq_msg_close, (zmq_msg_t *))                                                                              \
    X (int, zmq_msg_move, (zmq_msg_t *, zmq_msg_t *))                                                                  \
    X (int, zmq_msg_copy, (zmq_msg_t *, zmq_msg_t *))                                                                  \
    X (void *, zmq_msg_data, (zmq_msg_t *))                                                                            \
    X (size_t, zmq_msg_size, (const zmq_msg_t *))                                                                      \
    X (int, zmq_msg_more, (const zmq_msg_t *))                                                                         \
    X (int, zmq_msg_get, (const zmq_msg_t *, int))                                                                     \
    X (int, zmq_msg_set, (zmq_msg_t *, int, int))                                                                      \
    X (const char *, zmq_msg_gets, (const zmq_msg_t *, const char *))                                                  \
    X (void *, zmq_socket, (void *, int))                                                                              \
    X (int, zmq_close, (void *))                                                                                       \
    X (int, zmq_setsockopt, (void *, int, const void *, size_t))                                                       \
    X (int, zmq_getsockopt, (void *, int, void *, size_t *))                                                           \
    X (int, zmq_bind, (void *, const char *))                                                                          \
    X (int, zmq_connect, (void *, const char *))                                                                       \
    X (int, zmq_unbind, (void *, const char *))                                                                        \
    X (int, zmq_disconnect, (void *, const char *))                                                                    \
    X (int, zmq_send, (void *, const void *, size_t, int))                                                             \
    X (int, zmq_send_const, (void *, const void *, size_t, int))                                                       \
    X (int, zmq_recv, (void *, void *, size_t, int))                                                                   \
    X (int, zmq_socket_monitor, (void *, const char *, int))                                                           \
    X (int, zmq_poll, (zmq_pollitem_t *, int, long))                                                                   \
    X (int, zmq_proxy, (void *, void *, void *))                                                                       \
    X (int, zmq_has, (const char *))                                                                                   \
    X (int, zmq_curve_keypair, (char *, char *))                                                                       \
    X (int, zmq_curve_public, (char *, const char *))                                                                  \
    X (char *, zmq_z85_encode, (char *, const uint8_t *, size_t))                                                      \
    X (uint8_t *, zmq_z85_decode, (uint8_t *, const char *))                                                           \
    X (int, zmq_join, (void *, const char *))                                                                          \
    X (int, zmq_leave, (void *, const char *))                                                                         \
    X (int, zmq_msg_set_routing_id, (zmq_msg_t *, uint32_t))                                                           \
    X (uint32_t, zmq_msg_routing_id, (zmq_msg_t *))                                                                    \
    X (int, zmq_msg_set_group, (zmq_msg_t *, const char *))                                                            \
    X (const char *, zmq_msg_group, (zmq_msg_t *))                                                                     \
    X (uint32_t, zmq_connect_peer, (void *, const char *))

typedef struct zmq_capi_t {
    int version; /* ZMQ_CAPI_VERSION of the module that made the table */
    size_t size; /* sizeof (zmq_capi_t) there */
    int drafts;  /* whether the draft calls work; without drafts they fail with ENOTSUP */
#define ZMQ_CAPI_MEMBER(result, name, args) result (*name) args;
    ZMQ_CAPI_CALLS (ZMQ_CAPI_MEMBER)
#undef ZMQ_CAPI_MEMBER
} zmq_capi_t;

#ifdef ZMQ_CORE_BUILD

#include "drafts.h" /* inside zmq's own module: the real calls */

#else

static zmq_capi_t *zmq_capi_loaded = NULL;

/* The table, looked up once.  A process that cannot find it could only crash at the next line: say why instead. */
static zmq_capi_t *zmq_capi_load (void)
{
    PyGILState_STATE state = PyGILState_Ensure ();
    zmq_capi_t *table = NULL;
    PyObject *module = PyImport_ImportModule ("zmq.backend.cython._zmq");
    if (module) {
        table = (zmq_capi_t *) PyCapsule_Import (ZMQ_CAPI_CAPSULE, 0);
        Py_DECREF (module);
    }
    if (!table || table->version < ZMQ_CAPI_VERSION || table->size < sizeof (zmq_capi_t)) {
        if (PyErr_Occurred ())
            PyErr_Print ();
        Py_FatalError ("this extension needs a zmq-core at least as new as the one it was built with");
    }
    zmq_capi_loaded = table;
    PyGILState_Release (state);
    return table;
}

static inline zmq_capi_t *zmq_capi (void)
{
    return zmq_capi_loaded ? zmq_capi_loaded : zmq_capi_load ();
}

#define zmq_errno (zmq_capi ()->zmq_errno)
#define zmq_strerror (zmq_capi ()->zmq_strerror)
#define zmq_version (zmq_capi ()->zmq_version)
#define zmq_ctx_new (zmq_capi ()->zmq_ctx_new)
#define zmq_ctx_term (zmq_capi ()->zmq_ctx_term)
#define zmq_ctx_shutdown (zmq_capi ()->zmq_ctx_shutdown)
#define zmq_ctx_set (zmq_capi ()->zmq_ctx_set)
#define zmq_ctx_get (zmq_capi ()->zmq_ctx_get)
#define zmq_msg_init (zmq_capi ()->zmq_msg_init)
#define zmq_msg_init_size (zmq_capi ()->zmq_msg_init_size)
#define zmq_msg_init_data (zmq_capi ()->zmq_msg_init_data)
#define zmq_msg_send (zmq_capi ()->zmq_msg_send)
#define zmq_msg_recv (zmq_capi ()->zmq_msg_recv)
#define zmq_msg_close (zmq_capi ()->zmq_msg_close)
#define zmq_msg_move (zmq_capi ()->zmq_msg_move)
#define zmq_msg_copy (zmq_capi ()->zmq_msg_copy)
#define zmq_msg_data (zmq_capi ()->zmq_msg_data)
#define zmq_msg_size (zmq_capi ()->zmq_msg_size)
#define zmq_msg_more (zmq_capi ()->zmq_msg_more)
#define zmq_msg_get (zmq_capi ()->zmq_msg_get)
#define zmq_msg_set (zmq_capi ()->zmq_msg_set)
#define zmq_msg_gets (zmq_capi ()->zmq_msg_gets)
#define zmq_socket (zmq_capi ()->zmq_socket)
#define zmq_close (zmq_capi ()->zmq_close)
#define zmq_setsockopt (zmq_capi ()->zmq_setsockopt)
#define zmq_getsockopt (zmq_capi ()->zmq_getsockopt)
#define zmq_bind (zmq_capi ()->zmq_bind)
#define zmq_connect (zmq_capi ()->zmq_connect)
#define zmq_unbind (zmq_capi ()->zmq_unbind)
#define zmq_disconnect (zmq_capi ()->zmq_disconnect)
#define zmq_send (zmq_capi ()->zmq_send)
#define zmq_send_const (zmq_capi ()->zmq_send_const)
#define zmq_recv (zmq_capi ()->zmq_recv)
#define zmq_socket_monitor (zmq_capi ()->zmq_socket_monitor)
#define zmq_poll (zmq_capi ()->zmq_poll)
#define zmq_proxy (zmq_capi ()->zmq_proxy)
#define zmq_has (zmq_capi ()->zmq_has)
#define zmq_curve_keypair (zmq_capi ()->zmq_curve_keypair)
#define zmq_curve_public (zmq_capi ()->zmq_curve_public)
#define zmq_z85_encode (zmq_capi ()->zmq_z85_encode)
#define zmq_z85_decode (zmq_capi ()->zmq_z85_decode)
#define zmq_join (zmq_capi ()->zmq_join)
#define zmq_leave (zmq_capi ()->zmq_leave)
#define zmq_msg_set_routing_id (zmq_capi ()->zmq_msg_set_routing_id)
#define zmq_msg_routing_id (zmq_capi ()->zmq_msg_routing_id)
#define zmq_msg_set_group (zmq_capi ()->zmq_msg_set_group)
#define zmq_msg_group (zmq_capi ()->zmq_msg_group)
#define zmq_connect_peer (zmq_capi ()->zmq_connect_peer)

#endif
#endif
