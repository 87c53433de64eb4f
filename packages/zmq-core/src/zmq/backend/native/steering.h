/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Steering: the commands that come over the control sockets of a relay, and the answers to them.  Part of relay.h.
 */
#ifndef ZMQ_CORE_STEERING_H
#define ZMQ_CORE_STEERING_H

enum
{
    RELAY_ON = 3 /* beside ZMQ_CORE_RELAY_ENDED and the others: there is no reason to return */
};

static int is_command (zmq_msg_t *part, const char *name)
{
    size_t size = strlen (name);
    return zmq_msg_size (part) == size && memcmp (zmq_msg_data (part), name, size) == 0;
}

static void zmq_core_relay_count (const zmq_core_relay *relay, uint64_t *values)
{
    const relay_lane *there = &relay->lanes[ZMQ_CORE_LANE_FRONT];
    const relay_lane *back = &relay->lanes[ZMQ_CORE_LANE_BACK];
    values[0] = there->received;
    values[1] = there->received_bytes;
    values[2] = back->sent;
    values[3] = back->sent_bytes;
    values[4] = back->received;
    values[5] = back->received_bytes;
    values[6] = there->sent;
    values[7] = there->sent_bytes;
}

/* Put the answer in the place of the command, behind the envelope it came in, and send it: 0, or the errno. */
static int answer_command (zmq_core_relay *relay, relay_lane *lane, int counters)
{
    uint64_t values[ZMQ_CORE_RELAY_COUNTERS];
    size_t i, first = lane->count - 1, total = first + (counters ? ZMQ_CORE_RELAY_COUNTERS : 1);
    zmq_core_relay_count (relay, values);
    while (lane->room < total)
        if (widen_lane (lane) < 0)
            return ENOMEM;
    lane->count = total;
    for (i = first; i < total; i++) {
        zmq_msg_close (&lane->parts[i]);
        zmq_msg_init_size (&lane->parts[i], counters ? 8 : 0); /* that little is inside zmq_msg_t: it cannot fail */
        if (counters)
            memcpy (zmq_msg_data (&lane->parts[i]), &values[i - first], 8);
    }
    return give_message (relay, lane);
}

/* Do what a control socket says. */
static int obey_command (zmq_core_relay *relay, relay_lane *lane)
{
    zmq_msg_t *part;
    int number, counters = 0, outcome = take_message (relay, lane);
    if (outcome <= 0)
        return outcome ? ZMQ_CORE_RELAY_FAILED : RELAY_ON;
    outcome = RELAY_ON;
    part = &lane->parts[lane->count - 1]; /* what comes before is an envelope, or a topic */
    if (is_command (part, "PAUSE"))
        relay->paused = 1;
    else if (is_command (part, "RESUME"))
        relay->paused = 0;
    else if (is_command (part, "TERMINATE"))
        outcome = ZMQ_CORE_RELAY_ENDED;
    else if (is_command (part, "STATISTICS"))
        counters = lane->flags & ZMQ_CORE_LANE_SPEAKS;
    else {
        size_t size = zmq_msg_size (part);
        outcome = ZMQ_CORE_RELAY_UNKNOWN;
        relay->quoted = size < ZMQ_CORE_RELAY_QUOTE ? size : ZMQ_CORE_RELAY_QUOTE;
        memcpy (relay->quote, zmq_msg_data (part), relay->quoted);
    }
    if (counters || (lane->flags & ZMQ_CORE_LANE_REPLIES)) {
        number = answer_command (relay, lane, counters);
        /* Whoever has no room for the answer, or has left, does not get it: the traffic does not wait for him. */
        if (number && number != EAGAIN && number != EFSM && number != EHOSTUNREACH) {
            relay->error = number;
            outcome = ZMQ_CORE_RELAY_FAILED;
        }
    }
    forget_message (lane, 0);
    return outcome;
}

#endif
