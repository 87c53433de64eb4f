# SPDX-License-Identifier: BSD-3-Clause
# Relay: the loop behind the proxies, which passes whole messages between two sockets until something needs Python.
# Uses libzmq's messages and zmq_poll, and `now` of errors.pxi; touches no Python object and never holds the GIL.

from libc.errno cimport EHOSTUNREACH, ENOMEM
from libc.string cimport memcmp, memset

from zmq.backend.cython.libzmq cimport EFSM

cdef enum:
    RELAY_BURST = 1000              # messages that one direction may pass before the other has its turn,
    RELAY_BULK = 4194304            # and bytes
    RELAY_ROOM = 4096               # parts to keep memory for between messages
    RELAY_IDLE = 1000               # milliseconds of the longest sleep
    RELAY_ALERT = 100               # milliseconds between two looks for signals while there is traffic
    RELAY_RETRY = 10                # milliseconds between two tries on a socket that has room, but not for this message
    RELAY_QUOTE = 40                # bytes of an unknown command that are reported
    RELAY_COUNTERS = 8

cdef enum:                          # the places of the sockets
    RELAY_FRONT, RELAY_BACK, RELAY_CAPTURE, RELAY_CONTROL, RELAY_OWNER, RELAY_SOCKETS
    RELAY_CONTROLS = 2              # the last two: of the user, and of the program that runs the relay

cdef enum:                          # what a lane waits for
    FOR_MESSAGE, FOR_SINK, FOR_CAPTURE

cdef enum:                          # why `run_relay` returns
    RELAY_FAILED = -1               # `error` says why
    RELAY_ENDED = 0                 # it was told to
    RELAY_ATTENTION = 1             # signals are to be looked after
    RELAY_UNKNOWN = 2               # there was a command that it does not know: `quote`
    RELAY_ON = 3

# One direction.  A message is received whole before any of it is passed on: so nothing is ever half sent while the
# loop waits, whatever it waits for.
cdef struct RelayLane:
    bint usable                     # the source can receive and the sink can send
    bint crossed                    # from ROUTER to ROUTER: the first two parts change places
    bint fragile                    # when its peer goes away, the sink does not drop the rest of a message by itself
    bint answering                  # source and sink are one REP, which has no room before it was asked
    bint prefixed
    bint speaks                     # of a control: it can send,
    bint replies                    # and has to answer every command
    bint whole                      # `parts` holds a message that was not passed on yet
    bint copied                     # and the capture socket has it already
    int wanted
    int futile                      # times in a row that a sink said it had room, and took nothing
    void *source
    void *sink
    int inlet                       # their places
    int outlet
    zmq_msg_t *parts                # `room` of them, initialised; the first `count` received
    size_t count
    size_t room
    uint64_t size                   # of the message, in bytes
    zmq_msg_t prefix
    uint64_t received
    uint64_t received_bytes
    uint64_t sent
    uint64_t sent_bytes

cdef struct Relay:
    void *sockets[RELAY_SOCKETS]
    RelayLane lanes[2]
    RelayLane controls[RELAY_CONTROLS]
    bint capture_fragile
    bint paused
    bint attentive                  # signal handlers run in this thread
    bint interrupted
    int64_t looked                  # when signals were last looked after
    int error
    size_t quoted
    char quote[RELAY_QUOTE]


# ---- the parts of a message ------------------------------------------------------------------------------------------

cdef void clear_lane(RelayLane *lane) noexcept nogil:
    """Give back the message, if there is one, and the memory."""
    cdef size_t i
    for i in range(lane.room):
        zmq_msg_close(&lane.parts[i])
    free(lane.parts)
    lane.parts = NULL
    lane.room = 0
    lane.count = 0


cdef int widen_lane(RelayLane *lane) noexcept nogil:
    """Make room for more parts: 0, or -1 without memory."""
    cdef size_t i, room = lane.room * 2 if lane.room else 8
    cdef zmq_msg_t *parts = <zmq_msg_t *> malloc(room * sizeof(zmq_msg_t))
    if parts == NULL:
        return -1
    for i in range(room):
        zmq_msg_init(&parts[i])
    for i in range(lane.count):
        zmq_msg_move(&parts[i], &lane.parts[i])
    free(lane.parts)
    lane.parts = parts
    lane.room = room
    return 0


cdef void forget_message(RelayLane *lane, bint sent) noexcept nogil:
    """Be ready for the next message; what was sent has left empty parts behind."""
    cdef size_t i
    if lane.room > RELAY_ROOM:
        clear_lane(lane)
    elif not sent:
        for i in range(lane.count):
            zmq_msg_close(&lane.parts[i])
            zmq_msg_init(&lane.parts[i])
    lane.count = 0
    lane.size = 0
    lane.whole = False
    lane.copied = False


