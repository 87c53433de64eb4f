/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The C part of the CFFI backend.  Every call is made without the GIL; a socket is guarded against a second thread
 * here, where no other thread can come in between.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <zmq.h>
#include "drafts.h"
#include "facts.h"
#include "relay.h"
#include "calls.h"

enum { ZMQ_CORE_BUSY = -0x7FFFFFFF };

unsigned long zmq_core_thread (void)
{
    return (unsigned long) pthread_self ();
}

/* ---- sockets ------------------------------------------------------------------------------------------------------ */

static int zmq_core_enter (zmq_core_socket *s)
{
    unsigned long nobody = 0, me = zmq_core_thread (), claimant;
    if (!__atomic_compare_exchange_n (&s->user, &nobody, me, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return ZMQ_CORE_BUSY;
    claimant = __atomic_load_n (&s->claimant, __ATOMIC_RELAXED);
    if (s->handle && (!claimant || claimant == me))
        return 0;
    __atomic_store_n (&s->user, 0, __ATOMIC_RELEASE);
    return s->handle ? ZMQ_CORE_BUSY : -ENOTSOCK;
}

static int zmq_core_leave (zmq_core_socket *s, int rc)
{
    rc = rc < 0 ? -zmq_errno () : rc;
    __atomic_store_n (&s->user, 0, __ATOMIC_RELEASE);
    return rc;
}

static int zmq_core_count_out (zmq_core_socket *s, int rc, size_t size, int flags)
{
    if (rc < 0)
        return rc;
    s->messages_out += !(flags & ZMQ_SNDMORE);
    s->bytes_out += size;
    return 0;
}

int zmq_core_send (zmq_core_socket *s, const char *data, size_t size, int flags)
{
    int rc = zmq_core_enter (s);
    if (rc < 0)
        return rc;
    rc = zmq_core_count_out (s, zmq_send (s->handle, data, size, flags), size, flags);
    return zmq_core_leave (s, rc);
}

int zmq_core_send_part (zmq_core_socket *s, zmq_core_part *part, int flags)
{
    size_t size = zmq_msg_size (&part->message);
    int rc = zmq_core_enter (s);
    if (rc < 0)
        return rc;
    rc = zmq_core_count_out (s, zmq_msg_send (&part->message, s->handle, flags), size, flags);
    return zmq_core_leave (s, rc);
}

long long zmq_core_recv (zmq_core_socket *s, zmq_core_part *part, int flags)
{
    long long size;
    int rc = zmq_core_enter (s);
    if (rc < 0)
        return rc;
    if (zmq_msg_recv (&part->message, s->handle, flags) < 0)
        return zmq_core_leave (s, -1);
    size = (long long) zmq_msg_size (&part->message);
    part->data = zmq_msg_data (&part->message);
    part->more = zmq_msg_more (&part->message);
    part->outside = part->data < (const char *) part || part->data >= (const char *) (part + 1);
    s->messages_in += !part->more;
    s->bytes_in += (uint64_t) size;
    zmq_core_leave (s, 0);
    return size;
}

int zmq_core_reach (zmq_core_socket *s, int call, const char *name)
{
    static int (*const calls[]) (void *, const char *) = {zmq_bind,       zmq_connect, zmq_unbind,
                                                          zmq_disconnect, zmq_join,    zmq_leave};
    int rc = zmq_core_enter (s);
    return rc < 0 ? rc : zmq_core_leave (s, calls[call](s->handle, name));
}

long long zmq_core_connect_peer (zmq_core_socket *s, const char *endpoint)
{
    uint32_t routing_id;
    int rc = zmq_core_enter (s);
    if (rc < 0)
        return rc;
    routing_id = zmq_connect_peer (s->handle, endpoint);
    rc = zmq_core_leave (s, routing_id ? 0 : -1);
    return rc < 0 ? rc : (long long) routing_id;
}

int zmq_core_get (zmq_core_socket *s, int option, void *value, size_t *size)
{
    int rc = zmq_core_enter (s);
    return rc < 0 ? rc : zmq_core_leave (s, zmq_getsockopt (s->handle, option, value, size));
}

int zmq_core_set (zmq_core_socket *s, int option, const void *value, size_t size)
{
    int rc = zmq_core_enter (s);
    return rc < 0 ? rc : zmq_core_leave (s, zmq_setsockopt (s->handle, option, value, size));
}

int zmq_core_events (zmq_core_socket *s)
{
    int events = 0;
    size_t size = sizeof events;
    int rc = zmq_core_get (s, ZMQ_EVENTS, &events, &size);
    return rc < 0 ? rc : events;
}

/* A pinned socket is not closed: whoever takes its handle away waits until nobody pins it any more. */
static void *zmq_core_pin (zmq_core_socket *s)
{
    __atomic_add_fetch (&s->pins, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n (&s->handle, __ATOMIC_SEQ_CST);
}

static int zmq_core_unpin (zmq_core_socket *s, int rc)
{
    rc = rc < 0 ? -zmq_errno () : rc;
    __atomic_add_fetch (&s->pins, -1, __ATOMIC_SEQ_CST);
    return rc;
}

int zmq_core_set_linger (zmq_core_socket *s, int linger)
{
    void *handle = zmq_core_pin (s);
    return zmq_core_unpin (s, handle ? zmq_setsockopt (handle, ZMQ_LINGER, &linger, sizeof linger) : 0);
}

int zmq_core_monitor (zmq_core_socket *s, const char *endpoint, int events)
{
    void *handle = zmq_core_pin (s);
    if (handle)
        return zmq_core_unpin (s, zmq_socket_monitor (handle, endpoint, events));
    zmq_core_unpin (s, 0);
    return -ENOTSOCK;
}

int zmq_core_hold (zmq_core_socket *s)
{
    return zmq_core_enter (s);
}

void zmq_core_release (zmq_core_socket *s)
{
    __atomic_store_n (&s->user, 0, __ATOMIC_RELEASE);
}

/* 1 when it is claimed now, 0 when this thread has it already, or BUSY. */
int zmq_core_claim (zmq_core_socket *s)
{
    unsigned long nobody = 0, me = zmq_core_thread ();
    if (__atomic_compare_exchange_n (&s->claimant, &nobody, me, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return 1;
    return nobody == me ? 0 : ZMQ_CORE_BUSY;
}

void zmq_core_disclaim (zmq_core_socket *s)
{
    __atomic_store_n (&s->claimant, 0, __ATOMIC_RELEASE);
}

int zmq_core_take_handle (zmq_core_socket *s, void **handle)
{
    int rc = zmq_core_enter (s);
    if (rc < 0)
        return rc;
    *handle = __atomic_exchange_n (&s->handle, NULL, __ATOMIC_SEQ_CST);
    while (__atomic_load_n (&s->pins, __ATOMIC_SEQ_CST))
        zmq_core_pause ();
    return zmq_core_leave (s, 0);
}

int zmq_core_close (void *handle)
{
    return zmq_close (handle) < 0 ? -zmq_errno () : 0;
}

void zmq_core_pause (void)
{
    zmq_poll (NULL, 0, 1);
}

/* ---- waiting ---- */

int zmq_core_wait (zmq_core_socket *s, int events, long timeout)
{
    zmq_pollitem_t item = {NULL, 0, (short) events, 0};
    int rc = zmq_core_enter (s);
    if (rc < 0)
        return rc;
    item.socket = s->handle;
    rc = zmq_core_leave (s, zmq_poll (&item, 1, timeout));
    return rc > 0 ? item.revents : rc;
}

/* No socket stands in the list twice. */
static int zmq_core_enter_all (zmq_core_socket **sockets, int count)
{
    int i, rc = 0;
    for (i = 0; i < count && rc == 0; i++)
        rc = zmq_core_enter (sockets[i]);
    if (rc < 0)
        for (i--; i > 0; i--)
            zmq_core_release (sockets[i - 1]);
    return rc;
}

static int zmq_core_leave_all (zmq_core_socket **sockets, int count, int rc)
{
    int i;
    for (i = 0; i < count; i++)
        zmq_core_release (sockets[i]);
    return rc;
}

int zmq_core_poll (zmq_core_socket **sockets, int socket_count, zmq_pollitem_t *items, int count, long timeout)
{
    int rc = zmq_core_enter_all (sockets, socket_count);
    if (rc < 0)
        return rc;
    rc = zmq_poll (items, count, timeout);
    return zmq_core_leave_all (sockets, socket_count, rc < 0 ? -zmq_errno () : rc);
}

int zmq_core_run_relay (zmq_core_socket **sockets, int count, zmq_core_relay *relay, int attentive)
{
    int rc = zmq_core_enter_all (sockets, count);
    return rc < 0 ? rc : zmq_core_leave_all (sockets, count, zmq_core_relay_run (relay, attentive));
}

/* ---- parts -------------------------------------------------------------------------------------------------------- */

zmq_core_part *zmq_core_new_part (void)
{
    zmq_core_part *part = calloc (1, sizeof *part);
    if (part)
        zmq_msg_init (&part->message);
    return part;
}

void zmq_core_empty_part (zmq_core_part *part)
{
    zmq_msg_close (&part->message);
    zmq_msg_init (&part->message);
    part->data = NULL;
}

static void zmq_core_count_down (zmq_core_tally *tally);
static zmq_core_tally *zmq_core_share_tally (zmq_core_tally *tally);

void zmq_core_free_part (zmq_core_part *part)
{
    zmq_msg_close (&part->message);
    if (part->tally) {
        zmq_core_count_down (part->tally);
        zmq_core_forget_tally (part->tally);
    }
    free (part);
}

static void zmq_core_note_data (zmq_core_part *part)
{
    part->data = zmq_msg_data (&part->message);
}

int zmq_core_fill_part (zmq_core_part *part, const char *data, size_t size)
{
    zmq_msg_close (&part->message);
    if (zmq_msg_init_size (&part->message, size) < 0) {
        zmq_msg_init (&part->message);
        return -ENOMEM;
    }
    zmq_core_note_data (part);
    memcpy (zmq_msg_data (&part->message), data, size);
    return 0;
}

int zmq_core_copy_part (zmq_core_part *to, zmq_core_part *from)
{
    if (zmq_msg_copy (&to->message, &from->message) < 0)
        return -zmq_errno ();
    zmq_core_note_data (to);
    return 0;
}

size_t zmq_core_part_size (zmq_core_part *part)
{
    part->data = zmq_msg_data (&part->message);
    return zmq_msg_size (&part->message);
}

int zmq_core_part_more (zmq_core_part *part)
{
    return zmq_msg_more (&part->message);
}

void zmq_core_track_part (zmq_core_part *part, zmq_core_tally *tally)
{
    part->tally = zmq_core_share_tally (tally);
}

/* ---- tallies: how many messages libzmq still holds ---------------------------------------------------------------- */

struct zmq_core_tally {
    int pending;
    int refs;
    pthread_mutex_t mutex;
    pthread_cond_t done;
};

zmq_core_tally *zmq_core_new_tally (int pending)
{
    pthread_condattr_t attributes;
    zmq_core_tally *tally = calloc (1, sizeof *tally);
    if (!tally)
        return NULL;
    tally->pending = pending;
    tally->refs = 1;
    pthread_mutex_init (&tally->mutex, NULL);
    pthread_condattr_init (&attributes);
#ifndef __APPLE__
    pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
#endif
    pthread_cond_init (&tally->done, &attributes);
    pthread_condattr_destroy (&attributes);
    return tally;
}

void zmq_core_forget_tally (zmq_core_tally *tally)
{
    if (__atomic_add_fetch (&tally->refs, -1, __ATOMIC_ACQ_REL))
        return;
    pthread_cond_destroy (&tally->done);
    pthread_mutex_destroy (&tally->mutex);
    free (tally);
}

static zmq_core_tally *zmq_core_share_tally (zmq_core_tally *tally)
{
    if (tally)
        __atomic_add_fetch (&tally->refs, 1, __ATOMIC_ACQ_REL);
    return tally;
}

static void zmq_core_count_down (zmq_core_tally *tally)
{
    if (__atomic_add_fetch (&tally->pending, -1, __ATOMIC_ACQ_REL))
        return;
    pthread_mutex_lock (&tally->mutex);
    pthread_cond_broadcast (&tally->done);
    pthread_mutex_unlock (&tally->mutex);
}

int zmq_core_is_done (zmq_core_tally *tally)
{
    return __atomic_load_n (&tally->pending, __ATOMIC_ACQUIRE) <= 0;
}

int zmq_core_wait_tally (zmq_core_tally *tally, int milliseconds)
{
    struct timespec end;
#ifdef __APPLE__
    clock_gettime (CLOCK_REALTIME, &end);
#else
    clock_gettime (CLOCK_MONOTONIC, &end);
#endif
    end.tv_sec += milliseconds / 1000;
    end.tv_nsec += milliseconds % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock (&tally->mutex);
    while (!zmq_core_is_done (tally) && pthread_cond_timedwait (&tally->done, &tally->mutex, &end) == 0)
        ;
    pthread_mutex_unlock (&tally->mutex);
    return zmq_core_is_done (tally);
}

#include "loans.h"

/* ---- contexts ----------------------------------------------------------------------------------------------------- */

/* Whoever ends the context waits for the pins after `ending`, and forgets the handle before anything else begins. */
static void *zmq_core_enter_context (zmq_core_context *c)
{
    void *handle;
    int ending;
    __atomic_add_fetch (&c->pins, 1, __ATOMIC_SEQ_CST);
    ending = __atomic_load_n (&c->ending, __ATOMIC_SEQ_CST);
    handle = __atomic_load_n (&c->handle, __ATOMIC_SEQ_CST);
    if (handle && !ending)
        return handle;
    __atomic_add_fetch (&c->pins, -1, __ATOMIC_SEQ_CST);
    errno = handle ? ETERM : EFAULT;
    return NULL;
}

static void zmq_core_leave_context (zmq_core_context *c)
{
    __atomic_add_fetch (&c->pins, -1, __ATOMIC_SEQ_CST);
}

void *zmq_core_new_socket (zmq_core_context *c, int type)
{
    void *handle = zmq_core_enter_context (c), *socket;
    if (!handle) {
        errno = ETERM; /* it was there when the caller looked */
        return NULL;
    }
    socket = zmq_socket (handle, type);
    zmq_core_leave_context (c);
    return socket;
}

/* libzmq first gives a peer to whoever is connected to an inproc endpoint that nobody has bound, when a context ends.  Who
 * connects right after that would never get one, and the end would wait for it for ever. */
int zmq_core_reach_inproc (zmq_core_socket *s, zmq_core_context *c, int call, const char *name)
{
    int rc;
    if (!zmq_core_enter_context (c))
        return -ETERM;
    rc = zmq_core_reach (s, call, name);
    zmq_core_leave_context (c);
    return rc;
}

/* Be, for a moment, the peer of all that are connected to an inproc endpoint. */
int zmq_core_meet (zmq_core_context *c, const char *endpoint)
{
    void *peer = zmq_core_new_socket (c, ZMQ_PAIR);
    if (!peer)
        return -1;
    zmq_bind (peer, endpoint);
    return zmq_close (peer);
}

int zmq_core_context_get (zmq_core_context *c, int option)
{
    void *handle = zmq_core_enter_context (c);
    int value;
    if (!handle)
        return -1;
    value = zmq_ctx_get (handle, option);
    zmq_core_leave_context (c);
    return value;
}

int zmq_core_context_set (zmq_core_context *c, int option, int value)
{
    void *handle = zmq_core_enter_context (c);
    int rc;
    if (!handle)
        return -1;
    rc = zmq_ctx_set (handle, option, value);
    zmq_core_leave_context (c);
    return rc;
}

int zmq_core_shutdown (zmq_core_context *c)
{
    void *handle = zmq_core_enter_context (c);
    int rc;
    if (!handle)
        return -1;
    rc = zmq_ctx_shutdown (handle);
    zmq_core_leave_context (c);
    return rc;
}

static void zmq_core_begin_term (zmq_core_context *c)
{
    __atomic_store_n (&c->ending, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n (&c->pins, __ATOMIC_SEQ_CST))
        zmq_core_pause ();
}

int zmq_core_term (zmq_core_context *c)
{
    zmq_core_begin_term (c);
    return zmq_ctx_term (c->handle) < 0 ? -zmq_errno () : 0;
}

typedef struct zmq_core_ending {
    void *context;
    zmq_core_tally *tally;
} zmq_core_ending;

static void *zmq_core_run_ending (void *argument)
{
    zmq_core_ending ending = *(zmq_core_ending *) argument;
    free (argument);
    while (zmq_ctx_term (ending.context) < 0 && zmq_errno () == EINTR)
        ;
    zmq_core_count_down (ending.tally);
    zmq_core_forget_tally (ending.tally);
    return NULL;
}

/* Signals are for the threads of Python. */
int zmq_core_term_in_background (zmq_core_context *c, zmq_core_tally *tally)
{
    sigset_t all, before;
    pthread_t thread;
    int rc;
    zmq_core_ending *ending = malloc (sizeof *ending);
    if (!ending)
        return -ENOMEM;
    zmq_core_begin_term (c);
    ending->context = c->handle;
    ending->tally = zmq_core_share_tally (tally);
    sigfillset (&all);
    pthread_sigmask (SIG_BLOCK, &all, &before);
    rc = pthread_create (&thread, NULL, zmq_core_run_ending, ending);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    if (rc) {
        __atomic_store_n (&c->ending, 0, __ATOMIC_SEQ_CST);
        zmq_core_forget_tally (tally);
        free (ending);
        return -rc;
    }
    pthread_detach (thread);
    return 0;
}

/* ---- how this was built ------------------------------------------------------------------------------------------- */

int zmq_core_ipc_path_max (void)
{
    return (int) sizeof (((struct sockaddr_un *) 0)->sun_path) - 1;
}

int zmq_core_drafts (void)
{
    return ZMQ_CORE_DRAFT_API;
}

#ifdef __GLIBC__
#include <malloc.h>
#endif
int zmq_core_tune (int bytes)
{
#ifdef __GLIBC__
    return mallopt (M_MMAP_THRESHOLD, bytes) && mallopt (M_TRIM_THRESHOLD, bytes);
#else
    (void) bytes;
    return 0;
#endif
}

const char *zmq_core_fact (int number)
{
    static const char *const facts[] = {ZMQ_CORE_VERSION,        ZMQ_CORE_LINKAGE, ZMQ_CORE_ORIGIN,
                                        ZMQ_CORE_SODIUM_VERSION, ZMQ_CORE_CFLAGS,  ZMQ_CORE_CFFI};
    return facts[number];
}
