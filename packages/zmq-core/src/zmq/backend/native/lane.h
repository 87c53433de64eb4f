/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One direction of a relay.  A message is received whole before any of it is passed on: so nothing is ever half sent
 * while the loop waits, whatever it waits for.  Part of relay.h.
 */
#ifndef ZMQ_CORE_LANE_H
#define ZMQ_CORE_LANE_H

enum
{
    RELAY_BURST = 1000,         /* messages that one direction may pass before the other has its turn, */
    RELAY_BULK = 4 * 1024 * 1024, /* and bytes */
    RELAY_ROOM = 4096           /* parts to keep memory for between messages */
};

/* What a lane waits for. */
enum
{
    FOR_MESSAGE,
    FOR_SINK,
    FOR_CAPTURE
};

typedef struct
{
    int flags;  /* ZMQ_CORE_LANE_... */
    int wanted; /* FOR_... */
    int whole;  /* `parts` holds a message that was not passed on yet */
    int copied; /* and the capture socket has it already */
    int futile; /* times in a row that a sink said it had room, and took nothing */
    int prefixed;
    int inlet; /* the places of source and sink */
    int outlet;
    void *source;
    void *sink;
    zmq_msg_t *parts; /* `room` of them, initialised; the first `count` received */
    size_t count;
    size_t room;
    uint64_t size; /* of the message, in bytes */
    zmq_msg_t prefix;
    uint64_t received;
    uint64_t received_bytes;
    uint64_t sent;
    uint64_t sent_bytes;
} relay_lane;

struct zmq_core_relay
{
    void *sockets[ZMQ_CORE_RELAY_SOCKETS];
    relay_lane lanes[ZMQ_CORE_LANES];
    int paused;
    int interrupted; /* by a signal */
    int error;
    size_t quoted;
    char quote[ZMQ_CORE_RELAY_QUOTE];
};


/* ---- the parts of a message -------------------------------------------------------------------------------------- */

/* Give back the message, if there is one, and the memory. */
static void clear_lane (relay_lane *lane)
{
    size_t i;
    for (i = 0; i < lane->room; i++)
        zmq_msg_close (&lane->parts[i]);
    free (lane->parts);
    lane->parts = NULL;
    lane->room = 0;
    lane->count = 0;
}

/* Make room for more parts: 0, or -1 without memory. */
static int widen_lane (relay_lane *lane)
{
    size_t i, room = lane->room ? lane->room * 2 : 8;
    zmq_msg_t *parts = (zmq_msg_t *) malloc (room * sizeof (zmq_msg_t));
    if (!parts)
        return -1;
    for (i = 0; i < room; i++)
        zmq_msg_init (&parts[i]);
    for (i = 0; i < lane->count; i++)
        zmq_msg_move (&parts[i], &lane->parts[i]);
    free (lane->parts);
    lane->parts = parts;
    lane->room = room;
    return 0;
}

/* Be ready for the next message; what was sent has left empty parts behind. */
static void forget_message (relay_lane *lane, int sent)
{
    size_t i;
    if (lane->room > RELAY_ROOM)
        clear_lane (lane);
    else if (!sent)
        for (i = 0; i < lane->count; i++) {
            zmq_msg_close (&lane->parts[i]);
            zmq_msg_init (&lane->parts[i]);
        }
    lane->count = 0;
    lane->size = 0;
    lane->whole = 0;
    lane->copied = 0;
}

/* Swap sender and receiver, which a ROUTER's peer named in its first part. */
static void cross_identities (relay_lane *lane)
{
    zmq_msg_t other;
    zmq_msg_init (&other);
    zmq_msg_move (&other, &lane->parts[0]);
    zmq_msg_move (&lane->parts[0], &lane->parts[1]);
    zmq_msg_move (&lane->parts[1], &other);
    zmq_msg_close (&other);
}

/* Receive what is there: 1 when the message is whole, 0 when nothing more is there, -1 on errors. */
static int take_message (zmq_core_relay *relay, relay_lane *lane)
{
    for (;;) {
        zmq_msg_t *part;
        if (lane->count == lane->room && widen_lane (lane) < 0) {
            relay->error = ENOMEM;
            return -1;
        }
        part = &lane->parts[lane->count];
        if (zmq_msg_recv (part, lane->source, ZMQ_DONTWAIT) < 0) {
            int number = zmq_errno ();
            if (number == EINTR) {
                relay->interrupted = 1;
                continue;
            }
            if (number == EAGAIN || number == EFSM) /* EFSM: a REP that has to answer first */
                return 0;
            relay->error = number;
            return -1;
        }
        lane->count++;
        lane->size += zmq_msg_size (part);
        if (!zmq_msg_more (part))
            break;
    }
    lane->whole = 1;
    lane->received++;
    lane->received_bytes += lane->size;
    if ((lane->flags & ZMQ_CORE_LANE_CROSSED) && lane->count > 1)
        cross_identities (lane);
    return 1;
}


/* ---- passing on -------------------------------------------------------------------------------------------------- */

/* 0, or the errno. */
static int send_part (zmq_core_relay *relay, zmq_msg_t *part, void *sink, int more)
{
    while (zmq_msg_send (part, sink, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) < 0) {
        int number = zmq_errno ();
        if (number != EINTR)
            return number;
        relay->interrupted = 1;
    }
    return 0;
}

