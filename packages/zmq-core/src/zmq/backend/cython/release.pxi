# SPDX-License-Identifier: BSD-3-Clause
# Release: who keeps a zero-copy buffer alive until libzmq lets go of it, and who is told.  No thread, no socket, and
# nothing that waits: libzmq calls `let_go` from any thread, with or without the GIL.

cdef extern from "native.h" nogil:
    void *load "zmq_core_load" (void **place) noexcept
    void *swap "zmq_core_swap" (void **place, void *value) noexcept
    bint compare_and_swap "zmq_core_cas" (void **place, void *expected, void *value) noexcept
    int add "zmq_core_add" (int *place, int value) noexcept

cdef extern from "Python.h" nogil:
    ctypedef int (*pending_function "int (*)(void *)")(void *)
    int Py_AddPendingCall(pending_function function, void *arg) noexcept
    void PyErr_Fetch(PyObject **kind, PyObject **value, PyObject **traceback) noexcept
    void PyErr_Restore(PyObject *kind, PyObject *value, PyObject *traceback) noexcept

cdef extern from "pythread.h" nogil:
    enum LockStatus "PyLockStatus":
        PY_LOCK_FAILURE
        PY_LOCK_ACQUIRED
        PY_LOCK_INTR
    void PyThread_free_lock(PyThread_type_lock lock) noexcept
    LockStatus PyThread_acquire_lock_timed(PyThread_type_lock lock, long long microseconds, bint interruptible) noexcept

# The count of messages that libzmq still holds, shared by the keepers of one tracked send and its TrackerEvent.
cdef struct Tally:
    int pending
    int refs
    PyThread_type_lock lock         # held while pending > 0: waiting is acquiring it

cdef struct Keeper:
    Keeper *next                    # in the list of released or of spare keepers
    Keeper *older                   # others that export the same address
    Keeper *newer
    PyObject *owner
    Py_buffer view                  # of owners other than bytes
    bint has_view
    void *address
    Tally *tally

cdef Keeper *released = NULL        # pushed by any thread, taken whole by `drain`
cdef Keeper *spare = NULL           # a few for reuse, guarded by the GIL
cdef int spare_count = 0
cdef int exiting = 0                # the interpreter is going: call nothing of it any more
cdef int calling = 0                # threads inside Py_AddPendingCall


# ---- the tally -------------------------------------------------------------------------------------------------------

cdef Tally *new_tally(int pending) except NULL:
    cdef Tally *tally = <Tally *> malloc(sizeof(Tally))
    if tally == NULL:
        raise MemoryError()
    tally.lock = PyThread_allocate_lock()
    if tally.lock == NULL:
        free(tally)
        raise MemoryError()
    tally.pending = pending
    tally.refs = 1
    if pending:
        PyThread_acquire_lock(tally.lock, 1)
    return tally


cdef void forget_tally(Tally *tally) noexcept nogil:
    if add(&tally.refs, -1) == 0:
        PyThread_free_lock(tally.lock)
        free(tally)


cdef void count_down(Tally *tally) noexcept nogil:
    if add(&tally.pending, -1) == 0:
        PyThread_release_lock(tally.lock)


@cython.final
cdef class TrackerEvent:
    """Whether libzmq is done with a message: the native side of `zmq.MessageTracker`."""

    cdef Tally *tally

    def __cinit__(self):
        self.tally = NULL

    def __dealloc__(self):
        if self.tally != NULL:
            forget_tally(self.tally)

    def is_set(self):
        """Whether libzmq has let go of the message.

        Returns
        -------
        bool
        """
        return self.tally == NULL or add(&self.tally.pending, 0) == 0

    def wait(self, timeout=None):
        """Wait until libzmq lets go of the message.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None or a negative number waits for ever.

        Returns
        -------
        bool
            False when the time was over first.
        """
        cdef long long left = -1
        cdef int64_t deadline = 0
        cdef LockStatus outcome
        if self.is_set():
            return True
        if timeout is not None and timeout >= 0:
            left = <long long> min(timeout * 1e6, 1e15)
            deadline = now() + left // 1000
        while True:
            with nogil:
                outcome = PyThread_acquire_lock_timed(self.tally.lock, left, 1)
            if outcome == PY_LOCK_ACQUIRED:
                PyThread_release_lock(self.tally.lock)
                return True
            if outcome == PY_LOCK_FAILURE:
                return False
            PyErr_CheckSignals()
            if left >= 0:
                left = max(<long long> 0, (deadline - now()) * 1000)


cdef TrackerEvent new_event(int pending):
    cdef TrackerEvent event = TrackerEvent.__new__(TrackerEvent)
    event.tally = new_tally(pending)
    return event


# ---- the table of exported addresses: which object is a received message's memory? ------------------------------------
# An address stays here until its owner is released, so it cannot be anything else's memory meanwhile.

cdef Keeper **table = NULL
cdef size_t table_size = 0          # a power of two, at least twice the addresses in it
cdef size_t table_used = 0


cdef inline size_t slot_of(void *address) noexcept nogil:
    cdef size_t n = (<size_t> address) >> 4
    return (n ^ (n >> 16)) * 0x9E3779B1u & (table_size - 1)


cdef Keeper **find_slot(void *address) noexcept nogil:
    cdef size_t i = slot_of(address)
    while table[i] != NULL and table[i].address != address:
        i = (i + 1) & (table_size - 1)
    return &table[i]


