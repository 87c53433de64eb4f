# SPDX-License-Identifier: BSD-3-Clause
# Ready: what the calls of an asynchronous socket return that could be made at once; it looks like a future of asyncio.
# Uses errors; event loops are known only by what `configure_awaitables` hands down.

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

    cdef object __weakref__
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
