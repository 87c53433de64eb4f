/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The draft calls.  In a build without drafts they exist all the same, and fail with ENOTSUP.
 */
#ifndef ZMQ_CORE_DRAFTS_H
#define ZMQ_CORE_DRAFTS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#ifdef ZMQ_BUILD_DRAFT_API
#define ZMQ_CORE_DRAFT_API 1

#ifndef ZMQ_CAPI_FD
#define ZMQ_CAPI_FD int
#endif

/* The descriptor of a thread-safe draft socket comes from a draft poller. */
static void *zmq_core_poller_of (void *socket)
{
    void *poller = zmq_poller_new ();
    if (poller && zmq_poller_add (poller, socket, NULL, ZMQ_POLLIN | ZMQ_POLLOUT) < 0)
        zmq_poller_destroy (&poller);
    return poller;
}
static int zmq_core_poller_fd (void *poller)
{
    ZMQ_CAPI_FD fd;
    return zmq_poller_fd (poller, &fd) < 0 ? -1 : (int) fd;
}
static void zmq_core_poller_destroy (void *poller)
{
    zmq_poller_destroy (&poller);
}

#else
#define ZMQ_CORE_DRAFT_API 0
#define zmq_join zmq_core_no_group
#define zmq_leave zmq_core_no_group
#define zmq_msg_set_routing_id zmq_core_no_set_routing_id
#define zmq_msg_routing_id zmq_core_no_routing_id
#define zmq_msg_set_group zmq_core_no_set_group
#define zmq_msg_group zmq_core_no_msg_group
#define zmq_connect_peer zmq_core_no_connect_peer
static int zmq_core_no_group (void *socket, const char *group)
{
    (void) socket, (void) group;
    errno = ENOTSUP;
    return -1;
}
static int zmq_core_no_set_routing_id (zmq_msg_t *msg, uint32_t id)
{
    (void) msg, (void) id;
    errno = ENOTSUP;
    return -1;
}
static uint32_t zmq_core_no_routing_id (zmq_msg_t *msg)
{
    (void) msg;
    errno = ENOTSUP;
    return 0;
}
static int zmq_core_no_set_group (zmq_msg_t *msg, const char *group)
{
    (void) msg, (void) group;
    errno = ENOTSUP;
    return -1;
}
static uint32_t zmq_core_no_connect_peer (void *socket, const char *endpoint)
{
    (void) socket, (void) endpoint;
    errno = ENOTSUP;
    return 0;
}
static const char *zmq_core_no_msg_group (zmq_msg_t *msg)
{
    (void) msg;
    errno = ENOTSUP;
    return NULL;
}

static void *zmq_core_poller_of (void *socket)
{
    (void) socket;
    errno = ENOTSUP;
    return NULL;
}
static int zmq_core_poller_fd (void *poller)
{
    (void) poller;
    return -1;
}
static void zmq_core_poller_destroy (void *poller)
{
    (void) poller;
}
#endif
#endif
