# SPDX-License-Identifier: BSD-3-Clause
# cython: language_level=3
"""libzmq's C declarations, in the order of zmq.h; for us and for whoever cimports them."""

from libc.stdint cimport int32_t, uint8_t, uint32_t


cdef extern from "zmq_capi.h" nogil:
    enum:
        ZMQ_VERSION_MAJOR
        ZMQ_VERSION_MINOR
        ZMQ_VERSION_PATCH

        EHOSTUNREACH
        ENOTSUP
        EPROTONOSUPPORT
        EFSM
        ENOCOMPATPROTO
        ETERM
        EMTHREAD

        ZMQ_IO_THREADS
        ZMQ_MAX_SOCKETS

        ZMQ_PAIR
        ZMQ_PUB
        ZMQ_SUB
        ZMQ_REQ
        ZMQ_REP
        ZMQ_DEALER
        ZMQ_ROUTER
        ZMQ_PULL
        ZMQ_PUSH
        ZMQ_XPUB
        ZMQ_XSUB
        ZMQ_STREAM

        ZMQ_AFFINITY
        ZMQ_ROUTING_ID
        ZMQ_SUBSCRIBE
        ZMQ_UNSUBSCRIBE
        ZMQ_RCVMORE
        ZMQ_FD
        ZMQ_EVENTS
        ZMQ_TYPE
        ZMQ_LINGER
        ZMQ_SNDHWM
        ZMQ_RCVHWM
        ZMQ_RCVTIMEO
        ZMQ_SNDTIMEO
        ZMQ_LAST_ENDPOINT
        ZMQ_CURVE_PUBLICKEY
        ZMQ_CURVE_SECRETKEY
        ZMQ_CURVE_SERVERKEY
        ZMQ_REQ_RELAXED

        ZMQ_MORE
        ZMQ_SHARED
        ZMQ_DONTWAIT
        ZMQ_SNDMORE

        ZMQ_EVENT_ALL

        ZMQ_POLLIN
        ZMQ_POLLOUT
        ZMQ_POLLERR

    int zmq_errno() noexcept
    const char *zmq_strerror(int errnum) noexcept
    void zmq_version(int *major, int *minor, int *patch) noexcept

    void *zmq_ctx_new() noexcept
    int zmq_ctx_term(void *context) noexcept
    int zmq_ctx_shutdown(void *context) noexcept
    int zmq_ctx_set(void *context, int option, int optval) noexcept
    int zmq_ctx_get(void *context, int option) noexcept

    ctypedef struct zmq_msg_t:
        pass

    ctypedef void zmq_free_fn(void *data, void *hint) noexcept nogil

    int zmq_msg_init(zmq_msg_t *msg) noexcept
    int zmq_msg_init_size(zmq_msg_t *msg, size_t size) noexcept
    int zmq_msg_init_data(zmq_msg_t *msg, void *data, size_t size, zmq_free_fn *ffn, void *hint) noexcept
    int zmq_msg_send(zmq_msg_t *msg, void *socket, int flags) noexcept
    int zmq_msg_recv(zmq_msg_t *msg, void *socket, int flags) noexcept
    int zmq_msg_close(zmq_msg_t *msg) noexcept
    int zmq_msg_move(zmq_msg_t *dest, zmq_msg_t *src) noexcept
    int zmq_msg_copy(zmq_msg_t *dest, zmq_msg_t *src) noexcept
    void *zmq_msg_data(zmq_msg_t *msg) noexcept
    size_t zmq_msg_size(const zmq_msg_t *msg) noexcept
    int zmq_msg_more(const zmq_msg_t *msg) noexcept
    int zmq_msg_get(const zmq_msg_t *msg, int property) noexcept
    int zmq_msg_set(zmq_msg_t *msg, int property, int value) noexcept
    const char *zmq_msg_gets(const zmq_msg_t *msg, const char *property) noexcept

    void *zmq_socket(void *context, int type) noexcept
    int zmq_close(void *socket) noexcept
    int zmq_setsockopt(void *socket, int option, const void *optval, size_t size) noexcept
    int zmq_getsockopt(void *socket, int option, void *optval, size_t *size) noexcept
    int zmq_bind(void *socket, const char *endpoint) noexcept
    int zmq_connect(void *socket, const char *endpoint) noexcept
    int zmq_unbind(void *socket, const char *endpoint) noexcept
    int zmq_disconnect(void *socket, const char *endpoint) noexcept
    int zmq_send(void *socket, const void *data, size_t size, int flags) noexcept
    int zmq_send_const(void *socket, const void *data, size_t size, int flags) noexcept
    int zmq_recv(void *socket, void *buffer, size_t size, int flags) noexcept
    int zmq_socket_monitor(void *socket, const char *endpoint, int events) noexcept

    ctypedef int zmq_fd_t "ZMQ_CAPI_FD"

    ctypedef struct zmq_pollitem_t:
        void *socket
        zmq_fd_t fd
        short events
        short revents

    int zmq_poll(zmq_pollitem_t *items, int count, long timeout) noexcept

    int zmq_proxy(void *frontend, void *backend, void *capture) noexcept

    int zmq_has(const char *capability) noexcept

    int zmq_curve_keypair(char *public_key, char *secret_key) noexcept
    int zmq_curve_public(char *public_key, const char *secret_key) noexcept
    char *zmq_z85_encode(char *dest, const uint8_t *data, size_t size) noexcept
    uint8_t *zmq_z85_decode(uint8_t *dest, const char *text) noexcept

    # Drafts: without them these fail with ENOTSUP.
    int zmq_join(void *socket, const char *group) noexcept
    int zmq_leave(void *socket, const char *group) noexcept
    int zmq_msg_set_routing_id(zmq_msg_t *msg, uint32_t routing_id) noexcept
    uint32_t zmq_msg_routing_id(zmq_msg_t *msg) noexcept
    int zmq_msg_set_group(zmq_msg_t *msg, const char *group) noexcept
    const char *zmq_msg_group(zmq_msg_t *msg) noexcept
    uint32_t zmq_connect_peer(void *socket, const char *endpoint) noexcept