cdef int grow_table() except -1:
    global table, table_size
    cdef Keeper **old = table
    cdef size_t i, old_size = table_size
    cdef size_t size = max(<size_t> 64, old_size * 2)
    cdef Keeper **fresh = <Keeper **> calloc(size, sizeof(Keeper *))
    if fresh == NULL:
        raise MemoryError()
    table, table_size = fresh, size
    for i in range(old_size):
        if old[i] != NULL:
            find_slot(old[i].address)[0] = old[i]
    free(old)
    return 0


cdef int enter_table(Keeper *k) except -1:
    global table_used
    cdef Keeper **slot
    if table_used * 2 >= table_size:
        grow_table()
    slot = find_slot(k.address)
    k.newer = NULL
    k.older = slot[0]
    if slot[0] == NULL:
        table_used += 1
    else:
        slot[0].newer = k
    slot[0] = k
    return 0


cdef void leave_table(Keeper *k) noexcept:
    global table_used
    cdef Keeper **slot
    cdef size_t hole, i, home
    if k.older != NULL:
        k.older.newer = k.newer
    if k.newer != NULL:
        k.newer.older = k.older
        return
    slot = find_slot(k.address)
    slot[0] = k.older
    if k.older != NULL:
        return
    table_used -= 1
    # Close the gap: move back whatever was pushed past it.
    hole = slot - table
    i = hole
    while True:
        i = (i + 1) & (table_size - 1)
        if table[i] == NULL:
            return
        home = slot_of(table[i].address)
        if ((i - home) & (table_size - 1)) >= ((i - hole) & (table_size - 1)):
            table[hole] = table[i]
            table[i] = NULL
            hole = i


cdef Keeper *find_keeper(void *address) noexcept:
    """Who exported this memory, or NULL."""
    if table_used == 0:
        return NULL
    return find_slot(address)[0]


# ---- the keepers -----------------------------------------------------------------------------------------------------

cdef Keeper *new_keeper(object owner, Tally *tally) except NULL:
    """Pin the memory of `owner`, which must export a contiguous buffer, until `let_go` is called with the result."""
    global spare, spare_count
    cdef Keeper *k = spare
    if k != NULL:
        spare = k.next
        spare_count -= 1
    else:
        k = <Keeper *> malloc(sizeof(Keeper))
        if k == NULL:
            raise MemoryError()
    k.has_view = False
    try:
        if PyBytes_CheckExact(owner):
            k.address = PyBytes_AS_STRING(owner)
        else:
            get_buffer(owner, &k.view)
            k.has_view = True
            k.address = k.view.buf
        enter_table(k)
    except BaseException:
        if k.has_view:
            PyBuffer_Release(&k.view)
        free(k)
        raise
    Py_INCREF(owner)
    k.owner = <PyObject *> owner
    k.tally = tally
    if tally != NULL:
        add(&tally.refs, 1)
    return k


cdef void let_go(void *data, void *hint) noexcept nogil:
    """libzmq has freed a message: put its keeper on the list of released ones."""
    cdef Keeper *k = <Keeper *> hint
    cdef Keeper *first
    if k.tally != NULL:
        count_down(k.tally)
        forget_tally(k.tally)
    while True:
        first = <Keeper *> load(<void **> &released)
        k.next = first
        if compare_and_swap(<void **> &released, first, k):
            break
    if first == NULL:
        # The main thread may not come by here again: ask it to.  (`drain` at any later call does it too.)
        add(&calling, 1)
        if not exiting:
            Py_AddPendingCall(<pending_function> <void *> drain_when_called, NULL)
        add(&calling, -1)


cdef int drain_when_called(void *unused) noexcept:
    drain()
    return 0


cdef void drain() noexcept:
    """Let go of the owners of all released keepers.  Their code may run here, so an error on its way is kept safe."""
    global spare, spare_count
    cdef PyObject *kind
    cdef PyObject *value
    cdef PyObject *traceback
    cdef PyObject *owner
    cdef Keeper *following
    cdef Keeper *k = <Keeper *> swap(<void **> &released, NULL)
    if k == NULL:
        return
    PyErr_Fetch(&kind, &value, &traceback)
    while k != NULL:
        following = k.next
        leave_table(k)
        if k.has_view:
            PyBuffer_Release(&k.view)
        owner = k.owner
        if spare_count < 64:
            k.next = spare
            spare = k
            spare_count += 1
        else:
            free(k)
        Py_DECREF(<object> owner)
        k = following
    PyErr_Restore(kind, value, traceback)


cdef inline void drain_released() noexcept:
    if load(<void **> &released) != NULL:
        drain()


def _stop_pending_calls():
    """At interpreter exit: whatever libzmq lets go of later is left alone."""
    global exiting
    exiting = 1
    with nogil:
        while add(&calling, 0):
            pass
    drain()


import atexit
atexit.register(_stop_pending_calls)
del atexit


cdef int get_buffer(object source, Py_buffer *view) except -1:
    """The contiguous memory of `source`, or a TypeError or BufferError that says what is wrong with it."""
    if isinstance(source, str):
        raise TypeError("str cannot be sent as it is: use send_string, or encode it")
    if not PyObject_CheckBuffer(source):
        raise TypeError(f"a bytes-like object or a zmq.Frame is needed, not {type(source).__name__}")
    try:
        PyObject_GetBuffer(source, view, PyBUF_ANY_CONTIGUOUS)
    except (BufferError, ValueError) as exc:
        raise BufferError(
            f"the memory of this {type(source).__name__} is not contiguous: send a contiguous copy of it"
        ) from exc
    return 0
