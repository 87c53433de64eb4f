# SPDX-License-Identifier: BSD-3-Clause
# Awaitables: what the calls of an asynchronous socket return, finished already or waiting.  Both look like futures of
# asyncio.  Uses errors; event loops are known only by what `configure_awaitables` hands down.

cdef object future_class = None         # asyncio.Future
cdef object CancelledError = None
cdef object InvalidStateError = None
cdef object running_loop = None         # the loop that runs in this thread, or None
cdef object find_loop = None            # the same, or the one that would run
cdef object attach_reader = None        # have a loop call something when a descriptor is readable
cdef object detach_reader = None
cdef object chain_awaitable = None
cdef object copy_context = None


def configure_awaitables(**handed_down):
    """Hand down what asynchronous sockets need from asyncio, which nothing else here imports."""
    global future_class, CancelledError, InvalidStateError, running_loop, find_loop, attach_reader, detach_reader
    global chain_awaitable, copy_context
    future_class = handed_down["future_class"]
    CancelledError = handed_down["cancelled_error"]
    InvalidStateError = handed_down["invalid_state_error"]
    running_loop = handed_down["running_loop"]
    find_loop = handed_down["find_loop"]
    attach_reader = handed_down["attach_reader"]
    detach_reader = handed_down["detach_reader"]
    chain_awaitable = handed_down["chain_awaitable"]
    copy_context = handed_down["copy_context"]


cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030C0000 && !defined (Py_GIL_DISABLED) && !defined (PYPY_VERSION)
    /* From CPython 3.12 on `await` takes values from nothing but StopIteration objects; to make one costs more than to
     * receive a message.  So one is used again, if nobody else has it.  It keeps its value until then: hence only for
     * bytes, and short ones. */
    static int zmq_core_reuse_stop (PyObject *value)
    {
        static PyObject *kept = NULL;
        PyStopIterationObject *stop = (PyStopIterationObject *) kept;
        if (!PyBytes_CheckExact (value) || PyBytes_GET_SIZE (value) > 4096)
            return 0;
        if (!stop || Py_REFCNT (kept) != 1 || stop->traceback || stop->context || stop->cause || stop->dict) {
            PyObject *fresh = PyObject_CallNoArgs (PyExc_StopIteration);
            if (!fresh)
                return 1;
            Py_XSETREF (kept, fresh);
            stop = (PyStopIterationObject *) fresh;
        }
        Py_INCREF (value);
        Py_XSETREF (stop->value, value);
        PyErr_SetRaisedException (Py_NewRef (kept));
        return 1;
    }
    #else
    #define zmq_core_reuse_stop(value) 0
    #endif
    /* StopIteration(value), or without a value no exception at all: the end of an iterator that returns None. */
    static void zmq_core_set_stop (PyObject *value)
    {
        if (value == Py_None || zmq_core_reuse_stop (value))
            return;
        if (PyTuple_Check (value) || PyExceptionInstance_Check (value)) {
            PyObject *stop = PyObject_CallFunctionObjArgs (PyExc_StopIteration, value, NULL);
            if (stop) {
                PyErr_SetObject (PyExc_StopIteration, stop);
                Py_DECREF (stop);
            }
        } else
            PyErr_SetObject (PyExc_StopIteration, value);
    }
    static PyObject *(*zmq_core_value_of) (PyObject *);
    static PyObject *zmq_core_next_ready (PyObject *self)
    {
        zmq_core_set_stop (zmq_core_value_of (self));
        return NULL;
    }
    #if PY_VERSION_HEX >= 0x030A0000
    /* The value without an exception around it. */
    static PySendResult zmq_core_send_ready (PyObject *self, PyObject *arg, PyObject **result)
    {
        (void) arg;
        *result = zmq_core_value_of (self);
        Py_INCREF (*result);
        return PYGEN_RETURN;
    }
    #endif
    /* The slots of which Cython knows nothing, or which it would fill with something slower. */
    static void zmq_core_fill_slots (PyObject *ready, PyObject *(*value_of) (PyObject *), PyObject *waiting,
                                     iternextfunc next_waiting)
    {
        zmq_core_value_of = value_of;
        ((PyTypeObject *) ready)->tp_iternext = zmq_core_next_ready;
        ((PyTypeObject *) waiting)->tp_iternext = next_waiting;
    #if PY_VERSION_HEX >= 0x030A0000
        ((PyTypeObject *) ready)->tp_as_async->am_send = zmq_core_send_ready;
    #endif
    }
    """
    void set_stop "zmq_core_set_stop" (object value) noexcept
    void fill_slots "zmq_core_fill_slots" (
        object ready, PyObject *(*value_of)(PyObject *) noexcept, object waiting, PyObject *(*next)(PyObject *) except? NULL
    ) noexcept


@cython.no_gc
@cython.freelist(64)
cdef class Ready:
    """The awaitable result of a call that could be made at once: a future that is done.

    It has no `send`, `throw` and `close`, for with them asyncio would take it for a coroutine.
    """

    cdef object value

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration(self.value)     # never called: see fill_slots

    @property
    def __class__(self):
        return future_class

    @property
    def _asyncio_future_blocking(self):
        return False

    def get_loop(self):
        """The loop that runs, or the current one."""
        return find_loop()

    def done(self):
        """True."""
        return True

    def cancelled(self):
        """False."""
        return False

    def cancel(self, msg=None):
        """Do nothing and return False: it is done."""
        return False

    def result(self):
        """The result of the call."""
        return self.value

    def exception(self):
        """None: a call that failed gives another kind of awaitable."""
        return None

    def set_result(self, result):
        """Raise InvalidStateError: it is done."""
        raise InvalidStateError("this call has ended")

    set_exception = set_result

    def add_done_callback(self, fn, *, context=None):
        """Have the loop call `fn` with this object, soon."""
        find_loop().call_soon(fn, self, context=context)

    def remove_done_callback(self, fn):
        """Do nothing, the callbacks are with the loop already; how many were removed: 0."""
        return 0

    def __repr__(self):
        return f"<zmq future finished result={reprlib(self.value)}>"


cdef PyObject *value_of_ready(PyObject *ready) noexcept:
    return <PyObject *> (<Ready> ready).value


cdef inline Ready finished(object value):
    cdef Ready ready = Ready.__new__(Ready)
    ready.value = value
    return ready


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
        elif self.callbacks is None:
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
        """The time is over."""
        self.timer = None
        if self.state != WAITING:
            return
        if self.kind == CALL_POLL:
            end_call(self, FINISHED, 0, None)
            return
        error = note_progress(self, expired(self))
        end_call(self, FINISHED, None, error)

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
