/* SPDX-License-Identifier: BSD-3-Clause */
/* The ends of a stream of messages, and libzmq's own proxy to put between them:

       flow source ENDPOINT BYTES     sends to it until it is killed
       flow sink ENDPOINT             for each count on stdin: nanoseconds a message took to come
       flow proxy IN OUT              binds both, and says "ready"
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static void *open_socket(void *context, int type, const char *attach, const char *endpoint)
{
    void *socket = zmq_socket(context, type);
    int rc = strcmp(attach, "bind") ? zmq_connect(socket, endpoint) : zmq_bind(socket, endpoint);
    if (!socket || rc) {
        fprintf(stderr, "%s: %s\n", endpoint, zmq_strerror(zmq_errno()));
        exit(1);
    }
    return socket;
}

static void send_for_ever(void *socket, size_t size)
{
    char *payload = calloc(1, size + 1);
    while (zmq_send(socket, payload, size, 0) >= 0)
        ;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void receive(void *socket, long count)
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    while (count--)
        zmq_msg_recv(&part, socket, 0);
    zmq_msg_close(&part);
}

static void measure(void *socket)
{
    long count;
    while (scanf("%ld", &count) == 1) {
        double start = now();
        receive(socket, count);
        printf("%f\n", (now() - start) / count);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    void *context = zmq_ctx_new();
    if (argc == 4 && !strcmp(argv[1], "source"))
        send_for_ever(open_socket(context, ZMQ_PUSH, "connect", argv[2]), atol(argv[3]));
    else if (argc == 3 && !strcmp(argv[1], "sink"))
        measure(open_socket(context, ZMQ_PULL, "connect", argv[2]));
    else if (argc == 4 && !strcmp(argv[1], "proxy")) {
        void *in = open_socket(context, ZMQ_PULL, "bind", argv[2]);
        void *out = open_socket(context, ZMQ_PUSH, "bind", argv[3]);
        puts("ready");
        fflush(stdout);
        zmq_proxy(in, out, NULL);
    }
    return 0;
}
