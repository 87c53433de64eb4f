# SPDX-License-Identifier: BSD-3-Clause
# Pending: what the calls of an asynchronous socket return that wait, and Waiting, by which tasks await one.  Uses ready.

cdef enum CallState:
    WAITING
    FINISHED
    CANCELLED


cdef class Pending:
    """The awaitable result of a call that waits: what it is to do, and a future.

    What a task waits for is a plain future of asyncio, made when somebody awaits this.  So it is known whether the
    result reached anybody: a message that did not, because the task was cancelled, goes back to the socket.
    """

    cdef object __weakref__
    cdef AwaitableSocket socket
    cdef Lane lane              # where it waits, or None
    cdef Pending before, after
    cdef int kind
    cdef int flags
    cdef bint copy
    cdef bint track
    cdef bint iterating         # for `async for`: a socket that is closed ends it
    cdef bint limited           # by a `timeout` of its own
    cdef bint seen
    cdef int state
    cdef int watchers           # tasks that await it
    cdef object data            # what to send, or where to
    cdef object extra
    cdef object load
    cdef object value
    cdef object error
    cdef list raw               # the frames of a message that nobody has seen
    cdef unsigned long long number      # the order of delivery
    cdef object loop
    cdef object timer
    cdef object inner           # a future that a task waits for, or a list of several
    cdef list callbacks

    def __await__(self):
        cdef Waiting waiting = Waiting.__new__(Waiting)
        waiting.call = self
        return waiting

    def __iter__(self):
        return self.__await__()

    @property
    def __class__(self):
        return future_class

    @property
    def _asyncio_future_blocking(self):
        return False

    @property
    def _loop(self):
        return self.get_loop()

    def get_loop(self):
        """The loop in which the call was made."""
        return find_loop() if self.loop is None else self.loop

    def done(self):
        """Whether the call has ended, in whatever way."""
        return self.state != WAITING

    def cancelled(self):
        """Whether it was cancelled."""
        return self.state == CANCELLED

    def cancel(self, msg=None):
        """Give up waiting; whether that was still possible."""
        if self.state != WAITING:
            return False
        end_call(self, CANCELLED, None, CancelledError() if msg is None else CancelledError(msg))
        return True

    def result(self):
        """The result of the call.

        Raises
        ------
        InvalidStateError
            When it is still waiting.
        CancelledError
            When it was cancelled.
        """
        if self.state == WAITING:
            raise InvalidStateError("Result is not set.")
        return see(self)

    def exception(self):
        """The exception with which the call ended, or None."""
        if self.state == WAITING:
            raise InvalidStateError("Exception is not set.")
        if self.state == CANCELLED:
            raise self.error
        if self.error is not None:
            self.seen = True
            self.raw = None
        return self.error

    # Two names that `asyncio.gather` uses of its children, the second up to Python 3.10.

    def _make_cancelled_error(self):
        return self.error if self.state == CANCELLED else CancelledError()

    @property
    def _cancel_message(self):
        return self.error.args[0] if self.state == CANCELLED and self.error.args else None

    def set_result(self, result):
        """End the call with another result than its own."""
        if self.state != WAITING:
            raise InvalidStateError("this call has ended")
        end_call(self, FINISHED, result, None)

    def set_exception(self, exception):
        """End the call with an exception."""
        if self.state != WAITING:
            raise InvalidStateError("this call has ended")
        end_call(self, FINISHED, None, exception() if isinstance(exception, type) else exception)

    def add_done_callback(self, fn, *, context=None):
        """Have the loop call `fn` with this object when the call has ended."""
        if context is None:
            context = copy_context()
        if self.state != WAITING:
            self.get_loop().call_soon(fn, self, context=context)
            return
        hold_socket(self)
        if self.callbacks is None:
            self.callbacks = [(fn, context)]
        else:
            self.callbacks.append((fn, context))

    def remove_done_callback(self, fn):
        """Forget a callback; how many were removed."""
        if not self.callbacks:
            return 0
        kept = [each for each in self.callbacks if each[0] != fn]
        removed = len(self.callbacks) - len(kept)
        self.callbacks[:] = kept
        return removed

    def _expire(self):
        """The time is over, unless what it waited for is there: the loop may be late, and must not fail calls by that."""
        self.timer = None
        if self.state != WAITING:
            return
        try:
            drain_lanes(self.socket)
        finally:
            if self.state == WAITING:
                self._give_out()

    def _give_out(self):
        """End a call whose time is over."""
        if self.kind == CALL_POLL:
            end_call(self, FINISHED, 0, None)
        else:
            end_call(self, FINISHED, None, note_progress(self, expired(self)))

    def _notify(self):
        """Tell those who wait, in the thread of their loop."""
        inner, self.inner = self.inner, None
        callbacks, self.callbacks = self.callbacks, None
        if inner is not None:
            for each in inner if type(inner) is list else (inner,):
                if not each.done():
                    each.set_result(None)
        if callbacks:
            for fn, context in callbacks:
                self.loop.call_soon(fn, self, context=context)

    def __del__(self):
        if self.error is None or self.seen or self.state != FINISHED or self.iterating:
            return
        self.seen = True
        loop = running_loop() if self.loop is None else self.loop
        if loop is not None:
            loop.call_exception_handler({
                "message": "the exception of an asynchronous call of a zmq.Socket was never retrieved",
                "exception": self.error, "future": self,
            })

    def __repr__(self):
        if self.state == WAITING:
            return f"<zmq future pending {call_name(self)}>"
        if self.state == CANCELLED:
            return f"<zmq future cancelled {call_name(self)}>"
        shown = f"result={reprlib(self.value)}" if self.error is None else f"exception={self.error!r}"
        return f"<zmq future finished {shown}>"


