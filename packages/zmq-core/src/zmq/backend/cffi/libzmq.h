/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the CFFI module uses of libzmq's own calls, for cffi to read: the C compiler takes zmq.h instead.
 */
typedef struct zmq_msg_t {
    ...;
} zmq_msg_t;

typedef struct zmq_pollitem_t {
    void *socket;
    int fd;
    short events;
    short revents;
    ...;
} zmq_pollitem_t;

int zmq_errno (void);
const char *zmq_strerror (int errnum);
void zmq_version (int *major, int *minor, int *patch);
int zmq_has (const char *capability);

void *zmq_ctx_new (void);

int zmq_getsockopt (void *socket, int option, void *value, size_t *size);

int zmq_msg_get (zmq_msg_t *message, int property);
int zmq_msg_set (zmq_msg_t *message, int property, int value);
const char *zmq_msg_gets (zmq_msg_t *message, const char *property);
int zmq_msg_copy (zmq_msg_t *to, zmq_msg_t *from);
int zmq_msg_set_routing_id (zmq_msg_t *message, uint32_t routing_id);
uint32_t zmq_msg_routing_id (zmq_msg_t *message);
int zmq_msg_set_group (zmq_msg_t *message, const char *group);
const char *zmq_msg_group (zmq_msg_t *message);

int zmq_curve_keypair (char *public_key, char *secret_key);
int zmq_curve_public (char *public_key, const char *secret_key);
char *zmq_z85_encode (char *text, const uint8_t *data, size_t size);
uint8_t *zmq_z85_decode (uint8_t *data, const char *text);