cdef void cross_identities(RelayLane *lane) noexcept nogil:
    """Swap sender and receiver, which a ROUTER's peer named in its first part."""
    cdef zmq_msg_t other
    zmq_msg_init(&other)
    zmq_msg_move(&other, &lane.parts[0])
    zmq_msg_move(&lane.parts[0], &lane.parts[1])
    zmq_msg_move(&lane.parts[1], &other)
    zmq_msg_close(&other)


cdef int take_message(Relay *relay, RelayLane *lane) noexcept nogil:
    """Receive what is there: 1 when the message is whole, 0 when nothing more is there, -1 on errors."""
    cdef zmq_msg_t *part
    cdef int number
    while True:
        if lane.count == lane.room and widen_lane(lane) < 0:
            relay.error = ENOMEM
            return -1
        part = &lane.parts[lane.count]
        if zmq_msg_recv(part, lane.source, ZMQ_DONTWAIT) < 0:
            number = c_errno()
            if number == EINTR:
                relay.interrupted = True
                continue
            if number == EAGAIN or number == EFSM:      # EFSM: a REP that has to answer first
                return 0
            relay.error = number
            return -1
        lane.count += 1
        lane.size += zmq_msg_size(part)
        if not zmq_msg_more(part):
            break
    lane.whole = True
    lane.received += 1
    lane.received_bytes += lane.size
    if lane.crossed and lane.count > 1:
        cross_identities(lane)
    return 1


# ---- passing on ------------------------------------------------------------------------------------------------------

cdef int send_part(Relay *relay, zmq_msg_t *part, void *sink, bint more) noexcept nogil:
    """0, or the errno."""
    cdef int number
    while zmq_msg_send(part, sink, ZMQ_DONTWAIT | (ZMQ_SNDMORE if more else 0)) < 0:
        number = c_errno()
        if number != EINTR:
            return number
        relay.interrupted = True
    return 0


cdef int give_message(Relay *relay, RelayLane *lane, void *sink, bint fragile) noexcept nogil:
    """Send the lane's message away: 0, or the errno, after which nothing has been sent.

    libzmq takes the later parts of a message whenever it took the first, unless the peer has gone in between.  Then
    the message is lost with the peer, and its rest must reach nobody: libzmq drops it when it is given to it, or has
    forgotten the message, and then it must not be given to it (`fragile`).
    """
    cdef size_t i
    cdef int number
    for i in range(lane.count):
        number = send_part(relay, &lane.parts[i], sink, i + 1 < lane.count)
        if number == 0:
            continue
        if i == 0 or number != EAGAIN:
            return number
        if fragile:
            break
        zmq_msg_close(&lane.parts[i])
        zmq_msg_init(&lane.parts[i])
    return 0


cdef int copy_message(Relay *relay, RelayLane *lane) noexcept nogil:
    """Send a copy of the lane's message, after its prefix, to the capture socket; as `give_message`."""
    cdef zmq_msg_t copy
    cdef size_t i, shift = 1 if lane.prefixed else 0
    cdef size_t total = lane.count + shift
    cdef int number = 0
    zmq_msg_init(&copy)
    for i in range(total):
        if zmq_msg_copy(&copy, &lane.prefix if i < shift else &lane.parts[i - shift]) < 0:
            number = c_errno()
            break
        number = send_part(relay, &copy, relay.sockets[RELAY_CAPTURE], i + 1 < total)
        if number == 0:
            continue
        if i == 0 or number != EAGAIN:
            break
        number = 0
        if relay.capture_fragile:
            break
    zmq_msg_close(&copy)
    return number


cdef int hold_message(Relay *relay, RelayLane *lane, int number, int wanted) noexcept nogil:
    """0 when the message is to be tried again later, as the socket would block, else -1."""
    if number != EAGAIN and number != EFSM:
        relay.error = number
        return -1
    lane.futile = lane.futile + 1 if lane.wanted == wanted else 0
    lane.wanted = wanted
    return 0


