# SPDX-License-Identifier: BSD-3-Clause
# Steering: the commands that come over the control sockets of a relay, and the answers to them.
# Uses the Relay of relay.pxi, which includes it; touches no Python object and never holds the GIL.

cdef bint is_command(zmq_msg_t *part, const char *name) noexcept nogil:
    cdef size_t size = strlen(name)
    return zmq_msg_size(part) == size and memcmp(zmq_msg_data(part), name, size) == 0


cdef void read_counters(Relay *relay, uint64_t *values) noexcept nogil:
    cdef RelayLane *there = &relay.lanes[0]
    cdef RelayLane *back = &relay.lanes[1]
    values[0], values[1], values[2], values[3] = there.received, there.received_bytes, back.sent, back.sent_bytes
    values[4], values[5], values[6], values[7] = back.received, back.received_bytes, there.sent, there.sent_bytes


cdef int answer_command(Relay *relay, RelayLane *lane, bint counters) noexcept nogil:
    """Put the answer in the place of the command, behind the envelope it came in, and send it: 0, or the errno."""
    cdef uint64_t[RELAY_COUNTERS] values
    cdef size_t i, first = lane.count - 1, total = first + (RELAY_COUNTERS if counters else 1)
    read_counters(relay, values)
    while lane.room < total:
        if widen_lane(lane) < 0:
            return ENOMEM
    lane.count = total
    for i in range(first, total):
        zmq_msg_close(&lane.parts[i])
        zmq_msg_init_size(&lane.parts[i], 8 if counters else 0)     # that little is inside zmq_msg_t: it cannot fail
        if counters:
            memcpy(zmq_msg_data(&lane.parts[i]), &values[i - first], 8)
    return give_message(relay, lane, lane.source, lane.fragile)


cdef int obey_command(Relay *relay, RelayLane *lane) noexcept nogil:
    """Do what a control socket says."""
    cdef zmq_msg_t *part
    cdef bint counters = False
    cdef int number, outcome = take_message(relay, lane)
    if outcome <= 0:
        return RELAY_FAILED if outcome else RELAY_ON
    outcome = RELAY_ON
    part = &lane.parts[lane.count - 1]          # what comes before is an envelope, or a topic
    if is_command(part, b"PAUSE"):
        relay.paused = True
    elif is_command(part, b"RESUME"):
        relay.paused = False
    elif is_command(part, b"TERMINATE"):
        outcome = RELAY_ENDED
    elif is_command(part, b"STATISTICS"):
        counters = lane.speaks
    else:
        outcome = RELAY_UNKNOWN
        relay.quoted = min(zmq_msg_size(part), <size_t> RELAY_QUOTE)
        memcpy(relay.quote, zmq_msg_data(part), relay.quoted)
    if counters or lane.replies:
        number = answer_command(relay, lane, counters)
        # Whoever has no room for the answer, or has left, does not get it: the traffic does not wait for him.
        if number and number != EAGAIN and number != EFSM and number != EHOSTUNREACH:
            relay.error = number
            outcome = RELAY_FAILED
    forget_message(lane, False)
    return outcome
