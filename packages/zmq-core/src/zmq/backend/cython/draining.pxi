# SPDX-License-Identifier: BSD-3-Clause
# Draining: what is done when the loop sees the socket's descriptor, and how the loop comes to watch it.  Uses lanes.
#
# The descriptor tells only that something has changed since libzmq was last asked, and every call that libzmq gets may
# use that up.  So before nothing is done until it tells again, either a receive has found nothing (and nobody waits for
# anything else), or ZMQ_EVENTS has been read last, and shows nothing that anybody waits for.

cdef enum:
    BETWEEN_CHECKS = 50     # milliseconds, where something could use up an edge behind our back


cdef class Waker:
    """What the loop calls.  It does not hold the socket, which may be dropped while the loop has its descriptor.

    Only while somebody awaits a call it does: a task that nobody else holds must not be dropped with what it waits for.
    """

    cdef object reference
    cdef object held            # the socket, or None
    cdef object __weakref__

    def __call__(self):
        cdef AwaitableSocket s = self.reference()
        if s is not None:
            drain_lanes(s)

    def turn(self):
        """Look again, in the turn after."""
        cdef AwaitableSocket s = self.reference()
        if s is not None:
            s.dirty = False
            drain_lanes(s)

    def check(self):
        """Look again, some time later."""
        cdef AwaitableSocket s = self.reference()
        if s is not None:
            s.checking = None
            drain_lanes(s)


cdef int join(AwaitableSocket s, object loop) except -1:
    """Have a loop watch the descriptor, instead of the one that did."""
    descriptor = read_option(s, ZMQ_FD)
    if s.waker is None:
        import weakref

        s.waker = Waker.__new__(Waker)
        (<Waker> s.waker).reference = weakref.ref(s)
    if s.loop is not None:
        part(s)
    attach_reader(loop, descriptor, s.waker)
    s.loop = loop
    s.descriptor = descriptor
    s.thread = PyThread_get_thread_ident()
    s.dirty = False
    return 0


cdef int part(AwaitableSocket s) except -1:
    """Have the loop watch no longer; calls of one that is closed can never end, and are forgotten."""
    cdef Pending call
    loop, s.loop = s.loop, None
    if s.checking is not None:
        s.checking.cancel()
        s.checking = None
    if loop is None:
        return 0
    detach_reader(loop, s.descriptor, s.waker, s.thread)
    if loop.is_closed():
        for lane in (s.reading, s.writing, s.polling):
            for each in list_lane(<Lane> lane):
                call = each
                if call.loop is loop:
                    end_call(call, CANCELLED, None, CancelledError("the event loop was closed while the call waited"))
    return 0


cdef int mark(AwaitableSocket s) except -1:
    """Have the loop look at everything that waits, in its next turn."""
    if s.dirty or s.loop is None:
        return 0
    if s.loop.is_closed():
        return 0
    s.dirty = True
    if PyThread_get_thread_ident() == s.thread:
        s.loop.call_soon((<Waker> s.waker).turn)
    else:
        s.loop.call_soon_threadsafe((<Waker> s.waker).turn)
    return 0


cdef bint must_check(AwaitableSocket s) noexcept:
    """Whether an edge may get lost: others use the same libzmq socket, or its descriptor is none of its own."""
    cdef void *p = newest_socket
    if s.draft_poller != NULL:
        return True
    if s.writing.count and (s.socket_type == ZMQ_ROUTER or s.socket_type == ZMQ_XPUB or s.socket_type == ZMQ_PUB):
        return True
    if shadow_count == 0:
        return False
    while p != NULL:
        if (<Socket> p).handle == s.handle and p != <void *> s:
            return True
        p = (<Socket> p).older
    return False


cdef int check_later(AwaitableSocket s) except -1:
    if s.checking is None and s.loop is not None and not s.loop.is_closed():
        s.checking = s.loop.call_later(BETWEEN_CHECKS / 1000.0, (<Waker> s.waker).check)
    return 0


cdef int drain_lanes(AwaitableSocket s) except -1:
    """Do all that can be done for those who wait, and leave nothing that the descriptor would not tell."""
    cdef int events, rounds = 0
    cdef bint progress
    s.streak = s.look = 0
    if s.handle == NULL:
        return 0
    if s.user != 0:
        return check_later(s)       # another thread is inside
    while True:
        if s.polling.first is not None:
            look_for_polls(s)       # before receives take away what they would tell
        s.missed = 0
        progress = False
        if s.writing.first is not None:
            progress = serve(s, s.writing)
        s.missed = 0
        if s.reading.first is not None:
            progress = serve(s, s.reading) or progress
        if s.handle == NULL:
            return 0
        if s.writing.first is not None and s.begun and s.patience > 0:
            s.patience -= 1
            mark(s)         # the task that has begun a message runs before the next drain, and goes on with it
            look_for_polls(s)
            break
        if s.missed == EAGAIN and s.reading.first is not None and s.writing.first is None and s.polling.first is None:
            break
        if progress and s.reading.first is None and s.writing.first is None and s.polling.first is None:
            break       # if the descriptor still tells, the next turn finds nothing to do, and asks for the events
        events = look_for_polls(s)
        if events < 0:
            return 0        # the context was terminated, say, and nobody waits any more
        rounds += 1
        if not (s.reading.first is not None and events & ZMQ_POLLIN or s.writing.first is not None and events & ZMQ_POLLOUT):
            break
        if progress and rounds < 4:
            continue
        if rounds >= 2:
            # It says it is ready and is not, as a mandatory ROUTER does, or a batch is long: let others have a turn.
            if progress:
                mark(s)
            else:
                check_later(s)
            break
    if (s.reading.first is not None or s.writing.first is not None or s.polling.first is not None) and must_check(s):
        check_later(s)
    return 0


