/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A clock that never goes back.
 */
#ifndef ZMQ_CORE_CLOCK_H
#define ZMQ_CORE_CLOCK_H

#include <stdint.h>

#ifdef _WIN32
#include <winsock2.h> /* before windows.h, which would bring in the old one */
#include <windows.h>
#else
#include <time.h>
#endif

/* Milliseconds since some moment in the past. */
static int64_t zmq_core_clock (void)
{
#ifdef _WIN32
    return (int64_t) GetTickCount64 ();
#else
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
#endif
}

#endif
