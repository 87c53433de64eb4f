/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loans: memory of Python's that libzmq holds.  Part of calls.c.
 *
 * Python code can be interrupted anywhere, by signal handlers and finalizers that lend and drain themselves, so which
 * loans there are of an address is noted here, where nothing comes in between.
 */
#ifndef ZMQ_CORE_LOANS_H
#define ZMQ_CORE_LOANS_H

/* `number` is for whoever keeps the memory alive; the neighbours are others whose addresses have the same place. */
typedef struct zmq_core_loan {
    struct zmq_core_loan *next; /* of those that libzmq has returned */
    struct zmq_core_loan *older, *newer;
    void *address;
    size_t number;
    zmq_core_tally *tally;
} zmq_core_loan;

enum { LOAN_PLACES = 4096 };

/* By address, the newest first; and what has been returned.  `loan_lock` guards both, and is never held for longer than
 * it takes to change them.  What libzmq returns is pushed to `returned` without it. */
static pthread_mutex_t loan_lock = PTHREAD_MUTEX_INITIALIZER;
static zmq_core_loan *loans[LOAN_PLACES];
static zmq_core_loan *draining;
static zmq_core_loan *returned;
static int calling;
static int stopped;

static zmq_core_loan **zmq_core_loan_place (void *address)
{
    uintptr_t n = (uintptr_t) address >> 4;
    return &loans[(n ^ n >> 12 ^ n >> 24) % LOAN_PLACES];
}

static void zmq_core_note_loan (zmq_core_loan *loan)
{
    zmq_core_loan **first = zmq_core_loan_place (loan->address);
    pthread_mutex_lock (&loan_lock);
    loan->newer = NULL;
    loan->older = *first;
    if (*first)
        (*first)->newer = loan;
    *first = loan;
    pthread_mutex_unlock (&loan_lock);
}

static void zmq_core_forget_loan (zmq_core_loan *loan)
{
    if (loan->newer)
        loan->newer->older = loan->older;
    else
        *zmq_core_loan_place (loan->address) = loan->older;
    if (loan->older)
        loan->older->newer = loan->newer;
}

size_t zmq_core_find_loan (const void *address)
{
    zmq_core_loan *loan;
    size_t number;
    pthread_mutex_lock (&loan_lock);
    loan = *zmq_core_loan_place ((void *) address);
    while (loan && loan->address != address)
        loan = loan->older;
    number = loan ? loan->number : 0;
    pthread_mutex_unlock (&loan_lock);
    return number;
}

#ifdef PYPY_VERSION
/* The collector asks for what has been returned, as it does for all memory: see release.py. */
static void zmq_core_ask_for_drain (void)
{
}
#else
static int zmq_core_drain_when_called (void *unused)
{
    (void) unused;
    zmq_core_drain ();
    return 0;
}

static void zmq_core_ask_for_drain (void)
{
    __atomic_add_fetch (&calling, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n (&stopped, __ATOMIC_SEQ_CST))
        Py_AddPendingCall (zmq_core_drain_when_called, NULL);
    __atomic_add_fetch (&calling, -1, __ATOMIC_SEQ_CST);
}
#endif

/* libzmq calls this from any thread when it is done with a message. */
static void zmq_core_let_go (void *data, void *hint)
{
    zmq_core_loan *loan = hint;
    zmq_core_loan *first = __atomic_load_n (&returned, __ATOMIC_RELAXED);
    (void) data;
    if (loan->tally) {
        zmq_core_count_down (loan->tally);
        zmq_core_forget_tally (loan->tally);
    }
    do
        loan->next = first;
    while (!__atomic_compare_exchange_n (&returned, &first, loan, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    if (!first)
        zmq_core_ask_for_drain ();
}

int zmq_core_lend (zmq_core_part *part, void *data, size_t size, size_t number, zmq_core_tally *tally)
{
    zmq_core_loan *loan = malloc (sizeof *loan);
    if (!loan)
        return -ENOMEM;
    loan->address = data;
    loan->number = number;
    zmq_msg_close (&part->message);
    if (zmq_msg_init_data (&part->message, data, size, zmq_core_let_go, loan) < 0) {
        zmq_msg_init (&part->message);
        free (loan);
        return -ENOMEM;
    }
    loan->tally = zmq_core_share_tally (tally);
    zmq_core_note_loan (loan);
    zmq_core_note_data (part);
    return 0;
}

size_t zmq_core_next_returned (void)
{
    zmq_core_loan *loan;
    size_t number = 0;
    if (!__atomic_load_n (&returned, __ATOMIC_RELAXED) && !__atomic_load_n (&draining, __ATOMIC_RELAXED))
        return 0;
    pthread_mutex_lock (&loan_lock);
    if (!draining)
        __atomic_store_n (&draining, __atomic_exchange_n (&returned, NULL, __ATOMIC_ACQ_REL), __ATOMIC_RELAXED);
    loan = draining;
    if (loan) {
        __atomic_store_n (&draining, loan->next, __ATOMIC_RELAXED);
        number = loan->number;
        zmq_core_forget_loan (loan);
    }
    pthread_mutex_unlock (&loan_lock);
    free (loan);
    return number;
}

void zmq_core_stop_calling (void)
{
    __atomic_store_n (&stopped, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n (&calling, __ATOMIC_SEQ_CST))
        zmq_core_pause ();
}

/* ---- forks: the child has none of the other threads, whatever these were doing ---- */

static void zmq_core_before_fork (void)
{
    pthread_mutex_lock (&loan_lock);
}

static void zmq_core_fork_parent (void)
{
    pthread_mutex_unlock (&loan_lock);
}

static void zmq_core_fork_child (void)
{
    pthread_mutex_init (&loan_lock, NULL);
    calling = 0;
}

void zmq_core_guard_forks (void)
{
    pthread_atfork (zmq_core_before_fork, zmq_core_fork_parent, zmq_core_fork_child);
}

#endif