/* Send the lane's message away: 0, or the errno, after which nothing has been sent.
 *
 * libzmq takes the later parts of a message whenever it took the first, unless the peer has gone in between.  Then
 * the message is lost with the peer, and its rest must reach nobody: libzmq drops it when it is given to it, or has
 * forgotten the message, and then it must not be given to it (ZMQ_CORE_LANE_FRAGILE). */
static int give_message (zmq_core_relay *relay, relay_lane *lane)
{
    size_t i;
    for (i = 0; i < lane->count; i++) {
        int number = send_part (relay, &lane->parts[i], lane->sink, i + 1 < lane->count);
        if (number == 0)
            continue;
        if (i == 0 || number != EAGAIN)
            return number;
        if (lane->flags & ZMQ_CORE_LANE_FRAGILE)
            break;
        zmq_msg_close (&lane->parts[i]);
        zmq_msg_init (&lane->parts[i]);
    }
    return 0;
}

/* Send a copy of the lane's message, after its prefix, to the capture socket; as `give_message`. */
static int copy_message (zmq_core_relay *relay, relay_lane *lane)
{
    zmq_msg_t copy;
    size_t i, shift = lane->prefixed ? 1 : 0;
    size_t total = lane->count + shift;
    int number = 0;
    zmq_msg_init (&copy);
    for (i = 0; i < total; i++) {
        if (zmq_msg_copy (&copy, i < shift ? &lane->prefix : &lane->parts[i - shift]) < 0) {
            number = zmq_errno ();
            break;
        }
        number = send_part (relay, &copy, relay->sockets[ZMQ_CORE_RELAY_CAPTURE], i + 1 < total);
        if (number == 0)
            continue;
        if (i == 0 || number != EAGAIN)
            break;
        number = 0;
        if (lane->flags & ZMQ_CORE_LANE_CAPTURE_FRAGILE)
            break;
    }
    zmq_msg_close (&copy);
    return number;
}

/* 0 when the message is to be tried again later, as the socket would block, else -1. */
static int hold_message (zmq_core_relay *relay, relay_lane *lane, int number, int wanted)
{
    if (number != EAGAIN && number != EFSM) {
        relay->error = number;
        return -1;
    }
    lane->futile = lane->wanted == wanted ? lane->futile + 1 : 0;
    lane->wanted = wanted;
    return 0;
}

/* Pass the lane's message on: 1 when it is gone, 0 when there is no room for it, -1 on errors. */
static int deliver_message (zmq_core_relay *relay, relay_lane *lane)
{
    int number;
    if (relay->sockets[ZMQ_CORE_RELAY_CAPTURE] && !lane->copied) {
        number = copy_message (relay, lane);
        if (number && number != EHOSTUNREACH)
            return hold_message (relay, lane, number, FOR_CAPTURE);
        lane->copied = 1;
    }
    number = give_message (relay, lane);
    if (number == 0) {
        lane->sent++;
        lane->sent_bytes += lane->size;
    } else if (number != EHOSTUNREACH) /* that is a ROUTER_MANDATORY socket's word for a peer that left */
        return hold_message (relay, lane, number, FOR_SINK);
    forget_message (lane, number == 0 && !(lane->flags & ZMQ_CORE_LANE_FRAGILE));
    return 1;
}

static int has_room (void *socket)
{
    int events = 0;
    size_t size = sizeof (events);
    /* A call that fails says why at the next one. */
    return zmq_getsockopt (socket, ZMQ_EVENTS, &events, &size) < 0 || (events & ZMQ_POLLOUT);
}

/* Where the room is that the lane waits for. */
static int wanted_place (const relay_lane *lane)
{
    return lane->wanted == FOR_SINK ? lane->outlet : ZMQ_CORE_RELAY_CAPTURE;
}

/* Pass on what there is: 1 when there may be more, 0 when there is not or no room for it, -1 on errors. */
static int serve_lane (zmq_core_relay *relay, relay_lane *lane, const short *ready)
{
    uint64_t bulk = lane->received_bytes + RELAY_BULK;
    int i, rc;
    if (lane->wanted == FOR_MESSAGE) {
        if (!(ready[lane->inlet] & ZMQ_POLLIN))
            return 0;
        if (!(lane->flags & ZMQ_CORE_LANE_ANSWERING) && !has_room (lane->sink)) { /* leave the messages where they are */
            lane->wanted = FOR_SINK;
            return 0;
        }
    } else if (!lane->futile && !(ready[wanted_place (lane)] & ZMQ_POLLOUT))
        return 0;
    if (lane->whole) {
        rc = deliver_message (relay, lane);
        if (rc <= 0)
            return rc;
    }
    lane->wanted = FOR_MESSAGE;
    lane->futile = 0;
    for (i = 0; i < RELAY_BURST; i++) {
        rc = take_message (relay, lane);
        if (rc > 0)
            rc = deliver_message (relay, lane);
        if (rc <= 0)
            return rc;
        if (lane->received_bytes > bulk)
            break;
    }
    return 1;
}

#endif