cdef enum:
    PARTS_NUMBERED = 65536      # so far apart are the numbers of messages, as each part has one


cdef bint serve(AwaitableSocket s, Lane lane) except -1:
    """Make the calls of a lane until one would block; whether any has been made."""
    cdef Pending call
    cdef object found, error
    cdef bint progress = False
    while lane.first is not None and s.handle != NULL:
        if lane is s.writing and s.begun and s.patience > 0:
            break
        call = lane.first
        call.raw = [] if call.kind < CALL_SEND else None
        s.taken = 0
        error = None
        try:
            found = attempt(s, call)
        except (KeyboardInterrupt, SystemExit) as exc:
            # Of a signal, as a rule; or of what loads the message, and then the call has ended by it.
            if call.raw and call.state == WAITING:
                end_call(call, FINISHED, None, exc)
            raise
        except BaseException as exc:
            found, error = None, note_progress(call, exc)
        if found is BLOCKED:
            call.raw = None
            return progress or s.missed == 0
        progress = True
        if lane is s.writing:
            expect(s, call)
        if not call.raw:
            call.raw = None
        if s.taken == 0:
            s.number += PARTS_NUMBERED
        call.number = s.taken or s.number
        if call.state == WAITING:
            end_served(call, found, error)
        elif call.raw is not None:
            put_back(call)
    return progress


cdef int expect(AwaitableSocket s, Pending call) except -1:
    """After a call that waited to send: give its task the time to go on, if that was not the end of the message."""
    if s.begun and (call.watchers or call.callbacks):
        s.beginner, s.patience = call, PATIENCE
    else:
        s.beginner, s.patience = None, 0
    return 0


cdef int end_served(Pending call, object found, object error) except -1:
    """End a call that a drain has made."""
    if call.iterating and isinstance(error, ContextTerminated):
        error = StopAsyncIteration()
    end_call(call, FINISHED, found, error)
    return 0


cdef int look_for_polls(AwaitableSocket s) except -2:
    """The events of a socket, after ending the polls that they satisfy; -1 when it is beyond use."""
    cdef Pending call
    cdef int events = -1
    cdef object error = None
    try:
        events = awaited_events(s)
    except ZMQError as exc:
        error = exc
    if s.polling.first is not None:
        for each in list_lane(s.polling):
            call = each
            if error is not None:
                end_call(call, FINISHED, None, error)
            elif events & call.flags:
                end_call(call, FINISHED, events & call.flags, None)
    return events


cdef int retire(AwaitableSocket s) except -1:
    """Before the socket closes: end what waits, and take the descriptor from the loop."""
    cdef Pending call
    part(s)
    for lane in (s.reading, s.writing, s.polling):
        for each in list_lane(<Lane> lane):
            call = each
            if call.iterating:
                end_call(call, FINISHED, None, StopAsyncIteration())
            else:
                end_call(call, CANCELLED, None, CancelledError(
                    f"this {socket_type_name(s)} socket was closed while {call_name(call)}() waited"
                ))
    s.held = None if s.counting is None else []
    s.numbers = []
    s.beginner = None
    return 0


cdef list list_awaitable(void *handle):
    """The asynchronous sockets that share a libzmq socket."""
    cdef void *p = newest_socket
    cdef list found = []
    while p != NULL:
        if (<Socket> p).handle == handle and Py_REFCNT(<Socket> p) > 0 and isinstance(<Socket> p, AwaitableSocket):
            found.append(<Socket> p)
        p = (<Socket> p).older
    return found


cdef int retire_others(Socket closing) except -1:
    """Before a libzmq socket closes that several objects share: the same for the asynchronous ones among them."""
    for each in list_awaitable(closing.handle):
        retire(<AwaitableSocket> each)
    return 0


cdef int mark_others(Socket shadow) except -1:
    """From now on somebody else may use up their edges."""
    for each in list_awaitable(shadow.handle):
        if each is not shadow:
            (<AwaitableSocket> each)._mark()
    return 0
