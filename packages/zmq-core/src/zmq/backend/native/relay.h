/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The relay: the loop behind the proxies, which passes whole messages between two sockets until something needs Python.
 *
 * Plain C99 that knows nothing of Python, for every backend to include: all functions are static.  None of them may be
 * called by two threads at once; none needs the interpreter's lock, and `zmq_core_relay_run`, which blocks, is to be
 * called without it.  zmq.backend.joining decides which sockets can be joined, and how: its flags are those below.
 */
#ifndef ZMQ_CORE_RELAY_H
#define ZMQ_CORE_RELAY_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "clock.h"

/* The places of the sockets; commands come in at the last two. */
enum
{
    ZMQ_CORE_RELAY_FRONT = 0,
    ZMQ_CORE_RELAY_BACK = 1,
    ZMQ_CORE_RELAY_CAPTURE = 2,
    ZMQ_CORE_RELAY_CONTROL = 3, /* of the user, */
    ZMQ_CORE_RELAY_OWNER = 4,   /* and of the program that runs the relay */
    ZMQ_CORE_RELAY_SOCKETS = 5
};

/* The lanes: one for each direction, named after where it begins, and one for each socket that commands come from. */
enum
{
    ZMQ_CORE_LANE_FRONT = 0,
    ZMQ_CORE_LANE_BACK = 1,
    ZMQ_CORE_LANE_CONTROL = 2,
    ZMQ_CORE_LANE_OWNER = 3,
    ZMQ_CORE_LANES = 4
};

/* What is special about a lane. */
enum
{
    ZMQ_CORE_LANE_USABLE = 1,          /* the source can receive and the sink can send */
    ZMQ_CORE_LANE_CROSSED = 2,         /* from ROUTER to ROUTER: the first two parts change places */
    ZMQ_CORE_LANE_FRAGILE = 4,         /* when its peer goes away, the sink does not drop the rest of a message itself */
    ZMQ_CORE_LANE_CAPTURE_FRAGILE = 8, /* the same of the capture socket */
    ZMQ_CORE_LANE_ANSWERING = 16,      /* source and sink are one REP, which has no room before it was asked */
    ZMQ_CORE_LANE_SPEAKS = 32,         /* of one for commands: its socket can send, */
    ZMQ_CORE_LANE_REPLIES = 64         /* and has to answer every command */
};

/* Why `zmq_core_relay_run` returns. */
enum
{
    ZMQ_CORE_RELAY_FAILED = -1,   /* `zmq_core_relay_error` says why */
    ZMQ_CORE_RELAY_ENDED = 0,     /* it was told to */
    ZMQ_CORE_RELAY_ATTENTION = 1, /* signals are to be looked after; then run it again */
    ZMQ_CORE_RELAY_UNKNOWN = 2    /* there was a command that it does not know: `zmq_core_relay_quote`; run it again */
};

enum
{
    ZMQ_CORE_RELAY_COUNTERS = 8,
    ZMQ_CORE_RELAY_QUOTE = 40 /* bytes of an unknown command that are reported */
};

typedef struct zmq_core_relay zmq_core_relay;

/* A relay without sockets and lanes, or NULL without memory. */
static zmq_core_relay *zmq_core_relay_new (void);

/* Give the memory back; what was received and not passed on is lost.  The sockets stay open. */
static void zmq_core_relay_free (zmq_core_relay *relay);

/* Put a libzmq socket in its place, or make sure that it is the one that stands there: 0, or -1 when it is not. */
static int zmq_core_relay_place (zmq_core_relay *relay, int place, void *socket);

/* Lay a lane from the socket in one place to that in another, which may be the same; both must stand there already. */
static void zmq_core_relay_lay (zmq_core_relay *relay, int lane, int inlet, int outlet, int flags);

/* Set the part that comes before the copies of a lane's messages, once: 0, or -1 without memory. */
static int zmq_core_relay_prefix (zmq_core_relay *relay, int lane, const void *data, size_t size);

/* Pass messages on until there is a reason to return: one of those above.  `attentive`: signal handlers run in this
 * thread, so return now and then while there is traffic. */
static int zmq_core_relay_run (zmq_core_relay *relay, int attentive);

/* The errno of a failure. */
static int zmq_core_relay_error (const zmq_core_relay *relay);

/* The beginning of the unknown command, and its length. */
static const char *zmq_core_relay_quote (const zmq_core_relay *relay);
static size_t zmq_core_relay_quoted (const zmq_core_relay *relay);

/* Write the eight numbers of STATISTICS: messages and bytes received at the front, sent there, received at the back,
 * sent there. */
static void zmq_core_relay_count (const zmq_core_relay *relay, uint64_t *values);

#include "lane.h"
#include "steering.h"
#include "loop.h"

#endif
