/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How this was built, as far as the build says so.
 */
#ifndef ZMQ_CORE_FACTS_H
#define ZMQ_CORE_FACTS_H

#if defined __has_include
#if __has_include("zmq_build_facts.h")
#include "zmq_build_facts.h"
#endif
#endif
#ifndef ZMQ_CORE_LINKAGE
#define ZMQ_CORE_LINKAGE "unknown"
#endif
#ifndef ZMQ_CORE_ORIGIN
#define ZMQ_CORE_ORIGIN "unknown"
#endif
#ifndef ZMQ_CORE_CFLAGS
#define ZMQ_CORE_CFLAGS "unknown"
#endif
#ifndef ZMQ_CORE_VERSION
#define ZMQ_CORE_VERSION "0"
#endif
#ifndef ZMQ_CORE_CYTHON
#define ZMQ_CORE_CYTHON "unknown"
#endif
#ifndef ZMQ_CORE_SODIUM_VERSION
#define ZMQ_CORE_SODIUM_VERSION "unknown"
#endif
#ifndef ZMQ_CORE_CFFI
#define ZMQ_CORE_CFFI "unknown"
#endif

#endif
