/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The C part of the CFFI backend, read by cffi and by the C compiler alike.  A call returns a negative errno when it
 * failed, so that nobody has to ask for it afterwards.
 */

/* ---- sockets ---- */

/* What stands for a socket.  `user` is the thread that is inside libzmq with it: there is room for one.  `claimant` is
 * the thread that is in the middle of a message of several parts. */
typedef struct zmq_core_socket {
    void *handle;
    unsigned long user;
    unsigned long claimant;
    int pins;
    uint64_t messages_in, bytes_in, messages_out, bytes_out;
} zmq_core_socket;

/* One part of a message.  `data` and `more` are what libzmq says of a received one; `outside` is whether its memory is
 * not in the zmq_msg_t itself, and has to be given back. */
typedef struct zmq_core_part {
    zmq_msg_t message;
    const char *data;
    int more;
    int outside;
    struct zmq_core_tally *tally; /* counted down when the part is freed, or NULL */
} zmq_core_part;

unsigned long zmq_core_thread (void);

int zmq_core_send (zmq_core_socket *s, const char *data, size_t size, int flags);
int zmq_core_send_part (zmq_core_socket *s, zmq_core_part *part, int flags);
long long zmq_core_recv (zmq_core_socket *s, zmq_core_part *part, int flags);

/* The calls on endpoints and groups, in this order: bind, connect, unbind, disconnect, join, leave. */
int zmq_core_reach (zmq_core_socket *s, int call, const char *name);
long long zmq_core_connect_peer (zmq_core_socket *s, const char *endpoint);

int zmq_core_get (zmq_core_socket *s, int option, void *value, size_t *size);
int zmq_core_set (zmq_core_socket *s, int option, const void *value, size_t size);
int zmq_core_events (zmq_core_socket *s);

/* Whatever thread is inside libzmq with the socket, which is not closed meanwhile. */
int zmq_core_set_linger (zmq_core_socket *s, int linger);
int zmq_core_monitor (zmq_core_socket *s, const char *endpoint, int events);

/* Keep other threads out of a socket for longer than a call: all calls, or those of other threads. */
int zmq_core_hold (zmq_core_socket *s);
void zmq_core_release (zmq_core_socket *s);
int zmq_core_claim (zmq_core_socket *s);
void zmq_core_disclaim (zmq_core_socket *s);

/* Take the handle away, so that it can be closed: 0, or why it cannot. */
int zmq_core_take_handle (zmq_core_socket *s, void **handle);
int zmq_core_close (void *handle);

/* Wait without the sockets' being used by other threads: the number of items that are ready. */
int zmq_core_wait (zmq_core_socket *s, int events, long timeout);
int zmq_core_poll (zmq_core_socket **sockets, int socket_count, zmq_pollitem_t *items, int count, long timeout);
void zmq_core_pause (void);

/* Run a relay in the same way: what it returned, or what `zmq_core_poll` would. */
int zmq_core_run_relay (zmq_core_socket **sockets, int count, struct zmq_core_relay *relay, int attentive);

/* The descriptor of a thread-safe draft socket. */
void *zmq_core_poller_of (void *socket);
int zmq_core_poller_fd (void *poller);
void zmq_core_poller_destroy (void *poller);

/* ---- parts ---- */

zmq_core_part *zmq_core_new_part (void);
void zmq_core_free_part (zmq_core_part *part);
void zmq_core_empty_part (zmq_core_part *part);
int zmq_core_fill_part (zmq_core_part *part, const char *data, size_t size);
int zmq_core_copy_part (zmq_core_part *to, zmq_core_part *from);
size_t zmq_core_part_size (zmq_core_part *part);
int zmq_core_part_more (zmq_core_part *part);
void zmq_core_track_part (zmq_core_part *part, struct zmq_core_tally *tally);

/* ---- memory that is lent to libzmq ---- */

typedef struct zmq_core_tally zmq_core_tally;

zmq_core_tally *zmq_core_new_tally (int pending);
void zmq_core_forget_tally (zmq_core_tally *tally);
int zmq_core_is_done (zmq_core_tally *tally);
int zmq_core_wait_tally (zmq_core_tally *tally, int milliseconds);

/* `number` says whose memory it is: it comes back, once, from `zmq_core_next_returned` when libzmq has let go of it, which
 * says 0 when there is none.  Until then it is found by the address of the memory. */
int zmq_core_lend (zmq_core_part *part, void *data, size_t size, size_t number, zmq_core_tally *tally);
size_t zmq_core_find_loan (const void *address);
size_t zmq_core_next_returned (void);
void zmq_core_stop_calling (void);
void zmq_core_guard_forks (void);

/* ---- contexts ---- */

/* What stands for a libzmq context.  While it is `ending`, nothing new begins in it; the end waits for `pins`. */
typedef struct zmq_core_context {
    void *handle;
    int pins;
    int ending;
} zmq_core_context;

/* NULL, or -1, with ETERM when the context is ending and EFAULT when it has ended. */
void *zmq_core_new_socket (zmq_core_context *c, int type);
int zmq_core_reach_inproc (zmq_core_socket *s, zmq_core_context *c, int call, const char *name);
int zmq_core_meet (zmq_core_context *c, const char *endpoint);
int zmq_core_context_get (zmq_core_context *c, int option);
int zmq_core_context_set (zmq_core_context *c, int option, int value);
int zmq_core_shutdown (zmq_core_context *c);

int zmq_core_term (zmq_core_context *c);
int zmq_core_term_in_background (zmq_core_context *c, zmq_core_tally *tally);

/* ---- how this was built ---- */

int zmq_core_ipc_path_max (void);
int zmq_core_drafts (void);
int zmq_core_tune (int bytes);
const char *zmq_core_fact (int number);