cdef object see(Pending call):
    """The result of a call that has ended, which now belongs to who asks."""
    call.seen = True
    if call.raw is not None:
        call.raw = None
    if call.error is not None:
        raise call.error
    return call.value


cdef Pending failed(object error):
    """A call that failed at once."""
    cdef Pending call = Pending.__new__(Pending)
    call.state = FINISHED
    call.error = as_error(error)
    return call


cdef object as_error(object error):
    """An exception that may leave an iterator without ending it."""
    if not isinstance(error, StopIteration):
        return error
    other = RuntimeError("what was to load the message raised StopIteration")
    other.__cause__ = error
    return other


cdef int end_call(Pending call, int state, object value, object error) except -1:
    """End a call that was waiting, and tell those who wait for it."""
    if call.lane is not None:
        leave_lane(call)
    call.state = state
    call.value = value
    call.error = error if error is None else as_error(error)
    call.data = call.extra = call.load = None
    if call.timer is not None:
        call.timer.cancel()
        call.timer = None
    if call.raw is None:
        call.socket = None
    if call.inner is not None or call.callbacks is not None:
        tell(call)
    return 0


cdef int tell(Pending call) except -1:
    running = running_loop()
    if running is call.loop or running is None and not call.loop.is_running():
        if not call.loop.is_closed():
            call._notify()
    elif not call.loop.is_closed():
        call.loop.call_soon_threadsafe(call._notify)
    return 0


cdef int hold_socket(Pending call) except -1:
    """Have the loop hold the socket while it waits, because somebody awaits the call."""
    cdef AwaitableSocket s = call.socket
    (<Waker> s.waker).held = s
    return 0


cdef class Waiting:
    """The iterator by which a task awaits a call."""

    cdef Pending call
    cdef object inner

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration                 # never called: see fill_slots

    def send(self, value):
        """Go on, like `next`."""
        return next(self)

    def throw(self, kind, value=None, traceback=None):
        """Give up: the task was cancelled."""
        give_up(self, True)
        if isinstance(kind, type):
            if value is None:
                value = kind()
            elif not isinstance(value, BaseException):
                value = kind(value)
        else:
            value = kind
        raise value if traceback is None else value.with_traceback(traceback)

    def close(self):
        """Give up: the coroutine was closed."""
        give_up(self, False)


cdef PyObject *step(PyObject *self) except? NULL:
    """The first step gives the task a future to wait for, the second returns the result."""
    cdef Waiting waiting = <Waiting> self
    cdef Pending call = waiting.call
    if call is None:
        return NULL
    if call.state == WAITING:
        if waiting.inner is not None:
            raise RuntimeError("this call has not ended: await it")
        inner = future_class(loop=call.loop)
        inner._asyncio_future_blocking = True
        waiting.inner = inner
        hold_socket(call)
        call.watchers += 1
        if call.inner is None:
            call.inner = inner
        elif type(call.inner) is list:
            call.inner.append(inner)
        else:
            call.inner = [call.inner, inner]
        Py_INCREF(inner)
        return <PyObject *> inner
    if waiting.inner is not None:
        waiting.inner = None
        call.watchers -= 1
    waiting.call = None
    set_stop(see(call))
    return NULL


cdef int give_up(Waiting waiting, bint cancelling) except -1:
    """Whoever awaited a call does so no longer: what it has received and nobody has seen goes back to the socket."""
    cdef Pending call = waiting.call
    waiting.call = None
    if call is None:
        return 0
    if waiting.inner is not None:
        waiting.inner = None
        call.watchers -= 1
    if call.state == WAITING:
        if cancelling or call.watchers == 0 and not call.callbacks:
            end_call(call, CANCELLED, None, CancelledError())
    elif not call.seen and call.raw and call.watchers == 0:
        put_back(call)
    elif call.error is not None:
        call.seen = True
    return 0


fill_slots(Ready, value_of_ready, Waiting, step)
