# SPDX-License-Identifier: BSD-3-Clause
# Lanes: the queues of calls that wait, and how a call is made or begins to wait.  Uses attempts; draining is below.

cdef enum:
    BUDGET = 2048           # immediate successes in a row
    CLOCK_TICKS = 16        # immediate successes between two looks at the clock
    LONGEST_TURN = 5        # milliseconds of immediate successes
    PATIENCE = 8            # drains in which a task may go on with a message
    WEIGHT = 12             # so many bits of a message's size count as nothing


cdef class Lane:
    """The calls of one direction that wait, in order."""

    cdef Pending first, last
    cdef Py_ssize_t count
    cdef int time_option        # RCVTIMEO or SNDTIMEO


cdef Lane make_lane(int time_option):
    cdef Lane lane = Lane.__new__(Lane)
    lane.time_option = time_option
    return lane


cdef int enter_lane(Lane lane, Pending call) except -1:
    call.lane = lane
    call.before = lane.last
    if lane.last is None:
        lane.first = call
    else:
        lane.last.after = call
    lane.last = call
    lane.count += 1
    return 0


cdef int leave_lane(Pending call) except -1:
    cdef Lane lane = call.lane
    cdef AwaitableSocket s = call.socket
    if call.before is None:
        lane.first = call.after
    else:
        call.before.after = call.after
    if call.after is None:
        lane.last = call.before
    else:
        call.after.before = call.before
    call.before = call.after = call.lane = None
    lane.count -= 1
    if s.reading.count + s.writing.count + s.polling.count == 0:
        (<Waker> s.waker).held = None
    return 0


cdef list list_lane(Lane lane):
    cdef list found = []
    cdef Pending call = lane.first
    while call is not None:
        found.append(call)
        call = call.after
    return found


cdef inline bint is_quick(AwaitableSocket s, Lane lane) noexcept:
    """Whether a call may be made at once: nobody waits, and the loop has had its turn."""
    return lane.first is None and s.handle != NULL and s.user == 0 and (s.streak < s.look or has_time(s))


cdef bint has_time(AwaitableSocket s) noexcept:
    """Whether calls may go on without a turn of the loop; asked every now and then."""
    cdef int64_t moment
    if s._budget == 0:
        return True
    if s.streak >= s._budget:
        return False
    moment = now()
    if s.streak == 0:
        s.began = moment
    elif moment - s.began >= LONGEST_TURN:
        return False
    s.look = min(s.streak + CLOCK_TICKS, s._budget)
    return True


cdef inline bint is_expecting(AwaitableSocket s) noexcept:
    """Whether a task that waited to send the first part of a message is about to go on with it: others stand back."""
    if s.beginner is not None and (s.beginner.seen or s.patience <= 0 or not s.begun):
        s.beginner = None
    return s.beginner is not None


cdef inline int succeed(AwaitableSocket s, Lane lane, size_t size) except -1:
    """After a call succeeded at once: count it, and see to those who wait for something else."""
    s.streak += 1 + (size >> WEIGHT)
    if s.reading.count + s.writing.count + s.polling.count > 0:
        mark(s)
    return 0


cdef object begin(AwaitableSocket s, Lane lane, Pending call, object timeout):
    """Make a call now, or have it wait."""
    cdef object found
    cdef uint64_t size = s.bytes_in + s.bytes_out
    cdef bint patient = not call.flags & ZMQ_DONTWAIT or call.kind == CALL_POLL
    cdef bint untried = True
    cdef bint expecting = lane is s.writing and is_expecting(s)
    cdef bint inside = lane is s.writing and s.begun and not expecting      # it goes on with a message
    call.lane = None
    call.socket = s
    if timeout is not None:
        as_milliseconds(timeout)        # is it one?
    if s.reading.count + s.writing.count + s.polling.count > 0:
        mark(s)     # whatever comes of it may use up an edge
    try:
        check_open(s)
        if not patient and lane.first is not None and not inside:
            drain_lanes(s)
        if inside or lane.first is None and not expecting and (not patient or is_quick(s, lane)):
            untried = False
            s.missed = 0
            found = attempt(s, call)
            if found is not BLOCKED:
                succeed(s, lane, s.bytes_in + s.bytes_out - size)
                return finished(found)
            if not patient and call.kind == CALL_SEND_MANY:
                return end_batch(s, call)
            if not patient and s.missed == EFSM:
                raise_receive(s, EFSM)
        if not patient:
            return failed(Again())
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as exc:
        return failed(note_progress(call, exc))
    return wait(s, lane, call, timeout, untried)


cdef object end_batch(AwaitableSocket s, Pending call):
    """The end of a batch that was not to wait: where there is room it goes on in parts."""
    if s.missed == 0:
        while True:
            found = attempt(s, call)
            if found is not BLOCKED:
                return finished(found)
            if s.missed:
                break
    return finished((<Batch> call.data).sent)


cdef object wait(AwaitableSocket s, Lane lane, Pending call, object timeout, bint untried):
    """Have a call wait: for a change of the socket, or only for a turn of the loop."""
    cdef long limit
    cdef int option = -1
    cdef size_t size = sizeof(int)
    call.limited = timeout is not None
    if call.limited:
        limit = as_milliseconds(timeout)
    else:
        if lane.time_option:
            zmq_getsockopt(s.handle, lane.time_option, &option, &size)
        limit = option
    if limit == 0 and not untried:
        if call.kind == CALL_POLL:
            return finished(0)
        return failed(note_progress(call, expired(call)))
    loop = running_loop()
    if loop is None or loop is not s.loop:
        loop = s._get_loop()    # what a flavour knows of it may be more
    if loop is not s.loop:
        join(s, loop)
    else:
        s.thread = PyThread_get_thread_ident()      # it may run in another one than before
    call.loop = loop
    enter_lane(lane, call)
    # Only a look that found nothing, while nobody waits for anything else, makes sure that the descriptor tells.
    if untried or s.missed != EAGAIN or lane is s.writing or s.reading.count + s.writing.count + s.polling.count != 1:
        mark(s)
    elif must_check(s):
        check_later(s)
    if limit >= 0:
        call.timer = loop.call_later(limit / 1000.0, call._expire)
    return call


cdef object expired(Pending call):
    if not call.limited:
        return Again()
    return TimeoutExpired(f"the time for this {call_name(call)}() ran out: no message could be "
                          f"{'received' if call.kind < CALL_SEND else 'sent'}")
