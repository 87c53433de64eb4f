/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The interface of ../native/relay.h, for cffi to read: the C compiler takes that file instead.
 */
typedef struct zmq_core_relay zmq_core_relay;

zmq_core_relay *zmq_core_relay_new (void);
void zmq_core_relay_free (zmq_core_relay *relay);
int zmq_core_relay_place (zmq_core_relay *relay, int place, void *socket);
void zmq_core_relay_lay (zmq_core_relay *relay, int lane, int inlet, int outlet, int flags);
int zmq_core_relay_prefix (zmq_core_relay *relay, int lane, const char *data, size_t size);
int zmq_core_relay_run (zmq_core_relay *relay, int attentive);
int zmq_core_relay_error (const zmq_core_relay *relay);
const char *zmq_core_relay_quote (const zmq_core_relay *relay);
size_t zmq_core_relay_quoted (const zmq_core_relay *relay);
void zmq_core_relay_count (const zmq_core_relay *relay, uint64_t *values);