cdef int deliver_message(Relay *relay, RelayLane *lane) noexcept nogil:
    """Pass the lane's message on: 1 when it is gone, 0 when there is no room for it, -1 on errors."""
    cdef int number
    if relay.sockets[RELAY_CAPTURE] != NULL and not lane.copied:
        number = copy_message(relay, lane)
        if number and number != EHOSTUNREACH:
            return hold_message(relay, lane, number, FOR_CAPTURE)
        lane.copied = True
    number = give_message(relay, lane, lane.sink, lane.fragile)
    if number == 0:
        lane.sent += 1
        lane.sent_bytes += lane.size
    elif number != EHOSTUNREACH:    # that is a ROUTER_MANDATORY socket's word for a peer that left
        return hold_message(relay, lane, number, FOR_SINK)
    forget_message(lane, number == 0 and not lane.fragile)
    return 1


cdef bint has_room(void *socket) noexcept nogil:
    cdef int events = 0
    cdef size_t size = sizeof(events)
    # A call that fails says why at the next one.
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) < 0 or events & ZMQ_POLLOUT


cdef int serve_lane(Relay *relay, RelayLane *lane, short *ready) noexcept nogil:
    """Pass on what there is: 1 when there may be more, 0 when there is not or no room for it, -1 on errors."""
    cdef uint64_t bulk = lane.received_bytes + RELAY_BULK
    cdef int i, rc
    if lane.wanted == FOR_MESSAGE:
        if not ready[lane.inlet] & ZMQ_POLLIN:
            return 0
        if not lane.answering and not has_room(lane.sink):      # leave the messages where they are
            lane.wanted = FOR_SINK
            return 0
    elif not lane.futile:
        if not ready[lane.outlet if lane.wanted == FOR_SINK else <int> RELAY_CAPTURE] & ZMQ_POLLOUT:
            return 0
    if lane.whole:
        rc = deliver_message(relay, lane)
        if rc <= 0:
            return rc
    lane.wanted = FOR_MESSAGE
    lane.futile = 0
    for i in range(RELAY_BURST):
        rc = take_message(relay, lane)
        if rc > 0:
            rc = deliver_message(relay, lane)
        if rc <= 0:
            return rc
        if lane.received_bytes > bulk:
            break
    return 1


include "steering.pxi"


# ---- the loop --------------------------------------------------------------------------------------------------------

cdef int wait_for_work(Relay *relay, bint busy, short *ready) noexcept nogil:
    """Sleep until a socket has what is waited for, unless `busy`: 0 with the events of each socket, or -1."""
    cdef zmq_pollitem_t[RELAY_SOCKETS] items
    cdef int[RELAY_SOCKETS] places
    cdef int i, count = 0
    cdef long timeout = RELAY_IDLE
    cdef RelayLane *lane
    memset(ready, 0, RELAY_SOCKETS * sizeof(short))
    for i in range(2):
        lane = &relay.lanes[i]
        if relay.paused or not lane.usable:
            continue
        if lane.wanted == FOR_MESSAGE:
            ready[lane.inlet] |= ZMQ_POLLIN
        elif lane.futile:
            timeout = min(timeout, lane.futile, RELAY_RETRY)
        else:
            ready[lane.outlet if lane.wanted == FOR_SINK else <int> RELAY_CAPTURE] |= ZMQ_POLLOUT
    for i in range(RELAY_CONTROL, RELAY_SOCKETS):
        if relay.sockets[i] != NULL:
            ready[i] = ZMQ_POLLIN
    for i in range(RELAY_SOCKETS):
        if ready[i]:
            items[count].socket = relay.sockets[i]
            items[count].events = ready[i]
            items[count].revents = 0
            places[count] = i
            count += 1
    if c_poll(items, count, 0 if busy else timeout) < 0:
        return -1
    memset(ready, 0, RELAY_SOCKETS * sizeof(short))
    for i in range(count):
        ready[places[i]] = items[i].revents
    return 0


cdef int run_relay(Relay *relay) noexcept nogil:
    """Pass messages on until there is a reason to return; see RELAY_FAILED and the others."""
    cdef short[RELAY_SOCKETS] ready
    cdef bint busy = False
    cdef int i, rc
    while True:
        if wait_for_work(relay, busy, ready) < 0:
            relay.error = c_errno()
            return RELAY_ATTENTION if relay.error == EINTR else RELAY_FAILED
        for i in range(RELAY_CONTROLS):
            if ready[RELAY_CONTROL + i]:
                rc = obey_command(relay, &relay.controls[i])
                if rc != RELAY_ON:
                    return rc
        busy = False
        for i in range(2):
            if relay.paused or not relay.lanes[i].usable:
                continue
            rc = serve_lane(relay, &relay.lanes[i], ready)
            if rc < 0:
                return RELAY_FAILED
            busy = busy or rc
        if relay.interrupted or (relay.attentive and now() - relay.looked >= RELAY_ALERT):
            return RELAY_ATTENTION
