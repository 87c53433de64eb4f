/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The loop of a relay, and how one is made.  Part of relay.h.
 */
#ifndef ZMQ_CORE_LOOP_H
#define ZMQ_CORE_LOOP_H

enum
{
    RELAY_IDLE = 1000, /* milliseconds of the longest sleep */
    RELAY_ALERT = 100, /* milliseconds between two looks for signals while there is traffic */
    RELAY_RETRY = 10   /* milliseconds between two tries on a socket that has room, but not for this message */
};

/* Whether a lane has its turn. */
static int is_running (const zmq_core_relay *relay, const relay_lane *lane)
{
    return !relay->paused && (lane->flags & ZMQ_CORE_LANE_USABLE);
}

/* Sleep until a socket has what is waited for, unless `busy`: 0 with the events of each socket, or -1. */
static int wait_for_work (zmq_core_relay *relay, int busy, short *ready)
{
    zmq_pollitem_t items[ZMQ_CORE_RELAY_SOCKETS];
    int places[ZMQ_CORE_RELAY_SOCKETS];
    int i, count = 0;
    long timeout = busy ? 0 : RELAY_IDLE;
    memset (ready, 0, ZMQ_CORE_RELAY_SOCKETS * sizeof (short));
    for (i = 0; i <= ZMQ_CORE_LANE_BACK; i++) {
        const relay_lane *lane = &relay->lanes[i];
        long retry = lane->futile < RELAY_RETRY ? lane->futile : RELAY_RETRY;
        if (!is_running (relay, lane))
            continue;
        if (lane->wanted == FOR_MESSAGE)
            ready[lane->inlet] |= ZMQ_POLLIN;
        else if (!lane->futile)
            ready[wanted_place (lane)] |= ZMQ_POLLOUT;
        else if (retry < timeout)
            timeout = retry;
    }
    for (i = ZMQ_CORE_RELAY_CONTROL; i < ZMQ_CORE_RELAY_SOCKETS; i++)
        if (relay->sockets[i])
            ready[i] = ZMQ_POLLIN;
    for (i = 0; i < ZMQ_CORE_RELAY_SOCKETS; i++)
        if (ready[i]) {
            items[count].socket = relay->sockets[i];
            items[count].fd = 0;
            items[count].events = ready[i];
            items[count].revents = 0;
            places[count] = i;
            count++;
        }
    if (zmq_poll (items, count, timeout) < 0)
        return -1;
    memset (ready, 0, ZMQ_CORE_RELAY_SOCKETS * sizeof (short));
    for (i = 0; i < count; i++)
        ready[places[i]] = items[i].revents;
    return 0;
}

static int zmq_core_relay_run (zmq_core_relay *relay, int attentive)
{
    short ready[ZMQ_CORE_RELAY_SOCKETS];
    int64_t began = zmq_core_clock ();
    int i, rc, busy = 0;
    relay->interrupted = 0;
    for (;;) {
        if (wait_for_work (relay, busy, ready) < 0) {
            relay->error = zmq_errno ();
            return relay->error == EINTR ? ZMQ_CORE_RELAY_ATTENTION : ZMQ_CORE_RELAY_FAILED;
        }
        for (i = ZMQ_CORE_LANE_CONTROL; i < ZMQ_CORE_LANES; i++)
            if (ready[relay->lanes[i].inlet] && (relay->lanes[i].flags & ZMQ_CORE_LANE_USABLE)) {
                rc = obey_command (relay, &relay->lanes[i]);
                if (rc != RELAY_ON)
                    return rc;
            }
        busy = 0;
        for (i = 0; i <= ZMQ_CORE_LANE_BACK; i++)
            if (is_running (relay, &relay->lanes[i])) {
                rc = serve_lane (relay, &relay->lanes[i], ready);
                if (rc < 0)
                    return ZMQ_CORE_RELAY_FAILED;
                busy |= rc;
            }
        if (relay->interrupted || (attentive && zmq_core_clock () - began >= RELAY_ALERT))
            return ZMQ_CORE_RELAY_ATTENTION;
    }
}


/* ---- before and after -------------------------------------------------------------------------------------------- */

static zmq_core_relay *zmq_core_relay_new (void)
{
    return (zmq_core_relay *) calloc (1, sizeof (zmq_core_relay));
}

static void zmq_core_relay_free (zmq_core_relay *relay)
{
    int i;
    for (i = 0; i < ZMQ_CORE_LANES; i++) {
        clear_lane (&relay->lanes[i]);
        if (relay->lanes[i].prefixed)
            zmq_msg_close (&relay->lanes[i].prefix);
    }
    free (relay);
}

static int zmq_core_relay_place (zmq_core_relay *relay, int place, void *socket)
{
    if (!relay->sockets[place])
        relay->sockets[place] = socket;
    return relay->sockets[place] == socket ? 0 : -1;
}

static void zmq_core_relay_lay (zmq_core_relay *relay, int number, int inlet, int outlet, int flags)
{
    relay_lane *lane = &relay->lanes[number];
    lane->inlet = inlet;
    lane->outlet = outlet;
    lane->source = relay->sockets[inlet];
    lane->sink = relay->sockets[outlet];
    lane->flags = flags;
}

static int zmq_core_relay_prefix (zmq_core_relay *relay, int number, const void *data, size_t size)
{
    relay_lane *lane = &relay->lanes[number];
    if (zmq_msg_init_size (&lane->prefix, size) < 0)
        return -1;
    memcpy (zmq_msg_data (&lane->prefix), data, size);
    lane->prefixed = 1;
    return 0;
}

static int zmq_core_relay_error (const zmq_core_relay *relay)
{
    return relay->error;
}

static const char *zmq_core_relay_quote (const zmq_core_relay *relay)
{
    return relay->quote;
}

static size_t zmq_core_relay_quoted (const zmq_core_relay *relay)
{
    return relay->quoted;
}

#endif
